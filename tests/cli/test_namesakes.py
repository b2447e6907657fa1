"""Two customers of one name: told apart alike in every system, by what the plan shows before anything is written."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from integrations.confluence.section import macro
from integrations.sandbox.pretend import ACCOUNT, TOKEN
from tests.cli.place import Place

NAME = "Alpina Treuhand AG"
PROJECT = ("--playbook", "project")
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik " * 5


def set_up(place: Place, deal: str, *arguments: str) -> Any:
    """The document of a set-up with everything that has a name."""
    return place.set_up(deal, *PROJECT, *arguments)


def names(document: Any) -> dict[str, tuple[str, ...]]:
    """Return each step's name and all that is derived from it, as the plan shows them."""
    return {
        step["step"]: (
            step["name"],
            *(field["new"] for field in step["fields"] if field["name"] in OTHERS[step["step"]]),
        )
        for step in document["steps"]
        if step["step"] in OTHERS
    }


OTHERS = {"organization": (), "panel": ("name",), "page": (), "project": ("project_key",)}


def made(place: Place, customer: str) -> dict[str, tuple[str, ...]]:
    """Return the names of the customer's objects, as each system has them; found by its mark."""
    state = place.state()
    mark = f"customer:{customer}"
    (organization,) = [
        organization
        for organization in state["jira"]["organization"]
        if organization["properties"].get("closedwon") == {"key": mark}
    ]
    (project,) = [
        project for project in state["jira"]["project"] if f"closedwon: {mark}" in (project.get("description") or "")
    ]
    (panel,) = [
        organization
        for organization in state["panel"]["organization"]
        if mark in organization["metadata"].get("annotations", {}).values()
    ]
    (page,) = [page for page in state["wiki"]["page"] if f">{mark}/page<" in page["body"]]
    return {
        "organization": (organization["name"],),
        "panel": (panel["spec"]["displayName"], panel["metadata"]["name"]),
        "page": (page["title"],),
        "project": (project["name"], project["key"]),
    }


def jira(place: Place, path: str, body: Any = None, *, method: str = "") -> Any:
    """Do something in Jira, as a person would."""
    method = method or ("GET" if body is None else "POST")
    url = f"{place.sandbox.url}/jira{path}"
    answer = requests.request(method, url, json=body, auth=(ACCOUNT, TOKEN), timeout=10)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def forget(place: Place) -> None:
    """Lose the ledger."""
    for file in (place.folder / ".closedwon").glob("ledger*"):
        file.unlink()


def nothing_to_do(place: Place, *deals: str) -> None:
    """No plan has anything left to do."""
    for deal in deals:
        assert {step["action"] for step in set_up(place, deal, "-n")["steps"]} == {"keep"}, deal


@pytest.mark.parametrize(
    ("city", "added", "slug", "key"), [("Chur", "Chur", "chur", "CHUR"), ("Zürich", "2", "2", "2")]
)
def test_namesakes_have_one_addition_in_all_systems_and_the_plan_shows_it(
    place: Place, city: str, added: str, slug: str, key: str
) -> None:
    """The city where it tells them apart, else a number; found again with a lost ledger."""
    place.without_people()
    place.erp("res.partner", "write", ids=[104], vals={"city": city})
    set_up(place, "45", "--yes")
    shown = set_up(place, "46", "-n")
    expected = {
        "organization": (f"{NAME} ({added})",),
        "panel": (NAME, f"alpina-treuhand-{slug}"),
        "page": (f"{NAME} ({added})",),
        "project": (f"Customer: {NAME} ({added})", f"ATAG{key}"),
    }
    assert names(shown) == expected
    done = set_up(place, "46", "--yes")
    assert (done["outcome"], names(done)) == ("done", expected)
    assert (made(place, "104"), made(place, "103")["project"][1]) == (expected, "ATAG")
    nothing_to_do(place, "45", "46")
    forget(place)
    nothing_to_do(place, "45", "46")


