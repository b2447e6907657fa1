"""The ledger's statements: making one takes longer than running it, so each is made once."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, Update, bindparam, case, func, or_, select, update
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert

from integrations.core.ledger import schema

CHUNK = 400
"""Keys asked for at once: SQLite takes some hundreds of variables in one statement."""


def rows_of(
    connection: Connection, table: Table, system: str, kind: str, names: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    """The rows of these keys of one kind, by key; of intents only the open ones, the newest last."""
    for start in range(0, len(names), CHUNK):
        wanted = {"system": system, "kind": kind, "names": names[start : start + CHUNK]}
        for row in connection.execute(_recall(table), wanted).mappings():
            yield str(row["key"]), row


@functools.cache
def _recall(table: Table) -> Select[Any]:
    wanted = [
        table.c.system == bindparam("system"),
        table.c.kind == bindparam("kind"),
        table.c.key.in_(bindparam("names", expanding=True)),
    ]
    if table is schema.intents:
        return select(table).where(*wanted, table.c.closed.is_(None)).order_by(table.c.id)
    return select(table).where(*wanted)


@functools.cache
def newest_intent() -> Select[Any]:
    """Selects the number of the newest intent."""
    return select(func.max(schema.intents.c.id))


@functools.cache
def value_of() -> Select[Any]:
    """Selects the value in `meta` that is named `wanted`."""
    return select(schema.meta.c.value).where(schema.meta.c.name == bindparam("wanted"))


@functools.cache
def closing() -> Update:
    """Closes the open intents of `in_system`, `of_kind`, `with_key`."""
    intents = schema.intents.c
    return update(schema.intents).where(
        intents.system == bindparam("in_system"),
        intents.kind == bindparam("of_kind"),
        intents.key == bindparam("with_key"),
        intents.closed.is_(None),
    )


@functools.cache
def closing_one() -> Update:
    """Closes the open intent `number`."""
    intents = schema.intents.c
    return update(schema.intents).where(intents.id == bindparam("number"), intents.closed.is_(None))


@functools.cache
def closing_until() -> Update:
    """Closes the open intents of `in_system`, `of_kind`, `with_key` that were opened at `until` at the latest."""
    return closing().where(schema.intents.c.opened <= bindparam("until"))


@functools.cache
def upserting(table: Table) -> Insert:
    """Writes rows of a table, in place of those with the same key; fields of one object are kept beside new ones."""
    statement = upsert(table)
    keys = [column.name for column in table.primary_key]
    changed: dict[str, Any] = {
        column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys
    }
    if table is schema.objects:
        # Fields that are not written this time stay as they were last written, as long as it is the same object.
        merged = func.json_patch(table.c.fields, statement.excluded.fields)
        changed["fields"] = case((table.c.id == statement.excluded.id, merged), else_=statement.excluded.fields)
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@functools.cache
def filed(table: Table) -> Select[Any]:
    """The rows of one kind that are `subject`'s: filed under its key, or under that and a step (`begin` to `end`)."""
    key = table.c.key
    return select(table).where(
        table.c.system == bindparam("system"),
        table.c.kind == bindparam("kind"),
        or_(key == bindparam("subject"), (key >= bindparam("begin")) & (key < bindparam("end"))),
    )


def span(subject: str) -> dict[str, str]:
    """What `filed` needs to know of a subject: every key that begins with it and a slash lies in between."""
    return {"subject": subject, "begin": subject + "/", "end": subject + "0"}
