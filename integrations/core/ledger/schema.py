"""The core's tables; `migrations.py` makes them and lists their columns."""

from __future__ import annotations

from integrations.core.ledger.database import Table

meta = Table("meta", ("name",))

intents = Table("intents")

_MERGED = """
    case when objects.id = excluded.id then json_patch(objects.fields, excluded.fields) else excluded.fields end"""
"""Fields that are not written this time stay as they were last written, as long as it is the same object."""

objects = Table("objects", ("system", "kind", "key"), (("fields", _MERGED),))

choices = Table("choices", ("system", "kind", "key"))

approvals = Table("approvals", ("plan", "change"))

audit = Table("audit")

runs = Table("runs", ("deal",))

old_marks = Table("old_marks", ("system", "deal"))
"""Deals whose keys stand alone in marks of the first release, with the customer (its id) each was set up for."""

heirs = Table("heirs", ("customer",))
"""Customers that are gone, by their ids: each one's heir, and a person's answer; `hints`: other possible heirs, as
[customer, reason]."""
heirs_seen = Table(
    "heirs",
    ("customer",),
    tuple((column, f'"{column}"') for column in ("since", "answer", "reason", "by", "trigger", "run", "at")),
)
"""The same table, for what a run sees: the time since a customer is gone, and a person's answer, stay as they are."""
