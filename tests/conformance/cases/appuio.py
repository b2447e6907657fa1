"""The APPUiO Control API's stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.appuio.organization import Organization
from integrations.core.errors import Ambiguous
from integrations.core.member import Member, mark_of
from integrations.core.resource import Live, Resource
from tests.conformance.bench import VARIABLE, Bench
from tests.conformance.case import Adoption, Case, State, Update

PATH = "/apis/organization.appuio.io/v1/organizations"
MERGE = {"Content-Type": "application/merge-patch+json"}
PAYERS = ("305", "308")
"""Invoice contacts that the ERP has, and the control API therefore bills to."""


def _named(number: int, name: str) -> Organization:
    return Organization(
        key=f"customer:{9000 + number}",
        former=(f"deal:{9000 + number}",),
        display_name=name,
        contact=str(7000 + number),
        billing_contact=PAYERS[0],
    )


def _want(number: int) -> Organization:
    return _named(number, f"Conformance {number} AG")


def _marked(state: State, key: str) -> list[str]:
    organizations = state["panel"]["organization"]
    return [
        organization["id"]
        for organization in organizations
        if organization["metadata"].get("annotations", {}).get("closedwon.io/key") == key
    ]


def _change(wanted: Resource) -> Resource:
    return wanted.model_copy(update={"display_name": "Renamed by us AG", "billing_contact": PAYERS[1]})


def _renamed(bench: Bench, live: Live[Any]) -> None:
    bench.person("PATCH", f"{PATH}/{live.id}", {"spec": {"displayName": "Renamed by a person"}}, **MERGE)


def _labelled(bench: Bench, live: Live[Any]) -> Callable[[], bool]:
    bench.person("PATCH", f"{PATH}/{live.id}", {"metadata": {"labels": {"region": "west"}}}, **MERGE)
    return lambda: bench.one("organization", live.id)["metadata"]["labels"].get("region") == "west"


def _made(bench: Bench, wanted: Resource) -> str:
    assert isinstance(wanted, Organization)
    body = {
        "apiVersion": "organization.appuio.io/v1",
        "kind": "Organization",
        "metadata": {"name": "signed-up-by-themselves"},
        "spec": {"displayName": wanted.display_name},
    }
    return str(bench.person("POST", PATH, body)["metadata"]["name"])


def _spoiled(_bench: Bench, wanted: Resource) -> Resource:
    return wanted.model_copy(update={"billing_contact": "99999999"})


PLACE = "conformance"


def _customer(bench: Bench) -> None:
    """An organization of the customer whom all these people belong to; somebody else is a member already."""
    body = {
        "apiVersion": "organization.appuio.io/v1",
        "kind": "Organization",
        "metadata": {"name": PLACE, "annotations": {"closedwon.io/key": "deal:9000"}},
        "spec": {"displayName": "Conformance AG"},
    }
    bench.person("POST", PATH, body)


def _email(number: int) -> str:
    return f"person.{number}@conformance.example"


def _person(number: int, name: str) -> Member:
    return Member(
        key=f"customer:9000/contact/{number:08x}",
        former=(f"deal:9000/contact/{number:08x}",),
        place=PLACE,
        email=_email(number),
        name=name,
    )


def _invited(state: State, key: str) -> list[str]:
    customer, _, person = key.partition("/contact/")
    mark = f"{customer}/contact/{mark_of(customer, _email(int(person, 16)))}"
    invitations = state["panel"].get("invitation", [])
    return [
        invitation["id"]
        for invitation in invitations
        if invitation["metadata"].get("annotations", {}).get("closedwon.io/key") == mark
    ]


def _nobody(_bench: Bench, wanted: Resource) -> Resource:
    return wanted.model_copy(update={"account": "nobody-of-this-name"})


CASES = (
    Case(
        name="appuio.organization",
        system="panel",
        adapter="appuio",
        kind="organization",
        settings={"token": {"env": VARIABLE}},
        want=_want,
        named=_named,
        name_field="display_name",
        reads_back=("display_name", "billing_contact"),
        marked=_marked,
        writes=("organization.create",),
        makes={"organization": 1, "organizationmembers": 1},
        hiding=("list:organizations",),
        forbidding=("create:organizations", "get:billingentities"),
        update=Update(
            change=_change,
            touches=frozenset(
                {
                    "organization.spec.*",
                    "organization.status.*",
                    "organization.metadata.*",
                    "organization.managedFields",
                }
            ),
            by_somebody=_renamed,
            beside=_labelled,
        ),
        adoption=Adoption(made=_made),
        spoiled=_spoiled,
        write_faults={409: Ambiguous},
        exempt={
            "archiving": "the control API deletes at once and for good, so organizations stay",
            "pages": "the control API cuts a list with a limit off without saying so: it is asked for the whole",
        },
    ),
    Case(
        name="appuio.member",
        system="panel",
        adapter="appuio",
        kind="member",
        settings={"token": {"env": VARIABLE}},
        want=lambda number: _person(number, f"Person {number}"),
        named=_person,
        name_field="name",
        reads_back=("email", "name"),
        marked=_invited,
        writes=("invitation.create",),
        makes={"invitation": 1},
        arrange=_customer,
        hiding=("list:invitations", "list:users", "get:organizationmembers", "get:organizations"),
        forbidding=("create:invitations",),
        spoiled=_nobody,
        exempt={
            "updates": "nothing of a membership can be changed: one is a member, or is not",
            "changed fields": "nothing of a membership can be changed: one is a member, or is not",
            "other changes": "nothing of a membership can be changed: one is a member, or is not",
            "changed owners": "a membership bears no mark that anybody could write: the address alone tells",
            "names": "a person is invited by the address; the name is but a note and may be missing",
        },
    ),
)
