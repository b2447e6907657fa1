"""Memory of accounts and findings between runs, in the ledger; each method is one transaction."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from integrations.core.calendar import day_of
from integrations.core.ledger import Ledger, Transaction
from integrations.core.model import Person, plain
from integrations.flows.invoicing import tables
from integrations.flows.invoicing.findings import Finding, Judgement
from integrations.flows.invoicing.rule import Evidence

State = Literal["new", "open", "acknowledged", "resolved"]


@dataclasses.dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That somebody knows of an exception and wants to hear no more of it for a while.

    Attributes:
        until: The last day on which it is left alone; None: without an end.
        amount: How much it was at risk then, in the finding's currency; None: no amount could be said.
    """

    fingerprint: str
    reason: str
    by: str
    at: datetime
    until: date | None = None
    amount: Decimal | None = None

    def covers(self, finding: Finding, today: date, growth: float) -> bool:
        """Return whether it holds: its day has not passed, and the amount has grown by no more than this share."""
        if self.until is not None and today > self.until:
            return False
        if self.amount is None or finding.amount is None:
            return True
        return abs(finding.amount) <= abs(self.amount) * (1 + Decimal(str(growth)))


@dataclasses.dataclass(frozen=True, slots=True)
class TrackedFinding:
    """An exception as it stands.

    Attributes:
        first_seen: When it was first found, with a time zone.
        resolved: When it was found to be gone; None: it is there.
        returned: When it was found again after that.
        acknowledged: Who knows of it, where that still holds.
    """

    finding: Finding
    state: State
    first_seen: datetime
    last_seen: datetime
    resolved: datetime | None = None
    returned: datetime | None = None
    acknowledged: Acknowledgement | None = None

    def said_state(self) -> str:
        """The state in words that tickets and digests compare: `acknowledged until 2026-12-31`, `open`."""
        if self.state == "acknowledged" and self.acknowledged is not None:
            until = self.acknowledged.until
            return "acknowledged" + (f" until {until}" if until is not None else "")
        if self.state == "resolved":
            return "resolved"
        return f"open again {day_of(self.returned)}" if self.returned is not None else "open"


def document(finding: Finding) -> dict[str, Any]:
    """A finding as the ledger keeps it."""
    kept = {name: getattr(finding, name) for name in Finding.__slots__ if name not in ("evidence", "fingerprint")}
    return {**plain(kept), "evidence": [[evidence.text, evidence.url] for evidence in finding.evidence]}


def finding(fingerprint: str, kept: dict[str, Any]) -> Finding:
    """The finding that was kept."""
    return Finding(
        **{
            **kept,
            "fingerprint": fingerprint,
            "person": Person(**kept["person"]) if kept["person"] else None,
            "amount": Decimal(kept["amount"]) if kept["amount"] is not None else None,
            "since": date.fromisoformat(kept["since"]) if kept["since"] else None,
            "evidence": tuple(Evidence(text, url) for text, url in kept["evidence"]),
        }
    )


def read_again(transaction: Transaction, accounts: Collection[str]) -> None:
    """The next run has to read these accounts, whatever has changed; also one that is under way has to, once more."""
    query = "update invoices_accounts set waits = ? where account in ({})"
    transaction.execute_among(query, accounts, secrets.token_hex(5))


def asked_for(transaction: Transaction, accounts: Collection[str], waited: Mapping[str, str]) -> dict[str, str]:
    """Return what these accounts wait for, where it is not what they waited for then."""
    query = "select account, waits from invoices_accounts where account in ({})"
    return {
        row["account"]: row["waits"]
        for row in transaction.select_among(query, accounts)
        if row["waits"] != waited.get(row["account"], "")
    }


READ = "read"
"""What an account waits for that has to be read again whatever happens."""


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """Record of one account that was read.

    Attributes:
        manager: Our own account manager.
        open_items: What it owes: due day, currency, amount; each as text.
        standings: How far its deals came, as plain values.
    """

    judgement: Judgement
    manager: Person | None = None
    open_items: Sequence[Sequence[str]] = ()
    standings: Sequence[Mapping[str, Any]] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """An exception as the ledger has it."""

    finding: Finding
    first_seen: datetime
    last_seen: datetime
    first_run: int
    resolved: datetime | None
    resolved_run: int | None
    returned: datetime | None


