"""The pretend Control API answers as the published schemas and Kubernetes say, in success and in refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

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


def test_patches(panel: Driver) -> None:
    panel.call(f"POST {ORGANIZATIONS}", organization("one"), wanted=201)
    panel.call(f"PATCH {ORGANIZATIONS}/one", {"spec": {"displayName": "Two"}}, headers=MERGE)
    stale = {"metadata": {"resourceVersion": "1"}, "spec": {"displayName": "Three"}}
    panel.call(f"PATCH {ORGANIZATIONS}/one", stale, headers=MERGE, wanted=409)
    panel.call(
        f"PATCH {ORGANIZATIONS}/two?fieldManager=closedwon&force=true", organization("two"), headers=APPLY, wanted=201
    )


def test_billing_entities(panel: Driver) -> None:
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


def test_rights(panel: Driver) -> None:
    assert panel.call(f"POST {REVIEWS}", QUESTION, wanted=201)["status"]["allowed"] is True
