"""Searching by JQL: lagging, filtered, paged by token, without a total."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.client import PLATFORM, Client

SEARCH = f"{PLATFORM}/search/jql"
FOREVER = 3600


def test_the_old_search_is_gone(jira: Client) -> None:
    jira.get(f"{PLATFORM}/search", 410, jql="project = OPS")
    jira.post(f"{PLATFORM}/search", {"jql": "project = OPS"}, 410)


def test_only_ids_come_unless_fields_are_named(jira: Client) -> None:
    answer = jira.post(SEARCH, {"jql": "project = OPS"}, 200)
    assert [list(issue) for issue in answer["issues"]] == [["id"]]
    assert "total" not in answer
    named = jira.post(SEARCH, {"jql": "project = OPS", "fields": ["summary"]}, 200)["issues"][0]
    assert (named["key"], list(named["fields"])) == ("OPS-1", ["summary"])


def test_a_new_issue_is_not_found_until_the_index_has_caught_up(jira: Client) -> None:
    jira.trap(jira_index_lag=FOREVER)
    made = jira.issue(labels=["fresh"])
    assert jira.found("labels = fresh") == []
    assert jira.found(f"key = {made['key']}") == []
    jira.trap(jira_index_lag=0)
    assert jira.found("labels = fresh") == [made["id"]]


def test_a_changed_issue_is_found_as_it_was_until_the_index_has_caught_up(jira: Client) -> None:
    made = jira.issue(labels=["before"])
    assert jira.found("labels = before") == [made["id"]]
    jira.trap(jira_index_lag=FOREVER)
    jira.put(f"{PLATFORM}/issue/{made['key']}", {"fields": {"labels": ["after"]}}, 204)
    assert (jira.found("labels = before"), jira.found("labels = after")) == ([made["id"]], [])
    jira.trap(jira_index_lag=0)
    assert (jira.found("labels = before"), jira.found("labels = after")) == ([], [made["id"]])


def test_a_reconciled_issue_is_found_at_once(jira: Client) -> None:
    jira.trap(jira_index_lag=FOREVER)
    made, other = jira.issue(labels=["fresh"]), jira.issue(labels=["fresh"])
    assert jira.found("labels = fresh", reconcileIssues=[int(made["id"])]) == [made["id"]]
    assert other["id"] not in jira.found("project = OPS", reconcileIssues=[int(made["id"])])


@pytest.mark.parametrize("ids", [list(range(51)), ["OPS-1"]])
def test_at_most_fifty_numbers_are_reconciled(jira: Client, ids: list[Any]) -> None:
    jira.post(SEARCH, {"jql": "project = OPS", "reconcileIssues": ids}, 400)


def test_at_most_five_properties_are_included(jira: Client) -> None:
    names = [f"property-{number}" for number in range(6)]
    jira.post(SEARCH, {"jql": "project = OPS", "properties": names[:5]}, 200)
    jira.post(SEARCH, {"jql": "project = OPS", "properties": names}, 400)


def test_every_page_is_reached_by_its_token(jira: Client) -> None:
    made = [jira.issue(labels=["many"])["id"] for _ in range(5)]
    jira.trap(page_size=2)
    body: dict[str, Any] = {"jql": "labels = many ORDER BY created ASC", "maxResults": 50}
    seen, answer = [], jira.post(SEARCH, body, 200)
    while not answer["isLast"]:
        assert len(answer["issues"]) == 2
        seen += answer["issues"]
        answer = jira.post(SEARCH, {**body, "nextPageToken": answer["nextPageToken"]}, 200)
    assert "nextPageToken" not in answer
    assert [issue["id"] for issue in seen + answer["issues"]] == made


def test_a_token_of_another_query_or_a_made_up_one_is_refused(jira: Client) -> None:
    for _ in range(2):
        jira.issue()
    token = jira.post(SEARCH, {"jql": "project = OPS", "maxResults": 1}, 200)["nextPageToken"]
    jira.post(SEARCH, {"jql": "project = HAND", "nextPageToken": token}, 400)
    jira.post(SEARCH, {"jql": "project = OPS", "nextPageToken": "abc"}, 400)


def test_what_may_not_be_browsed_is_left_out(jira: Client) -> None:
    jira.issue("OPS", labels=["both"])
    seen = jira.issue("HAND", labels=["both"])
    jira.lose("Browse Projects:OPS")
    assert jira.found("labels = both") == [seen["id"]]
    jira.post(SEARCH, {"jql": "project = OPS"}, 400)
    jira.post(SEARCH, {"jql": "key = OPS-1"}, 400)


@pytest.mark.parametrize(
    ("jql", "names"),
    [
        ("project = ops", ["c", "b", "a", "seeded"]),
        ('project = "Technical team" AND labels = x', ["b", "a"]),
        ("labels in (x, y) AND project = OPS ORDER BY created ASC", ["a", "b", "c"]),
        ("labels = x AND labels != y", ["a"]),
        ("labels = x ORDER BY created DESC", ["b", "a"]),
        ("labels = x ORDER BY created", ["b", "a"]),
        ("labels = x ORDER BY key", ["a", "b"]),
        ("issue in (OPS-2, OPS-3) ORDER BY key ASC", ["a", "b"]),
        ('project = OPS AND statusCategory = "Done"', ["c"]),
        ("project = OPS AND statusCategory != Done AND labels not in (monitoring)", ["b", "a"]),
        ("labels = nothing", []),
    ],
)
def test_the_understood_part_of_jql(jira: Client, jql: str, names: list[str]) -> None:
    made = {name: jira.issue(labels=labels) for name, labels in (("a", ["x"]), ("b", ["x", "y"]), ("c", ["y"]))}
    jira.post(f"{PLATFORM}/issue/{made['c']['key']}/transitions", {"transition": {"id": "31"}}, 204)
    ids = {issue["id"]: name for name, issue in made.items()}
    assert [ids.get(key, "seeded") for key in jira.found(jql)] == names


@pytest.mark.parametrize(
    "jql",
    [
        "",
        "ORDER BY created",
        "project = NOPE",
        "key = OPS-999",
        "project =",
        "summary ~ x",
        "project = OPS OR project = HAND",
        "project = OPS project = HAND",
        "customer = 1",
        "statusCategory = Nearly",
        "project = OPS ORDER BY colour",
        "labels in (x",
        "created >= -1d",
        'issue.property[closedwon].key = "1"',
    ],
)
def test_everything_else_is_refused(jira: Client, jql: str) -> None:
    assert jira.post(SEARCH, {"jql": jql}, 400)["errorMessages"]


def test_the_old_way_to_page_is_refused(jira: Client) -> None:
    jira.post(SEARCH, {"jql": "project = OPS", "startAt": 0}, 400)


def test_searching_is_no_write(jira: Client) -> None:
    jira.found("project = OPS")
    logged = jira.session.get(f"{jira.root}/_sandbox/requests", timeout=10).json()["requests"][-1]
    assert (logged["operation"], logged["writes"]) == ("issue.search", False)


def test_the_same_search_may_be_asked_for_in_the_address(jira: Client) -> None:
    jira.trap(jira_index_lag=FOREVER)
    made = jira.issue(labels=["fresh"])
    asked: dict[str, Any] = {"jql": "labels = fresh", "fields": "summary,labels", "maxResults": 1}
    assert jira.get(SEARCH, **asked)["issues"] == []
    [found] = jira.get(SEARCH, **asked, reconcileIssues=made["id"])["issues"]
    assert (found["id"], found["fields"]["labels"]) == (made["id"], ["fresh"])
    jira.get(SEARCH, 400, **asked, reconcileIssues="OPS-1")


def test_how_many_there_are_has_its_own_call(jira: Client) -> None:
    for _ in range(3):
        jira.issue(labels=["many"])
    assert jira.post(f"{PLATFORM}/search/approximate-count", {"jql": "labels = many"}, 200) == {"count": 3}


def test_a_search_shows_the_properties_that_it_asks_for(jira: Client) -> None:
    mark = {"key": "closedwon", "value": {"key": "deal:42"}}
    jira.issue(labels=["marked"], properties=[mark])
    body = {"jql": "labels = marked", "fields": ["summary"], "properties": ["closedwon", "other"]}
    [found] = jira.post(SEARCH, body, 200)["issues"]
    assert found["properties"] == {"closedwon": {"key": "deal:42"}}
    jira.post(SEARCH, {**body, "fields": [1]}, 400)


def test_the_issues_of_an_archived_project_are_left_out(jira: Client) -> None:
    jira.project("ATOM")
    jira.issue("ATOM", labels=["old"])
    assert len(jira.found("labels = old")) == 1
    jira.send("POST", f"{PLATFORM}/project/ATOM/archive")
    assert jira.found("labels = old") == []
