"""Refusals that tests inject, which have each vendor's own form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import requests

from integrations.sandbox.app import systems
from integrations.sandbox.pretend import Pretend
from integrations.sandbox.thread import Running

TIMEOUT = 5.0
STATUSES = (400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503)


def of_jira(answer: requests.Response) -> bool:
    body = answer.json()
    return set(body) == {"errorMessages", "errors"} and bool(body["errorMessages"])


def of_service_management(answer: requests.Response) -> bool:
    return set(answer.json()) == {"errorMessage", "i18nErrorMessage"}


def of_confluence(answer: requests.Response) -> bool:
    error: Any = answer.json()["errors"][0]
    return error["status"] == answer.status_code and bool(error["title"])


def of_confluence_1(answer: requests.Response) -> bool:
    return bool(answer.json()["statusCode"] == answer.status_code and answer.json()["message"])


def of_kubernetes(answer: requests.Response) -> bool:
    body = answer.json()
    return (body["kind"], body["status"], body["code"]) == ("Status", "Failure", answer.status_code)


def of_odoo(answer: requests.Response) -> bool:
    if answer.status_code not in (401, 403, 404, 422):
        return is_page(answer)
    return set(answer.json()) == {"name", "message", "arguments", "context", "debug"}


def is_page(answer: requests.Response) -> bool:
    return answer.headers["Content-Type"].startswith("text/html") and "<h1>" in answer.text


def of_portal(answer: requests.Response) -> bool:
    return answer.headers["Content-Type"].startswith("text/plain") and bool(answer.text.strip())


@pytest.fixture
def sandbox(sandbox_server: Callable[[Sequence[Pretend]], Running]) -> Iterator[Running]:
    started = sandbox_server(systems())
    yield started
    requests.delete(f"{started.url}/_sandbox/faults", timeout=TIMEOUT)


@pytest.mark.parametrize(
    ("path", "is_theirs"),
    [
        ("jira/rest/api/3/issue/OPS-1", of_jira),
        ("jira/rest/servicedeskapi/organization", of_service_management),
        ("wiki/wiki/api/v2/pages", of_confluence),
        ("wiki/wiki/rest/api/user/current", of_confluence_1),
        ("panel/apis/organization.appuio.io/v1/organizations", of_kubernetes),
        ("erp/json/2/res.partner/search_read", of_odoo),
        ("erp/jsonrpc", is_page),
        ("portal/api/servers/1/", of_portal),
    ],
)
def test_an_injected_status_has_the_vendors_own_form(
    sandbox: Running, path: str, is_theirs: Callable[[requests.Response], bool]
) -> None:
    with requests.Session() as http:
        for status in STATUSES:
            fault = {"do": "status", "status": status, "retry_after": 3}
            http.post(f"{sandbox.url}/_sandbox/faults", json=fault, timeout=TIMEOUT)
            answer = http.get(f"{sandbox.url}/{path}", timeout=TIMEOUT)
            assert (answer.status_code, answer.headers["Retry-After"]) == (status, "3")
            assert is_theirs(answer), (status, answer.text)


def test_an_injected_answer_may_be_anything(sandbox: Running) -> None:
    """As from a proxy that asks to sign in, with status 200."""
    page = "<html><body>Sign in</body></html>"
    fault = {"do": "status", "status": 200, "body": page, "media_type": "text/html"}
    requests.post(f"{sandbox.url}/_sandbox/faults", json=fault, timeout=TIMEOUT)
    answer = requests.get(f"{sandbox.url}/jira/rest/api/3/myself", timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == page
