"""Organizations of the pretend Control API."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.panel.conftest import APPLY, MERGE, ORGANIZATIONS, Panel, organization


def failure(answer: requests.Response) -> tuple[int, str]:
    status = answer.json()
    assert (status["kind"], status["apiVersion"], status["status"]) == ("Status", "v1", "Failure")
    assert status["code"] == answer.status_code
    return answer.status_code, status.get("reason", "")


def test_a_created_organization_is_read_back(panel: Panel) -> None:
    made = panel.create("alpina", annotations={"closedwon.io/key": "103"}, billingEntityRef="be-302")
    assert made.status_code == 201
    found = panel.call(f"GET {ORGANIZATIONS}/alpina").json()
    assert found == made.json()
    assert found["spec"] == {"displayName": "Alpina", "billingEntityRef": "be-302"}
    assert found["metadata"]["annotations"] == {"closedwon.io/key": "103"}
    assert found["status"]["billingEntityName"] == "Rhône Logistique SA"


def test_a_name_is_there_once(panel: Panel) -> None:
    panel.create("alpina")
    assert failure(panel.create("alpina")) == (409, "AlreadyExists")


def test_the_name_of_a_namespace_is_taken_though_no_organization_is_seen(panel: Panel) -> None:
    assert failure(panel.create("default")) == (409, "AlreadyExists")
    assert failure(panel.call(f"GET {ORGANIZATIONS}/default")) == (404, "NotFound")


@pytest.mark.parametrize("name", ["Alpina", "alpina.ag", "-alpina", "alpina-", "a" * 64, "zürich", "a b"])
def test_a_name_that_is_no_dns_label_is_refused_with_its_field(panel: Panel, name: str) -> None:
    answer = panel.create(name)
    assert failure(answer) == (422, "Invalid")
    assert answer.json()["details"]["causes"][0]["field"] == "metadata.name"


def test_a_name_can_be_generated_and_one_is_needed(panel: Panel) -> None:
    generated = organization("x")
    generated["metadata"] = {"generateName": "alpina-"}
    names = {panel.call(f"POST {ORGANIZATIONS}", generated).json()["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("alpina-") for name in names)
    generated["metadata"] = {}
    assert failure(panel.call(f"POST {ORGANIZATIONS}", generated)) == (422, "Invalid")


def test_the_name_in_the_body_must_be_that_of_the_path(panel: Panel) -> None:
    panel.create("alpina")
    assert failure(panel.call(f"PUT {ORGANIZATIONS}/alpina", organization("other"))) == (400, "BadRequest")
    patch = {"metadata": {"name": "other"}}
    assert failure(panel.call(f"PATCH {ORGANIZATIONS}/alpina", patch, headers=MERGE)) == (400, "BadRequest")


def test_an_old_version_is_a_conflict_and_changes_nothing(panel: Panel) -> None:
    made = panel.create("alpina").json()
    newer = {**made, "spec": {"displayName": "Newer"}}
    assert panel.call(f"PUT {ORGANIZATIONS}/alpina", newer).status_code == 200
    older = {**made, "spec": {"displayName": "Older"}}
    assert failure(panel.call(f"PUT {ORGANIZATIONS}/alpina", older)) == (409, "Conflict")
    patch = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "spec": {"displayName": "Older"}}
    assert failure(panel.call(f"PATCH {ORGANIZATIONS}/alpina", patch, headers=MERGE)) == (409, "Conflict")
    assert panel.call(f"GET {ORGANIZATIONS}/alpina").json()["spec"]["displayName"] == "Newer"


def test_an_equal_content_keeps_the_version(panel: Panel) -> None:
    made = panel.create("alpina").json()
    again = panel.call(f"PATCH {ORGANIZATIONS}/alpina", {"spec": {"displayName": "Alpina"}}, headers=MERGE).json()
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_a_merge_patch_touches_only_what_it_names_and_null_removes(panel: Panel) -> None:
    panel.create("alpina", annotations={"keep": "1", "drop": "2"}, billingEntityRef="be-302")
    patch = {"metadata": {"annotations": {"drop": None, "new": "3"}}, "spec": {"billingEntityRef": None}}
    after = panel.call(f"PATCH {ORGANIZATIONS}/alpina", patch, headers=MERGE).json()
    assert after["metadata"]["annotations"] == {"keep": "1", "new": "3"}
    assert after["spec"] == {"displayName": "Alpina"}


def test_server_side_apply_makes_what_is_not_there_and_merges_what_is(panel: Panel) -> None:
    place = f"PATCH {ORGANIZATIONS}/alpina?fieldManager=closedwon"
    assert panel.call(place, organization("alpina", annotations={"a": "1"}), headers=APPLY).status_code == 201
    panel.call(f"PATCH {ORGANIZATIONS}/alpina", {"metadata": {"annotations": {"by": "hand"}}}, headers=MERGE)
    after = panel.call(place, organization("alpina"), headers=APPLY)
    assert after.status_code == 200
    assert after.json()["metadata"]["annotations"] == {"by": "hand"}


def test_server_side_apply_over_another_manager_s_field_conflicts_unless_forced(panel: Panel) -> None:
    place = f"PATCH {ORGANIZATIONS}/alpina?fieldManager=closedwon"
    panel.call(place, organization("alpina"), headers=APPLY)
    by_hand = {"spec": {"displayName": "By hand"}}
    panel.call(f"PATCH {ORGANIZATIONS}/alpina?fieldManager=kubectl", by_hand, headers=MERGE)
    answer = panel.call(place, organization("alpina"), headers=APPLY)
    assert failure(answer) == (409, "Conflict")
    assert answer.json()["details"]["causes"][0]["field"] == ".spec.displayName"
    assert panel.call(f"{place}&force=true", organization("alpina"), headers=APPLY).status_code == 200
    assert failure(panel.call(f"PATCH {ORGANIZATIONS}/alpina", organization("alpina"), headers=APPLY))[0] == 422


def test_another_media_type_is_415(panel: Panel) -> None:
    panel.create("alpina")
    answer = panel.call(f"PATCH {ORGANIZATIONS}/alpina", {"spec": {}}, headers={"Content-Type": "application/json"})
    assert failure(answer) == (415, "UnsupportedMediaType")


def test_every_part_of_a_list_is_reached_by_its_continue_token(panel: Panel) -> None:
    every = [organization["metadata"]["name"] for organization in panel.call(f"GET {ORGANIZATIONS}").json()["items"]]
    assert every == sorted(every)
    panel.control("traps", {"page_size": 1})
    found, token = [], ""
    while True:
        part = panel.call(f"GET {ORGANIZATIONS}?limit=500&continue={token}").json()
        found += [organization["metadata"]["name"] for organization in part["items"]]
        token = part["metadata"].get("continue", "")
        if not token:
            break
        assert len(part["items"]) == 1
    assert found == every
    assert failure(panel.call(f"GET {ORGANIZATIONS}?continue=nonsense")) == (400, "BadRequest")


def test_labels_select(panel: Panel) -> None:
    def selected(selector: str) -> list[str]:
        answer = panel.call(f"GET {ORGANIZATIONS}", params={"labelSelector": selector})
        return [organization["metadata"]["name"] for organization in answer.json()["items"]]

    assert selected("appuio.io/trial=true") == ["demo-4711"]
    assert selected("appuio.io/trial in (true, maybe)") == ["demo-4711"]
    assert "demo-4711" not in selected("!appuio.io/trial")
    assert selected("appuio.io/trial!=true") == selected("!appuio.io/trial")
    assert failure(panel.call(f"GET {ORGANIZATIONS}", params={"labelSelector": "a b c"})) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"apiVersion": "organization.appuio.io/v2"}, 400),
        ({"kind": "Organisation"}, 400),
        ({"spec": {"displayName": 7}}, 400),
        ({"spec": "text"}, 400),
        ({"metadata": {"name": "alpina", "labels": {"a": 1}}}, 400),
        ({"metadata": {"name": "alpina", "labels": {"a": "deal:47"}}}, 422),
        ({"metadata": {"name": "alpina", "annotations": {"not a key": "x"}}}, 422),
        ({"metadata": {"name": "alpina", "annotations": {"a": "x" * 300_000}}}, 422),
        ({"spec": {"billingEntityRef": "be-999"}}, 400),
    ],
)
def test_what_kubernetes_refuses_is_refused(panel: Panel, change: dict[str, Any], code: int) -> None:
    answer = panel.call(f"POST {ORGANIZATIONS}", {**organization("alpina"), **change})
    assert failure(answer)[0] == code
    assert panel.call(f"GET {ORGANIZATIONS}/alpina").status_code == 404


def test_an_unknown_field_gets_lost_in_silence_unless_strictness_is_asked_for(panel: Panel) -> None:
    assert panel.create("alpina", displayname="misspelt").json()["spec"] == {"displayName": "Alpina"}
    strict = panel.call(f"POST {ORGANIZATIONS}?fieldValidation=Strict", organization("berg", displayname="misspelt"))
    assert failure(strict) == (400, "BadRequest")
    assert 'unknown field "spec.displayname"' in strict.json()["message"]


def test_two_organizations_with_one_mark_are_duplicates(panel: Panel) -> None:
    panel.create("alpina", annotations={"closedwon.io/key": "103"})
    assert panel.state()["duplicates"] == []
    panel.create("alpina-2", annotations={"closedwon.io/key": "103"})
    assert panel.state()["duplicates"] == ["panel: the organization of 103 is there 2 times: alpina, alpina-2"]
