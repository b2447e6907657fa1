"""What is asked of, and written to, several of the tables of invoicing exceptions."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping

from integrations.core.ledger import Transaction


def read_again(transaction: Transaction, accounts: Collection[str]) -> None:
    """The next run has to read these accounts, whatever has changed; also one that is under way has to, once more."""
    query = "update invoices_accounts set waits = ? where account in ({})"
    transaction.execute_among(query, accounts, secrets.token_hex(5))


def asked_for(transaction: Transaction, accounts: Collection[str], waited: Mapping[str, str]) -> dict[str, str]:
    """What these accounts wait for, where it is not what they waited for then."""
    query = "select account, waits from invoices_accounts where account in ({})"
    return {
        row["account"]: row["waits"]
        for row in transaction.select_among(query, accounts)
        if row["waits"] != waited.get(row["account"], "")
    }
