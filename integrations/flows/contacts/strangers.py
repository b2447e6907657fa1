"""People found in a system whom the ERP does not know, or gives nothing there: listed, never removed."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from integrations.core.address import folded
from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.member import Present
from integrations.core.rows import Failed, attempt
from integrations.core.system import System
from integrations.flows.contacts.customer import Household
from integrations.flows.contacts.places import CUSTOMER
from integrations.flows.contacts.suggest import suggestions
from integrations.flows.contacts.wanted import Wanted, person_of


@dataclasses.dataclass(frozen=True)
class Stranger:
    """Somebody who is in a customer's place, and of whom nobody knows why.

    Attributes:
        known: The ERP has the address, but its functions give no membership here.
        contacts: Contacts of this customer who could be the same person: one may be chosen with `link`.
    """

    system: str
    customer: str
    present: Present
    known: bool
    contacts: tuple[str, ...] = ()


def strangers(
    households: Mapping[str, Household],
    changes: Sequence[Change[Any]],
    wanted: Sequence[Wanted],
    systems: Mapping[str, System],
    staff: Collection[str],
) -> tuple[list[Stranger], list[Failed]]:
    """Return who is neither wanted nor known from earlier in the places that were looked at, and failed customers."""
    looked_at = {(change.system, customer_of(change)) for change in changes if change.error is None}
    emails: dict[tuple[str, str], set[str]] = {place: set() for place in looked_at}
    for one in wanted:
        if one.entry is not None:
            emails.setdefault((one.want.system, one.customer), set()).add(one.want.resource.email)
    ids: dict[tuple[str, str], set[str]] = {place: set() for place in looked_at}
    for change in changes:
        if change.found is not None:
            ids.setdefault((change.system, customer_of(change)), set()).add(change.found.id)
    found: list[Stranger] = []
    failed: list[Failed] = []
    for system, customer in sorted(looked_at):
        household, place = households[customer], (system, customer)
        managed = household.managed.get(system, {})
        known, people = ids[place] | set(managed.values()), {person_of(key) for key in managed}
        named = emails[place] | set(staff)
        listed = attempt(system, _of_place, systems[system], household, known, named, people)
        if isinstance(listed, IntegrationError):
            failed.append(Failed(customer, listed))
        else:
            found += listed
    return found, failed


def _of_place(
    system: System, household: Household, known: Collection[str], named: Collection[str], people: Collection[str]
) -> list[Stranger]:
    """Return the strangers in one customer's place of one system; `people`: the hashed addresses of its members."""
    rest = [
        one
        for one in _present(system, household, system.name)
        if not one.own and one.id not in known and one.email not in named and household.hashed(one.email) not in people
    ]
    return list(_listed(rest, household, system.name))


def customer_of(change: Change[Any]) -> str:
    """The customer (ERP id) that a person's change is for; of one that nobody knows the deal's key."""
    return change.key.partition("/")[0].removeprefix(CUSTOMER)


def _present(system: System, household: Household, name: str) -> Sequence[Present]:
    if system.people is None:
        return ()
    try:
        present = system.people.present(household.places[name].id)
    except IntegrationError:
        return ()  # what could not be read is told by the steps that needed it
    return [dataclasses.replace(one, email=folded(one.email)) for one in present]


def _listed(rest: Sequence[Present], household: Household, system: str) -> Iterator[Stranger]:
    known = {entry.email: entry.contacts[0] for entry in household.people.entries}
    possible = suggestions(rest, household.people.entries)
    for one in rest:
        is_known = one.email in known
        alike = () if is_known else dict.fromkeys(known[email] for email in possible.get(one.id, ()))
        yield Stranger(system, household.customer, one, is_known, tuple(alike))
