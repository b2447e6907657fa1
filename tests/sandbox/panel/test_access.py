"""Credentials, rights and reviews of the pretend Control API, and its lesser kinds."""

from __future__ import annotations

import pytest

from tests.sandbox.panel.conftest import ENTITIES, MERGE, ORGANIZATIONS, Panel
from tests.sandbox.panel.test_organizations import failure

REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def may(panel: Panel, verb: str, resource: str = "organizations", group: str = "organization.appuio.io") -> bool:
    attributes = {"verb": verb, "resource": resource, "group": group}
    question = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = panel.call(f"POST {REVIEW}", question)
    assert answer.status_code == 201
    allowed: bool = answer.json()["status"]["allowed"]
    return allowed


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic c2FuZGJveA==", ""])
def test_a_wrong_token_is_401(panel: Panel, header: str) -> None:
    answer = panel.call(f"GET {ORGANIZATIONS}", headers={"Authorization": header})
    assert failure(answer) == (401, "Unauthorized")


def test_a_missing_right_is_403_and_names_account_verb_and_resource(panel: Panel) -> None:
    panel.control("rights", {"system": "panel", "missing": ["create:organizations", "list:billingentities"]})
    answer = panel.create("alpina")
    assert failure(answer) == (403, "Forbidden")
    text = 'User "closedwon@acme.example" cannot create resource "organizations"'
    assert text in answer.json()["message"]
    assert failure(panel.call(f"GET {ENTITIES}")) == (403, "Forbidden")
    assert panel.call(f"GET {ORGANIZATIONS}").status_code == 200


def test_a_review_tells_each_right_and_writes_nothing(panel: Panel) -> None:
    panel.control("rights", {"system": "panel", "missing": ["create:organizations"]})
    assert not may(panel, "create")
    assert may(panel, "list")
    assert not may(panel, "list", "organisations")
    assert not may(panel, "delete", "billingentities", "billing.appuio.io")
    log = panel.http.get(f"{panel.url}/_sandbox/requests", timeout=5).json()["requests"]
    assert {(request["operation"], request["writes"]) for request in log} == {("selfsubjectaccessreview.create", False)}


def test_the_account_can_be_asked_for(panel: Panel) -> None:
    question = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = panel.call("POST /apis/authentication.k8s.io/v1/selfsubjectreviews", question)
    assert answer.json()["status"]["userInfo"]["username"] == "closedwon@acme.example"


def test_an_organization_brings_its_members_who_can_be_patched(panel: Panel) -> None:
    panel.create("alpina")
    place = "/apis/appuio.io/v1/namespaces/alpina/organizationmembers"
    members = panel.call(f"GET {place}/members").json()
    assert (members["kind"], members["metadata"]["namespace"]) == ("OrganizationMembers", "alpina")
    patch = {"spec": {"userRefs": [{"name": "chloe"}]}}
    assert panel.call(f"PATCH {place}/members", patch, headers=MERGE).json()["spec"] == patch["spec"]
    assert len(panel.call(f"GET {place}").json()["items"]) == 1
    assert len(panel.call("GET /apis/appuio.io/v1/organizationmembers").json()["items"]) == 5


def test_a_team_stands_in_an_organization_and_needs_its_users(panel: Panel) -> None:
    team = {"apiVersion": "appuio.io/v1", "kind": "Team", "metadata": {"name": "dev"}, "spec": {"userRefs": []}}
    assert panel.call("POST /apis/appuio.io/v1/namespaces/lac-noir/teams", team).status_code == 201
    assert failure(panel.call("POST /apis/appuio.io/v1/namespaces/nowhere/teams", team)) == (404, "NotFound")
    without = {**team, "metadata": {"name": "ops"}, "spec": {"displayName": "Ops"}}
    assert failure(panel.call("POST /apis/appuio.io/v1/namespaces/lac-noir/teams", without)) == (422, "Invalid")


def test_unknown_paths_and_methods_are_refused_as_kubernetes_does(panel: Panel) -> None:
    assert failure(panel.call("GET /apis/organization.appuio.io/v1/nothing")) == (404, "NotFound")
    assert failure(panel.call(f"DELETE {ENTITIES}/be-310")) == (405, "MethodNotAllowed")
    assert panel.call("GET /nothing").status_code == 404
    yaml = {"Content-Type": "application/x-yaml"}
    assert failure(panel.call(f"POST {ORGANIZATIONS}", data=b"a: b", headers=yaml)) == (415, "UnsupportedMediaType")
    headers = {"Content-Type": "application/json"}
    assert failure(panel.call(f"POST {ORGANIZATIONS}", data=b"{not json", headers=headers)) == (400, "BadRequest")


def test_a_deleted_organization_is_gone(panel: Panel) -> None:
    panel.create("alpina")
    assert panel.call(f"DELETE {ORGANIZATIONS}/alpina").json()["status"] == "Success"
    assert failure(panel.call(f"GET {ORGANIZATIONS}/alpina")) == (404, "NotFound")
