"""Our own memory: what we were about to do, what came of it, what people chose. Never a customer's people.

Values are kept as keyed hashes only, but for those of fields that say of themselves that the audit may keep them.
Losing it costs nothing but the choices: what bears our mark is found again.
"""

from integrations.core.ledger.database import Table, Transaction
from integrations.core.ledger.ledger import Ledger
from integrations.core.ledger.records import Actor, Approved, Base, Choice, Ended, ResourceRecord, RunRecord

__all__ = [
    "Actor",
    "Approved",
    "Base",
    "Choice",
    "Ended",
    "Ledger",
    "ResourceRecord",
    "RunRecord",
    "Table",
    "Transaction",
]
