"""Issues: what creating refuses, that it is not idempotent, and what other people may see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.jira.client import PLATFORM, TEXT, Client

ISSUE = f"{PLATFORM}/issue"
LONGEST = 32_767


def _doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


def _paragraph(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def test_labels_and_properties_are_written_in_the_creating_request(jira: Client) -> None:
    mark = {"key": "deal:42/ticket"}
    made = jira.issue(labels=["closedwon-1a"], description=TEXT, properties=[{"key": "closedwon", "value": mark}])
    found = jira.get(f"{ISSUE}/{made['key']}", fields="labels,description", properties="closedwon")
    assert found["fields"] == {"labels": ["closedwon-1a"], "description": TEXT}
    assert found["properties"] == {"closedwon": mark}
    assert jira.found("labels = closedwon-1a") == [made["id"]]


def test_creating_twice_makes_two(jira: Client) -> None:
    first, second = jira.issue(), jira.issue()
    assert first["key"] != second["key"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"summary": None}, "summary"),
        ({"summary": "  "}, "summary"),
        ({"summary": "x" * 256}, "summary"),
        ({"summary": "two\nlines"}, "summary"),
        ({"project": {"key": "NOPE"}}, "project"),
        ({"issuetype": {"name": "Story of my life"}}, "issuetype"),
        ({"issuetype": {"name": "Sub-task"}}, "parent"),
        ({"labels": ["with space"]}, "labels"),
        ({"labels": "one"}, "labels"),
        ({"assignee": {"accountId": "nobody"}}, "assignee"),
        ({"assignee": {"name": "reto"}}, "assignee"),
        ({"priority": {"name": "Highest of all"}}, "priority"),
        ({"duedate": "24.12.2026"}, "duedate"),
        ({"customer": "Atomic"}, "customer"),
        ({"status": "Done"}, "status"),
        ({"customfield_10002": [1]}, "customfield_10002"),
        ({"description": "h1. wiki text"}, "description"),
    ],
)
def test_what_a_field_does_not_take_is_refused_by_field(jira: Client, changed: Any, field: str) -> None:
    before = len(jira.state()["issue"])
    assert list(jira.post(ISSUE, {"fields": jira.fields(**changed)}, 400)["errors"]) == [field]
    assert len(jira.state()["issue"]) == before


def test_unknown_parts_of_the_request_are_refused(jira: Client) -> None:
    jira.post(ISSUE, {"fields": jira.fields(), "property": []}, 400)
    jira.post(ISSUE, {"fields": jira.fields(), "properties": [{"name": "closedwon", "value": 1}]}, 400)


@pytest.mark.parametrize(
    "document",
    [
        _doc(_paragraph(_text("bold", marks=[{"type": "strong"}]), {"type": "hardBreak"})),
        _doc({"type": "heading", "attrs": {"level": 2}, "content": [_text("Facts")]}),
        _doc({"type": "bulletList", "content": [{"type": "listItem", "content": [_paragraph(_text("one"))]}]}),
        _doc(_paragraph(_text("a link", marks=[{"type": "link", "attrs": {"href": "https://acme.example"}}]))),
        _doc(),
    ],
)
def test_documents_are_taken_and_come_back_unchanged(jira: Client, document: Any) -> None:
    made = jira.issue(description=document)
    assert jira.get(f"{ISSUE}/{made['key']}")["fields"]["description"] == document


@pytest.mark.parametrize(
    "document",
    [
        {"type": "doc", "version": 2, "content": []},
        {"type": "doc", "version": 1},
        _doc({"type": "para", "content": []}),
        _doc(_text("not in a paragraph")),
        _doc(_paragraph(_text(""))),
        _doc(_paragraph(_paragraph(_text("nested")))),
        _doc(_paragraph({"type": "text"})),
        _doc(_paragraph(_text("loud", marks=[{"type": "bold"}]))),
        _doc(_paragraph(_text("nowhere", marks=[{"type": "link", "attrs": {}}]))),
        _doc({"type": "heading", "attrs": {"level": 7}, "content": []}),
        _doc({"type": "bulletList", "content": [_paragraph(_text("no item"))]}),
        _doc({"type": "bulletList", "content": []}),
        _doc({**_paragraph(), "style": "wide"}),
    ],
)
def test_what_is_no_valid_document_is_refused(jira: Client, document: Any) -> None:
    jira.post(ISSUE, {"fields": jira.fields(description=document)}, 400)
    jira.post(f"{ISSUE}/OPS-1/comment", {"body": document}, 400)


def test_a_text_longer_than_jira_keeps_is_refused_with_its_field(jira: Client) -> None:
    """Its JSON counts, and a letter beyond U+FFFF twice; one character less is taken."""
    frame = len(json.dumps(_doc(_paragraph(_text(""))), separators=(",", ":")))
    for letter, units in (("x", 1), ("🚤", 2)):
        fits = (LONGEST - frame) // units
        longest, longer = (_doc(_paragraph(_text(letter * number))) for number in (fits, fits + 1))
        key = jira.issue(description=longest)["key"]
        jira.post(f"{ISSUE}/{key}/comment", {"body": longest})
        text = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
        created = jira.post(ISSUE, {"fields": jira.fields(description=longer)}, 400)
        assert created == {"errorMessages": [], "errors": {"description": text}}
        changed = {"update": {"comment": [{"add": {"body": longer}}]}}
        for commented in (
            jira.post(f"{ISSUE}/{key}/comment", {"body": longer}, 400),
            jira.put(f"{ISSUE}/{key}", changed, 400),
        ):
            assert commented == {"errorMessages": [], "errors": {"comment": text}}


def test_who_is_deactivated_cannot_be_assigned(jira: Client) -> None:
    account_id = jira.account_id("anna.keller@acme.example")
    assert "assignee" in jira.post(ISSUE, {"fields": jira.fields(assignee={"accountId": account_id})}, 400)["errors"]


def test_without_the_right_nothing_is_created(jira: Client) -> None:
    jira.lose("Create Issues:OPS")
    jira.post(ISSUE, {"fields": jira.fields()}, 403)
    jira.lose("Browse Projects:OPS")
    assert "project" in jira.post(ISSUE, {"fields": jira.fields()}, 400)["errors"]


def test_what_may_not_be_browsed_looks_as_if_it_did_not_exist(jira: Client) -> None:
    missing = jira.get(f"{ISSUE}/OPS-99", 404)
    jira.lose("Browse Projects:OPS")
    assert jira.get(f"{ISSUE}/OPS-1", 404) == missing
    jira.put(f"{ISSUE}/OPS-1", {"fields": {"summary": "Other"}}, 404)
    jira.get(f"{ISSUE}/OPS-1/comment", 404)


def test_an_issue_is_found_by_key_in_any_case_and_by_id(jira: Client) -> None:
    made = jira.issue()
    assert jira.get(f"{ISSUE}/{made['key'].lower()}")["id"] == made["id"]
    assert jira.get(f"{ISSUE}/{made['id']}")["key"] == made["key"]


def test_a_change_leaves_what_it_does_not_name(jira: Client) -> None:
    key = jira.issue(labels=["one"], description=TEXT)["key"]
    jira.put(f"{ISSUE}/{key}", {"fields": {"summary": "Other"}, "properties": [{"key": "mark", "value": 1}]}, 204)
    jira.put(f"{ISSUE}/{key}", {"update": {"labels": [{"add": "two"}, {"remove": "one"}]}}, 204)
    found = jira.get(f"{ISSUE}/{key}", properties="mark")
    assert (found["fields"]["summary"], found["fields"]["labels"]) == ("Other", ["two"])
    assert (found["fields"]["description"], found["properties"]) == (TEXT, {"mark": 1})


def test_the_first_to_set_a_property_is_told_so(jira: Client) -> None:
    jira.put(f"{ISSUE}/OPS-1/properties/mark", {"key": "1"}, 201)
    jira.put(f"{ISSUE}/OPS-1/properties/mark", {"key": "2"}, 200)
    jira.lose("Edit Issues:OPS")
    jira.put(f"{ISSUE}/OPS-1/properties/mark", {"key": "3"}, 403)
    assert jira.get(f"{ISSUE}/OPS-1/properties/mark")["value"] == {"key": "2"}


def test_of_many_at_once_the_bad_fail_alone(jira: Client) -> None:
    updates = [{"fields": jira.fields(summary=name)} for name in ("one", "", "three")]
    answer = jira.post(f"{ISSUE}/bulk", {"issueUpdates": updates})
    assert len(answer["issues"]) == 2
    [error] = answer["errors"]
    assert (error["failedElementNumber"], error["status"]) == (1, 400)
    assert list(error["elementErrors"]["errors"]) == ["summary"]


def test_at_most_fifty_are_created_at_once_and_none_if_all_are_bad(jira: Client) -> None:
    before = len(jira.state()["issue"])
    jira.post(f"{ISSUE}/bulk", {"issueUpdates": [{"fields": jira.fields()}] * 51}, 400)
    jira.post(f"{ISSUE}/bulk", {"issueUpdates": [{"fields": {}}] * 2}, 400)
    assert len(jira.state()["issue"]) == before
    assert len(jira.post(f"{ISSUE}/bulk", {"issueUpdates": [{"fields": jira.fields()}] * 50})["issues"]) == 50


@pytest.mark.parametrize("operation", [{"add": "a b"}, {"copy": "one"}, {"add": 7}, "add", {}])
def test_an_update_that_labels_do_not_take_changes_nothing(jira: Client, operation: Any) -> None:
    jira.put(f"{ISSUE}/OPS-1", {"update": {"labels": [operation]}}, 400)
    assert jira.get(f"{ISSUE}/OPS-1")["fields"]["labels"] == ["monitoring"]


def test_fields_are_chosen_by_name_and_by_exclusion(jira: Client) -> None:
    assert list(jira.get(f"{ISSUE}/OPS-1", fields="summary,nothing")["fields"]) == ["summary"]
    everything = jira.get(f"{ISSUE}/OPS-1")["fields"]
    assert jira.get(f"{ISSUE}/OPS-1", fields="*all,-comment")["fields"].keys() == everything.keys() - {"comment"}


def test_a_body_that_is_not_sent_as_json_is_refused(jira: Client) -> None:
    assert jira.send("POST", ISSUE, data={"summary": "x"}).status_code == 415


def test_every_field_that_is_taken_is_shown(jira: Client) -> None:
    me, reto = jira.lead(), jira.account_id("reto.frei@acme.example")
    made = jira.issue(
        assignee={"accountId": reto}, reporter={"id": me}, priority={"name": "High"}, duedate="2026-12-24", labels=["a"]
    )
    fields = jira.get(f"{ISSUE}/{made['id']}")["fields"]
    assert (fields["assignee"]["accountId"], fields["reporter"]["accountId"]) == (reto, me)
    assert (fields["priority"]["name"], fields["duedate"], fields["project"]["key"]) == ("High", "2026-12-24", "OPS")
    cleared = {"assignee": None, "duedate": None, "labels": None, "description": None}
    jira.put(f"{ISSUE}/{made['key']}", {"fields": cleared}, 204)
    fields = jira.get(f"{ISSUE}/{made['key']}", fields=",".join(cleared))["fields"]
    assert fields == {"assignee": None, "duedate": None, "labels": [], "description": None}


def test_a_sub_task_shows_its_parent(jira: Client) -> None:
    made = jira.issue(issuetype={"name": "Sub-task"}, parent={"key": "OPS-1"})
    assert jira.get(f"{ISSUE}/{made['key']}")["fields"]["parent"]["key"] == "OPS-1"
    foreign = jira.fields("HAND", issuetype={"name": "Sub-task"}, parent={"key": "OPS-1"})
    assert "parent" in jira.post(ISSUE, {"fields": foreign}, 400)["errors"]


@pytest.mark.parametrize(
    "changed", [{"summary": 7}, {"labels": ["x" * 256]}, {"reporter": None}, {"priority": 1}, {"assignee": {"id": 7}}]
)
def test_values_of_another_type_or_too_long_are_refused(jira: Client, changed: Any) -> None:
    assert jira.post(ISSUE, {"fields": jira.fields(**changed)}, 400)["errors"].keys() == changed.keys()


def test_a_field_appears_in_one_place_of_a_change_only(jira: Client) -> None:
    both = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    assert "labels" in jira.put(f"{ISSUE}/OPS-1", both, 400)["errors"]
