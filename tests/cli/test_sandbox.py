"""`closedwon sandbox` and `closedwon demo`: what somebody new tries first."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cli.place import run

COMMAND = [sys.executable, "-c", "import cli.main; cli.main.main()"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox in a process of its own, and its address."""
    process = subprocess.Popen(
        [*COMMAND, "sandbox", "--port", "0", "--data", str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    word, _, address = process.stdout.readline().partition(" ")
    assert word == "ready"
    yield process, address.strip()
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_three_commands_that_its_help_shows_work_one_after_the_other(
    ready: tuple[subprocess.Popen[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, url = ready
    monkeypatch.chdir(tmp_path)
    assert run("init", "--sandbox", url).code == 0
    assert run("setup", "42", "--yes").code == 0
    page = requests.get(url, headers={"Accept": "text/html"}, timeout=10)
    assert "Müller" in page.text


def test_ctrl_c_ends_it_without_a_traceback(ready: tuple[subprocess.Popen[str], str]) -> None:
    process, _ = ready
    process.send_signal(2)
    assert process.wait(20) in (0, 130)


def test_contacts_want_customers() -> None:
    ended = run("sandbox", "--port", "0", "--contacts", "10")
    assert ended.code == 2
    assert "--customers 10" in ended.said


def test_a_port_that_is_taken_is_said_to_be_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("sandbox", "--port", str(taken.getsockname()[1]))
    assert ended.code == 2
    assert "is in use" in ended.said
    assert "closedwon sandbox --port 0" in ended.said


@pytest.mark.parametrize("port", ["-1", "70000", "http"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    assert run("sandbox", "--port", port).code == 2


def test_the_demonstration_tells_the_whole_story_in_its_order() -> None:
    ended = run("demo")
    assert ended.code == 0
    story = (
        "$ closedwon setup 42 -n",
        "Plan ",
        "6 of 6 done",
        "nothing to do, all 6 are there",
        "nothing exists twice",
    )
    assert [ended.out.index(part) for part in story] == sorted(ended.out.index(part) for part in story)
