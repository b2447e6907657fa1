"""Contact sync's own tables: hashes, ids and dates; never a name or an address."""

from __future__ import annotations

from integrations.core.ledger.database import Table

state = Table("contacts_state", ("name",))
"""The cursor, and when the last full pass was complete."""

rows = Table("contacts_rows", ("contact",))
"""Which people each of the ERP's contacts stood for when it was last read, as hashes with blanks between; and the
same of the customer that it belonged to before it was moved."""

leaving = Table("contacts_leaving", ("system", "key"))
"""Who is to be taken out, since when that is known, and how many complete full passes did not see them.

Of the customer `*`, with the key `*/contact/…`: whom a system is yet to be looked through for, wherever they are in it;
`passes` then counts how often something stood in the way that a person has to put right.
"""

tombstones = Table("contacts_tombstones", ("person", "customer"))
"""Who was taken out, of one customer or (`*`) of all; `stamp`: the ERP's newest word on them then, in seconds."""

problems = Table("contacts_problems", ("system", "key"))
"""Rows that could not be synced; `words` without the address or the name, `digest` of what was tried."""

pending = Table("contacts_pending", ("customer",))
"""Customers that the next run has to visit, whatever has changed; `mark` is new each time it is set."""

places = Table("contacts_places", ("system", "customer"))
"""Where each customer's people went when they were last looked at."""

customers = Table("contacts_customers", ("customer",))
"""The customers whose people were looked at once: one that has just been set up is none of them."""
