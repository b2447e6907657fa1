"""Standard streams that are closed, full or read by somebody with little patience."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.place import Place

ROOT = Path(__file__).parents[2]
SHELL = Path("/bin/sh")

pytestmark = pytest.mark.skipif(not SHELL.exists() or not Path("/dev/full").exists(), reason="needs sh and /dev/full")


def in_a_shell(place: Place, line: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """`line` with the command in the place of `closedwon`."""
    command = f"{sys.executable} -c 'import cli.main; cli.main.main()' {' '.join(arguments)}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CLOSEDWON_CONFIG": str(place.settings)}
    ended = subprocess.run(
        [str(SHELL), "-c", line.replace("closedwon", command)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    assert "mistake of ours" not in ended.stderr
    return ended


def test_without_a_standard_input_it_works_as_without_a_terminal(place: Place) -> None:
    assert in_a_shell(place, "closedwon <&-", ["setup", "42"]).returncode == 3
    assert place.nothing_was_written()


def test_output_that_nobody_reads_on_is_no_mistake(place: Place) -> None:
    ended = in_a_shell(place, "closedwon | head -1", ["deals"])
    assert ended.stdout.startswith("Deal ")
    assert ended.stderr == ""


def test_output_that_can_not_be_written_is_said_to_be_so(place: Place) -> None:
    ended = in_a_shell(place, "closedwon >/dev/full", ["deals"])
    assert ended.returncode == 1
    assert "No space left on device" in ended.stderr