class FindingRepository:
    """Reads and writes the tables of what was found."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def value(self, name: str) -> str | None:
        """A value of `state`."""
        with self._ledger.reading() as transaction:
            found = transaction.scalar("select value from invoices_state where name = ?", name)
        return None if found is None else str(found)

    def moment(self, name: str) -> datetime | None:
        """A date of `state`."""
        found = self.value(name)
        return datetime.fromisoformat(found) if found else None

    def keep(self, **values: str) -> None:
        """Keep values of `state`."""
        with self._ledger.writing() as transaction:
            transaction.put(tables.state, [{"name": name, "value": value} for name, value in values.items()])

    def next_run(self) -> int:
        """The number of the run that begins now."""
        with self._ledger.reading() as transaction:
            last = transaction.scalar("select max(run) from invoices_runs")
        return int(last or 0) + 1

    def due(self, today: date, lacks: str) -> set[str]:
        """The accounts that have to be read again although nothing was written.

        Their day has come, a part of them could not be read, or it lacked something other than everybody `lacks` now.
        """
        query = "select account from invoices_accounts where again <= ? or waits not in ('', ?)"
        with self._ledger.reading() as transaction:
            return set(transaction.scalars(query, today.isoformat(), lacks))

    def accounts(self) -> set[str]:
        """Every account that was ever read."""
        with self._ledger.reading() as transaction:
            return set(transaction.scalars("select account from invoices_accounts"))

    def fingerprints(self, accounts: Collection[str]) -> frozenset[str]:
        """Return the fingerprints of the exceptions that these accounts have now."""
        query = "select fingerprint from invoices_findings where resolved is null and account in ({})"
        with self._ledger.reading() as transaction:
            return frozenset(row["fingerprint"] for row in transaction.select_among(query, accounts))

    def waiting(self) -> dict[str, str]:
        """Return what accounts wait for, where they wait for anything."""
        with self._ledger.reading() as transaction:
            found = transaction.select("select account, waits from invoices_accounts where waits <> ''")
            return {row["account"]: row["waits"] for row in found}

    def settle(
        self,
        read: Sequence[Read],
        waits: Mapping[str, str],
        waited: Mapping[str, str],
        run: int,
        now: datetime,
        known: frozenset[str] | None = None,
    ) -> None:
        """Keep what the rules say of accounts: findings that are there, those that are gone, those left as they are.

        Args:
            read: The accounts.
            waits: What they wait for now.
            waited: What they waited for when the run began; who was asked for since then is read once more.
            run: The run's number.
            now: The time.
            known: The rules that there are, where others can't be used now: what those found stays; None: no others.
        """
        judgements = {verdict.judgement.account: verdict.judgement for verdict in read}
        with self._ledger.writing() as transaction:
            waits = {**waits, **asked_for(transaction, judgements, waited)}
            before = _findings(transaction, judgements)
            transaction.put(
                tables.accounts, [_account(verdict, waits.get(verdict.judgement.account, "")) for verdict in read]
            )
            transaction.execute_among("delete from invoices_stale where account in ({})", judgements)
            transaction.put(
                tables.stale, [_values(stale) for judgement in judgements.values() for stale in judgement.stale]
            )
            rows = [row for judgement in judgements.values() for row in _found(judgement, before, run, now)]
            transaction.put(tables.findings, rows)
            _resolve(transaction, list(_gone(judgements, before, known)), run, now)

    def read_again(self, failed: Collection[str]) -> None:
        """Have accounts that could not be read or judged read by the next run; what was found of them stays."""
        fresh: dict[str, Any] = {"again": None, "missing": 0, "manager": None, "open_items": [], "standings": []}
        with self._ledger.writing() as transaction:
            query = "select account from invoices_accounts where account in ({})"
            known = {row["account"] for row in transaction.select_among(query, failed)}
            rows = [{**fresh, "account": account, "waits": READ} for account in sorted(set(failed) - known)]
            transaction.put(tables.accounts, rows)
            transaction.execute_among(
                "update invoices_accounts set waits = ?, missing = 0 where account in ({})", failed, READ
            )

    def missing(self, unseen: Collection[str], run: int, now: datetime) -> None:
        """A complete full pass did not see these accounts; what was found of one that two did not see is gone."""
        query = "select account from invoices_accounts where missing >= 2 and account in ({})"
        with self._ledger.writing() as transaction:
            transaction.execute_among(
                "update invoices_accounts set missing = missing + 1 where account in ({})", unseen
            )
            gone = [row["account"] for row in transaction.select_among(query, unseen)]
            rows = _findings(transaction, gone)
            _resolve(transaction, [name for name, row in rows.items() if row["resolved"] is None], run, now)
            transaction.execute_among("delete from invoices_accounts where account in ({})", gone)
            transaction.execute_among("delete from invoices_stale where account in ({})", gone)

    def findings(self, since_run: int | None = None) -> Iterator[Row]:
        """The exceptions that are there, and those that went in this run or later (None: whenever), by account."""
        with self._ledger.reading() as transaction:
            rows = (
                transaction.select(
                    "select * from invoices_findings where resolved is null or resolved_run >= ? "
                    "order by account, fingerprint",
                    since_run,
                )
                if since_run is not None
                else transaction.select("select * from invoices_findings order by account, fingerprint")
            )
            yield from map(_row, rows)

    def stale(self) -> list[tuple[str, str, str]]:
        """The account, the rule and why, wherever a rule could not judge."""
        with self._ledger.reading() as transaction:
            found = transaction.select("select * from invoices_stale order by rule, account")
            return [(row["account"], row["rule"], row["why"]) for row in found]

    def overview(self) -> Iterator[tuple[str, Person | None, list[list[str]], list[dict[str, Any]]]]:
        """Each account with its manager, what it owes and how far its deals came."""
        with self._ledger.reading() as transaction:
            for row in transaction.select("select * from invoices_accounts"):
                manager = Person(**row["manager"]) if row["manager"] else None
                yield row["account"], manager, row["open_items"], row["standings"]

    def tickets(self) -> dict[str, tuple[str, frozenset[str]]]:
        """By key, tickets that may be open: the customer (empty: several), and the findings of which each last told."""
        with self._ledger.reading() as transaction:
            rows = transaction.select("select * from invoices_tickets")
            return {row["key"]: (row["account"], frozenset(row["told"])) for row in rows}

    def open_tickets(self, known: Mapping[str, tuple[str, Collection[str]]]) -> None:
        """Keep that these tickets are about to be made, or exist: customer, and what each tells of, by their keys."""
        rows = [
            {"key": key, "account": account, "told": sorted(fingerprints)}
            for key, (account, fingerprints) in sorted(known.items())
        ]
        with self._ledger.writing() as transaction:
            transaction.put(tables.tickets, rows)

    def closed_tickets(self, keys: Sequence[str]) -> None:
        """Keep that these tickets are closed, or never came to be."""
        with self._ledger.writing() as transaction:
            transaction.execute_among("delete from invoices_tickets where key in ({})", keys)

    def close_run(self, run: int, at: datetime, *, full: bool, counts: Mapping[str, int], amounts: Any) -> None:
        """Keep how much was open at the end of a run."""
        row = {"run": run, "at": at.isoformat(), "full": int(full), "counts": dict(counts), "amounts": amounts}
        with self._ledger.writing() as transaction:
            transaction.put(tables.runs, [row])

    def runs(self, last: int) -> list[dict[str, Any]]:
        """The last runs, the oldest first."""
        with self._ledger.reading() as transaction:
            return list(transaction.select("select * from invoices_runs order by run desc limit ?", last))[::-1]


def _findings(transaction: Transaction, accounts: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return what is kept of these accounts' findings, resolved ones too, by fingerprint."""
    query = "select * from invoices_findings where account in ({})"
    return {row["fingerprint"]: row for row in transaction.select_among(query, accounts)}


