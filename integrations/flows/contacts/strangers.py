"""People found in a system whom the ERP does not know, or gives nothing there: listed, never removed."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import IntFlag
from typing import Any

from integrations.core.address import folded_address, only, variants
from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.member import Present
from integrations.core.rows import Failed, attempt
from integrations.core.system import System
from integrations.core.text import spelled_out
from integrations.flows.contacts.customer_contacts import CustomerContacts
from integrations.flows.contacts.memberships import Wanted
from integrations.flows.contacts.outcome import Stranger
from integrations.flows.contacts.people import CUSTOMER, Entry, person_of, words

_ACCENT = re.compile("[\u0300-\u036f]")
"""Of Latin, Greek and Cyrillic letters: elsewhere such signs make another letter."""


class Likeness(IntFlag):
    """Common traits of two people: an address that may reach the same person outweighs any name."""

    WORDS = 1
    NAME = 2
    ADDRESS = 4


def suggestions(present: Sequence[Present], entries: Sequence[Entry]) -> Mapping[str, tuple[str, ...]]:
    """For people of one customer's place: whom of the same customer they could be, the likeliest first.

    Gives the e-mail addresses of the entries, by the id of those who are present: nothing for our own accounts, for
    those whose very address an entry has, and for those that nobody resembles. A shared mailbox is known by its address
    alone: many people sign with the same `Support`.
    """
    by_key: dict[str, set[str]] = {}
    for entry in entries:
        for key, _ in _likenesses(entry.email, "" if entry.is_mailbox else entry.name):
            by_key.setdefault(key, set()).add(entry.email)
    known = {entry.email for entry in entries}
    found: dict[str, tuple[str, ...]] = {}
    for person in present:
        email = only(person.email).email
        if person.own or email in known:
            continue
        likely: dict[str, Likeness] = {}
        for key, likeness in _likenesses(email, person.name):
            for other in by_key.get(key, ()):
                likely[other] = likely.get(other, likeness) | likeness
        if likely:
            found[person.id] = tuple(sorted(likely, key=lambda other: (-likely[other], other)))
    return found


def _likenesses(email: str, name: str) -> Iterator[tuple[str, Likeness]]:
    """By what somebody can be found, and what it tells: `Müller Beat` and `Beat Mueller` have the same words."""
    if email:
        yield f"address {variants(email)}", Likeness.ADDRESS
    for spelled in _spellings(name):
        yield f"name {' '.join(spelled)}", Likeness.NAME
        yield f"words {' '.join(sorted(spelled))}", Likeness.WORDS


def _spellings(name: str) -> set[tuple[str, ...]]:
    """The name's words without accents, and with umlauts spelled out."""
    lowered = unicodedata.normalize("NFKC", name).casefold()
    spellings = (lowered, spelled_out(lowered))
    bare = (_ACCENT.sub("", unicodedata.normalize("NFKD", spelling)) for spelling in spellings)
    return {spelled for spelled in map(words, bare) if spelled}


def strangers(
    households: Mapping[str, CustomerContacts],
    changes: Sequence[Change[Any]],
    wanted: Sequence[Wanted],
    systems: Mapping[str, System],
    staff: Collection[str],
) -> tuple[list[Stranger], list[Failed]]:
    """Return who is neither wanted nor known from earlier in the places that were looked at, and failed customers."""
    looked_at = {(change.system, customer_of(change)) for change in changes if change.error is None}
    emails: dict[tuple[str, str], set[str]] = {place: set() for place in looked_at}
    for entry in wanted:
        if entry.entry is not None:
            emails.setdefault((entry.want.system, entry.customer), set()).add(entry.want.resource.email)
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
    system: System, household: CustomerContacts, known: Collection[str], named: Collection[str], people: Collection[str]
) -> list[Stranger]:
    """Return the strangers in one customer's place of one system; `people`: the hashed addresses of its members."""
    remainder = [
        member
        for member in _present(system, household, system.name)
        if not member.own
        and member.id not in known
        and member.email not in named
        and household.hashed(member.email) not in people
    ]
    return list(_listed(remainder, household, system.name))


def customer_of(change: Change[Any]) -> str:
    """The customer (ERP id) that a person's change is for; of one that nobody knows the deal's key."""
    return change.key.partition("/")[0].removeprefix(CUSTOMER)


def _present(system: System, household: CustomerContacts, name: str) -> Sequence[Present]:
    if system.people is None:
        return ()
    try:
        present = system.people.present(household.places[name].id)
    except IntegrationError:
        return ()  # what could not be read is told by the steps that needed it
    return [dataclasses.replace(member, email=folded_address(member.email)) for member in present]


def _listed(remainder: Sequence[Present], household: CustomerContacts, system: str) -> Iterator[Stranger]:
    known = {entry.email: entry.contacts[0] for entry in household.people.entries}
    possible = suggestions(remainder, household.people.entries)
    for member in remainder:
        is_known = member.email in known
        alike = () if is_known else dict.fromkeys(known[email] for email in possible.get(member.id, ()))
        yield Stranger(system, household.customer, member, is_known, tuple(alike))
