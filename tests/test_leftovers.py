"""A run of the tests leaves nothing behind, and tests hold in the background too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LEAVES_FILES = """
from pathlib import Path

def test_writes():
    Path("~/notes").expanduser().mkdir()
    Path("~/notes/left.txt").expanduser().write_text("left")
    Path("left-here.txt").write_text("left")
"""
STARTS_A_PROCESS = """
import signal, subprocess, sys

def test_interrupts():
    line = "print('ready', flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", line], stdout=subprocess.PIPE) as started:
        started.stdout.readline()
        started.send_signal(signal.SIGINT)
        assert started.wait(30) == -signal.SIGINT
"""


def in_the_background(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run one test as a shell without job control runs what stands before an `&`."""
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    command = (
        "import signal, pytest; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "raise SystemExit(pytest.main(['-q', '-p', 'tests.leftovers', '-p', 'no:cacheprovider', 'test_it.py']))"
    )
    return subprocess.run(
        [sys.executable, "-c", command],
        cwd=folder,
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin", "HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_run_that_leaves_files_in_the_home_or_here_fails_and_names_them(tmp_path: Path) -> None:
    ran = in_the_background(tmp_path, LEAVES_FILES)
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "~/notes/left.txt" in ran.stdout
    assert "left-here.txt" in ran.stdout
    assert not (tmp_path / "home").exists()


def test_in_the_background_too_ctrl_c_reaches_the_processes_that_tests_start(tmp_path: Path) -> None:
    ran = in_the_background(tmp_path, STARTS_A_PROCESS)
    assert ran.returncode == 0, ran.stdout + ran.stderr
