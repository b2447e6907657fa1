"""The tables of invoicing exceptions: record ids, amounts, dates and our own people; no customer's name or address."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, Text

metadata = MetaData()

state = Table(
    "invoices_state", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False)
)
"""How far changes were read, when the last full pass was, under which settings, and which bank data were too old."""

accounts = Table(
    "invoices_accounts",
    metadata,
    Column("account", String(40), primary_key=True),
    Column("again", String(10), index=True),
    Column("waits", String(10), nullable=False),
    Column("missing", Integer, nullable=False),
    Column("manager", JSON),
    Column("open_items", JSON, nullable=False),
    Column("standings", JSON, nullable=False),
)
"""Every customer that was read: the day on which a rule may say something else by itself; what it waits for (`read`: a
part could not be read; else what stands for all that could not be judged anywhere when it was read, or for somebody's
word that concerns it); how many complete full passes did not see it; what it owes, as [due, currency, amount]; and how
far its deals came."""

findings = Table(
    "invoices_findings",
    metadata,
    Column("fingerprint", String(20), primary_key=True),
    Column("account", String(40), nullable=False, index=True),
    Column("rule", String(80), nullable=False),
    Column("document", JSON, nullable=False),
    Column("first_seen", String(40), nullable=False),
    Column("last_seen", String(40), nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("resolved", String(40), index=True),
    Column("resolved_run", Integer),
    Column("returned", String(40)),
)
"""Each exception that was ever found, as it was last seen; `returned`: when it was found again after it had gone."""

stale = Table(
    "invoices_stale",
    metadata,
    Column("account", String(40), primary_key=True),
    Column("rule", String(80), primary_key=True),
    Column("why", Text, nullable=False),
)
"""Which rules could not judge which customer when it was last read."""

acknowledgements = Table(
    "invoices_acknowledgements",
    metadata,
    Column("fingerprint", String(20), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", String(40), nullable=False),
    Column("until", String(10)),
    Column("amount", String(40)),
    Column("trigger", String(10), nullable=False),
    Column("run", String(40), nullable=False),
)
"""Who said that an exception is known, why, until when, and how much it was then."""

disputes = Table(
    "invoices_disputes",
    metadata,
    Column("invoice", String(40), primary_key=True),
    Column("number", String(200), nullable=False),
    Column("account", String(40), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(200), nullable=False),
    Column("since", String(10), nullable=False),
    Column("news", String(10), nullable=False),
)
"""Invoices that a customer does not accept, as somebody told us; `invoice`: its id, `account`: who is to pay."""

runs = Table(
    "invoices_runs",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("at", String(40), nullable=False),
    Column("full", Integer, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("amounts", JSON, nullable=False),
)
"""How much was open at the end of each run: findings by severity, amounts by currency."""

tickets = Table(
    "invoices_tickets",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("account", String(40), nullable=False),
    Column("told", JSON, nullable=False),
)
"""The tickets that may be open, by our keys: written down before one is made, dropped when it is closed; `account` is
empty where a ticket is about several customers; `told`: the fingerprints of what it last told."""

told = Table(
    "invoices_told",
    metadata,
    Column("manager", String(200), primary_key=True),
    Column("fingerprint", String(20), primary_key=True),
    Column("state", String(80), nullable=False),
)
"""What each account manager's last digest said."""
