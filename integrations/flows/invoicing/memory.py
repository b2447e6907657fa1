"""What is remembered of accounts and findings between runs, in the ledger; each method is one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from integrations.core.ledger import Ledger
from integrations.core.model import Person
from integrations.flows.invoicing import tables
from integrations.flows.invoicing.judging import Finding, Judgement
from integrations.flows.invoicing.remembered import document, finding
from integrations.flows.invoicing.statements import asked_for, chunks, drop, put

READ = "read"
"""What an account waits for that has to be read again whatever happens."""


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """What is kept of one account that was read.

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


class Memory:
    """Reads and writes the tables of what was found."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def value(self, name: str) -> str | None:
        """A value of `state`."""
        with self._ledger.reading() as connection:
            found = connection.execute(select(tables.state.c.value).where(tables.state.c.name == name)).scalar()
        return None if found is None else str(found)

    def moment(self, name: str) -> datetime | None:
        """A date of `state`."""
        found = self.value(name)
        return datetime.fromisoformat(found) if found else None

    def keep(self, **values: str) -> None:
        """Keep values of `state`."""
        with self._ledger.writing() as connection:
            put(connection, tables.state, [{"name": name, "value": value} for name, value in values.items()])

    def next_run(self) -> int:
        """The number of the run that begins now."""
        with self._ledger.reading() as connection:
            last = connection.execute(select(func.max(tables.runs.c.run))).scalar()
        return int(last or 0) + 1

    def due(self, today: date, lacks: str) -> set[str]:
        """The accounts that have to be read again although nothing was written.

        Their day has come, a part of them could not be read, or it lacked something other than everybody `lacks` now.
        """
        column = tables.accounts.c
        query = select(column.account).where(
            or_(column.again <= today.isoformat(), column.waits.not_in(["", lacks]))
        )  # fmt: skip
        with self._ledger.reading() as connection:
            return {str(account) for account in connection.execute(query).scalars()}

    def accounts(self) -> set[str]:
        """Every account that was ever read."""
        with self._ledger.reading() as connection:
            return {str(account) for account in connection.execute(select(tables.accounts.c.account)).scalars()}

    def waiting(self) -> dict[str, str]:
        """What accounts wait for, where they wait for anything."""
        column = tables.accounts.c
        with self._ledger.reading() as connection:
            found = connection.execute(select(column.account, column.waits).where(column.waits != ""))
            return {row.account: row.waits for row in found}

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
        judgements = {one.judgement.account: one.judgement for one in read}
        with self._ledger.writing() as connection:
            waits = {**waits, **asked_for(connection, judgements, waited)}
            before = _findings(connection, judgements)
            put(connection, tables.accounts, [_account(one, waits.get(one.judgement.account, "")) for one in read])
            drop(connection, tables.stale, tables.stale.c.account, judgements)
            put(connection, tables.stale, [_values(stale) for one in judgements.values() for stale in one.stale])
            rows = [row for one in judgements.values() for row in _found(one, before, run, now)]
            put(connection, tables.findings, rows)
            _resolve(connection, list(_gone(judgements, before, known)), run, now)

    def read_again(self, failed: Collection[str]) -> None:
        """Have accounts that could not be read or judged read by the next run; what was found of them stays."""
        fresh: dict[str, Any] = {"again": None, "missing": 0, "manager": None, "open_items": [], "standings": []}
        with self._ledger.writing() as connection:
            for some in chunks(sorted(failed)):
                is_one = tables.accounts.c.account.in_(some)
                known = set(connection.execute(select(tables.accounts.c.account).where(is_one)).scalars())
                rows = [{**fresh, "account": one, "waits": READ} for one in some if one not in known]
                put(connection, tables.accounts, rows)
                connection.execute(update(tables.accounts).where(is_one).values(waits=READ, missing=0))

    def missing(self, unseen: Collection[str], run: int, now: datetime) -> None:
        """A complete full pass did not see these accounts; what was found of one that two did not see is gone."""
        column = tables.accounts.c
        with self._ledger.writing() as connection:
            for some in chunks(sorted(unseen)):
                raised = update(tables.accounts).where(column.account.in_(some)).values(missing=column.missing + 1)
                connection.execute(raised)
                query = select(column.account).where(column.account.in_(some), column.missing >= 2)
                gone = [str(account) for account in connection.execute(query).scalars()]
                rows = _findings(connection, gone)
                _resolve(connection, [name for name, row in rows.items() if row["resolved"] is None], run, now)
                drop(connection, tables.accounts, column.account, gone)
                drop(connection, tables.stale, tables.stale.c.account, gone)

    def findings(self, since_run: int | None = None) -> Iterator[Row]:
        """The exceptions that are there, and those that went in this run or later (None: whenever), by account."""
        column = tables.findings.c
        query = select(tables.findings).order_by(column.account, column.fingerprint)
        if since_run is not None:
            query = query.where(or_(column.resolved.is_(None), column.resolved_run >= since_run))
        with self._ledger.reading() as connection:
            for row in connection.execute(query).mappings():
                yield _row(dict(row))

    def stale(self) -> list[tuple[str, str, str]]:
        """The account, the rule and why, wherever a rule could not judge."""
        with self._ledger.reading() as connection:
            found = connection.execute(select(tables.stale).order_by(tables.stale.c.rule, tables.stale.c.account))
            return [(row.account, row.rule, row.why) for row in found]

    def overview(self) -> Iterator[tuple[str, Person | None, list[list[str]], list[dict[str, Any]]]]:
        """Each account with its manager, what it owes and how far its deals came."""
        with self._ledger.reading() as connection:
            for row in connection.execute(select(tables.accounts)):
                yield row.account, Person(**row.manager) if row.manager else None, row.open_items, row.standings

    def tickets(self) -> dict[str, tuple[str, frozenset[str]]]:
        """By key, tickets that may be open: the customer (empty: several), and the findings of which each last told."""
        with self._ledger.reading() as connection:
            return {row.key: (row.account, frozenset(row.told)) for row in connection.execute(select(tables.tickets))}

    def open_tickets(self, known: Mapping[str, tuple[str, Collection[str]]]) -> None:
        """Keep that these tickets are about to be made, or exist: customer, and what each tells of, by their keys."""
        rows = [
            {"key": key, "account": account, "told": sorted(told)} for key, (account, told) in sorted(known.items())
        ]
        with self._ledger.writing() as connection:
            put(connection, tables.tickets, rows)

    def closed_tickets(self, keys: Sequence[str]) -> None:
        """Keep that these tickets are closed, or never came to be."""
        with self._ledger.writing() as connection:
            drop(connection, tables.tickets, tables.tickets.c.key, keys)

    def close_run(self, run: int, at: datetime, *, full: bool, counts: Mapping[str, int], amounts: Any) -> None:
        """Keep how much was open at the end of a run."""
        row = {"run": run, "at": at.isoformat(), "full": int(full), "counts": dict(counts), "amounts": amounts}
        with self._ledger.writing() as connection:
            put(connection, tables.runs, [row])

    def runs(self, last: int) -> list[dict[str, Any]]:
        """The last runs, the oldest first."""
        query = select(tables.runs).order_by(tables.runs.c.run.desc()).limit(last)
        with self._ledger.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()][::-1]


def _findings(connection: Connection, accounts: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """What is kept of these accounts' findings, resolved ones too, by fingerprint."""
    table = tables.findings
    return {
        str(row["fingerprint"]): dict(row)
        for some in chunks(sorted(accounts))
        for row in connection.execute(select(table).where(table.c.account.in_(some))).mappings()
    }


def _found(
    judgement: Judgement, before: Mapping[str, Mapping[str, Any]], run: int, now: datetime
) -> Iterator[dict[str, Any]]:
    """The rows of what was found now."""
    for one in judgement.findings:
        known = before.get(one.fingerprint)
        back = known is not None and known["resolved"] is not None
        yield {
            "fingerprint": one.fingerprint,
            "account": one.account,
            "rule": one.rule,
            "document": document(one),
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
    """What is there no more: not found, by a rule that could judge and did not break."""
    for fingerprint, row in before.items():
        judgement = judgements[row["account"]]
        left = {one.rule for one in judgement.stale} | {one.rule for one in judgement.broken}
        found = {one.fingerprint for one in judgement.findings}
        is_judged = row["rule"] not in left and (known is None or row["rule"] in known)
        if row["resolved"] is None and fingerprint not in found and is_judged:
            yield fingerprint


def _resolve(connection: Connection, fingerprints: Sequence[str], run: int, now: datetime) -> None:
    table = tables.findings
    for some in chunks(fingerprints):
        gone = update(table).where(table.c.fingerprint.in_(some))
        connection.execute(gone.values(resolved=now.isoformat(), resolved_run=run))


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
