"""Projects: keys and names are unique, deleted ones keep their key, what may not be browsed is 404."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.client import PLATFORM, Client

PROJECT = f"{PLATFORM}/project"


def _refused(jira: Client, **changed: Any) -> Any:
    body = {"key": "ATOM", "name": "Atomic", "projectTypeKey": "business", "leadAccountId": jira.lead(), **changed}
    answer = jira.post(PROJECT, {key: value for key, value in body.items() if value is not None}, 400)
    assert len(jira.state()["project"]) == 4
    return answer


def test_a_project_is_created_with_its_description_in_one_step(jira: Client) -> None:
    made = jira.project("ATOM", description="Made for a deal.\nclosedwon: 101")
    assert isinstance(made["id"], int)
    found = jira.get(f"{PROJECT}/ATOM")
    assert (found["id"], found["description"]) == (str(made["id"]), "Made for a deal.\nclosedwon: 101")
    assert jira.get(f"{PROJECT}/{made['id']}")["key"] == "ATOM"


def test_a_taken_key_is_refused_and_names_its_holder(jira: Client) -> None:
    assert _refused(jira, key="OPS")["errors"] == {"projectKey": "Project 'Technical team' uses this project key."}


def test_a_deleted_project_keeps_its_key(jira: Client) -> None:
    jira.get(f"{PROJECT}/MIG", 404)
    assert "projectKey" in _refused(jira, key="MIG")["errors"]
    deleted = jira.get(f"{PROJECT}/search", status="deleted", keys="MIG")["values"]
    assert [project["key"] for project in deleted] == ["MIG"]
    assert jira.get(f"{PROJECT}/search", keys="MIG")["values"] == []


def test_names_are_unique_in_any_case(jira: Client) -> None:
    assert _refused(jira, name="technical TEAM")["errors"] == {
        "projectName": "A project with that name already exists."
    }


@pytest.mark.parametrize("key", ["atom", "A", "1ATOM", "ATOM-1", "ATOMICATOMIC", "ÄTOM", ""])
def test_a_key_is_two_to_ten_uppercase_letters_and_digits(jira: Client, key: str) -> None:
    assert "projectKey" in _refused(jira, key=key)["errors"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": None}, "projectName"),
        ({"name": "x" * 81}, "projectName"),
        ({"projectTypeKey": None}, "projectType"),
        ({"projectTypeKey": "classic"}, "projectType"),
        ({"projectTemplateKey": "com.pyxis.greenhopper.jira:gh-simplified-kanban-classic"}, "projectTemplateKey"),
        ({"leadAccountId": None}, "projectLead"),
        ({"leadAccountId": "nobody"}, "projectLead"),
        ({"lead": "reto"}, "lead"),
        ({"permissionScheme": 4711}, "permissionScheme"),
        ({"assigneeType": "NOBODY"}, "assigneeType"),
    ],
)
def test_what_is_missing_or_unknown_is_refused_by_field(jira: Client, changed: Any, field: str) -> None:
    assert list(_refused(jira, **changed)["errors"]) == [field]


@pytest.mark.parametrize("changed", [{"colour": "red"}, {"key": 7}, {"permissionScheme": "10000"}])
def test_unknown_keys_and_wrong_types_are_refused(jira: Client, changed: Any) -> None:
    assert _refused(jira, **changed)["errorMessages"]


def test_all_faults_are_told_at_once(jira: Client) -> None:
    assert len(_refused(jira, key="x", name="", leadAccountId="nobody")["errors"]) == 3


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("com.atlassian.servicedesk:simplified-external-service-desk", "service_desk"),
        ("com.pyxis.greenhopper.jira:gh-simplified-kanban-classic", "software"),
        ("com.atlassian.jira-core-project-templates:jira-core-simplified-project-management", "business"),
    ],
)
def test_the_template_tells_the_type(jira: Client, template: str, kind: str) -> None:
    jira.project("ATOM", projectTypeKey=kind, projectTemplateKey=template)
    assert jira.get(f"{PROJECT}/ATOM")["projectTypeKey"] == kind
    desks = [desk["projectKey"] for desk in jira.state()["servicedesk"]]
    assert desks == (["SUP", "ATOM"] if kind == "service_desk" else ["SUP"])


def test_without_administer_jira_no_project_is_created(jira: Client) -> None:
    jira.lose("Administer Jira")
    body = {"key": "ATOM", "name": "Atomic", "projectTypeKey": "business", "leadAccountId": jira.lead()}
    assert jira.post(PROJECT, body, 403)["errorMessages"]
    jira.get(f"{PROJECT}/ATOM", 404)


def test_what_may_not_be_browsed_is_not_found_and_not_listed(jira: Client) -> None:
    jira.lose("Browse Projects:OPS")
    missing, hidden = jira.get(f"{PROJECT}/NOPE", 404), jira.get(f"{PROJECT}/OPS", 404)
    assert str(hidden).replace("OPS", "NOPE") == str(missing), "nothing tells the two apart"
    jira.lose("Browse Projects:OPS", "Administer Projects:OPS", "Administer Jira")
    assert [project["key"] for project in jira.get(f"{PROJECT}/search")["values"]] == ["HAND", "SUP"]
    assert jira.get(f"{PROJECT}/search", keys="OPS")["total"] == 0
    assert "OPS" not in [project["key"] for project in jira.get(PROJECT)]


@pytest.mark.parametrize("kept", ["Administer Jira", "Administer Projects:OPS", "Browse Projects:OPS"])
def test_a_search_shows_what_one_may_browse_or_administer(jira: Client, kept: str) -> None:
    jira.lose(*{"Browse Projects:OPS", "Administer Projects:OPS", "Administer Jira"} - {kept})
    assert jira.get(f"{PROJECT}/search", keys="OPS")["total"] == 1


def test_every_page_holds_no_more_than_the_trap_allows(jira: Client) -> None:
    jira.trap(page_size=2)
    first = jira.get(f"{PROJECT}/search", maxResults=50)
    second = jira.get(f"{PROJECT}/search", maxResults=50, startAt=2)
    assert (first["isLast"], second["isLast"], first["total"]) == (False, True, 3)
    assert [project["key"] for project in first["values"] + second["values"]] == ["HAND", "OPS", "SUP"]


def test_listings_show_a_description_only_when_asked(jira: Client) -> None:
    jira.project("ATOM", description="closedwon: 101")
    assert "description" not in jira.get(f"{PROJECT}/search", keys="ATOM")["values"][0]
    shown = jira.get(f"{PROJECT}/search", keys="ATOM", expand="description")["values"][0]
    assert shown["description"] == "closedwon: 101"


def test_a_change_leaves_what_it_does_not_name(jira: Client) -> None:
    jira.project("ATOM", description="first", url="https://atom.example")
    jira.put(f"{PROJECT}/ATOM", {"description": "second"})
    found = jira.get(f"{PROJECT}/ATOM")
    assert (found["description"], found["name"], found["url"]) == ("second", "Customer: ATOM", "https://atom.example")
    jira.put(f"{PROJECT}/ATOM", {"name": "Support"}, 400)
    jira.lose("Administer Projects:ATOM")
    jira.put(f"{PROJECT}/ATOM", {"description": "third"}, 403)


def test_the_first_to_set_a_property_is_told_so(jira: Client) -> None:
    """201 is mine, 200 is somebody else's before: the claim that makes creating an issue safe."""
    path = f"{PROJECT}/OPS/properties/closedwon-1"
    jira.put(path, {"key": "101"}, 201)
    jira.put(path, {"key": "102"}, 200)
    assert jira.get(path) == {"key": "closedwon-1", "value": {"key": "102"}}
    assert [row["key"] for row in jira.get(f"{PROJECT}/OPS/properties")["keys"]] == ["closedwon-1"]
    jira.delete(path)
    jira.get(path, 404)
    jira.delete(path, wanted=404)


