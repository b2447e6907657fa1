"""What the pretend Jira starts with, what it reports as double, and that the `jira` library works with it."""

from __future__ import annotations

from typing import Any

import jira as library
import requests

from integrations.sandbox.jira import PRETEND
from integrations.sandbox.pretend import ACCOUNT, TOKEN
from tests.sandbox.jira.client import DESK, PLATFORM, TEXT, TIMEOUT, Client


def test_the_seeded_world(jira: Client) -> None:
    state = jira.state()
    assert [project["key"] for project in state["project"]] == ["SUP", "OPS", "HAND", "MIG"]
    assert state["servicedesk"] == [{"id": "1", "projectId": state["project"][0]["id"], "projectKey": "SUP"}]
    [made_by_hand] = [
        organization for organization in state["organization"] if organization["name"] == "Fondation Lac Noir"
    ]
    assert (made_by_hand["properties"], made_by_hand["servicedesks"]) == ({}, ["1"])
    assert len(state["organization"]) > 1
    assert state["duplicates"] == []


def _organizations(jira: Client) -> list[str]:
    made = [jira.post(f"{DESK}/organization", {"name": "Atomic"})["id"] for _ in range(2)]
    for number in made:
        jira.post(f"{DESK}/servicedesk/1/organization", {"organizationId": int(number)}, 204)
        jira.put(f"{DESK}/organization/{number}/property/closedwon", {"key": "101"}, 201)
    return made


def test_two_linked_organizations_with_one_mark_are_duplicates_until_one_is_unlinked(jira: Client) -> None:
    first, second = _organizations(jira)
    [sentence] = jira.state()["duplicates"]
    assert all(part in sentence for part in (first, second, "101"))
    jira.delete(f"{DESK}/servicedesk/1/organization", {"organizationId": int(second)})
    assert jira.state()["duplicates"] == []


def test_two_open_issues_with_one_mark_are_duplicates_until_one_is_done(jira: Client) -> None:
    mark: list[dict[str, Any]] = [{"key": "closedwon", "value": {"key": "deal:42/ticket"}}]
    first, second = jira.issue(properties=mark)["key"], jira.issue(properties=mark)["key"]
    [sentence] = jira.state()["duplicates"]
    assert first in sentence
    assert second in sentence
    jira.post(f"{PLATFORM}/issue/{second}/transitions", {"transition": {"id": "31"}}, 204)
    assert jira.state()["duplicates"] == []


def test_two_projects_with_one_mark_line_are_duplicates_until_one_is_archived(jira: Client) -> None:
    for key in ("ONE", "TWO"):
        jira.project(key, description="By hand.\nclosedwon: 101")
    assert len(jira.state()["duplicates"]) == 1
    assert jira.send("POST", f"{PLATFORM}/project/TWO/archive").status_code == 204
    assert jira.state()["duplicates"] == []


def test_every_object_with_a_link_has_its_page(jira: Client) -> None:
    state = jira.state()
    for kind in ("issue", "project", "organization", "servicedesk"):
        address = PRETEND.link(kind, state[kind][0])
        assert address is not None
        assert requests.get(jira.root + address, timeout=TIMEOUT).status_code == 200
    assert PRETEND.link("user", state["user"][0]) is None


def test_pages_show_foreign_text_as_text(jira: Client) -> None:
    key = jira.issue(summary="<script>alert(1)</script>")["key"]
    assert "<script>" not in requests.get(f"{jira.base}/browse/{key}", timeout=TIMEOUT).text


def test_the_world_survives_a_refused_request_unchanged(jira: Client) -> None:
    before = jira.state()
    jira.post(f"{PLATFORM}/issue", {"fields": jira.fields(labels=["a b"])}, 400)
    assert jira.state() == before


def test_requests_are_named_by_what_they_do(jira: Client) -> None:
    jira.issue()
    jira.put(f"{DESK}/organization/1/property/closedwon", {"key": "1"}, 201)
    jira.get(f"{PLATFORM}/project/OPS")
    logged = requests.get(f"{jira.root}/_sandbox/requests", timeout=TIMEOUT).json()["requests"][-3:]
    assert [(entry["operation"], entry["writes"]) for entry in logged] == [
        ("issue.create", True),
        ("organization.property.put", True),
        ("project.get", False),
    ]


def test_the_jira_library_reads_finds_people_moves_and_comments(jira: Client) -> None:
    client = library.JIRA(
        jira.base,
        basic_auth=(ACCOUNT, TOKEN),
        options={"rest_api_version": "3"},
        get_server_info=False,
        max_retries=0,
        timeout=TIMEOUT,
    )
    assert client.issue("OPS-1").fields.status.name == "To Do"
    assert client.project("OPS").name == "Technical team"
    assert client.search_users(query="reto.frei@acme.example")[0].displayName == "Reto Frei"
    client.transition_issue("OPS-1", "31")
    assert client.issue("OPS-1", fields="status").fields.status.statusCategory.key == "done"
    client.add_comment("OPS-1", TEXT)
    assert len(client.comments("OPS-1")) == 1
    assert client.service_desks()[0].projectKey == "SUP"
    assert client.myself()["emailAddress"] == ACCOUNT
    client.close()
