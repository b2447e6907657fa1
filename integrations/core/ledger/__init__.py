"""Our own memory: intents, outcomes and people's choices. Never a customer's people.

Values are kept as keyed hashes only, except for fields whose definition lets the audit keep them.
Losing it costs only the choices: what bears our mark is found again.
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
