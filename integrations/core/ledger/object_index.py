"""The ledger's index of customers' objects: by the keys under which they are filed, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from integrations.core.ledger import schema
from integrations.core.ledger.database import Transaction
from integrations.core.resource import provisional


class ObjectIndex:
    """Index of the customers' objects in the ledger, by key; every method is one transaction."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Transaction]],
        writing: Callable[[], AbstractContextManager[Transaction]],
        without_copies: Callable[[], None],
    ) -> None:
        """`without_copies` removes the ledger's own copies, which still hold blanked values."""
        self._reading, self._writing, self._without_copies = reading, writing, without_copies

    def objects(self, system: str, kind: str, subjects: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the ids of each subject's (`customer:101`) objects of a kind, by the keys they are filed under."""
        query = "select key, id as value from objects where system = ? and kind = ?"
        return self._filed(query, system, kind, subjects)

    def choices(self, system: str, kind: str, subjects: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return people's choices for the objects of a kind, by subject (`customer:101`) and key.

        A choice is an id, `new` or `never`.
        """
        query = "select key, answer as value from choices where system = ? and kind = ?"
        return self._filed(query, system, kind, subjects)

    def subjects(self, system: str, kind: str) -> list[str]:
        """Return the subjects with known objects of this kind, each once (`customer:101`, `deal:43`)."""
        with self._reading() as transaction:
            keys = transaction.scalars("select key from objects where system = ? and kind = ?", system, kind)
        return sorted({str(key).partition("/")[0] for key in keys})

    def ending(self, system: str, kind: str, end: str) -> list[str]:
        """Return the keys of a kind's objects that end like this: those of one person at several customers."""
        with self._reading() as transaction:
            return sorted(
                transaction.scalars(
                    "select key from objects where system = ? and kind = ? and key like ? escape '!'",
                    system,
                    kind,
                    _ending(end),
                )
            )

    def begun(self, system: str, kind: str) -> list[str]:
        """Return the keys of a kind with an open intent: their objects may exist or not."""
        with self._reading() as transaction:
            keys = transaction.scalars(
                "select key from intents where system = ? and kind = ? and closed is null", system, kind
            )
        return sorted(set(keys))

    def count(self, system: str, kind: str) -> int:
        """Return the number of known objects of this kind."""
        with self._reading() as transaction:
            return int(transaction.scalar("select count(*) from objects where system = ? and kind = ?", system, kind))

    def archived(self, system: str, kind: str, since: datetime) -> int:
        """Return the number of objects of this kind archived since a moment, by this machine's clock."""
        moment = since.astimezone(UTC).isoformat(timespec="milliseconds")
        query = """
            select count(*) from audit
            where system = ? and kind = ? and at >= ? and action = 'archive' and outcome = 'done'"""
        with self._reading() as transaction:
            return int(transaction.scalar(query, system, kind, moment))

    def left(self, subject: str) -> list[tuple[str, str, str, str]]:
        """Return a customer's objects (by its key), except its people: system, kind, id and page of each."""
        query = """
            select distinct system, kind, id, url from objects
            where (key = ? or key >= ? and key < ?) and key not like '%/contact/%'"""
        with self._reading() as transaction:
            # `0` follows `/` in ASCII: the two bounds enclose every key below the subject's.
            found = transaction.select(query, subject, f"{subject}/", f"{subject}0")
            return sorted((row["system"], row["kind"], row["id"], row["url"]) for row in found)

    def has_any(self, subject: str) -> bool:
        """Return whether anything, of any system, is filed under a subject's key (`customer:101`)."""
        query = "select 1 from objects where key = ? or key >= ? and key < ? limit 1"
        with self._reading() as transaction:
            return transaction.scalar(query, subject, f"{subject}/", f"{subject}0") is not None

    def handed_on(self, customers: Collection[str]) -> list[tuple[str, str, str, str, str, str, bool]]:
        """Return the objects of these customers (ids), except people, that are filed as another's now.

        Of each: system, kind, former key, id, page, present key, and whether a person chose it for that key.
        """
        own = {f"customer:{customer}" for customer in customers}
        with self._reading() as transaction:
            rows = [row for key in sorted(own) for row in transaction.select(_HANDED_ON, key, f"{key}/", f"{key}0")]
        return sorted(
            (row["system"], row["kind"], row["former"], row["id"], row["url"], row["key"], bool(row["is_chosen"]))
            for row in rows
            if _owner(row["key"])[0] not in own and _owner(row["key"])[1] == _owner(row["former"])[1]
        )

    def sharing(self, system: str, kind: str, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Return, by id, the keys under which these objects are filed: every key that their marks may carry."""
        found: dict[str, set[str]] = {}
        with self._reading() as transaction:
            query = "select id, key from objects where system = ? and kind = ? and id in ({})"
            for row in transaction.select_among(query, sorted(ids), system, kind):
                found.setdefault(row["id"], set()).add(row["key"])
        return {number: frozenset(keys) for number, keys in found.items()}

    def former(self, system: str, customers: Collection[str]) -> dict[str, frozenset[str]]:
        """Return, by customer (ids), the deals whose marks of the first release are proven to be its own.

        A deal's step of a later release proves nothing of the kind: the company that the deal made first may be gone.
        """
        found: dict[str, set[str]] = {customer: set() for customer in customers}
        with self._reading() as transaction:
            query = "select customer, deal from old_marks where system = ? and customer in ({})"
            for row in transaction.select_among(query, sorted(found), system):
                found[row["customer"]].add(row["deal"])
        return {customer: frozenset(deals) for customer, deals in found.items()}

    def owner(self, system: str, deal: str) -> str | None:
        """Return the customer (its id) that owns a deal's marks as the first release wrote them."""
        query = "select customer from old_marks where system = ? and deal = ?"
        with self._reading() as transaction:
            found: str | None = transaction.scalar(query, system, deal)
        return found

    def led_to(self, system: str, deal: str) -> frozenset[str]:
        """Return the customers (ids) that a deal's customer step led to, or that a person chose for it."""
        made = "select id from objects where system = ? and kind = 'customer' and key = ?"
        chosen = "select answer from choices where system = ? and kind = 'customer' and key = ?"
        with self._reading() as transaction:
            return frozenset(
                reference
                for query in (made, chosen)
                for reference in transaction.scalars(query, system, f"deal:{deal}")
            )

    def made(self, system: str, customers: Collection[str]) -> dict[str, frozenset[str]]:
        """Return, by customer (ids), the deals whose customer step led to it.

        Deals for which a person chose the customer are left out.
        """
        query = """
            select key, id from objects
            where system = ? and kind = 'customer' and key like 'deal:%' and key not like '%/%' and not exists (
                select 1 from choices
                where choices.system = objects.system and choices.kind = 'customer' and choices.key = objects.key)"""
        found: dict[str, set[str]] = {customer: set() for customer in customers}
        with self._reading() as transaction:
            for row in transaction.select(query, system):
                if row["id"] in found:
                    found[row["id"]].add(row["key"].removeprefix("deal:"))
        return {customer: frozenset(deals) for customer, deals in found.items()}

    def asked(self, system: str, customers: Collection[str]) -> frozenset[str]:
        """Return those of these customers about whose deals the system of record was already asked."""
        names = {_former_of(system, customer): customer for customer in customers}
        with self._reading() as transaction:
            found = transaction.select_among("select name from meta where name in ({})", names)
            return frozenset(names[row["name"]] for row in found)

    def prove(self, system: str, former: Mapping[str, Collection[str]]) -> None:
        """Record the system of record's answer: by customer (ids), the deals that made it."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        rows = [
            {"system": system, "deal": deal, "customer": customer}
            for customer, deals in former.items()
            for deal in sorted(deals)
        ]
        with self._writing() as transaction:
            transaction.put(schema.old_marks, rows)
            asked = [{"name": _former_of(system, customer), "value": now} for customer in former]
            transaction.put(schema.meta, asked)

    def own(self, system: str, deal: str, customer: str) -> None:
        """Record the customer (its id) that owns a deal's marks as the first release wrote them."""
        with self._writing() as transaction:
            transaction.put(schema.old_marks, [{"system": system, "deal": deal, "customer": customer}])

    def bind(self, deal: str, customer: str) -> None:
        """File the choices for a deal's future customer as this customer's (its id); its own choices stay."""
        own, new = provisional(f"deal:{deal}"), f"customer:{customer}"
        span = (own, f"{own}/", f"{own}0")
        if self._has_choices(span):
            with self._writing() as transaction:
                renamed = (new, len(own) + 1)
                transaction.execute(_BIND, *renamed, *span, *renamed)
                transaction.execute(_UNBIND, *span)

    def unbind(self, deal: str) -> None:
        """Drop the choices made for a deal's future customer: the deal has another one."""
        own = provisional(f"deal:{deal}")
        span = (own, f"{own}/", f"{own}0")
        if self._has_choices(span):
            with self._writing() as transaction:
                transaction.execute(_UNBIND, *span)

    def _has_choices(self, span: tuple[str, str, str]) -> bool:
        query = "select 1 from choices where key = ? or key >= ? and key < ?"
        with self._reading() as transaction:
            return transaction.scalar(query, *span) is not None

    def move(self, system: str, kind: str, keys: Mapping[str, str]) -> None:
        """File these objects under other keys, given by the old ones."""
        with self._writing() as transaction:
            file_as(transaction, system, kind, keys)

    def inherit(self, system: str, kind: str, old: str, new: str) -> None:
        """File a customer's objects, choices and open intents (by its key) under another customer's key.

        Where the other customer has the same key itself, its own stays: in one place that is the same membership. For
        another place, `move` has to file it apart first.
        """
        span = (system, kind, f"{old}/", f"{old}0")
        renamed = (new, len(old) + 1)
        with self._reading() as transaction:
            if transaction.scalar(_ANY, *span, *span, *span) is None:
                return  # the usual case: every sync of an heir comes here
        with self._writing() as transaction:
            for twice in _TWICE:
                transaction.execute(twice, *span, *renamed)
            for rename in _RENAME:
                transaction.execute(rename, *renamed, *span)

    def drop(self, system: str, kind: str, keys: Sequence[str]) -> None:
        """Forget these objects and how they were written: they are no longer ours to look after.

        They were seen to be gone, so intents that a killed run left open for them are closed.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._writing() as transaction:
            transaction.execute_among(
                "delete from objects where system = ? and kind = ? and key in ({})", keys, system, kind
            )
            left = """
                update intents set closed = ?, outcome = 'gone'
                where closed is null and system = ? and kind = ? and key in ({})"""
            transaction.execute_among(left, keys, now, system, kind)

    def blank(self, end: str) -> None:
        """Forget where everything is whose key ends like this; the audit keeps that something was done.

        The ledger's own copies are removed as well, since they still hold it; a person's backup is not.
        """
        with self._writing() as transaction:
            transaction.execute("delete from objects where key like ? escape '!'", _ending(end))
            transaction.execute("delete from choices where key like ? escape '!'", _ending(end))
            transaction.execute("update audit set id_there = '' where key like ? escape '!'", _ending(end))
        self._without_copies()

    def _filed(self, query: str, system: str, kind: str, subjects: Sequence[str]) -> dict[str, dict[str, str]]:
        own = f"{query} and (key = ? or key >= ? and key < ?)"
        found = {}
        with self._reading() as transaction:
            for subject in subjects:
                # Every key below the subject's lies between these bounds: `0` follows `/` in ASCII.
                rows = transaction.select(own, system, kind, subject, f"{subject}/", f"{subject}0")
                found[subject] = {str(row["key"]): str(row["value"]) for row in rows}
        return found


_HANDED_ON = """
    select distinct objects.system, objects.kind, audit.key as former, objects.id, objects.url, objects.key,
        exists (
            select 1 from choices
            where choices.system = objects.system and choices.kind = objects.kind and choices.key = objects.key
                and choices.answer = objects.id) as is_chosen
    from audit join objects
        on objects.system = audit.system and objects.kind = audit.kind and objects.id = audit.id_there
    where (audit.key = ? or audit.key >= ? and audit.key < ?) and audit.key not like '%/contact/%'
        and audit.outcome = 'done' and objects.key like 'customer:%'"""
_TWICE = (
    """delete from objects where system = ? and kind = ? and key >= ? and key < ? and exists (
        select 1 from objects as own
        where own.system = objects.system and own.kind = objects.kind and own.key = ? || substr(objects.key, ?))""",
    """delete from choices where system = ? and kind = ? and key >= ? and key < ? and exists (
        select 1 from choices as own
        where own.system = choices.system and own.kind = choices.kind and own.key = ? || substr(choices.key, ?))""",
)
"""Drop the rows that the other customer has under the same key itself."""
_RENAME = (
    "update objects set key = ? || substr(key, ?) where system = ? and kind = ? and key >= ? and key < ?",
    "update choices set key = ? || substr(key, ?) where system = ? and kind = ? and key >= ? and key < ?",
    "update intents set key = ? || substr(key, ?) where system = ? and kind = ? and key >= ? and key < ?",
)


_BIND = """
    update choices set key = ? || substr(key, ?)
    where (key = ? or key >= ? and key < ?) and not exists (
        select 1 from choices as own
        where own.system = choices.system and own.kind = choices.kind and own.key = ? || substr(choices.key, ?))"""
_UNBIND = "delete from choices where key = ? or key >= ? and key < ?"


_ANY = " union all ".join(
    f"select 1 from {table} where system = ? and kind = ? and key >= ? and key < ?"  # noqa: S608  (our names)
    for table in ("objects", "choices", "intents")
)


def filed(transaction: Transaction, system: str, kind: str, subject: str) -> list[str]:
    """Return the keys under which a subject's objects of a kind are filed."""
    query = "select key from objects where system = ? and kind = ? and key >= ? and key < ?"
    return transaction.scalars(query, system, kind, f"{subject}/", f"{subject}0")


def file_as(transaction: Transaction, system: str, kind: str, keys: Mapping[str, str]) -> None:
    """File these objects under other keys, given by the old ones."""
    transaction.execute_each(
        "delete from objects where system = ? and kind = ? and key = ?", [(system, kind, new) for new in keys.values()]
    )
    transaction.execute_each(
        "update objects set key = ? where system = ? and kind = ? and key = ?",
        [(new, system, kind, old) for old, new in keys.items()],
    )


def _owner(key: str) -> tuple[str, str]:
    """Return the owner of a key, and the part after it, which tells several parts of one page apart."""
    owner, _, part = key.partition("/")
    return owner, part


def _ending(end: str) -> str:
    """Return a `like` pattern for keys that end like this."""
    for special in "!%_":
        end = end.replace(special, f"!{special}")
    return f"%{end}"


def _former_of(system: str, customer: str) -> str:
    """Return the name in `meta` that records that the system of record was asked about a customer's deals."""
    return f"former {system} {customer}"
