"""What the ledger knows of a customer's objects: by whose keys they are filed, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, func, select, update

from integrations.core.ledger import schema
from integrations.core.ledger.statements import CHUNK, filed, span, upserting


class Filing:
    """Reads and mends where objects are filed; every method is one transaction."""

    def __init__(
        self,
        engine: Engine,
        writing: Callable[[], AbstractContextManager[Connection]],
        without_copies: Callable[[], None],
    ) -> None:
        """`without_copies` removes the ledger's own copies, which remember what was blanked."""
        self._engine, self._writing, self._without_copies = engine, writing, without_copies

    def objects(self, system: str, kind: str, subjects: Sequence[str]) -> dict[str, dict[str, str]]:
        """The ids of a kind's objects that are each subject's (`customer:101`), by the keys they are filed under."""
        return self._filed(schema.objects, "id", system, kind, subjects)

    def choices(self, system: str, kind: str, subjects: Sequence[str]) -> dict[str, dict[str, str]]:
        """What people decided about a kind's objects that are each subject's, by key: an id, `new` or `never`."""
        return self._filed(schema.choices, "answer", system, kind, subjects)

    def subjects(self, system: str, kind: str) -> list[str]:
        """Whose objects of this kind are known, each once (`customer:101`, `deal:43`)."""
        objects = schema.objects.c
        query = select(objects.key).where(objects.system == system, objects.kind == kind)
        with self._engine.connect() as connection:
            return sorted({str(key).partition("/")[0] for key in connection.execute(query).scalars()})

    def ending(self, system: str, kind: str, end: str) -> list[str]:
        """The keys of this kind's objects that end so: those of one person of several customers."""
        objects = schema.objects.c
        query = select(objects.key).where(
            objects.system == system, objects.kind == kind, objects.key.endswith(end, autoescape=True)
        )
        with self._engine.connect() as connection:
            return sorted(str(key) for key in connection.execute(query).scalars())

    def begun(self, system: str, kind: str) -> list[str]:
        """The keys of this kind whose writing was begun and never told the end of: they may be there, or not."""
        intents = schema.intents.c
        query = select(intents.key).where(intents.system == system, intents.kind == kind, intents.closed.is_(None))
        with self._engine.connect() as connection:
            return sorted({str(key) for key in connection.execute(query).scalars()})

    def count(self, system: str, kind: str) -> int:
        """How many objects of this kind are known."""
        objects = schema.objects.c
        query = select(func.count()).where(objects.system == system, objects.kind == kind)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def archived(self, system: str, kind: str, since: datetime) -> int:
        """How many objects of this kind were archived since then, by this machine's clock."""
        lines = schema.audit.c
        query = select(func.count()).where(
            lines.at >= since.astimezone(UTC).isoformat(timespec="milliseconds"),
            lines.system == system,
            lines.kind == kind,
            lines.action == "archive",
            lines.outcome == "done",
        )
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def sharing(self, system: str, kind: str, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Under which keys the objects of these ids are filed: every key that their marks may carry."""
        objects = schema.objects.c
        found: dict[str, set[str]] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(ids), CHUNK):
                query = select(objects.id, objects.key).where(
                    objects.system == system, objects.kind == kind, objects.id.in_(sorted(ids)[start : start + CHUNK])
                )
                for number, key in connection.execute(query):
                    found.setdefault(str(number), set()).add(str(key))
        return {number: frozenset(keys) for number, keys in found.items()}

    def former(self, system: str, customers: Collection[str]) -> dict[str, frozenset[str]]:
        """By customer (ids) the deals that stood for it: their customer step led to it, or a person chose it for them.

        What a step led to counts for more than what was chosen for it: the choice may have come later.
        """
        objects, choices = schema.objects.c, schema.choices.c
        made = select(objects.key, objects.id).where(
            objects.system == system, objects.kind == "customer", _is_deal(objects.key)
        )
        chosen = select(choices.key, choices.answer).where(
            choices.system == system, choices.kind == "customer", _is_deal(choices.key)
        )
        with self._engine.connect() as connection:
            ids = {str(key): str(number) for query in (chosen, made) for key, number in connection.execute(query)}
        found: dict[str, set[str]] = {customer: set() for customer in customers}
        for key, number in ids.items():
            if number in found:
                found[number].add(key.removeprefix("deal:"))
        return {customer: frozenset(deals) for customer, deals in found.items()}

    def asked(self, system: str, customers: Collection[str]) -> frozenset[str]:
        """Those of these customers of whom the system of record has said which deals made them."""
        names = {_former_of(system, customer): customer for customer in customers}
        with self._engine.connect() as connection:
            query = select(schema.meta.c.name).where(schema.meta.c.name.in_(list(names)))
            return frozenset(names[str(name)] for name in connection.execute(query).scalars())

    def prove(self, system: str, former: Mapping[str, Collection[str]]) -> None:
        """Keep what the system of record said: by customer (ids) the deals that made it."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = {"system": system, "kind": "customer", "url": "", "fields": {}, "seen": now}
        known = self.former(system, former)
        rows = [
            {**row, "key": f"deal:{deal}", "id": customer}
            for customer, deals in former.items()
            for deal in sorted(set(deals) - known[customer])
        ]
        with self._writing() as connection:
            if rows:
                connection.execute(upserting(schema.objects), rows)
            if former:
                asked = [{"name": _former_of(system, customer), "value": now} for customer in former]
                connection.execute(upserting(schema.meta), asked)

    def move(self, system: str, kind: str, keys: Mapping[str, str]) -> None:
        """File these objects under other keys instead, by the old ones."""
        objects = schema.objects.c
        with self._writing() as connection:
            for old, new in keys.items():
                place = (objects.system == system, objects.kind == kind)
                connection.execute(delete(schema.objects).where(*place, objects.key == new))
                connection.execute(update(schema.objects).where(*place, objects.key == old).values(key=new))

    def drop(self, system: str, kind: str, keys: Sequence[str]) -> None:
        """Forget where these objects are, and how they were written: they are no longer ours to look after.

        They were seen to be gone: whatever a run that was killed left open over them is closed.
        """
        closed = {"closed": datetime.now(UTC).isoformat(timespec="milliseconds"), "outcome": "gone"}
        with self._writing() as connection:
            for start in range(0, len(keys), CHUNK):
                names = list(keys)[start : start + CHUNK]
                connection.execute(delete(schema.objects).where(*_named(schema.objects, system, kind, names)))
                left = (*_named(schema.intents, system, kind, names), schema.intents.c.closed.is_(None))
                connection.execute(update(schema.intents).where(*left).values(closed))

    def blank(self, end: str) -> None:
        """Forget, of everything whose key ends so, what it is called in any system; that something was done stays.

        The ledger's own copies go, as they would remember it; a backup that a person made does not.
        """
        with self._writing() as connection:
            for table in (schema.objects, schema.choices):
                connection.execute(delete(table).where(table.c.key.endswith(end, autoescape=True)))
            lines = schema.audit
            connection.execute(update(lines).where(lines.c.key.endswith(end, autoescape=True)).values(id_there=""))
        self._without_copies()

    def _filed(
        self, table: Table, column: str, system: str, kind: str, subjects: Sequence[str]
    ) -> dict[str, dict[str, str]]:
        with self._engine.connect() as connection:
            return {
                subject: {
                    str(row["key"]): str(row[column])
                    for row in connection.execute(
                        filed(table), {"system": system, "kind": kind, **span(subject)}
                    ).mappings()
                }
                for subject in subjects
            }


def _is_deal(key: ColumnElement[str]) -> ColumnElement[bool]:
    """That a key is a deal's own: no step follows it."""
    return key.startswith("deal:") & ~key.contains("/")


def _former_of(system: str, customer: str) -> str:
    """Return the name in `meta` that says that a customer's former keys are known."""
    return f"former {system} {customer}"


def _named(table: Table, system: str, kind: str, keys: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    """That a row is one of these."""
    return table.c.system == system, table.c.kind == kind, table.c.key.in_(keys)
