"""Organizations and their people in the sandbox's Jira, and how a test wants and sees members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import requests

from integrations.core.change import Change
from integrations.core.member import Member
from integrations.core.resource import Live, Want
from integrations.core.system import System
from tests.jira.site import Site

DESK = "/rest/servicedeskapi"
MARC = ("marc@alpina.example", "Marc Müller")


def organization(site: Site, mark: str | None, *emails: str) -> str:
    """An organization with these people."""
    made = str(site.call("POST", f"{DESK}/organization", {"name": "Alpina Treuhand AG"})["id"])
    if mark is not None:
        site.call("PUT", f"{DESK}/organization/{made}/property/closedwon", {"key": mark})
    if emails:
        accounts = [customer(site, email) for email in emails]
        site.call("POST", f"{DESK}/organization/{made}/user", {"accountIds": accounts})
    site.operations()
    return made


def customer(site: Site, email: str) -> str:
    """An account that somebody made."""
    body = {"email": email, "displayName": email.partition("@")[0]}
    return str(site.call("POST", f"{DESK}/customer", body)["accountId"])


def switch(site: Site, email: str, **switches: bool) -> None:
    """What the owner of an account, or an administrator, does to it."""
    body = {"email": email, **switches}
    requests.post(f"{site.url}/_sandbox/jira/account", json=body, timeout=5).raise_for_status()


def person(place: str, email: str = MARC[0], name: str = MARC[1], *, of: str = "customer:101", **more: Any) -> Member:
    return Member(
        key=f"{of}/contact/{email.encode().hex()}",
        former=(f"deal:42/contact/{email.encode().hex()}",),
        place=place,
        email=email,
        name=name,
        **more,
    )


def leaver(live: Live[Any]) -> Member:
    """As contact sync wants somebody out whose address it does not know any more."""
    return Member(key=live.state.key, former=("deal:42/contact/x",), place=live.state.place, active=False)


def put_all(system: System, members: Sequence[Member]) -> dict[str, Any]:
    changes = [Change(member.key, "jira", "create", Want(member.key, "jira", member)) for member in members]
    return dict(system.stores["member"].put(changes))


def accounts(site: Site, email: str) -> list[str]:
    return [user["accountId"] for user in site.objects("user") if user["email"].lower() == email.lower()]


def members(site: Site, place: str) -> list[str]:
    return next(organization["users"] for organization in site.objects("organization") if organization["id"] == place)
