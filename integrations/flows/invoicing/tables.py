"""The tables of invoicing exceptions: record ids, amounts, dates and our own people; no customer's name or address."""

from __future__ import annotations

from integrations.core.ledger.database import Table

state = Table("invoices_state", ("name",))
"""How far changes were read, when the last full pass was, under which settings, and which bank data were too old."""

accounts = Table("invoices_accounts", ("account",))
"""Every customer that was read: the day on which a rule may say something else by itself; what it waits for (`read`: a
part could not be read; else what stands for all that could not be judged anywhere when it was read, or for somebody's
word that concerns it); how many complete full passes did not see it; what it owes, as [due, currency, amount]; and how
far its deals came."""

findings = Table("invoices_findings", ("fingerprint",))
"""Each exception that was ever found, as it was last seen; `returned`: when it was found again after it had gone."""

stale = Table("invoices_stale", ("account", "rule"))
"""Which rules could not judge which customer when it was last read."""

acknowledgements = Table("invoices_acknowledgements", ("fingerprint",))
"""Who said that an exception is known, why, until when, and how much it was then."""

disputes = Table("invoices_disputes", ("invoice",))
"""Invoices that a customer does not accept, as somebody reported; `invoice`: its id, `account`: who is to pay."""

runs = Table("invoices_runs", ("run",))
"""How much was open at the end of each run: findings by severity, amounts by currency."""

tickets = Table("invoices_tickets", ("key",))
"""The tickets that may be open, by our keys: written down before one is made, dropped when it is closed; `account` is
empty where a ticket is about several customers; `told`: the fingerprints of what it last told."""

reported = Table("invoices_told", ("manager", "fingerprint"))
"""What each account manager's last digest said."""