def test_properties_are_written_by_the_administrators_of_the_project_only(jira: Client) -> None:
    jira.lose("Administer Projects:OPS")
    jira.put(f"{PROJECT}/OPS/properties/mark", 1, 403)
    assert jira.get(f"{PROJECT}/OPS/properties")["keys"] == []
    jira.lose("Browse Projects:OPS")
    jira.put(f"{PROJECT}/OPS/properties/mark", 1, 404)


@pytest.mark.parametrize("value", ["x" * 32768, "é" * 20000])
def test_a_property_holds_32768_bytes(jira: Client, value: str) -> None:
    jira.put(f"{PROJECT}/OPS/properties/mark", value, 400)
    jira.put(f"{PROJECT}/OPS/properties/{'k' * 256}", 1, 400)


def test_a_property_is_json(jira: Client) -> None:
    answer = jira.send(
        "PUT", f"{PROJECT}/OPS/properties/mark", data="{not json", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400


def test_an_archived_project_is_listed_only_when_asked(jira: Client) -> None:
    jira.project("ATOM")
    jira.send("POST", f"{PROJECT}/ATOM/archive")
    assert jira.get(f"{PROJECT}/search", keys="ATOM")["values"] == []
    assert jira.get(f"{PROJECT}/search", keys="ATOM", status="archived")["total"] == 1
    jira.post(f"{PLATFORM}/issue", {"fields": jira.fields("ATOM")}, 400)


def test_issue_types_are_those_of_the_project(jira: Client) -> None:
    number = jira.get(f"{PROJECT}/HAND")["id"]
    names = {kind["name"] for kind in jira.get(f"{PLATFORM}/issuetype/project", projectId=number)}
    assert names == {"Task", "Sub-task"}
    page = jira.get(f"{PLATFORM}/issue/createmeta/OPS/issuetypes", maxResults=2)
    assert (len(page["issueTypes"]), page["total"]) == (2, 5)


def test_the_trash_frees_the_name_and_gives_back_the_project(jira: Client) -> None:
    jira.project("ATOM", name="Atomic")
    jira.delete(f"{PROJECT}/ATOM")
    jira.get(f"{PROJECT}/ATOM", 404)
    jira.project("OTHER", name="Atomic")
    jira.post(f"{PROJECT}/ATOM/restore", {}, 400)
    jira.delete(f"{PROJECT}/OTHER")
    assert jira.post(f"{PROJECT}/ATOM/restore", {}, 200)["key"] == "ATOM"


def test_the_trash_is_seen_by_administrators_only(jira: Client) -> None:
    jira.lose("Administer Jira")
    assert jira.get(f"{PROJECT}/search", status="deleted")["values"] == []


def test_a_search_shows_the_properties_that_it_asks_for(jira: Client) -> None:
    jira.put(f"{PROJECT}/OPS/properties/closedwon", {"key": "101"}, 201)
    asked = jira.get(f"{PROJECT}/search", keys="OPS", properties="closedwon,other")["values"][0]
    assert asked["properties"] == {"closedwon": {"key": "101"}}
    assert jira.get(f"{PROJECT}/search", keys="OPS")["values"][0]["properties"] == {}


@pytest.mark.parametrize("query", [{"status": "lost"}, {"typeKey": "ops"}, {"orderBy": "colour"}, {"startAt": "-1"}])
def test_a_search_by_what_does_not_exist_is_refused(jira: Client, query: Any) -> None:
    jira.get(f"{PROJECT}/search", 400, **query)


def test_a_search_finds_part_of_a_key_or_a_name(jira: Client) -> None:
    assert [project["key"] for project in jira.get(f"{PROJECT}/search", query="TEAM")["values"]] == ["OPS"]
    assert [project["key"] for project in jira.get(f"{PROJECT}/search", typeKey="business")["values"]] == ["HAND"]