def test_the_plan_says_who_has_the_plain_name(place: Place) -> None:
    place.without_people()
    first = {step["step"]: step for step in set_up(place, "45", "--yes")["steps"]}
    document = set_up(place, "46", "-n")
    for step in document["steps"]:
        owner = first[step["step"]]
        holders = {(holder["id"], holder["url"], holder["mark"].partition("/")[0]) for holder in step["taken"]}
        expected = {(owner["id"], owner["url"], "customer:103")} if step["step"] in OTHERS else set()
        assert holders == expected, step["step"]
    text = place.setup("46", *PROJECT, "-n").said
    assert "Panel organization Alpina Treuhand AG, id alpina-treuhand-chur alpina-treuhand is taken by" in text
    assert (
        f"+ Jira project Customer: {NAME} (Chur), key ATAGCHUR Customer: {NAME} is taken (ATAG, customer 103)" in text
    )
    assert "= Jira project" not in text


def test_a_plan_that_a_person_saw_does_not_cover_another_name(place: Place) -> None:
    """Shown with plain names; meanwhile a namesake got them."""
    place.without_people()
    plan = set_up(place, "46", "-n")["plan"]
    set_up(place, "45", "--yes")
    place.requests()
    assert place.setup("46", *PROJECT, "--plan", plan).code == 5
    assert place.nothing_was_written()
    shown = set_up(place, "46", "-n")
    assert place.setup("46", *PROJECT, "--plan", shown["plan"]).code == 0
    assert names(shown) == made(place, "104")


MARKED = {"annotations": {"closedwon.io/key": "customer:103"}}
TAKEN: dict[str, dict[str, Any]] = {
    "panel": {
        "system": "panel",
        "operation": "organization.create",
        "path": "/apis/organization.appuio.io/v1/organizations",
        "body": {
            "apiVersion": "organization.appuio.io/v1",
            "kind": "Organization",
            "metadata": {"name": "alpina-treuhand", **MARKED},
            "spec": {"displayName": NAME},
        },
    },
    "page": {
        "system": "wiki",
        "operation": "page.create",
        "path": "/wiki/api/v2/pages",
        "body": {
            "spaceId": "32770",
            "status": "current",
            "title": NAME,
            "parentId": "32801",
            "body": {"representation": "storage", "value": macro("customer:103/page", "0", "<p>Theirs</p>")},
        },
    },
    "project": {
        "system": "jira",
        "operation": "project.create",
        "path": "/rest/api/3/project",
        "body": {
            "key": "ATAG",
            "name": f"Customer: {NAME}",
            "projectTypeKey": "business",
            "description": "closedwon: customer:103",
        },
    },
}
"""Objects that a namesake's run on another machine makes right before we write."""


@pytest.mark.parametrize("step", TAKEN)
def test_a_name_that_is_taken_only_when_it_is_written_is_planned_anew(place: Place, step: str) -> None:
    """A namesake's run on another machine is quicker: exit 5, nothing is made by a name that nobody saw."""
    place.without_people()
    other = TAKEN[step]
    if step == "project":
        other["body"]["leadAccountId"] = jira(place, "/rest/api/3/myself")["accountId"]
    request = {"method": "POST", "path": other["path"], "body": other["body"]}
    place.fault(system=other["system"], operation=other["operation"], do="meanwhile", request=request)
    ended = place.setup("46", *PROJECT, "--yes", "--json")
    steps = {step["step"]: step for step in ended.document["steps"]}
    assert (ended.code, steps[step]["error"]["type"]) == (5, "Conflict")
    assert steps[step]["id"] is None
    again = set_up(place, "46", "--yes")
    assert again["outcome"] == "done"
    found = made(place, "104")
    assert found[step][-1] == {"panel": "alpina-treuhand-chur", "page": f"{NAME} (Chur)", "project": "ATAGCHUR"}[step]
    assert place.state()["duplicates"] == []
    nothing_to_do(place, "46")


