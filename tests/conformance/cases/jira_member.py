"""Jira's store of the customers' people."""

from __future__ import annotations

from integrations.core.errors import Unavailable
from integrations.core.member import Member
from integrations.core.resource import Resource
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.service_management.organizations import add_organization
from tests.conformance.bench import Bench
from tests.conformance.case import Case, State
from tests.conformance.cases.jira import DESK, SETTINGS

NUMBERS = range(1, 6)
CUSTOMERS_BEFORE = 4
"""Organizations of the seeded world."""


def _place(number: int) -> str:
    return str(CUSTOMERS_BEFORE + number)


def _email(number: int) -> str:
    return f"person{number}@conformance.example"


def _member(number: int, name: str) -> Member:
    person = f"contact/{number:08x}"
    return Member(
        key=f"customer:{9000 + number}/{person}",
        former=(f"deal:{9000 + number}/{person}",),
        place=_place(number),
        email=_email(number),
        name=name,
    )


def _members_arrange(bench: Bench) -> None:
    """Each customer's organization, marked when its deal was all that there was."""
    world = bench.sandbox.server.world  # half of the time of these tests, if it went over the wire
    for number in NUMBERS:
        made = add_organization(world, f"Conformance {number} AG")
        assert made["id"] == _place(number)
        mark = {"closedwon": {"key": f"deal:{9000 + number}"}}
        books(world).organizations.save(made["id"], {**made, "properties": mark})


def _members_marked(state: State, key: str) -> list[str]:
    """The accounts with the person's address, as often as they are in an organization, whichever."""
    number = int(key.rpartition("/")[2], 16)
    persons = {user["accountId"] for user in state["jira"]["user"] if user["email"] == _email(number)}
    return [user for organization in state["jira"]["organization"] for user in organization["users"] if user in persons]


def _members_scatter(bench: Bench) -> None:
    """Each organization has more people than a page holds."""
    for number in NUMBERS:
        for another in range(3):
            body = {"email": f"other{another}@customer{number}.example", "displayName": "Somebody else"}
            made = bench.person("POST", f"{DESK}/customer", body)
            accounts = {"accountIds": [made["accountId"]]}
            bench.person("POST", f"{DESK}/organization/{_place(number)}/user", accounts)


def _member_spoiled(_bench: Bench, wanted: Resource) -> Resource:
    return wanted.model_copy(update={"email": "no address"})


_NOTHING_TO_WRITE = "a membership has no field that could be written again: Jira has no call that renames a customer"

MEMBER = Case(
    name="jira.member",
    system="jira",
    adapter="jira",
    kind="member",
    settings=SETTINGS,
    want=lambda number: _member(number, f"Person {number}"),
    named=_member,
    name_field="name",
    reads_back=("place", "email", "name"),
    marked=_members_marked,
    writes=("customer.create", "organization.user.add"),
    makes={"user": 1},
    may_touch=frozenset({"organization.users"}),
    arrange=_members_arrange,
    traps={"jira_index_lag": 0},
    hiding=("Service Desk Agent",),
    forbidding=("Administer Jira", "Service Desk Agent"),
    spoiled=_member_spoiled,
    scatter=_members_scatter,
    write_faults={409: Unavailable},
    exempt={
        "updates": _NOTHING_TO_WRITE,
        "changed fields": _NOTHING_TO_WRITE,
        "other changes": _NOTHING_TO_WRITE,
        "changed owners": "a membership bears no mark, so none can lack it; whose it is, its organization says",
        "names": "somebody without a name is called by the address, which is what tells people apart",
    },
)

CASES = (MEMBER,)
