"""Contact sync's own tables: hashes, ids and dates; never a name or an address."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()

state = Table(
    "contacts_state", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False)
)
"""The cursor, and when the last full pass was complete."""

rows = Table(
    "contacts_rows",
    metadata,
    Column("contact", String(40), primary_key=True),
    Column("customer", String(40), nullable=False, index=True),
    Column("people", Text, nullable=False),
    Column("left_customer", String(40), nullable=False, index=True),
    Column("left_people", Text, nullable=False),
)
"""Which people each of the ERP's contacts stood for when it was last read, as hashes with blanks between; and the
same of the customer that it belonged to before it was moved."""

leaving = Table(
    "contacts_leaving",
    metadata,
    Column("system", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("customer", String(40), nullable=False, index=True),
    Column("since", String(40), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("passes", Integer, nullable=False),
)
"""Who is to be taken out, since when that is known, and how many complete full passes did not see them.

Of the customer `*`, with the key `*/contact/…`: whom a system is yet to be looked through for, wherever they are in it;
`passes` then counts how often something stood in the way that a person has to put right.
"""

tombstones = Table(
    "contacts_tombstones",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("customer", String(40), primary_key=True),
    Column("reason", String(20), nullable=False),
    Column("at", String(40), nullable=False),
    Column("stamp", Float, nullable=False),
)
"""Who was taken out, of one customer or (`*`) of all; `stamp`: the ERP's newest word on them then, in seconds."""

problems = Table(
    "contacts_problems",
    metadata,
    Column("system", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("customer", String(40), nullable=False, index=True),
    Column("contact", String(40), nullable=False),
    Column("manager", String(200), nullable=False),
    Column("code", String(40), nullable=False),
    Column("words", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("since", String(40), nullable=False),
)
"""Rows that could not be synced; `words` without the address or the name, `digest` of what was tried."""

pending = Table(
    "contacts_pending",
    metadata,
    Column("customer", String(40), primary_key=True),
    Column("reason", String(20), nullable=False),
    Column("mark", String(40), nullable=False),
)
"""Customers that the next run has to visit, whatever has changed; `mark` is new each time it is set."""

places = Table(
    "contacts_places",
    metadata,
    Column("system", String(40), primary_key=True),
    Column("customer", String(40), primary_key=True),
    Column("place", Text, nullable=False),
)
"""Where each customer's people went when they were last looked at."""

customers = Table("contacts_customers", metadata, Column("customer", String(40), primary_key=True))
"""The customers whose people were looked at once: one that has just been set up is none of them."""
