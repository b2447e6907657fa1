"""What people do about members and invitations, and what tests want of members."""

from __future__ import annotations

from typing import Any

import requests

from integrations.core.change import Action, Change
from integrations.core.member import Member
from integrations.core.resource import Live, Lookup, Want
from tests.appuio.people import TIMEOUT, Panel

ORGANIZATION, OTHER = "rhone-logistique", "glacier-labs"
CHLOE = "chloe.favre@rhone-logistique.example"
NEW = "new.hire@rhone-logistique.example"
MEMBERS = "/panel/apis/appuio.io/v1/namespaces/{}/organizationmembers/members"
INVITATIONS = "/panel/apis/user.appuio.io/v1/invitations"
MERGE = {"Content-Type": "application/merge-patch+json"}


class People:
    """The panel's people, beside what we do to them."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel

    def organization(self, name: str = ORGANIZATION, mark: str = "customer:102") -> None:
        """A customer's organization, made by `setup`."""
        self.panel.make(name, name.title(), annotations={"closedwon.io/key": mark} if mark else {})

    def members(self, place: str = ORGANIZATION) -> list[str]:
        """The names in it."""
        return [reference["name"] for reference in self._call("GET", MEMBERS.format(place)).json()["spec"]["userRefs"]]

    def set_members(self, *names: str, place: str = ORGANIZATION) -> None:
        """Somebody decides by hand who is in."""
        self._call("PATCH", MEMBERS.format(place), {"spec": {"userRefs": [{"name": name} for name in names]}}, MERGE)

    def invitations(self) -> list[dict[str, Any]]:
        """All there are."""
        items: list[dict[str, Any]] = self._call("GET", INVITATIONS).json()["items"]
        return items

    def invite(self, name: str, email: str, *places: str, **more: Any) -> None:
        """Somebody invites by hand."""
        targets = [
            {"apiGroup": "appuio.io", "kind": "OrganizationMembers", "name": "members", "namespace": place}
            for place in places
        ]
        body = {"apiVersion": "user.appuio.io/v1", "kind": "Invitation", "metadata": {"name": name, **more}}
        self._call("POST", INVITATIONS, {**body, "spec": {"email": email, "targetRefs": targets}})

    def redeem(self, name: str, user: str, *, arrived: bool = True) -> None:
        """The invited follows the link, as this user."""
        self.panel.control("panel/redeem", {"invitation": name, "user": user, "arrived": arrived})

    def user(self, name: str, email: str) -> None:
        """Somebody logs in for the first time."""
        self.panel.control("panel/users", {"name": name, "email": email, "title": name.title()})

    def operations(self) -> list[str]:
        """What the panel was asked since the last `forget_requests`."""
        return [entry["operation"] for entry in self.panel.requests()]

    def writes(self) -> list[str]:
        """Those that change something."""
        return [entry["operation"] for entry in self.panel.requests() if entry["writes"]]

    def _call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        answer = requests.request(
            method,
            self.panel.url + path,
            json=body,
            headers={"Authorization": "Bearer sandbox-token", **(headers or {})},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        return answer


def person(email: str = CHLOE, number: int = 1, place: str = ORGANIZATION, **more: Any) -> Member:
    """Somebody of customer 102."""
    return Member(key=f"customer:102/contact/{number:08x}", place=place, email=email, **more)


def gone(wanted: Member, **more: Any) -> Member:
    """The same once they have left: the ERP tells no address any more."""
    return wanted.model_copy(update={"active": False, "email": "", **more})


def change(wanted: Member, found: Live[Member] | None = None, action: Action | None = None) -> Change[Member]:
    """The change that the core would make of it."""
    decided = action or ("create" if wanted.active else "archive")
    return Change("panel", "panel", decided, Want("panel", "panel", wanted), found=found)


def found(store: Any, wanted: Member, **lookup: Any) -> Any:
    """What `find` says of one."""
    return store.find([Lookup(wanted, **lookup)])[wanted.key]


def put(store: Any, *wanted: Member) -> list[Any]:
    """What `put` says of new ones."""
    answers = store.put([change(member) for member in wanted])
    return [answers[member.key] for member in wanted]


def leave(store: Any, wanted: Member, live: Any) -> Any:
    """What `put` says of a leaver."""
    return store.put([change(gone(wanted), live)])[wanted.key]
