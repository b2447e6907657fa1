"""Memory of contact sync between runs, in the ledger's database."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from integrations.core.change import Change
from integrations.core.ledger import Ledger, Transaction
from integrations.core.ledger.object_index import file_as, filed
from integrations.core.resource import Live, Lookup, Resource, Want
from integrations.core.system import NUMBER, Answer, Report, System, SystemSettings
from integrations.flows.contacts import tables
from integrations.flows.contacts.people import FORMER, SEGMENT, ending_key, person_of, subject

EVERYWHERE = "*"
"""In place of a customer: a tombstone that holds for all."""

Reason = Literal["archived", "moved", "address", "function", "company", "ours", "place", "revoked", "never", "missing"]
"""Why somebody is to be taken out. All but `missing` are what the ERP says; that is what it no longer says."""

Why = Literal["again", "approval"]
"""Why a customer is visited again: a system was down or the customer held, or a person has to approve."""


@dataclasses.dataclass(frozen=True)
class Leaving:
    """Somebody who is to be taken out of a system."""

    system: str
    key: str
    customer: str
    since: datetime
    reason: Reason
    passes: int


@dataclasses.dataclass(frozen=True)
class TombstoneRecord:
    """That somebody was taken out.

    Attributes:
        reason: `left`: comes back when the ERP says something newer than `stamp`; `revoked` and `forgotten`: does not.
    """

    person: str
    customer: str
    reason: Literal["left", "revoked", "forgotten"]
    at: datetime
    stamp: float


@dataclasses.dataclass(frozen=True)
class Problem:
    """A contact, or a person in one system (empty: in all), that could not be synced."""

    system: str
    key: str
    customer: str
    contact: str
    manager: str
    code: str
    words: str
    digest: str
    since: datetime


@dataclasses.dataclass
class Learned:
    """Lessons of planning and writing one batch of customers.

    Attributes:
        contacts: By contact: its customer, and the people it stands for; those that changed.
        contacts_gone: Contacts that no longer stand for anybody of a customer.
        leaving: Who is to be taken out from now on.
        staying: Who no longer is, by system and key.
        problems: What could not be synced.
        fixed: What now can, by system and key.
        places: Where people go, by system and customer.
    """

    contacts: dict[str, tuple[str, tuple[str, ...]]] = dataclasses.field(default_factory=dict)
    contacts_gone: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    leaving: list[Leaving] = dataclasses.field(default_factory=list)
    staying: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    problems: list[Problem] = dataclasses.field(default_factory=list)
    fixed: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    places: dict[tuple[str, str], str] = dataclasses.field(default_factory=dict)


class ContactRepository:
    """Reads and writes contact sync's tables; each method is one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def date(self, name: str) -> datetime | None:
        """A date of `state`: `cursor` or `full`."""
        with self._ledger.reading() as transaction:
            found = transaction.scalar("select value from contacts_state where name = ?", name)
        return datetime.fromisoformat(found) if found else None

    def keep(self, name: str, value: datetime) -> None:
        """Keep a date of `state`."""
        with self._ledger.writing() as transaction:
            transaction.put(tables.state, [{"name": name, "value": value.isoformat()}])

    def customers_of(self, contacts: Collection[str]) -> set[str]:
        """The customers that these contacts belonged to when they were last read, and before they were moved."""
        query = "select customer, left_customer from contacts_rows where contact in ({})"
        with self._ledger.reading() as transaction:
            return {name for row in transaction.select_among(query, set(contacts)) for name in row.values() if name}

    def contacts_of(self, customers: Collection[str]) -> dict[str, dict[str, list[str]]]:
        """By customer: the contacts that it has or had, and the people each stood for when it was last read."""
        now = "select contact, customer, people from contacts_rows where customer in ({})"
        before = """
            select contact, left_customer as customer, left_people as people from contacts_rows
            where left_customer in ({})"""
        found: dict[str, dict[str, list[str]]] = {customer: {} for customer in customers}
        with self._ledger.reading() as transaction:
            for query in (now, before):
                for row in transaction.select_among(query, found):
                    found[row["customer"]][row["contact"]] = row["people"].split()
        return found

    def leaving_of(self, customers: Collection[str]) -> dict[tuple[str, str], Leaving]:
        """Return who of these customers is to be taken out, by system and key."""
        with self._ledger.reading() as transaction:
            rows = transaction.select_among("select * from contacts_leaving where customer in ({})", set(customers))
            return {(leaver.system, leaver.key): leaver for leaver in map(_leaving, rows)}

    def leavers(self) -> list[Leaving]:
        """Everybody who is to be taken out."""
        with self._ledger.reading() as transaction:
            return list(map(_leaving, transaction.select("select * from contacts_leaving")))

    def outstanding(self) -> list[Leaving]:
        """Return who is to be out of a system wherever they are in it, and was not looked for everywhere yet."""
        return [leaver for leaver in self.leavers() if leaver.customer == EVERYWHERE]

    def count_pass(self, unread: Collection[str] = ()) -> None:
        """A full pass is complete: everybody who is still missing was not seen once more, but of customers not read."""
        with self._ledger.writing() as transaction:
            missing = transaction.select("select distinct customer from contacts_leaving where reason = 'missing'")
            seen = sorted({row["customer"] for row in missing} - set(unread))
            count = "update contacts_leaving set passes = passes + 1 where reason = 'missing' and customer in ({})"
            transaction.execute_among(count, seen)

    def tombstones_of(self, people: Collection[str]) -> dict[tuple[str, str], TombstoneRecord]:
        """The tombstones of these people, by person and customer."""
        with self._ledger.reading() as transaction:
            rows = transaction.select_among("select * from contacts_tombstones where person in ({})", set(people))
            found = [TombstoneRecord(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]
        return {(tombstone.person, tombstone.customer): tombstone for tombstone in found}

    def bury(self, tombstones: Sequence[TombstoneRecord]) -> None:
        """Keep that people were taken out."""
        if tombstones:
            with self._ledger.writing() as transaction:
                transaction.put(tables.tombstones, [_row(tombstone) for tombstone in tombstones])

    def revoke(self, tombstone: TombstoneRecord, leaving: Sequence[Leaving]) -> None:
        """Keep that somebody is to be out everywhere, and the systems that are to be looked through for them."""
        with self._ledger.writing() as transaction:
            transaction.put(tables.tombstones, [_row(tombstone)])
            transaction.put(tables.leaving, [_row(leaver) for leaver in leaving])

    def revive(self, gone: Collection[tuple[str, str]]) -> None:
        """Drop tombstones, by person and customer."""
        with self._ledger.writing() as transaction:
            transaction.execute_each("delete from contacts_tombstones where person = ? and customer = ?", list(gone))

    def problems(self, customers: Collection[str] | None = None) -> list[Problem]:
        """Return what could not be synced, for these customers or all, the oldest first."""
        every = "select * from contacts_problems"
        with self._ledger.reading() as transaction:
            found = (
                transaction.select_among(f"{every} where customer in ({{}})", set(customers))
                if customers is not None
                else transaction.select(every)
            )
            problems = [Problem(**{**row, "since": datetime.fromisoformat(row["since"])}) for row in found]
        return sorted(problems, key=lambda problem: (problem.since, problem.key))

    def pending(self) -> dict[str, tuple[Why, str]]:
        """The customers that have to be visited again: why, and the mark."""
        with self._ledger.reading() as transaction:
            rows = transaction.select("select * from contacts_pending")
            return {row["customer"]: (row["reason"], row["mark"]) for row in rows}

    def postpone(self, customers: Mapping[str, Why]) -> None:
        """Have these customers visited again."""
        marks = [
            {"customer": customer, "reason": why, "mark": uuid.uuid4().hex[:12]} for customer, why in customers.items()
        ]
        if marks:
            with self._ledger.writing() as transaction:
                transaction.put(tables.pending, marks)

    def visited(self, seen: Mapping[str, str]) -> None:
        """Customers need no further visit, unless they were postponed anew after these marks were read."""
        with self._ledger.writing() as transaction:
            transaction.execute_each("delete from contacts_pending where customer = ? and mark = ?", list(seen.items()))

    def looked_at(self) -> set[str]:
        """The customers that were looked at once."""
        with self._ledger.reading() as transaction:
            return set(transaction.scalars("select customer from contacts_customers"))

    def look_at(self, customers: Collection[str]) -> None:
        """Keep that these were looked at."""
        if customers:
            with self._ledger.writing() as transaction:
                transaction.put(tables.customers, [{"customer": customer} for customer in customers])

    def places_of(self, customers: Collection[str]) -> dict[tuple[str, str], str]:
        """Return where these customers' people went when they were last looked at, by system and customer."""
        with self._ledger.reading() as transaction:
            rows = transaction.select_among("select * from contacts_places where customer in ({})", set(customers))
            return {(row["system"], row["customer"]): row["place"] for row in rows}

    def move(self, system: str, kind: str, customer: str, before: str, now: str) -> None:
        """Keep that a customer's people go to another place: whoever is in the one before is to leave that.

        In one transaction, and once, whoever else sees it: those who come with the new place are in that one.
        """
        with self._ledger.writing() as transaction:
            known = "select place from contacts_places where system = ? and customer = ?"
            if transaction.scalar(known, system, customer) != before:
                return
            keys = filed(transaction, system, kind, subject(customer))
            file_as(transaction, system, kind, {key: ending_key(key, before) for key in keys if FORMER not in key})
            transaction.put(tables.places, [{"system": system, "customer": customer, "place": now}])

    def learn(self, learned: Learned) -> None:
        """Keep what one chunk of customers taught, all of it or nothing."""
        with self._ledger.writing() as transaction:
            _forget_contacts(transaction, learned)
            rows, come = _contacts(transaction, learned)
            transaction.execute_each(_COME_BACK, come)
            transaction.put(tables.rows, rows)
            transaction.execute_each("delete from contacts_leaving where system = ? and key = ?", list(learned.staying))
            transaction.put(
                tables.places,
                [
                    {"system": system, "customer": customer, "place": place}
                    for (system, customer), place in learned.places.items()
                ],
            )
            transaction.put(tables.leaving, [_row(leaver) for leaver in learned.leaving])
            transaction.execute_each("delete from contacts_problems where system = ? and key = ?", list(learned.fixed))
            transaction.put(tables.problems, [_row(problem) for problem in learned.problems])

    def inherit(self, old: str, new: str) -> None:
        """Keep that what was known of a customer's people (ids) is its heir's now.

        Who left the heir and was a person of the other is no longer out: that one had them until now.
        """
        with self._ledger.writing() as transaction:
            people = transaction.scalars("select people from contacts_rows where customer = ?", old)
            persons = sorted({person for named in people for person in named.split()})
            transaction.execute_each(_COME_BACK, [(person, new) for person in persons])
            transaction.execute("update contacts_rows set customer = ? where customer = ?", new, old)
            transaction.execute("update contacts_rows set left_customer = ? where left_customer = ?", new, old)
            for forget in _FORGET:
                transaction.execute(forget, old)

    def erase(self, person: str) -> None:
        """Drop what is kept of a person but for tombstones."""
        with self._ledger.writing() as transaction:
            transaction.execute("delete from contacts_leaving where key like ?", f"%/contact/{person}")
            transaction.execute("delete from contacts_problems where key like ?", f"%/contact/{person}")
            query = "select contact, people from contacts_rows where people like ?"
            for row in list(transaction.select(query, f"%{person}%")):
                people = " ".join(address for address in row["people"].split() if address != person)
                transaction.execute("update contacts_rows set people = ? where contact = ?", people, row["contact"])


_COME_BACK = "delete from contacts_tombstones where person = ? and customer = ? and reason = 'left'"
"""A contact that was another customer's until now is a newer word than that its person left; a merge dates nothing."""
_FORGET = (
    "delete from contacts_leaving where customer = ?",
    "delete from contacts_problems where customer = ?",
    "delete from contacts_pending where customer = ?",
    "delete from contacts_places where customer = ?",
    "delete from contacts_customers where customer = ?",
)


def _leaving(row: Mapping[str, Any]) -> Leaving:
    return Leaving(**{**row, "since": datetime.fromisoformat(row["since"])})


def _row(record: Leaving | TombstoneRecord | Problem) -> dict[str, Any]:
    row = dataclasses.asdict(record)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _contacts(transaction: Transaction, learned: Learned) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """The rows of contacts, each with the customer that it was moved away from; and who came where with them."""
    rows, come = [], []
    query = "select * from contacts_rows where contact in ({})"
    before = {row["contact"]: row for row in transaction.select_among(query, learned.contacts)}
    for contact, (customer, people) in learned.contacts.items():
        known = before.get(contact)
        left = ("", "")
        if known is not None and known["customer"] != customer:
            left = (known["customer"], known["people"])
            come += [(person, customer) for person in people]
        elif known is not None:
            left = (known["left_customer"], known["left_people"])
        row = {"contact": contact, "customer": customer, "people": " ".join(people)}
        rows.append({**row, "left_customer": left[0], "left_people": left[1]})
    return rows, come


def _forget_contacts(transaction: Transaction, learned: Learned) -> None:
    gone = list(learned.contacts_gone)
    transaction.execute_each("delete from contacts_rows where contact = ? and customer = ?", gone)
    transaction.execute_each(
        "update contacts_rows set left_customer = '', left_people = '' where contact = ? and left_customer = ?", gone
    )


SYSTEM, STEP = "ledger", "tombstone"


class Tombstone(Resource):
    """A tombstone: a person stays out of every system. `*/contact/1f2e…`, the last part a keyed hash of the address."""

    kind: ClassVar[str] = "tombstone"
    in_playbooks: ClassVar[bool] = False

    reason: str = ""


class Tombstones:
    """Tombstones in the ledger. The mark is the person's hash; it is written atomically with the creation."""

    resource = Tombstone
    writes: Literal["create", "send", "manual"] = "create"
    batch = 1
    id_form = NUMBER

    def __init__(self, memory: ContactRepository, bury: Callable[[], None]) -> None:
        """`bury`: keeps the tombstone, and what later runs have to do because of it."""
        self._memory, self._bury = memory, bury

    def find(self, lookups: Sequence[Lookup[Tombstone]]) -> Answer:
        """Return what the ledger holds of these people."""
        found = {lookup.key: tombstone_of(self._memory, person_of(lookup.key)) for lookup in lookups}
        return {key: _live(key, reason) if reason is not None else None for key, reason in found.items()}

    def put(self, changes: Sequence[Change[Tombstone]]) -> Answer:
        """Keep the tombstone; twice is once."""
        self._bury()
        return {change.key: _live(change.key, change.wanted().reason) for change in changes}


def _live(key: str, reason: str) -> Live[Tombstone]:
    return Live(person_of(key), Tombstone(key=key, reason=reason))


def tombstone_of(memory: ContactRepository, person: str) -> str | None:
    """Return why a person is out everywhere; None: they are not."""
    stone = memory.tombstones_of([person]).get((person, EVERYWHERE))
    return stone.reason if stone is not None else None


def tombstone(person: str, reason: str) -> Want[Any]:
    """Return that this person (a keyed hash) is to be out everywhere."""
    return Want(STEP, SYSTEM, Tombstone(key=f"{EVERYWHERE}{SEGMENT}{person}", reason=reason))


def system(ledger: Ledger, bury: Callable[[], None]) -> System:
    """The ledger, as a system with a store of tombstones."""
    return System(
        name=SYSTEM,
        title="Closedwon",
        settings=SystemSettings(adapter=SYSTEM, mode="write"),
        stores={Tombstone.kind: Tombstones(ContactRepository(ledger), bury)},
        check=lambda _: Report(account=""),
    )
