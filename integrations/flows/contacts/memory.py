"""What contact sync remembers between runs, in the ledger's database."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from integrations.core.ledger import Ledger
from integrations.flows.contacts import tables
from integrations.flows.contacts.remembered import EVERYWHERE, Learned, Leaving, Problem, Tombstone, Why

CHUNK = 400
"""Keys asked for at once: SQLite takes some hundreds of variables in one statement."""


class Memory:
    """Reads and writes contact sync's tables; each method is one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def date(self, name: str) -> datetime | None:
        """A date of `state`: `cursor` or `full`."""
        with self._ledger.reading() as connection:
            found = connection.execute(select(tables.state.c.value).where(tables.state.c.name == name)).scalar()
        return datetime.fromisoformat(found) if found else None

    def keep(self, name: str, value: datetime) -> None:
        """Keep a date of `state`."""
        with self._ledger.writing() as connection:
            _put(connection, tables.state, [{"name": name, "value": value.isoformat()}])

    def customers_of(self, contacts: Collection[str]) -> set[str]:
        """The customers that these contacts belonged to when they were last read, and before they were moved."""
        column = tables.rows.c
        found = self._select([column.customer, column.left_customer], column.contact, contacts)
        return {str(name) for row in found for name in row if name}

    def contacts_of(self, customers: Collection[str]) -> dict[str, dict[str, list[str]]]:
        """By customer: the contacts that it has or had, and the people each stood for when it was last read."""
        column = tables.rows.c
        found: dict[str, dict[str, list[str]]] = {customer: {} for customer in customers}
        for place, people in ((column.customer, column.people), (column.left_customer, column.left_people)):
            for contact, customer, named in self._select([column.contact, place, people], place, customers):
                found[str(customer)][str(contact)] = named.split()
        return found

    def leaving_of(self, customers: Collection[str]) -> dict[tuple[str, str], Leaving]:
        """Who of these customers is to be taken out, by system and key."""
        table = tables.leaving
        return {
            (row.system, row.key): Leaving(
                row.system, row.key, row.customer, datetime.fromisoformat(row.since), row.reason, row.passes
            )
            for row in self._select(list(table.c), table.c.customer, customers)
        }

    def leavers(self) -> list[Leaving]:
        """Everybody who is to be taken out."""
        with self._ledger.reading() as connection:
            found = connection.execute(select(tables.leaving)).all()
        return [
            Leaving(row.system, row.key, row.customer, datetime.fromisoformat(row.since), row.reason, row.passes)
            for row in found
        ]

    def outstanding(self) -> list[Leaving]:
        """Who is to be out of a system wherever they are in it, and was not looked for everywhere yet."""
        return [one for one in self.leavers() if one.customer == EVERYWHERE]

    def count_pass(self, unread: Collection[str] = ()) -> None:
        """A full pass is complete: everybody who is still missing was not seen once more, but of customers not read."""
        table = tables.leaving
        missing = (table.c.reason == "missing", table.c.customer.not_in(sorted(unread)))
        with self._ledger.writing() as connection:
            connection.execute(update(table).where(*missing).values(passes=table.c.passes + 1))

    def tombstones_of(self, people: Collection[str]) -> dict[tuple[str, str], Tombstone]:
        """The tombstones of these people, by person and customer."""
        table = tables.tombstones
        return {
            (row.person, row.customer): Tombstone(
                row.person, row.customer, row.reason, datetime.fromisoformat(row.at), row.stamp
            )
            for row in self._select(list(table.c), table.c.person, people)
        }

    def bury(self, tombstones: Sequence[Tombstone]) -> None:
        """Keep that people were taken out."""
        if tombstones:
            with self._ledger.writing() as connection:
                _put(connection, tables.tombstones, [_row(one) for one in tombstones])

    def revoke(self, tombstone: Tombstone, leaving: Sequence[Leaving]) -> None:
        """Keep that somebody is to be out everywhere, and the systems that are to be looked through for them."""
        with self._ledger.writing() as connection:
            _put(connection, tables.tombstones, [_row(tombstone)])
            _put(connection, tables.leaving, [_row(one) for one in leaving])

    def revive(self, gone: Collection[tuple[str, str]]) -> None:
        """Drop tombstones, by person and customer."""
        table = tables.tombstones
        with self._ledger.writing() as connection:
            for person, customer in gone:
                connection.execute(delete(table).where(table.c.person == person, table.c.customer == customer))

    def problems(self, customers: Collection[str] | None = None) -> list[Problem]:
        """What could not be synced, for these customers or all, the oldest first."""
        if customers is not None:
            found = list(self._select(list(tables.problems.c), tables.problems.c.customer, customers))
        else:
            with self._ledger.reading() as connection:
                found = list(connection.execute(select(tables.problems)).all())
        problems = [Problem(**{**row._asdict(), "since": datetime.fromisoformat(row.since)}) for row in found]
        return sorted(problems, key=lambda one: (one.since, one.key))

    def pending(self) -> dict[str, tuple[Why, str]]:
        """The customers that have to be visited again: why, and the mark."""
        with self._ledger.reading() as connection:
            return {row.customer: (row.reason, row.mark) for row in connection.execute(select(tables.pending))}

    def postpone(self, customers: Mapping[str, Why]) -> None:
        """Have these customers visited again."""
        marks = [{"customer": one, "reason": why, "mark": uuid.uuid4().hex[:12]} for one, why in customers.items()]
        if marks:
            with self._ledger.writing() as connection:
                _put(connection, tables.pending, marks)

    def visited(self, seen: Mapping[str, str]) -> None:
        """Customers need no further visit, unless they were postponed anew after these marks were read."""
        table = tables.pending
        with self._ledger.writing() as connection:
            for customer, mark in seen.items():
                connection.execute(delete(table).where(table.c.customer == customer, table.c.mark == mark))

    def looked_at(self) -> set[str]:
        """The customers that were looked at once."""
        with self._ledger.reading() as connection:
            return set(connection.execute(select(tables.customers.c.customer)).scalars())

    def look_at(self, customers: Collection[str]) -> None:
        """Keep that these were looked at."""
        if customers:
            with self._ledger.writing() as connection:
                rows = [{"customer": customer} for customer in customers]
                connection.execute(upsert(tables.customers).on_conflict_do_nothing(), rows)

    def places_of(self, customers: Collection[str]) -> dict[tuple[str, str], str]:
        """Where these customers' people went when they were last looked at, by system and customer."""
        table = tables.places
        found = self._select(list(table.c), table.c.customer, customers)
        return {(row.system, row.customer): row.place for row in found}

    def learn(self, learned: Learned) -> None:
        """Keep what one chunk of customers taught, all of it or nothing."""
        with self._ledger.writing() as connection:
            _forget_contacts(connection, learned)
            _put(connection, tables.rows, _contacts(connection, learned))
            for system, key in learned.staying:
                connection.execute(
                    delete(tables.leaving).where(tables.leaving.c.system == system, tables.leaving.c.key == key)
                )
            _put(
                connection,
                tables.places,
                [
                    {"system": system, "customer": customer, "place": place}
                    for (system, customer), place in learned.places.items()
                ],
            )
            _put(connection, tables.leaving, [_row(one) for one in learned.leaving])
            for system, key in learned.mended:
                connection.execute(
                    delete(tables.problems).where(tables.problems.c.system == system, tables.problems.c.key == key)
                )
            _put(connection, tables.problems, [_row(one) for one in learned.problems])

    def erase(self, person: str) -> None:
        """Drop what is kept of a person but for tombstones."""
        suffix = f"%/contact/{person}"
        with self._ledger.writing() as connection:
            for table in (tables.leaving, tables.problems):
                connection.execute(delete(table).where(table.c.key.like(suffix)))
            for row in connection.execute(select(tables.rows).where(tables.rows.c.people.contains(person))).all():
                people = " ".join(one for one in row.people.split() if one != person)
                connection.execute(
                    update(tables.rows).where(tables.rows.c.contact == row.contact).values(people=people)
                )

    def _select(self, columns: Sequence[Any], key: Any, names: Collection[str]) -> Iterator[Any]:
        wanted = sorted(set(names))
        with self._ledger.reading() as connection:
            for start in range(0, len(wanted), CHUNK):
                yield from connection.execute(select(*columns).where(key.in_(wanted[start : start + CHUNK]))).all()


