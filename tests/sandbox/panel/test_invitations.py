"""Invitations of the pretend Control API, and who redeems them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.panel.conftest import Panel
from tests.sandbox.panel.test_organizations import failure

INVITATIONS = "/apis/user.appuio.io/v1/invitations"
REDEMPTIONS = "/apis/user.appuio.io/v1/invitationredeemrequests"
MEMBERS = "/apis/appuio.io/v1/namespaces/lac-noir/organizationmembers/members"
USERS = "/apis/appuio.io/v1/users"
GUEST = {"Impersonate-User": "appuio#guest"}


def invited(panel: Panel, name: str = "first") -> Any:
    target = {"apiGroup": "appuio.io", "kind": "OrganizationMembers", "name": "members", "namespace": "lac-noir"}
    body = {
        "apiVersion": "user.appuio.io/v1",
        "kind": "Invitation",
        "metadata": {"name": name},
        "spec": {"email": "guest@lacnoir.example", "targetRefs": [target]},
    }
    made = panel.call(f"POST {INVITATIONS}", body)
    assert made.status_code == 201
    return made.json()


def redemption(invitation: Any, token: str = "") -> dict[str, Any]:
    return {
        "apiVersion": "user.appuio.io/v1",
        "kind": "InvitationRedeemRequest",
        "metadata": {"name": invitation["metadata"]["name"]},
        "token": token or invitation["status"]["token"],
    }


def members(panel: Panel) -> list[str]:
    return [reference["name"] for reference in panel.call(f"GET {MEMBERS}").json()["spec"]["userRefs"]]


def test_an_invitation_gets_a_token_that_makes_a_user_a_member_once(panel: Panel) -> None:
    invitation = invited(panel)
    assert panel.call(f"POST {REDEMPTIONS}", redemption(invitation), headers=GUEST).status_code == 201
    assert members(panel) == ["owner", "guest"]
    user = panel.call(f"GET {USERS}/guest").json()
    assert user["status"]["email"] == "guest@lacnoir.example"
    status = panel.call(f"GET {INVITATIONS}/first").json()["status"]
    assert status["redeemedBy"] == "appuio#guest"
    assert [target["condition"]["status"] for target in status["targetStatuses"]] == ["True"]
    assert failure(panel.call(f"POST {REDEMPTIONS}", redemption(invitation), headers=GUEST)) == (403, "Forbidden")


@pytest.mark.parametrize(("token", "headers"), [("wrong", GUEST), ("", {}), ("", {"Impersonate-User": "system:x"})])
def test_a_wrong_token_or_no_user_redeems_nothing(panel: Panel, token: str, headers: dict[str, str]) -> None:
    """A service account is no user there."""
    answer = panel.call(f"POST {REDEMPTIONS}", redemption(invited(panel), token), headers=headers)
    assert failure(answer) == (403, "Forbidden")
    assert members(panel) == ["owner"]


def test_what_is_deleted_can_not_be_redeemed_and_is_answered_as_it_was(panel: Panel) -> None:
    invitation = invited(panel)
    assert panel.call(f"DELETE {INVITATIONS}/first").json() == invitation
    assert failure(panel.call(f"DELETE {INVITATIONS}/first")) == (404, "NotFound")
    assert panel.call(f"POST {REDEMPTIONS}", redemption(invitation), headers=GUEST).status_code == 500
    assert members(panel) == ["owner"]


def test_a_link_can_be_followed_before_the_panel_has_let_anybody_in(panel: Panel) -> None:
    invited(panel)
    panel.control("panel/redeem", {"invitation": "first", "user": "guest", "arrived": False})
    status = panel.call(f"GET {INVITATIONS}/first").json()["status"]
    assert [target["condition"]["status"] for target in status["targetStatuses"]] == ["Unknown"]
    assert members(panel) == ["owner"]


def test_invitations_are_cut_off_at_a_limit_and_nothing_tells_of_the_rest(panel: Panel) -> None:
    """As the real one does; users, which Kubernetes itself keeps, have a `continue`."""
    for name in ("a", "b", "c"):
        invited(panel, name)
    part = panel.call(f"GET {INVITATIONS}?limit=2").json()
    assert len(part["items"]) == 2
    assert "continue" not in part["metadata"]
    assert len(panel.call(f"GET {INVITATIONS}").json()["items"]) == 3
    assert "continue" in panel.call(f"GET {USERS}?limit=2").json()["metadata"]


def test_some_of_the_seeded_users_have_a_customers_address(panel: Panel) -> None:
    users = {user["metadata"]["name"]: user["status"]["email"] for user in panel.call(f"GET {USERS}").json()["items"]}
    assert users["chloe"] == "chloe.favre@rhone-logistique.example"
    assert users["joergw"].lower() == "joerg.weiss@nordlicht.example"
