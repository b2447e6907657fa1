"""From a customer's people to wants: who is to be a member of what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.core.member import Listed, Member
from integrations.core.resource import Want
from integrations.core.system import System
from integrations.flows.contacts.entry import Entry
from integrations.flows.contacts.places import Place, subject
from integrations.flows.contacts.settings import ContactSettings

SEGMENT = "/contact/"
FORMER = "/in/"
"""Stands in the key of a membership in a place, or of an account, that is the person's no more."""
NEVER = "never"
"""What a person chose instead of an account: that there is to be no membership."""


def person_key(customer: str, person: str) -> str:
    """The key of a person of a customer; `person` is the keyed hash of the address."""
    return f"{subject(customer)}{SEGMENT}{person}"


def person_of(key: str) -> str:
    """The keyed hash that ends a person's key."""
    return key.rpartition("/")[2]


def former(key: str, place: str) -> str:
    """The key of a membership that is to end, beside the person's own: `customer:101/in/17/contact/1f2e…`."""
    name, _, person = key.partition(SEGMENT)
    return key if FORMER in key else f"{name}{FORMER}{place}{SEGMENT}{person}"


def place_of(key: str) -> str:
    """The place in the key of a membership that is to end; empty for any other."""
    return key.partition(SEGMENT)[0].partition(FORMER)[2]


def step_of(system: str, key: str) -> str:
    """The name of the one step that a person is in a system."""
    return f"{system} {key}"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A want, and whom it is for; without an entry it is somebody who is taken out."""

    want: Want[Member]
    customer: str
    entry: Entry | None = None
    reason: str = ""


def memberships(
    customer: str,
    entry: Entry,
    person: str,
    places: Mapping[str, Place],
    systems: Mapping[str, System],
    settings: ContactSettings,
    accounts: Mapping[tuple[str, str], str],
) -> Iterator[Wanted]:
    """What the rules give a person: a want for each system in which one of the functions gives a membership.

    A shared mailbox is nobody: whatever else it is, it gets only what `mailbox` gives.
    """
    functions = ("mailbox",) if entry.is_mailbox else entry.functions
    for name, place in places.items():
        people = systems[name].people
        if (
            people is None
            or not place.is_open
            or not any(settings.gives(function, name, people.access) for function in functions)
        ):
            continue
        account = accounts.get((name, person_key(customer, person)), "")
        if account == NEVER:
            continue
        yield Wanted(want(systems[name], customer, person, place, entry, account), customer, entry)


def out(system: System, customer: str, key: str, place: Place, email: str = "") -> Want[Member]:
    """Somebody out of a place: by the address, or as the ledger knows them."""
    people = system.people
    if people is None:
        raise AssertionError
    former_place = place_of(key)
    resource = people.resource(**_base(key, place, former_place or place.id), email=email, active=False)
    return Want(step_of(system.name, key), system.name, resource, customer=customer)


def _base(key: str, place: Place, where: str) -> dict[str, Any]:
    own = key.partition("/")[0]
    others = tuple(name + key.removeprefix(own) for name in place.names if name != own)
    return {"key": key, "former": others, "place": where}


def want(system: System, customer: str, person: str, place: Place, entry: Entry, account: str = "") -> Want[Member]:
    """A person in a place."""
    people = system.people
    if people is None:
        raise AssertionError
    key = person_key(customer, person)
    base = _base(key, place, place.id)
    if issubclass(people.resource, Listed):
        resource = people.resource(
            **base, email=entry.email, name=entry.name, functions=roles(entry), phone=entry.phone
        )
    else:
        resource = people.resource(**base, email=entry.email, name=entry.name, account=account)
    return Want(step_of(system.name, key), system.name, resource, customer=customer)


def roles(entry: Entry) -> tuple[str, ...]:
    """What a directory says of somebody: `technical`, or `Webshop: technical` for a project's."""
    if not entry.projects:
        return tuple(entry.functions)
    return tuple(f"{project}: {function}" for project in entry.projects for function in entry.functions)
