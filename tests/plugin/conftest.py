"""An installed package of somebody else's, and a company that uses it."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import place, whole_sandbox
from tests.cli.place import Place

__all__ = ["company", "installed", "place", "whole_sandbox"]

PACKAGE = Path(__file__).parent / "package"
PLAYBOOK = """
[note]
resource = "notes.note"
per = "deal"
subject = "{{ customer.name }}"
text = "Sold: {{ deal.title }}"

[ticket]
resource = "jira.ticket"
per = "deal"
project = "OPS"
summary = "See {{ steps.note.file }}"

[customer]
resource = "erp.customer"
partner = "{{ customer.id }}"
name = "{{ customer.name }}"
"""


def install(folder: Path) -> None:
    """What an installer leaves of the package: its modules by a path, its entry points as its metadata."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    information = folder / "closedwon_notes-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")
    lines = [
        f"[{group}]\n{name} = {target}"
        for group, points in project["entry-points"].items()
        for name, target in points.items()
    ]
    (information / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (folder / "closedwon_notes").symlink_to(PACKAGE / "closedwon_notes")


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder into which the package is installed."""
    folder = tmp_path_factory.mktemp("site")
    install(folder)
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "closedwon_notes"]:
        del sys.modules[name]


@pytest.fixture
def company(place: Place, installed: Path) -> Place:
    """A company that keeps notes."""
    del installed
    text = place.settings.read_text(encoding="utf-8")
    place.settings.write_text(
        f'{text}\n[notes]\nadapter = "notes"\nfolder = "notes"\nmode = "write"\n', encoding="utf-8"
    )
    place.write("playbooks/service.toml", PLAYBOOK)
    return place
