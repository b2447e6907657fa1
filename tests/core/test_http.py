"""The only sender: what is sent again, what becomes of each refusal, and what never reaches a message."""

from __future__ import annotations

import io
import socket
import threading
import time

import pytest
import requests
import responses
import urllib3

from integrations.core.errors import AuthError, Conflict, Rejected, Unavailable, Uncertain
from integrations.core.http import ForeignAnswer, Http, HttpContext, Limits, Sent, fits, vendor_text

URL = "https://vendor.example"
TOKEN = "s3cr3t-t0k3n"


@pytest.fixture
def log():
    return []


@pytest.fixture
def http(tmp_path, log):
    wire = HttpContext(tmp_path, sent=log.append)
    made = Http(
        "jira",
        URL,
        wire,
        Limits(patience=1, timeout=2),
        title="Jira",
        headers=lambda: {"Authorization": f"Bearer {TOKEN}"},
    )
    yield made
    made.close()


def ask(http, method="GET", **options):
    return http.request(method, "/thing", what="read the thing 7", **options)


@responses.activate
def test_an_answer_is_given_and_counted(http, log):
    responses.get(f"{URL}/thing", json={"a": 1})
    assert http.json("GET", "/thing", what="read", operation="thing.get", shape={"a": int}) == {"a": 1}
    assert http.count == 1
    assert isinstance(log[0], Sent)
    assert (log[0].operation, log[0].status) == ("thing.get", 200)


@responses.activate
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, AuthError),
        (403, AuthError),
        (404, Rejected),
        (409, Conflict),
        (412, Conflict),
        (422, Rejected),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_becomes_its_error_at_once(http, status, error, method):
    responses.add(method, f"{URL}/thing", status=status, body=f"debug {TOKEN}")
    with pytest.raises(error) as caught:
        ask(http, method)
    assert http.count == 1
    assert "read the thing 7" in caught.value.message
    assert TOKEN not in f"{caught.value} {caught.value!r} {caught.value.next} {http!r}"


@responses.activate
@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_what_may_be_done_twice_is_sent_again_when_the_system_is_out_of_order(http, status):
    responses.get(f"{URL}/thing", status=status)
    responses.get(f"{URL}/thing", json={})
    assert ask(http).status_code == 200
    assert http.count == 2


@responses.activate
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_may_not_be_done_twice_is_uncertain_when_the_system_is_out_of_order(http, status):
    responses.post(f"{URL}/thing", status=status)
    with pytest.raises(Uncertain):
        ask(http, "POST")
    assert http.count == 1


@responses.activate
@pytest.mark.parametrize(("status", "options"), [(429, {}), (503, {"repeat": True}), (503, {"effect": "read"})])
def test_a_system_that_asks_us_to_wait_is_waited_for_also_with_a_post(http, status, options):
    """After 429 any request: that one was refused. After 503 what may be done twice: it may have been done."""
    responses.post(f"{URL}/thing", status=status, headers={"Retry-After": "0"})
    responses.post(f"{URL}/thing", json={})
    assert ask(http, "POST", **options).status_code == 200