def _found(
    judgement: Judgement, before: Mapping[str, Mapping[str, Any]], run: int, now: datetime
) -> Iterator[dict[str, Any]]:
    """The rows of what was found now."""
    for finding in judgement.findings:
        known = before.get(finding.fingerprint)
        back = known is not None and known["resolved"] is not None
        yield {
            "fingerprint": finding.fingerprint,
            "account": finding.account,
            "rule": finding.rule,
            "document": document(finding),
            "first_seen": known["first_seen"] if known is not None else now.isoformat(),
            "last_seen": now.isoformat(),
            "first_run": known["first_run"] if known is not None else run,
            "resolved": None,
            "resolved_run": None,
            "returned": now.isoformat() if back else (known["returned"] if known is not None else None),
        }


def _gone(
    judgements: Mapping[str, Judgement], before: Mapping[str, Mapping[str, Any]], known: frozenset[str] | None
) -> Iterator[str]:
    """Return what is there no more: not found, by a rule that could judge and did not break."""
    for fingerprint, row in before.items():
        judgement = judgements[row["account"]]
        left = {stale.rule for stale in judgement.stale} | {broken.rule for broken in judgement.broken}
        found = {finding.fingerprint for finding in judgement.findings}
        is_judged = row["rule"] not in left and (known is None or row["rule"] in known)
        if row["resolved"] is None and fingerprint not in found and is_judged:
            yield fingerprint


def _resolve(transaction: Transaction, fingerprints: Sequence[str], run: int, now: datetime) -> None:
    query = "update invoices_findings set resolved = ?, resolved_run = ? where fingerprint in ({})"
    transaction.execute_among(query, fingerprints, now.isoformat(), run)


def _account(read: Read, waits: str) -> dict[str, Any]:
    again = read.judgement.again
    return {
        "account": read.judgement.account,
        "again": again.isoformat() if again is not None else None,
        "waits": waits,
        "missing": 0,
        "manager": read.manager.model_dump() if read.manager is not None else None,
        "open_items": [list(item) for item in read.open_items],
        "standings": [dict(standing) for standing in read.standings],
    }


def _values(stale: Any) -> dict[str, Any]:
    return {"account": stale.account, "rule": stale.rule, "why": stale.why}


def _row(row: Mapping[str, Any]) -> Row:
    return Row(
        finding=finding(row["fingerprint"], row["document"]),
        first_seen=datetime.fromisoformat(row["first_seen"]),
        last_seen=datetime.fromisoformat(row["last_seen"]),
        first_run=row["first_run"],
        resolved=datetime.fromisoformat(row["resolved"]) if row["resolved"] else None,
        resolved_run=row["resolved_run"],
        returned=datetime.fromisoformat(row["returned"]) if row["returned"] else None,
    )
