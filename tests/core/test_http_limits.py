"""The sender when the other side is slow, endless, or breaks off: nothing hangs, nothing is taken for not done."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
import urllib3.exceptions

from integrations.core.errors import AuthError, Rejected, Unavailable, Uncertain
from integrations.core.http import Http, HttpContext, Limits, answer

URL = "https://vendor.example"


def made(folder: Path, url: str = URL, *, header: str = "Bearer x", **limits: Any) -> Http:
    return Http(
        "jira", url, HttpContext(folder), Limits(**limits), title="Jira", headers=lambda: {"Authorization": header}
    )


def ask(http: Http, method: str = "GET") -> requests.Response:
    return http.request(method, "/thing", what="read the thing 7")


@contextlib.contextmanager
def serving(chunks: Iterator[bytes], pause: float = 0) -> Iterator[str]:
    """A server that answers one request with these pieces of a body, for as long as somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                for chunk in chunks:
                    connection.sendall(chunk)
                    time.sleep(pause)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(10)
        assert not thread.is_alive()


def test_an_answer_that_never_ends_is_lost_with_the_time_out(tmp_path: Path) -> None:
    """Each byte comes in time; the whole never does."""
    with serving(itertools.repeat(b" "), pause=0.02) as url:
        http = made(tmp_path, url, timeout=0.3, patience=0)
        begun = time.monotonic()
        with pytest.raises(Uncertain):
            ask(http, "POST")
        assert time.monotonic() - begun < 25
        http.close()


def test_an_answer_larger_than_any_that_we_ask_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "LARGEST", 1_000_000)
    with serving(itertools.repeat(b" " * 100_000)) as url:
        http = made(tmp_path, url, patience=0)
        with pytest.raises(Rejected, match="larger"):
            ask(http)
        http.close()


SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize("body", [SIZED, CHUNKED, EMPTY])
def test_an_answer_that_was_read_leaves_its_connection_to_the_next_request(tmp_path: Path, body: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_twice() -> None:
            connection, _ = listening.accept()
            with connection:
                for _ in range(2):
                    connection.recv(65536)
                    connection.sendall(body)

        thread = threading.Thread(target=answer_twice, daemon=True)
        thread.start()
        http = made(tmp_path, f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=5, patience=0)
        found = [ask(http).content for _ in range(2)]
        thread.join(10)
        assert found == [b"" if body is EMPTY else b"{}"] * 2
        http.close()


@pytest.mark.parametrize(("method", "error"), [("GET", Unavailable), ("POST", Uncertain)])
def test_an_answer_that_breaks_off_is_lost(tmp_path: Path, method: str, error: type[Exception]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def break_off() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(SIZED[:-1])

        thread = threading.Thread(target=break_off, daemon=True)
        thread.start()
        http = made(tmp_path, f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=5, patience=0)
        with pytest.raises(error):
            ask(http, method)
        thread.join(10)
        http.close()


@responses.activate
def test_a_system_that_asks_us_to_wait_for_no_time_is_not_asked_without_a_pause(tmp_path: Path) -> None:
    responses.get(f"{URL}/thing", status=429, headers={"Retry-After": "0"})
    http = made(tmp_path, patience=1)
    with pytest.raises(Unavailable):
        ask(http)
    assert http.count <= 8


@responses.activate
@pytest.mark.parametrize(("method", "error"), [("GET", Unavailable), ("POST", Uncertain)])
def test_a_broken_connection_is_not_a_certificate(tmp_path: Path, method: str, error: type[Exception]) -> None:
    broken = ssl.SSLError(1, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] decryption failed")
    responses.add(method, f"{URL}/thing", body=requests.exceptions.SSLError(_reason(broken)))
    with pytest.raises(error):
        ask(made(tmp_path, patience=0), method)


@responses.activate
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_certificate_that_is_not_trusted_is_for_a_person(tmp_path: Path, method: str) -> None:
    wrong = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")
    responses.add(method, f"{URL}/thing", body=requests.exceptions.SSLError(_reason(wrong)))
    with pytest.raises(AuthError, match="not trusted"):
        ask(made(tmp_path, patience=0), method)


def _reason(error: ssl.SSLError) -> urllib3.exceptions.MaxRetryError:
    """As urllib3 hands it to requests."""
    pool = urllib3.HTTPSConnectionPool("vendor.example")
    return urllib3.exceptions.MaxRetryError(pool, "/thing", urllib3.exceptions.SSLError(error))


@pytest.mark.parametrize("token", ["t\u2013ken", "t\nken"])
def test_a_token_that_no_header_can_hold_is_named_and_not_shown(tmp_path: Path, token: str) -> None:
    """Copied from a document, a hyphen becomes a dash."""
    with pytest.raises((AuthError, Rejected)) as caught:
        ask(made(tmp_path, "http://127.0.0.1:9", header=token, patience=0))
    assert "token" in caught.value.message
    assert "ken" not in caught.value.message.replace("token", "")