@responses.activate
def test_a_wait_beyond_our_patience_is_unavailable_and_tells_how_long(http):
    responses.get(f"{URL}/thing", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(Unavailable) as caught:
        ask(http)
    assert caught.value.retry_after == 3600
    assert http.count == 1


@responses.activate
def test_a_wait_until_a_date_is_understood(http):
    responses.get(f"{URL}/thing", status=429, headers={"Retry-After": "Wed, 21 Oct 2065 07:28:00 GMT"})
    with pytest.raises(Unavailable) as caught:
        ask(http)
    assert caught.value.retry_after > 1e9


@responses.activate
@pytest.mark.parametrize(
    "fault", [requests.ReadTimeout(), requests.ConnectionError("reset"), requests.exceptions.ChunkedEncodingError()]
)
def test_a_lost_answer_is_uncertain_unless_asking_twice_is_safe(http, fault):
    responses.post(f"{URL}/thing", body=fault)
    with pytest.raises(Uncertain):
        ask(http, "POST")
    responses.get(f"{URL}/thing", body=fault)
    responses.get(f"{URL}/thing", json={})
    assert ask(http).status_code == 200


def test_a_refused_connection_was_not_sent(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    http = Http("jira", f"http://127.0.0.1:{port}", HttpContext(tmp_path), Limits(patience=0.1), title="Jira")
    with pytest.raises(Unavailable) as caught:
        ask(http, "POST")
    assert not isinstance(caught.value, Uncertain)


def test_an_answer_that_never_comes_ends_with_the_time_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        http = Http(
            "jira",
            f"http://127.0.0.1:{silent.getsockname()[1]}",
            HttpContext(tmp_path),
            Limits(timeout=0.2, patience=0),
        )
        begun = time.monotonic()
        with pytest.raises(Uncertain):
            ask(http, "POST")
        assert time.monotonic() - begun < 25
        http.close()


@responses.activate
def test_a_redirect_is_refused_and_not_followed(http):
    responses.post(f"{URL}/thing", status=301, headers={"Location": "https://elsewhere.example"})
    with pytest.raises(Rejected, match="moved"):
        ask(http, "POST")


@responses.activate
@pytest.mark.parametrize(("method", "error"), [("GET", Rejected), ("POST", Uncertain)])
def test_an_answer_that_is_not_json_is_an_error_in_words(http, method, error):
    responses.add(method, f"{URL}/thing", body="<html>")
    with pytest.raises(error, match="something else than"):
        http.json(method, "/thing", what="read the thing 7", shape=dict)


@responses.activate
def test_a_proxy_s_cookie_is_not_sent_back(http):
    responses.get(f"{URL}/thing", json={}, headers={"Set-Cookie": "session=1"})
    ask(http)
    ask(http)
    assert "Cookie" not in responses.calls[1].request.headers


@responses.activate
def test_every_request_has_a_time_out(http):
    responses.get(f"{URL}/thing", json={})
    ask(http)
    assert responses.calls[0].request.req_kwargs["timeout"] == (2, 2)


def test_no_more_requests_than_allowed_are_under_way_over_all_senders(tmp_path):
    """Two senders of one system stand for two processes: they share only the folder."""
    under_way, most, guard = [0], [0], threading.Lock()

    class Slow(requests.adapters.HTTPAdapter):
        def send(self, *_, **__):
            with guard:
                under_way[0] += 1
                most[0] = max(most[0], under_way[0])
            time.sleep(0.02)
            with guard:
                under_way[0] -= 1
            answer = requests.Response()
            answer.status_code = 200
            answer.raw = urllib3.HTTPResponse(io.BytesIO(b"{}"), preload_content=False)
            return answer

    senders = [Http("jira", URL, HttpContext(tmp_path), Limits(concurrency=3)) for _ in range(2)]
    for sender in senders:
        sender._session = requests.Session()
        sender._session.mount("https://", Slow())
    threads = [threading.Thread(target=ask, args=(senders[number % 2],)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= 3
    assert sum(sender.count for sender in senders) == 16


@responses.activate
def test_a_rate_limit_holds_over_all_senders(tmp_path):
    responses.get(f"{URL}/thing", json={})
    senders = [Http("jira", URL, HttpContext(tmp_path), Limits(rate=5)) for _ in range(2)]
    begun = time.monotonic()
    for number in range(7):
        ask(senders[number % 2])
    assert time.monotonic() - begun >= 0.9
    for sender in senders:
        sender.close()


def test_a_vendor_s_words_become_one_short_line():
    assert vendor_text("a\n\x1b[31mb  c") == "a [31mb c"
    assert len(vendor_text("x" * 1000)) == 200


@responses.activate
@pytest.mark.parametrize(("status", "kind"), [(404, "text/html"), (404, "application/json"), (200, "application/json")])
def test_a_page_that_says_404_proves_no_absence(http, status, kind):
    responses.get(f"{URL}/thing", status=status, body="{}", content_type=kind)
    answer = http.request("GET", "/thing", what="read the thing 7", expect=(404,))
    if kind == "text/html":
        with pytest.raises(ForeignAnswer, match=f"answered at {URL}"):
            http.is_absent(answer, "read the thing 7")
    else:
        assert http.is_absent(answer, "read the thing 7") is (status == 404)


@responses.activate
@pytest.mark.parametrize(("method", "error"), [("PUT", Uncertain), ("GET", ForeignAnswer)])
@pytest.mark.parametrize(("status", "kind"), [(200, "application/json"), (201, "text/html")])
def test_a_success_that_the_document_does_not_name_is_none(http, method, error, status, kind):
    """It is asked once: what stands before the system answers the same again."""
    responses.add(method, f"{URL}/thing", status=status, body="{}", content_type=kind)
    with pytest.raises(error, match="something else than"):
        http.request(method, "/thing", what="mark the thing 7", repeat=True, success=(204,))
    assert len(responses.calls) == 1


@pytest.mark.parametrize(
    ("value", "shape", "does"),
    [
        ({"a": 1, "b": 2}, {"a": int}, True),
        ({"a": "1"}, {"a": int}, False),
        ({}, {"a": object}, False),
        ({"a": None}, {"a": object}, True),
        ([], [{"id": str}], True),
        ([{"id": "7"}, {"id": 7}], [{"id": str}], False),
        ({"id": "7"}, [{"id": str}], False),
        (["x", 1], [str, int], True),
        (["x"], [str, int], False),
        (False, (list, bool), True),
        (None, dict, False),
    ],
)
def test_an_answer_fits_its_form(value, shape, does):
    assert fits(value, shape) is does
