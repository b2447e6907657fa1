"""Commands measured from outside."""

from __future__ import annotations

import sys

import pytest

from benchmarks.process import required, run

BIG, SMALL = 150, 50


def test_what_a_command_needs_is_its_own_however_much_the_one_who_measures_holds() -> None:
    """Linux hands the peak of who starts a process on to it."""
    held = b"x" * (BIG * 2**20)
    ended = run([sys.executable, "-S", "-c", "print('said')"])
    assert len(held) > SMALL * 2**20 > ended.peak_mb * 2**20 > 0
    assert (ended.code, ended.out, 0 < ended.processor_seconds <= ended.seconds * 2) == (0, "said\n", True)


def test_a_command_that_ends_otherwise_than_it_has_to_is_told_with_what_it_said() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no disk')"]
    with pytest.raises(RuntimeError, match="no disk"):
        required(command)
    assert run(command).code == 1
