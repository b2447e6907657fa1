"""Transitions and comments."""

from __future__ import annotations

from tests.sandbox.jira.client import PLATFORM, TEXT, Client

ISSUE = f"{PLATFORM}/issue"


def test_a_transition_moves_the_issue_and_may_comment_on_it(jira: Client) -> None:
    path = f"{ISSUE}/OPS-1"
    offered = {transition["name"]: transition["id"] for transition in jira.get(f"{path}/transitions")["transitions"]}
    body = {"transition": {"id": offered["Done"]}, "update": {"comment": [{"add": {"body": TEXT}}]}}
    jira.post(f"{path}/transitions", body, 204)
    fields = jira.get(path)["fields"]
    assert (fields["status"]["statusCategory"]["key"], fields["resolution"]["name"]) == ("done", "Done")
    assert fields["comment"]["total"] == 1
    jira.post(f"{path}/transitions", {"transition": {"id": "999"}}, 400)
    jira.post(f"{path}/transitions", {}, 400)


def test_without_the_right_no_transition_is_offered_or_taken(jira: Client) -> None:
    jira.lose("Transition Issues:OPS")
    assert jira.get(f"{ISSUE}/OPS-1/transitions")["transitions"] == []
    jira.post(f"{ISSUE}/OPS-1/transitions", {"transition": {"id": "31"}}, 400)


def test_comments_come_in_pages_and_each_post_makes_one(jira: Client) -> None:
    for _ in range(3):
        jira.post(f"{ISSUE}/OPS-1/comment", {"body": TEXT})
    jira.trap(page_size=2)
    first = jira.get(f"{ISSUE}/OPS-1/comment")
    second = jira.get(f"{ISSUE}/OPS-1/comment", startAt=2)
    assert (first["total"], len(first["comments"]), len(second["comments"])) == (3, 2, 1)
    assert len({comment["id"] for comment in first["comments"] + second["comments"]}) == 3


def test_a_comment_marked_internal_is_not_public(jira: Client) -> None:
    key = jira.issue("SUP")["key"]
    assert jira.post(f"{ISSUE}/{key}/comment", {"body": TEXT})["jsdPublic"] is True
    internal = {"body": TEXT, "properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}
    assert jira.post(f"{ISSUE}/{key}/comment", internal)["jsdPublic"] is False


def test_a_comment_is_changed_and_deleted_by_its_id(jira: Client) -> None:
    path = f"{ISSUE}/OPS-1/comment"
    first, second = (jira.post(path, {"body": TEXT})["id"] for _ in range(2))
    other = {**TEXT, "content": []}
    jira.put(f"{path}/{first}", {"body": other})
    jira.delete(f"{path}/{second}")
    jira.get(f"{path}/{second}", 404)
    assert [(comment["id"], comment["body"]) for comment in jira.get(path)["comments"]] == [(first, other)]


def test_without_the_right_nothing_is_changed_or_commented(jira: Client) -> None:
    jira.lose("Edit Issues:OPS", "Add Comments:OPS")
    jira.put(f"{ISSUE}/OPS-1", {"fields": {"summary": "Other"}}, 400)
    jira.post(f"{ISSUE}/OPS-1/comment", {"body": TEXT}, 400)
    fields = jira.get(f"{ISSUE}/OPS-1", fields="summary,comment")["fields"]
    assert (fields["summary"], fields["comment"]["total"]) == ("Renew the monitoring certificate", 0)


def test_an_edit_sets_properties_and_comments_in_one_step(jira: Client) -> None:
    key = jira.issue("SUP")["key"]
    mark = {"key": "closedwon", "value": {"key": "finding:1", "state": "open"}}
    internal = {"body": TEXT, "properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}
    update = {"comment": [{"add": internal}, {"add": {"body": TEXT}}], "labels": [{"add": "invoicing"}]}
    jira.put(f"{ISSUE}/{key}", {"update": update, "properties": [mark]}, 204)
    found = jira.get(f"{ISSUE}/{key}", fields="comment,labels", properties="closedwon")
    assert [comment["jsdPublic"] for comment in found["fields"]["comment"]["comments"]] == [False, True]
    assert (found["fields"]["labels"], found["properties"]) == (["invoicing"], {"closedwon": mark["value"]})


def test_an_edit_that_may_not_comment_changes_nothing(jira: Client) -> None:
    mark = {"key": "closedwon", "value": {"key": "finding:1"}}
    body = {"update": {"comment": [{"add": {"body": TEXT}}], "labels": [{"add": "x"}]}, "properties": [mark]}
    plain = {**body, "update": {"comment": [{"add": {"body": "no document"}}]}}
    jira.put(f"{ISSUE}/OPS-1", plain, 400)
    jira.put(f"{ISSUE}/OPS-1", {**body, "update": {"comment": [{"remove": {"id": "1"}}]}}, 400)
    jira.lose("Add Comments:OPS")
    jira.put(f"{ISSUE}/OPS-1", body, 400)
    found = jira.get(f"{ISSUE}/OPS-1", fields="comment,labels", properties="closedwon")
    assert (found["fields"]["comment"]["total"], found["fields"]["labels"]) == (0, ["monitoring"])
    assert found["properties"] == {}


def test_a_done_issue_goes_back_and_loses_its_resolution(jira: Client) -> None:
    path = f"{ISSUE}/OPS-1"
    offered = {transition["name"]: transition["id"] for transition in jira.get(f"{path}/transitions")["transitions"]}
    for name, category, resolved in (("Done", "done", True), ("To Do", "new", False)):
        jira.post(f"{path}/transitions", {"transition": {"id": offered[name]}}, 204)
        fields = jira.get(path)["fields"]
        assert fields["status"]["statusCategory"]["key"] == category
        assert (fields["resolution"] is not None) is resolved


def test_who_may_not_schedule_issues_has_no_due_date_to_set(jira: Client) -> None:
    jira.lose("Schedule Issues:OPS")
    answer = jira.post(ISSUE, {"fields": jira.fields(duedate="2026-12-01")}, 400)
    assert set(answer["errors"]) == {"duedate"}
    jira.put(f"{ISSUE}/OPS-1", {"fields": {"duedate": "2026-12-01"}}, 400)
    jira.post(ISSUE, {"fields": jira.fields()})
