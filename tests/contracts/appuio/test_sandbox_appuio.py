"""The pretend Control API answers as the published schemas and Kubernetes say, in success and in refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.sandbox.panel.kinds import KINDS
from tests.contracts.appuio.routes import SERVED
from tests.contracts.appuio.test_appuio import ENTITIES, ORGANIZATIONS, QUESTION, REVIEWS
from tests.contracts.driver import Driver

MERGE = {"Content-Type": "application/merge-patch+json"}
APPLY = {"Content-Type": "application/apply-patch+yaml"}
INVITATIONS = "/apis/user.appuio.io/v1/invitations"


@pytest.fixture
def panel(drive: Callable[[str], Driver]) -> Iterator[Driver]:
    """The pretend Control API; what it answered must fit, whatever else the test asserts."""
    driver = drive("panel")
    yield driver
    assert driver.told() == []


def organization(name: str, **spec: str) -> dict[str, Any]:
    """An organization to be created."""
    return {
        "apiVersion": "organization.appuio.io/v1",
        "kind": "Organization",
        "metadata": {"name": name, "annotations": {"closedwon/key": "101"}},
        "spec": {"displayName": "Müller & Söhne AG", **spec},
    }


def test_organizations(panel: Driver) -> None:
    made = panel.call(f"POST {ORGANIZATIONS}", organization("mueller-soehne"), wanted=201)
    panel.call(f"GET {ORGANIZATIONS}/mueller-soehne")
    panel.call(f"GET {ORGANIZATIONS}/nobody", wanted=404)
    page = panel.call(f"GET {ORGANIZATIONS}?limit=1")
    panel.call(f"GET {ORGANIZATIONS}?limit=1&continue={page['metadata']['continue']}")
    changed = {**made, "spec": {**made["spec"], "displayName": "Other"}}
    panel.call(f"PUT {ORGANIZATIONS}/mueller-soehne", changed)
    panel.call(f"PUT {ORGANIZATIONS}/mueller-soehne", changed, wanted=409)
    panel.call(f"POST {ORGANIZATIONS}", organization("mueller-soehne"), wanted=409)
    panel.call(f"DELETE {ORGANIZATIONS}/mueller-soehne")
    panel.call(f"DELETE {ORGANIZATIONS}/mueller-soehne", wanted=404)


def test_patches(panel: Driver) -> None:
    panel.call(f"POST {ORGANIZATIONS}", organization("one"), wanted=201)
    panel.call(f"PATCH {ORGANIZATIONS}/one", {"spec": {"displayName": "Two"}}, headers=MERGE)
    stale = {"metadata": {"resourceVersion": "1"}, "spec": {"displayName": "Three"}}
    panel.call(f"PATCH {ORGANIZATIONS}/one", stale, headers=MERGE, wanted=409)
    panel.call(
        f"PATCH {ORGANIZATIONS}/two?fieldManager=closedwon&force=true", organization("two"), headers=APPLY, wanted=201
    )


def test_the_fields_of_another_manager(panel: Driver) -> None:
    place = f"{ORGANIZATIONS}/three"
    panel.call(f"PATCH {place}?fieldManager=somebody", organization("three"), headers=APPLY, wanted=201)
    other = organization("three", displayName="Other")
    panel.call(f"PATCH {place}?fieldManager=closedwon", other, headers=APPLY, wanted=409)
    panel.call(f"PATCH {place}?fieldManager=closedwon&force=true", other, headers=APPLY)


def test_a_reference_to_no_billing_entity_is_refused_in_the_vendor_s_form(panel: Driver) -> None:
    panel.call(f"POST {ORGANIZATIONS}", organization("four", billingEntityRef="be-0"), wanted=400)


def test_billing_entities(panel: Driver) -> None:
    spec = panel.call(f"GET {ENTITIES}")["items"][0]["spec"]
    body = {"apiVersion": "billing.appuio.io/v1", "kind": "BillingEntity", "metadata": {"generateName": "be-"}}
    made = panel.call(f"POST {ENTITIES}", {**body, "spec": spec}, wanted=201)
    assert made["metadata"]["name"].startswith("be-")
    unknown = {**spec, "address": {**spec["address"], "country": "Schweiz"}}
    panel.call(f"POST {ENTITIES}", {**body, "spec": unknown}, wanted=500)
    listed = panel.call(f"GET {ENTITIES}")["items"]
    panel.call(f"GET {ENTITIES}/{listed[0]['metadata']['name']}")
    panel.call(f"GET {ENTITIES}/be-0", wanted=404)


def test_members_and_invitations(panel: Driver) -> None:
    place = "/apis/appuio.io/v1/namespaces/lac-noir/organizationmembers"
    panel.call(f"GET {place}/members")
    panel.call(f"PATCH {place}/members", {"spec": {"userRefs": [{"name": "chloe"}]}}, headers=MERGE)
    panel.call(
        f"POST {INVITATIONS}",
        {
            "apiVersion": "user.appuio.io/v1",
            "kind": "Invitation",
            "metadata": {"name": "e303b166-5d66-4151-8f5f-b84ba84a7559"},
            "spec": {"email": "a@b.example", "note": "n", "targetRefs": []},
        },
        wanted=201,
    )
    panel.call(f"GET {INVITATIONS}")
    panel.call("GET /apis/appuio.io/v1/organizationmembers")
    team = {"apiVersion": "appuio.io/v1", "kind": "Team", "metadata": {"name": "dev"}, "spec": {"userRefs": []}}
    panel.call("POST /apis/appuio.io/v1/namespaces/lac-noir/teams", team, wanted=201)
    panel.call("POST /apis/appuio.io/v1/namespaces/nobody/teams", team, wanted=404)


def test_rights(panel: Driver) -> None:
    assert panel.call(f"POST {REVIEWS}", QUESTION, wanted=201)["status"]["allowed"] is True
    panel.forbid("create:organizations")
    assert panel.call(f"POST {REVIEWS}", QUESTION, wanted=201)["status"]["allowed"] is False
    panel.call(f"POST {ORGANIZATIONS}", organization("five"), wanted=403)
    who = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    panel.call("POST /apis/authentication.k8s.io/v1/selfsubjectreviews", who, wanted=201)
    panel.call("GET /version")


def test_wrong_credentials(panel: Driver) -> None:
    panel.with_wrong_credentials()
    panel.call(f"GET {ORGANIZATIONS}", wanted=401)
    panel.call(f"POST {ORGANIZATIONS}", organization("six"), wanted=401)


def test_the_pretend_control_api_has_no_operation_that_the_control_api_has_not() -> None:
    served = {(served.group, served.plural, served.kind, served.namespaced): served.verbs for served in SERVED}
    pretended = {(kind.group, kind.plural, kind.name, kind.namespaced): kind.verbs for kind in KINDS}
    assert len(pretended) > 4
    assert [kind for kind, verbs in pretended.items() if not verbs <= served.get(kind, frozenset())] == []
