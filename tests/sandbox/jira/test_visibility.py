"""Which issues of a service desk the customers' portals show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.client import PLATFORM, Client

ISSUE = f"{PLATFORM}/issue"


def _visible(jira: Client, key: str) -> bool:
    return next(bool(issue["customer_visible"]) for issue in jira.state()["issue"] if issue["key"] == key)


def test_an_internal_ticket_in_a_service_desk_shows_in_no_portal(jira: Client) -> None:
    assert not _visible(jira, jira.issue("SUP")["key"])


@pytest.mark.parametrize("field", ["request type", "organization", "reporter"])
def test_a_request_type_an_organization_or_a_customer_as_reporter_shows_it(jira: Client, field: str) -> None:
    customer = jira.account_id("finances@lacnoir.example")
    choices: dict[str, dict[str, Any]] = {
        "request type": {"customfield_10010": "1"},
        "organization": {"customfield_10002": [1]},
        "reporter": {"reporter": {"accountId": customer}},
    }
    changed = choices[field]
    assert _visible(jira, jira.issue("SUP", **changed)["key"])
    key = jira.issue("SUP")["key"]
    jira.put(f"{ISSUE}/{key}", {"fields": changed}, 204)
    assert _visible(jira, key)


@pytest.mark.parametrize(
    "changed", [{"customfield_10010": "99"}, {"customfield_10002": ["1"]}, {"customfield_10002": [99]}]
)
def test_a_desk_knows_its_own_request_types_and_organizations_only(jira: Client, changed: Any) -> None:
    assert jira.post(ISSUE, {"fields": jira.fields("SUP", **changed)}, 400)["errors"].keys() == changed.keys()


def test_a_visible_issue_shows_by_what_it_is_visible(jira: Client) -> None:
    made = jira.issue("SUP", customfield_10010="1", customfield_10002=[1])
    fields = jira.get(f"{ISSUE}/{made['key']}")["fields"]
    assert fields["customfield_10010"]["requestType"]["name"] == "Get help"
    assert [organization["name"] for organization in fields["customfield_10002"]] == ["Fondation Lac Noir"]


def test_no_customer_reports_outside_a_service_desk(jira: Client) -> None:
    customer = {"accountId": jira.account_id("finances@lacnoir.example")}
    assert "reporter" in jira.post(ISSUE, {"fields": jira.fields("OPS", reporter=customer)}, 400)["errors"]
