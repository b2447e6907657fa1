"""The server around the pretend systems: log, latency, faults, state, over real HTTP."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.sandbox.server import Exchange
from integrations.sandbox.thread import Running, running
from tests.sandbox.probe import PROBE

TIMEOUT = 5.0


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running([PROBE]) as started:
        yield started


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


def write(session: requests.Session, sandbox: Running, text: str = "x", timeout: float = TIMEOUT) -> requests.Response:
    return session.post(f"{sandbox.url}/probe/notes", json={"text": text}, timeout=timeout)


def fault(session: requests.Session, sandbox: Running, **what: Any) -> None:
    answer = session.post(f"{sandbox.url}/_sandbox/faults", json=what, timeout=TIMEOUT)
    assert answer.status_code == 201, answer.text


def texts(session: requests.Session, sandbox: Running) -> list[str]:
    state = session.get(f"{sandbox.url}/_sandbox/state", timeout=TIMEOUT).json()
    return [note["text"] for note in state["probe"]["note"]]


def test_a_request_dropped_before_is_not_done(sandbox: Running, session: requests.Session) -> None:
    fault(session, sandbox, system="probe", do="drop_before")
    with pytest.raises(requests.ConnectionError):
        write(session, sandbox, "lost")
    assert texts(session, sandbox) == ["seeded"]
    assert write(session, sandbox, "kept").status_code == 201
    assert texts(session, sandbox) == ["seeded", "kept"]


def test_a_request_dropped_after_is_done_though_its_answer_is_lost(sandbox: Running, session: requests.Session) -> None:
    fault(session, sandbox, operation="note.create", do="drop_after")
    with pytest.raises(requests.ConnectionError):
        write(session, sandbox, "committed")
    assert texts(session, sandbox) == ["seeded", "committed"]


def test_an_answer_cut_in_the_middle_is_never_taken_for_a_whole_one(
    sandbox: Running, session: requests.Session
) -> None:
    """Half a page: the head promises all of it, and what was asked for is done."""
    fault(session, sandbox, operation="note.create", do="cut", skip=1)
    assert write(session, sandbox, "whole").json() == {"id": 1}
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        write(session, sandbox, "cut")
    assert texts(session, sandbox) == ["seeded", "whole", "cut"]
    assert write(session, sandbox, "after").status_code == 201


@pytest.mark.parametrize(("do", "done"), [("hang_before", False), ("hang_after", True)])
def test_a_hanging_request_ends_when_the_client_gives_up(
    sandbox: Running, session: requests.Session, do: str, done: bool
) -> None:
    fault(session, sandbox, writes=True, do=do)
    with pytest.raises(requests.ReadTimeout):
        write(session, sandbox, "slow", timeout=0.2)
    assert ("slow" in texts(session, sandbox)) is done


def test_an_injected_status_says_when_to_retry_and_does_nothing(sandbox: Running, session: requests.Session) -> None:
    fault(session, sandbox, method="POST", path="/notes", do="status", status=429, retry_after=2)
    answer = write(session, sandbox)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert texts(session, sandbox) == ["seeded"]


def test_somebody_elses_request_is_served_between_two_of_ours(sandbox: Running, session: requests.Session) -> None:
    """It is done before the request that it meets, which is then answered as ever; the log has ours alone."""
    theirs = {"method": "POST", "path": "/notes", "body": {"text": "theirs"}}
    fault(session, sandbox, operation="note.create", do="meanwhile", skip=1, request=theirs)
    assert [write(session, sandbox, text).json()["id"] for text in ("first", "second")] == [1, 3]
    assert texts(session, sandbox) == ["seeded", "first", "theirs", "second"]
    log = session.get(f"{sandbox.url}/_sandbox/requests", timeout=TIMEOUT).json()
    assert log["counts"] == {"probe": 2}


@pytest.mark.parametrize("path", ["/notes", "/probe/notes"])
def test_a_path_is_meant_as_the_vendor_or_as_the_server_has_it(
    sandbox: Running, session: requests.Session, path: str
) -> None:
    fault(session, sandbox, path=path, do="status", status=418)
    assert write(session, sandbox).status_code == 418
    assert write(session, sandbox).status_code == 201


def test_a_fault_happens_the_given_times_after_the_skipped_ones(sandbox: Running, session: requests.Session) -> None:
    fault(session, sandbox, operation="note.create", do="status", status=503, skip=1, times=2)
    assert [write(session, sandbox).status_code for _ in range(4)] == [201, 503, 503, 201]


def test_a_fault_for_another_request_waits_for_it(sandbox: Running, session: requests.Session) -> None:
    fault(session, sandbox, operation="note.create", do="status", status=500)
    assert session.get(f"{sandbox.url}/probe/notes", timeout=TIMEOUT).status_code == 200
    assert write(session, sandbox).status_code == 500


def test_faults_can_be_taken_back_and_misspelt_ones_are_refused(sandbox: Running, session: requests.Session) -> None:
    fault(session, sandbox, do="drop_before")
    session.delete(f"{sandbox.url}/_sandbox/faults", timeout=TIMEOUT)
    assert write(session, sandbox).status_code == 201
    for wrong in ({"do": "explode"}, {"do": "status", "sistem": "probe"}):
        assert session.post(f"{sandbox.url}/_sandbox/faults", json=wrong, timeout=TIMEOUT).status_code == 400


def test_the_log_names_each_request_and_what_became_of_it(sandbox: Running, session: requests.Session) -> None:
    write(session, sandbox)
    session.get(f"{sandbox.url}/probe/nowhere", timeout=TIMEOUT)
    log = session.get(f"{sandbox.url}/_sandbox/requests", timeout=TIMEOUT).json()
    assert log["counts"] == {"probe": 2}
    times = [(entry.pop("begun"), entry.pop("ended")) for entry in log["requests"]]
    assert 0 <= times[0][0] < times[0][1] < times[1][0] < times[1][1]
    assert log["requests"] == [
        {
            "system": "probe",
            "method": "POST",
            "path": "/notes",
            "operation": "note.create",
            "writes": True,
            "status": 201,
            "fault": None,
        },
        {
            "system": "probe",
            "method": "GET",
            "path": "/nowhere",
            "operation": "note.list",
            "writes": False,
            "status": 404,
            "fault": None,
        },
    ]
    session.delete(f"{sandbox.url}/_sandbox/requests", timeout=TIMEOUT)
    assert session.get(f"{sandbox.url}/_sandbox/requests", timeout=TIMEOUT).json() == {"requests": [], "counts": {}}


def test_observers_see_what_went_over_the_wire(sandbox: Running, session: requests.Session) -> None:
    seen: list[Exchange] = []
    sandbox.server.observers.append(seen.append)
    write(session, sandbox, "näh")
    assert [(request.method, request.path, request.status) for request in seen] == [("POST", "/notes", 201)]
    assert b"n\\u00e4h" in seen[0].body
    assert seen[0].answer == b'{"id":1}'
    assert seen[0].answer_headers["content-type"] == "application/json"


def test_every_request_takes_the_latency_and_many_take_it_at_once() -> None:
    with running([PROBE], latency=0.5) as sandbox:
        began = time.monotonic()
        threads = [
            threading.Thread(target=requests.get, args=(f"{sandbox.url}/probe/notes",), kwargs={"timeout": TIMEOUT})
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
        assert len(sandbox.server.log) == 8
        assert 0.5 <= took < 8 * 0.5


def test_one_connection_serves_many_requests(sandbox: Running) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=TIMEOUT)
    connection.request("GET", "/probe/notes")
    assert connection.getresponse().read()
    kept = connection.sock
    for _ in range(3):
        connection.request("GET", "/probe/notes")
        assert connection.getresponse().read()
        assert connection.sock is kept
    connection.close()


def test_what_was_written_survives_a_restart(tmp_path: Path, session: requests.Session) -> None:
    with running([PROBE], data=tmp_path) as sandbox:
        write(session, sandbox, "kept")
    with running([PROBE], data=tmp_path) as sandbox:
        assert texts(session, sandbox) == ["seeded", "kept"]
        assert write(session, sandbox, "next").json() == {"id": 2}


def test_a_reset_gives_the_seeded_world_back(sandbox: Running, session: requests.Session) -> None:
    write(session, sandbox)
    fault(session, sandbox, do="drop_before")
    session.post(f"{sandbox.url}/_sandbox/traps", json={"page_size": 2}, timeout=TIMEOUT)
    session.post(f"{sandbox.url}/_sandbox/rights", json={"system": "probe", "missing": ["write"]}, timeout=TIMEOUT)
    assert sandbox.server.world.lacks("probe", "write")
    assert session.post(f"{sandbox.url}/_sandbox/reset", timeout=TIMEOUT).status_code == 204
    assert texts(session, sandbox) == ["seeded"]
    assert not sandbox.server.world.lacks("probe", "write")
    assert sandbox.server.world.traps.page_size is None
    assert list(sandbox.server.log) == []
    assert write(session, sandbox).json() == {"id": 1}


def test_a_fault_of_the_sandbox_itself_is_a_500_and_is_logged(
    sandbox: Running, session: requests.Session, caplog: pytest.LogCaptureFixture
) -> None:
    answer = session.get(f"{sandbox.url}/probe/broken", timeout=TIMEOUT)
    assert answer.status_code == 500
    assert "probe: GET /broken" in caplog.text
