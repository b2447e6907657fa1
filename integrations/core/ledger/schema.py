"""The ledger's tables; plain enough for SQLite and PostgreSQL alike."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, MetaData, String, Table, Text, text

SCHEMA = 1
"""Raised by one with each change of the tables; a ledger of another version is refused."""

metadata = MetaData()

meta = Table("meta", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False))

intents = Table(
    "intents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", String(40), nullable=False),
    Column("system", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("action", String(20), nullable=False),
    Column("opened", String(40), nullable=False),
    Column("closed", String(40)),
    Column("outcome", String(40)),
    Column("once", JSON(none_as_null=True)),
    Index("open_intents", "system", "kind", "key", sqlite_where=text("closed is null")),
)

objects = Table(
    "objects",
    metadata,
    Column("system", String(40), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("seen", String(40), nullable=False),
)

choices = Table(
    "choices",
    metadata,
    Column("system", String(40), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(200), nullable=False),
    Column("trigger", String(10), nullable=False),
    Column("run", String(40), nullable=False),
    Column("at", String(40), nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("plan", String(40), primary_key=True),
    Column("change", String(80), primary_key=True),
    Column("at", String(40), nullable=False),
    Column("by", String(200), nullable=False),
    Column("trigger", String(10), nullable=False),
    Column("run", String(40), nullable=False),
    Column("reason", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String(40), nullable=False),
    Column("run", String(40), nullable=False),
    Column("by", String(200), nullable=False),
    Column("system", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("action", String(20), nullable=False),
    Column("id_there", Text, nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("trigger", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("fields", JSON, nullable=True),
)

runs = Table(
    "runs",
    metadata,
    Column("deal", String(200), primary_key=True),
    Column("customer", String(200), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("ended", String(40), nullable=False),
    Column("elsewhere", JSON, nullable=True),
    Column("document", JSON, nullable=False),
    Column("by", String(200), nullable=False),
    Column("trigger", String(10), nullable=False),
    Column("run", String(40), nullable=False),
    Column("reason", Text, nullable=False),
)
