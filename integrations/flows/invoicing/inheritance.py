"""Findings of customers that are gone: they go on as their heirs', or wait until somebody says who these are."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from integrations.core.errors import AuthError, IntegrationError
from integrations.core.heirs import command, gone_among, question
from integrations.core.ledger import Ledger, Transaction
from integrations.core.ledger.heirs import Gone
from integrations.core.rows import attempt
from integrations.core.system import System
from integrations.flows.invoicing.findings import Finding, fingerprint
from integrations.flows.invoicing.memory import FindingRepository


@dataclasses.dataclass
class Inheriting:
    """Files what was found of customers that are gone under their heirs.

    A finding keeps its fingerprint when it goes over: tickets, acknowledgements and digests know it by that.

    Attributes:
        notes: In words, whose findings wait for a person.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    memory: FindingRepository
    notes: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self._olds: dict[str, list[str]] = {}
        for succession in self.ledger.heirs.known().values():
            if succession.heir:
                self._olds.setdefault(succession.heir, []).append(succession.customer)

    def begin(self, run: int, now: datetime) -> None:
        """Let the heirs that are known already have what was found."""
        accounts = self.memory.accounts() if self._olds else set[str]()
        for heir, olds in self._olds.items():
            for old in accounts & set(olds):
                self._file(old, heir, run, now)
                self.memory.read_again([heir])

    def end(self, unseen: Collection[str], run: int, now: datetime) -> tuple[set[str], set[str]]:
        """Ask about customers that a pass did not see; gives those whose findings wait, and heirs to be judged again.

        Who may not be seen is not gone, and is left to the caller, as is one of whom a person said that it has no heir.
        """
        known = self.memory.accounts() & set(unseen)
        found = attempt("", gone_among, self.ledger, self.systems, sorted(known)) if known else {}
        if isinstance(found, IntegrationError):
            return known, set()
        waiting, heirs = set[str](), set[str]()
        for customer, succession in found.items():
            if isinstance(succession, Gone) and succession.heir:
                self._olds.setdefault(succession.heir, []).append(customer)
                self._file(customer, succession.heir, run, now)
                waiting.add(customer)  # it is filed no more under this one
                heirs.add(succession.heir)
            elif isinstance(succession, Gone) and succession.is_open:
                waiting.add(customer)
                self.notes.append(
                    f"{question(succession)}. What was found of it stays open. Say who: {command(succession)}"
                )
            elif isinstance(succession, IntegrationError) and not isinstance(succession, AuthError):
                waiting.add(customer)
        return waiting, heirs

    def named(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return an account's findings, each by the fingerprint that it had before the account's customer was gone."""
        accounts = {finding.account for finding in findings if finding.account in self._olds}
        kept = self.memory.fingerprints(accounts) if accounts else frozenset[str]()
        return tuple(self._named(finding, kept) for finding in findings)

    def _named(self, finding: Finding, kept: frozenset[str]) -> Finding:
        before = (fingerprint(finding.rule, old, finding.subject) for old in self._olds.get(finding.account, ()))
        name = next((candidate for candidate in before if candidate in kept), None)
        return finding if name is None else dataclasses.replace(finding, fingerprint=name)

    def _file(self, old: str, heir: str, run: int, now: datetime) -> None:
        """Give the heir what was found of another, all of it or nothing.

        What was found of the heir later than it was last seen with the other is the same exception: it is not new. What
        both had at once (a VAT number each) are two, and the other's is gone with it.
        """
        with self.ledger.writing() as transaction:
            for row in list(transaction.select(_FOUND, old)):
                own = fingerprint(row["rule"], heir, row["document"]["subject"])
                first = transaction.scalar("select first_seen from invoices_findings where fingerprint = ?", own)
                if first is not None and _moment(first) <= _moment(row["last_seen"]):
                    transaction.execute(_RESOLVE, now.isoformat(), run, row["fingerprint"])
                    continue
                transaction.execute("delete from invoices_findings where fingerprint = ?", own)
                _carry_over(transaction, own, row["fingerprint"])
                moved = json.dumps({**row["document"], "account": heir})
                transaction.execute(_MOVE, heir, moved, row["fingerprint"])
            transaction.execute("update invoices_disputes set account = ? where account = ?", heir, old)
            transaction.execute("update invoices_tickets set account = ? where account = ?", heir, old)
            transaction.execute("delete from invoices_accounts where account = ?", old)
            transaction.execute("delete from invoices_stale where account = ?", old)


_FOUND = "select fingerprint, rule, document, last_seen from invoices_findings where account = ? and resolved is null"
_RESOLVE = "update invoices_findings set resolved = ?, resolved_run = ? where fingerprint = ?"
_MOVE = "update invoices_findings set account = ?, document = ? where fingerprint = ?"


def _carry_over(transaction: Transaction, own: str, kept: str) -> None:
    """Have what people said of an exception under the heir's fingerprint hold for the one that it is kept by."""
    transaction.execute(
        "delete from invoices_acknowledgements where fingerprint = ? and exists "
        "(select 1 from invoices_acknowledgements where fingerprint = ?)",
        kept,
        own,
    )
    transaction.execute("update invoices_acknowledgements set fingerprint = ? where fingerprint = ?", kept, own)
    transaction.execute(
        "delete from invoices_told where fingerprint = ? and manager in "
        "(select manager from invoices_told where fingerprint = ?)",
        kept,
        own,
    )
    transaction.execute("update invoices_told set fingerprint = ? where fingerprint = ?", kept, own)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
