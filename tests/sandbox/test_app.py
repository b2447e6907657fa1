"""The sandbox as a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

TIMEOUT = 10.0


def start(folder: Path, *, fresh: bool = False) -> tuple[subprocess.Popen[str], str]:
    call = f"from pathlib import Path; serve(0, Path({str(folder)!r}), 0, fresh={fresh})"
    process = subprocess.Popen(
        [sys.executable, "-c", f"from integrations.sandbox.app import serve; {call}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready http://127.0.0.1:"), line
    return process, line.split()[1]


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=TIMEOUT)
    return process.returncode, errors


def test_it_is_ready_when_it_says_so_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    process, url = start(tmp_path)
    with requests.Session() as http:
        assert http.get(f"{url}/_sandbox/state", timeout=TIMEOUT).status_code == 200
        began = time.monotonic()
        assert stop(process) == (0, "")
        assert time.monotonic() - began < 2.0


def test_ctrl_c_ends_it_though_a_request_hangs(tmp_path: Path) -> None:
    process, url = start(tmp_path)
    port = int(url.rpartition(":")[2])
    with requests.Session() as http, socket.create_connection(("127.0.0.1", port)) as hanging:
        assert http.post(f"{url}/_sandbox/faults", json={"do": "hang_before"}, timeout=TIMEOUT).status_code == 201
        hanging.sendall(b"GET /wiki/wiki/rest/api/user/current HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deadline = time.monotonic() + TIMEOUT
        while not http.get(f"{url}/_sandbox/requests", timeout=TIMEOUT).json()["requests"]:
            assert time.monotonic() < deadline
        assert stop(process) == (0, "")


def test_its_state_survives_and_fresh_starts_anew(tmp_path: Path) -> None:
    process, url = start(tmp_path)
    first = requests.get(f"{url}/_sandbox/state", timeout=TIMEOUT).json()
    stop(process)
    process, url = start(tmp_path)
    assert requests.get(f"{url}/_sandbox/state", timeout=TIMEOUT).json() == first
    stop(process)
    (tmp_path / "sandbox.sqlite").write_bytes(b"not a database at all, and longer than a header would be" * 20)
    process, url = start(tmp_path, fresh=True)
    assert requests.get(f"{url}/_sandbox/state", timeout=TIMEOUT).json() == first
    stop(process)