def _row(one: Leaving | Tombstone | Problem) -> dict[str, Any]:
    row = dataclasses.asdict(one)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _put(connection: Connection, table: Table, found: Sequence[Mapping[str, Any]]) -> None:
    if not found:
        return
    statement = upsert(table)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(found))


def _contacts(connection: Connection, learned: Learned) -> list[dict[str, Any]]:
    """The rows of contacts, each with the customer that it was moved away from."""
    rows = []
    before = _known(connection, sorted(learned.contacts))
    for contact, (customer, people) in learned.contacts.items():
        known = before.get(contact)
        left = ("", "")
        if known is not None and known.customer != customer:
            left = (known.customer, known.people)
        elif known is not None:
            left = (known.left_customer, known.left_people)
        values = (contact, customer, " ".join(people), *left)
        rows.append(dict(zip(tables.rows.columns.keys(), values, strict=True)))
    return rows


def _known(connection: Connection, contacts: Sequence[str]) -> dict[str, Any]:
    """The rows of contacts as they are, by contact."""
    column, found = tables.rows.c.contact, dict[str, Any]()
    for start in range(0, len(contacts), CHUNK):
        query = select(tables.rows).where(column.in_(contacts[start : start + CHUNK]))
        found.update((row.contact, row) for row in connection.execute(query))
    return found


def _forget_contacts(connection: Connection, learned: Learned) -> None:
    column = tables.rows.c
    for contact, customer in learned.contacts_gone:
        connection.execute(delete(tables.rows).where(column.contact == contact, column.customer == customer))
        connection.execute(
            update(tables.rows)
            .where(column.contact == contact, column.left_customer == customer)
            .values(left_customer="", left_people="")
        )
