"""A power loss: what is about to be written stands on the disk before the request goes out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.place import Place

COMPILER = shutil.which("cc")
IN_TURN = """\
[customer]
resource = "erp.customer"
partner = "{{ customer.id }}"
name = "{{ customer.name }}"

[organization]
resource = "jira.organization"
per = "customer"
after = ["customer"]
name = "{{ customer.name }}"
"""


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that logs what goes to the disk and to the network."""
    if COMPILER is None or not sys.platform.startswith("linux"):
        pytest.skip("needs Linux and a C compiler (cc), to log when the disk is synced")
    made = tmp_path_factory.mktemp("disk") / "disk.so"
    source = Path(__file__).with_name("disk.c")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", str(made), str(source), "-ldl"], check=True)
    return made


def test_an_intent_is_on_the_disk_before_the_first_byte_of_its_request(place: Place, disk: Path) -> None:
    """Committed is not enough: after a power loss nobody would know that the vendor may have done it."""
    place.without_people()
    place.write("playbooks/service.toml", IN_TURN)
    log = place.folder / "disk.log"
    subprocess.run(
        [sys.executable, "-c", "import cli.main; cli.main.main()", "setup", "42", "--yes"],
        cwd=place.folder,
        env={**os.environ, "LD_PRELOAD": str(disk), "DISK_LOG": str(log)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    events = [event.split()[0] for event in log.read_text().splitlines() if "/erp/" not in event]
    read, claimed = events.index("GET"), events.index("PUT")
    assert "written" in events[read:claimed], "the intent is written after what was read, and before what is sent"
    for at, event in enumerate(events):
        ledger = [event for event in events[:at] if event in ("written", "synced")]
        assert event in ("written", "synced") or ledger[-1] == "synced", f"{event} went out before the disk had it all"
