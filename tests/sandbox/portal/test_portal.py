"""The pretend VSHN portal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import requests

from integrations.sandbox.portal import PRETEND
from integrations.sandbox.pretend import TOKEN, Pretend
from integrations.sandbox.thread import Running

TIMEOUT = 5.0


@pytest.fixture
def url(sandbox_server: Callable[[Sequence[Pretend]], Running]) -> str:
    found = sandbox_server([PRETEND]).url
    requests.post(f"{found}/_sandbox/reset", timeout=TIMEOUT)
    return found


def listing(url: str, path: str = "", token: str = TOKEN) -> requests.Response:
    return requests.get(f"{url}/portal/api/servers/1/{path}", headers={"X-AccessToken": token}, timeout=TIMEOUT)


def add(url: str, **body: object) -> int:
    return requests.post(f"{url}/_sandbox/portal", json=body, timeout=TIMEOUT).status_code


def test_customers_are_listed_one_a_line(url: str) -> None:
    answer = listing(url)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "acme-internal\nglacier\n"
    assert listing(url, "glacier").text == "app1.glacier\n"
    assert listing(url, "nobody").status_code == 404


def test_a_customer_that_a_person_made_is_listed_from_then_on(url: str) -> None:
    assert add(url, id="mueller-soehne") == 201
    assert "mueller-soehne" in listing(url).text.splitlines()
    assert add(url, id="mueller-soehne") == 409


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": 7}, {"id": "Müller AG"}, {"id": "a\nb"}, {"id": "a", "b": 1}])
def test_an_id_that_would_break_the_listing_is_refused(url: str, body: dict[str, object]) -> None:
    assert add(url, **body) == 400
    assert len(listing(url).text.splitlines()) == 2


def test_the_form_leads_back_to_the_overview(url: str) -> None:
    answer = requests.post(f"{url}/_sandbox/portal", data={"id": "alpina"}, timeout=TIMEOUT, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/#portal")
    assert "alpina" in listing(url).text.splitlines()


def test_a_wrong_token_is_401_and_a_missing_right_403(url: str) -> None:
    assert listing(url, token="wrong").status_code == 401
    requests.post(f"{url}/_sandbox/rights", json={"system": "portal", "missing": ["list:servers"]}, timeout=TIMEOUT)
    assert listing(url).status_code == 403


def test_there_is_no_call_that_creates_a_customer(url: str) -> None:
    answer = requests.post(f"{url}/portal/api/servers/1/", data=b"x", headers={"X-AccessToken": TOKEN}, timeout=TIMEOUT)
    assert answer.status_code in (404, 405)
    assert len(listing(url).text.splitlines()) == 2
