"""The sandbox as a process of its own."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

TIMEOUT = 20.0


@contextlib.contextmanager
def process(folder: Path, *, fresh: bool = False) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The sandbox in a process, and its address once it says that it is ready."""
    call = f"from pathlib import Path; serve(0, Path({str(folder)!r}), 0, fresh={fresh})"
    with subprocess.Popen(
        [sys.executable, "-c", f"from integrations.sandbox.app import serve; {call}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stdout is not None
            line = started.stdout.readline()
            assert line.startswith("ready http://127.0.0.1:"), line
            yield started, line.split()[1]
        finally:
            if started.poll() is None:
                started.kill()


def stop(started: subprocess.Popen[str]) -> tuple[int, str]:
    """Press Ctrl-C; its exit code and what it says on stderr."""
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=TIMEOUT)
    return started.returncode, errors


def state(url: str) -> dict[str, Any]:
    """Everything that exists."""
    found: dict[str, Any] = requests.get(f"{url}/_sandbox/state", timeout=TIMEOUT).json()
    return found


def test_it_answers_when_it_says_ready_and_ctrl_c_ends_it_though_a_connection_is_kept(tmp_path: Path) -> None:
    """Connections are kept for 75 seconds, longer than `stop` waits."""
    with process(tmp_path) as (started, url), requests.Session() as kept_alive:
        assert kept_alive.get(f"{url}/_sandbox/state", timeout=TIMEOUT).status_code == 200
        assert stop(started) == (0, "")


def test_ctrl_c_ends_it_though_a_request_hangs(tmp_path: Path) -> None:
    with process(tmp_path) as (started, url), socket.create_connection(("127.0.0.1", int(url[17:]))) as hanging:
        assert requests.post(f"{url}/_sandbox/faults", json={"do": "hang_before"}, timeout=TIMEOUT).status_code == 201
        hanging.sendall(b"GET /wiki/wiki/rest/api/user/current HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deadline = time.monotonic() + TIMEOUT
        while not requests.get(f"{url}/_sandbox/requests", timeout=TIMEOUT).json()["requests"]:
            assert time.monotonic() < deadline
        assert stop(started) == (0, "")


def test_the_whole_sandbox_has_every_system_and_nothing_twice(tmp_path: Path) -> None:
    with process(tmp_path) as (_, url):
        found = state(url)
    assert set(found) == {"erp", "jira", "wiki", "panel", "portal", "duplicates"}
    assert found["duplicates"] == []


def test_its_state_survives_a_restart_and_a_kill(tmp_path: Path) -> None:
    with process(tmp_path) as (started, url):
        requests.post(f"{url}/_sandbox/portal", json={"id": "alpina"}, timeout=TIMEOUT)
        before = state(url)
        started.kill()
    with process(tmp_path) as (_, url):
        assert state(url) == before


def test_fresh_starts_with_the_seeded_world_whatever_the_file_holds(tmp_path: Path) -> None:
    (tmp_path / "sandbox.sqlite").write_bytes(b"this is no database at all " * 50)
    with process(tmp_path, fresh=True) as (_, url):
        assert [customer["id"] for customer in state(url)["portal"]["customer"]] == ["acme-internal", "glacier"]