def test_a_strangers_object_of_the_very_name_is_a_persons_choice(place: Place) -> None:
    """The plain name is a namesake's, and what is called as we would be bears no mark of ours."""
    place.without_people()
    set_up(place, "45", "--yes")
    jira(place, "/rest/servicedeskapi/organization", {"name": f"{NAME} (Chur)"})
    steps = {step["step"]: step for step in set_up(place, "46", "--yes")["steps"]}
    assert (steps["organization"]["action"], steps["organization"]["error"]["type"]) == ("choose", "Ambiguous")
    assert f"{NAME} (Chur)" in steps["organization"]["error"]["message"]
    place.run("link", "46", "organization=new", *PROJECT)
    assert set_up(place, "46", "--yes")["outcome"] == "done"
    assert made(place, "104")["organization"] == (f"{NAME} (2)",)
    assert made(place, "104")["page"] == (f"{NAME} (Chur)",)


@pytest.mark.parametrize("name", [LONG, "😀👩‍👩‍👧 株式会社 שלום Żółta " * 9, "..."], ids=["long", "scripts", "signs"])
def test_namesakes_of_any_name_keep_what_tells_them_apart(place: Place, name: str) -> None:
    """However long the name is: it is cut, and the addition is not. With a lost ledger all is found again."""
    place.without_people()
    place.erp("res.partner", "write", ids=[103, 104], vals={"name": name})
    for deal in ("45", "46"):
        text = place.setup(deal, *PROJECT, "--yes").said
        assert text.count("(Chur)") == (deal == "46") * 3, text
    found = made(place, "104")
    assert all(found[step][0].endswith(" (Chur)") for step in ("organization", "page", "project"))
    assert (found["panel"][1].endswith("-chur"), found["project"][1].endswith("CHUR")) == (True, True)
    forget(place)
    nothing_to_do(place, "45", "46")
    assert place.state()["duplicates"] == []


def test_what_is_found_under_another_name_is_named_on_every_line(place: Place) -> None:
    """The customer is called otherwise by now; objects keep the names that people know, also with a lost ledger."""
    place.without_people()
    set_up(place, "45", "--yes")
    place.erp("res.partner", "write", ids=[103], vals={"name": "Beta Treuhand AG"})
    text = place.setup("45", *PROJECT, "-n").said
    for line in (
        f"= Jira organization Beta Treuhand AG: there as {NAME} (",
        f"~ Panel organization Beta Treuhand AG: there as {NAME} (alpina-treuhand), name -> Beta Treuhand AG",
        f"= Wiki page Beta Treuhand AG: there as {NAME} (",
        f"= Jira project Customer: Beta Treuhand AG: there as Customer: {NAME} (ATAG)",
    ):
        assert line in text
    forget(place)
    shown = {step["step"]: (step["action"], step["name"]) for step in set_up(place, "45", "-n")["steps"]}
    assert (shown["organization"], shown["project"]) == (("keep", NAME), ("keep", f"Customer: {NAME}"))
    place.run("link", "43", "customer=103")
    text = place.setup("43", "-n").said
    assert "Käserei Emmental AG: Beta Treuhand AG (103) is taken over" in text


def test_what_the_first_release_called_by_a_hash_keeps_its_name(place: Place) -> None:
    """It is found by its mark, also with a lost ledger, and what is made beside it has a name of its own."""
    place.without_people()
    set_up(place, "45", "--yes")
    lead = jira(place, "/rest/api/3/myself")["accountId"]
    project = {"key": "ATAG54AB93", "name": f"Customer: {NAME} (54ab93)", "leadAccountId": lead}
    jira(
        place,
        "/rest/api/3/project",
        {**project, "projectTypeKey": "business", "description": "closedwon: customer:104"},
    )
    organization = jira(place, "/rest/servicedeskapi/organization", {"name": f"{NAME} (54ab93)"})["id"]
    jira(
        place,
        f"/rest/servicedeskapi/organization/{organization}/property/closedwon",
        {"key": "customer:104"},
        method="PUT",
    )
    assert set_up(place, "46", "--yes")["outcome"] == "done"
    found = made(place, "104")
    assert (found["organization"], found["project"]) == ((f"{NAME} (54ab93)",), (project["name"], project["key"]))
    assert (found["page"], found["panel"]) == ((f"{NAME} (Chur)",), (NAME, "alpina-treuhand-chur"))
    nothing_to_do(place, "46")
