"""The ledger: what earlier runs knew, began, wrote and decided."""

from __future__ import annotations

import dataclasses
import hmac
import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.core import log
from integrations.core.change import Change
from integrations.core.errors import LedgerError, LedgerUnavailable
from integrations.core.ledger import file, schema, transfer
from integrations.core.ledger.database import Copy, Database, Transaction, Transactions, user
from integrations.core.ledger.file import prepare
from integrations.core.ledger.heirs import Heirs
from integrations.core.ledger.object_index import ObjectIndex
from integrations.core.ledger.records import Actor, Approved, Base, Choice, Ended, ResourceRecord, RunRecord
from integrations.core.member import Member
from integrations.core.model import DealReference, plain
from integrations.core.resource import Live, Resource, Want, about, own_keys
from integrations.core.server import Server
from integrations.core.storage import named

_LAST_RUN = "last run"
"""The name of a value in `meta`."""
_OBJECTS = "select * from objects where system = ? and kind = ? and key in ({})"
_CHOICES = "select * from choices where system = ? and kind = ? and key in ({})"
_OPEN = "select * from intents where closed is null and system = ? and kind = ? and key in ({}) order by id"
_CLOSE = "update intents set closed = ?, outcome = ? where system = ? and kind = ? and key = ? and closed is null"
_HANDED_ON = "delete from objects where system = ? and kind = ? and key = ? and id = ?"
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


class Ledger:
    """The memory of all runs on this machine, or of all that share its database.

    Every method is one transaction and may be called from several threads. Two processes may use it at once.
    """

    def __init__(self, place: Path | Server, actor: Actor | None = None, *, dry: bool = False) -> None:
        """`place`: the SQLite file, or the database on a PostgreSQL server.

        The file and the hash key beside it (mode 0600), or the tables, are made where they are missing.

        `actor`: who stands behind all that is kept; by default this account, and nobody at a terminal.

        `dry`: what is written and read again in this run goes with it; the ledger keeps what it has.

        Raises:
            ConfigError: The file is no ledger of this version, is open to others, or does not fit its key.
            LedgerError: The file can't be used: by its name, with what to do.
        """
        self._guard = threading.Lock()
        self.failure: LedgerError | None = None
        """Why nothing can be written any more; from then on every transaction that writes raises it.

        A server that was away may be back: then nothing is begun any more, but what was is recorded.
        """
        self._key, self._database = _opened(place, dry=dry)
        self.is_new = self._is_empty()
        """Whether it is empty: marked objects are then found without being known."""
        self.actor = actor or Actor(user())
        self._outside = log.run_id()
        self.object_index = ObjectIndex(self.reading, self.writing, lambda: None if dry else _forget_copies(place))
        """What is filed under whose keys."""
        self.heirs = Heirs(self.reading, self.writing, self._who)
        """The heirs of customers that are gone."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """Return a transaction that reads, also a flow's own tables."""
        return self._database.transaction()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that writes, also a flow's own tables; all of it is kept, or nothing."""
        if self.failure is not None and not isinstance(self.failure, LedgerUnavailable):
            raise self.failure
        try:
            # SQLite allows one writer, and lets the others poll with growing pauses: our own threads queue instead.
            with self._guard, self._database.transaction(writes=True) as transaction:
                yield transaction
        except LedgerError as error:
            self.failure = error
            raise

    @contextmanager
    def afterwards(self) -> Iterator[None]:
        """Do bookkeeping after something was written.

        A failure is kept in `failure` instead of raised, so that results are reported all the same.
        """
        try:
            yield
        except LedgerError as error:
            self.failure = error

    def _is_empty(self) -> bool:
        with self.reading() as transaction:
            return transaction.scalar("select 1 from objects limit 1") is None

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    @property
    def run(self) -> str:
        """The id of the current run; decisions outside of a run share one id as well."""
        current = log.RUN.get()
        return self._outside if current == log.OUTSIDE else current

    def _who(self) -> dict[str, Any]:
        return {
            "by": self.actor.person,
            "trigger": self.actor.trigger,
            "reason": self.actor.reason,
            "run": self.run,
        }

    def hash(self, value: Any) -> str:
        """Return a keyed hash of any value of a resource: it compares values without revealing them."""
        # "surrogatepass": a vendor's text may hold half a surrogate pair, which UTF-8 alone refuses.
        text = _CANONICAL.encode(plain(value)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256").hex()[:32]

    def recall(self, system: str, kind: str, keys: Mapping[str, Sequence[str]]) -> dict[str, ResourceRecord]:
        """Return the record of each resource; `keys` gives, by its key, every key it may have been filed under.

        Records under the keys of a gone customer, whose heir this one is, are in `inherited`.
        """
        names = sorted({name for alternatives in keys.values() for name in alternatives})
        with self.reading() as transaction:
            found = _by_key(transaction, _OBJECTS, system, kind, names)
            chosen = _by_key(transaction, _CHOICES, system, kind, names)
            opened = _by_key(transaction, _OPEN, system, kind, names)

        def known(names: Sequence[str], opened: Any) -> ResourceRecord:
            row = next((found[name] for name in names if name in found), None)
            choice = next((chosen[name] for name in names if name in chosen), None)
            return _memory(row, choice, opened)

        memories = {}
        for key, alternatives in keys.items():
            own = own_keys(alternatives)
            memory = known(own, next((opened[name] for name in alternatives if name in opened), None))
            inherited = known([name for name in alternatives if name not in own], None)
            is_own = memory.id is not None or memory.choice is not None
            is_kept = not is_own and (inherited.id is not None or inherited.choice is not None)
            memories[key] = dataclasses.replace(memory, inherited=inherited) if is_kept else memory
        return memories

    def begin(self, run: str, changes: Sequence[Change[Any]], opened: datetime | None = None) -> dict[str, int]:
        """Record what is about to be sent, and return the intents' numbers by key; committed before it returns.

        `opened` is the time by the system's own clock, which later measures the intent's age; None: our clock.
        """
        now = _now() if opened is None else opened.isoformat(timespec="milliseconds")
        if self.failure is not None:
            raise self.failure
        with self.writing() as transaction:
            # Counted here: several rows are written at once, and SQLite returns the last one's number alone.
            last = transaction.scalar("select max(id) from intents") or 0
            numbers = {change.key: last + index for index, change in enumerate(changes, 1)}
            rows = [self._intent(run, change, numbers[change.key], now) for change in changes]
            transaction.put(schema.intents, rows)
        return numbers

    def _intent(self, run: str, change: Change[Any], number: int, now: str) -> dict[str, Any]:
        return {
            "id": number,
            "run": run,
            "system": change.system,
            "kind": change.kind,
            "key": change.key,
            "action": change.action,
            "opened": now,
            "once": self._once(change) if change.found is None else None,
        }

    def _once(self, change: Change[Any]) -> dict[str, list[Any]] | None:
        """Return the stored hashes of the fields that a creation writes once; None without such fields."""
        resource = change.want.resource
        names = [name for name in change.want.fields() if about(type(resource), name).once]
        hashes = {name: self.hash(resource.comparable(name)) for name in names}
        return {name: _stored_base(first, first, change.lacked.get(name, ())) for name, first in hashes.items()} or None

    def finish(self, run: str, intents: Mapping[str, int], ended: Sequence[Ended]) -> None:
        """Record the results of changes: the object as the vendor returned it, and the outcome.

        An object closes every open intent of its resource. Without one, only the change's own intent is closed, and not
        even that where the vendor may have done something for it: earlier ones stay open until a look settles them.
        """
        now = _now()
        with self.writing() as transaction:
            transaction.put(schema.audit, [self._audit(run, end, now) for end in ended])
            written = [(end.change, end.live) for end in ended if end.live is not None]
            self._remember(transaction, written, now)
            self._close(transaction, [(end.change, end.outcome) for end in ended if end.live is not None], now)
            transaction.execute_each(
                "update intents set closed = ?, outcome = ? where id = ? and closed is null",
                [(now, end.outcome, intents[end.change.key]) for end in ended if end.live is None and not end.open],
            )

    def absent(self, proven: Sequence[tuple[Want[Any], datetime]]) -> None:
        """Close the intents of resources that are proven absent, up to the newest intent known at the look."""
        now = _now()
        rows = [
            (now, "absent", want.system, want.kind, key, _text(newest))
            for want, newest in proven
            for key in _filed_under(want.resource)
        ]
        with self.writing() as transaction:
            transaction.execute_each(f"{_CLOSE} and opened <= ?", rows)

    def note(self, seen: Sequence[tuple[Change[Any], Live[Any]]]) -> None:
        """Record where objects are that needed no change, and close their open intents; adds no audit line."""
        now = _now()
        with self.writing() as transaction:
            self._remember(transaction, seen, now)
            self._close(transaction, [(change, "found") for change, _ in seen], now)

    def _remember(self, transaction: Transaction, seen: Sequence[tuple[Change[Any], Live[Any]]], now: str) -> None:
        begun = _begun(transaction, [change for change, _ in seen])
        rows = [self._object(change, live, begun.get(change.key, {}), now) for change, live in seen]
        transaction.put(schema.objects, rows)
        transaction.execute_each(_HANDED_ON, _inherited(seen))

    @staticmethod
    def _close(transaction: Transaction, ended: Sequence[tuple[Change[Any], str]], now: str) -> None:
        rows = [
            (now, outcome, change.system, change.kind, key)
            for change, outcome in ended
            for key in _filed_under(change.want.resource)
        ]
        transaction.execute_each(_CLOSE, rows)

    def _audit(self, run: str, end: Ended, now: str) -> dict[str, Any]:
        change, live = end.change, end.live
        return {
            "at": now,
            "run": run,
            "by": self.actor.person,
            "trigger": self.actor.trigger,
            "reason": self.actor.reason,
            "system": change.system,
            "kind": change.kind,
            "key": change.key,
            "action": change.action,
            "id_there": live.id if live is not None else "",
            "outcome": end.outcome,
            "fields": _kept_values(change),
        }

    def _object(self, change: Change[Any], live: Live[Any], begun: Mapping[str, list[Any]], now: str) -> dict[str, Any]:
        # Values that people keep were not written by us, whatever else of the object was.
        theirs = {field.name for field in change.theirs}
        fields = {
            name: self._base(change, live, name)
            for name in change.want.fields()
            if name not in theirs and _is_written(change, name)
        }
        return {
            "system": change.system,
            "kind": change.kind,
            "key": change.key,
            "id": live.id,
            "url": live.url,
            "fields": {**begun, **fields},
            "seen": now,
        }

    def _base(self, change: Change[Any], live: Live[Any], field: str) -> list[Any]:
        wanted, returned = change.want.resource.comparable(field), live.state.comparable(field)
        first = self.hash(wanted)
        # The type counts as well, because JSON distinguishes True from 1 and Python does not.
        same = type(wanted) is type(returned) and wanted == returned
        return _stored_base(first, first if same else self.hash(returned), change.lacked.get(field, ()))

    def choose(self, system: str, kind: str, key: str, answer: str, reason: str, customer: str = "") -> None:
        """Record a person's choice: an id, `new` or `never`. A later choice replaces an earlier one.

        `customer` is, for a deal's step, the key of the customer that the deal has.
        """
        row = {
            "system": system,
            "kind": kind,
            "key": key,
            "answer": answer,
            "customer": customer,
            "reason": reason,
            "by": self.actor.person,
            "trigger": self.actor.trigger,
            "run": self.run,
            "at": _now(),
        }
        with self.writing() as transaction:
            transaction.put(schema.choices, [row])

    def approve(self, plan: str, hashes: Sequence[str]) -> None:
        """Record that a person approved this plan, change by change."""
        who = {**self._who(), "plan": plan, "at": _now()}
        with self.writing() as transaction:
            transaction.execute('delete from approvals where "plan" = ?', plan)
            transaction.put(schema.approvals, [{**who, "change": change} for change in sorted(set(hashes))])

    def approved(self, plan: str) -> frozenset[str]:
        """Return the hashes of an approved plan's changes; empty where nobody approved it."""
        with self.reading() as transaction:
            return frozenset(transaction.scalars('select change from approvals where "plan" = ?', plan))

    def approval(self, plan: str) -> Approved | None:
        """Return the approval of a plan: who gave it, and when; None where nobody did."""
        with self.reading() as transaction:
            row = next(transaction.select('select * from approvals where "plan" = ? limit 1', plan), None)
        return Approved(_actor(row), datetime.fromisoformat(row["at"])) if row is not None else None

    def last_run(self) -> datetime | None:
        """Return the time of the newest run, by a clock that was trusted then; None where there was none."""
        with self.reading() as transaction:
            found = transaction.scalar("select value from meta where name = ?", _LAST_RUN)
        return datetime.fromisoformat(found) if found else None

    def ran(self, at: datetime) -> None:
        """Record that there was a run at this time."""
        with self.writing() as transaction:
            transaction.put(schema.meta, [{"name": _LAST_RUN, "value": _text(at)}])

    def reported(self, command: str) -> str | None:
        """Return the items that the last quiet run of a command reported, as `report` kept them; None without a run."""
        with self.reading() as transaction:
            found: str | None = transaction.scalar("select value from meta where name = ?", f"quiet {command}")
        return found

    def report(self, command: str, items: str) -> None:
        """Record the items that a quiet run of a command reported."""
        with self.writing() as transaction:
            transaction.put(schema.meta, [{"name": f"quiet {command}", "value": items}])

    def record(self, run: RunRecord) -> None:
        """Record the end of a run; only the newest run of each deal is kept."""
        row = {
            **self._who(),
            "deal": run.deal,
            "customer": run.customer,
            "outcome": run.outcome,
            "ended": run.ended.isoformat(),
            "elsewhere": plain(run.elsewhere),
            "document": plain(dict(run.document)),
        }
        with self.writing() as transaction:
            transaction.put(schema.runs, [row])

    def runs(self, deals: Sequence[str] | None = None) -> list[RunRecord]:
        """Return the newest run of each deal, or of these deals; the last to end first."""
        every = "select * from runs"
        with self.reading() as transaction:
            found = (
                transaction.select_among(f"{every} where deal in ({{}})", deals)
                if deals is not None
                else transaction.select(every)
            )
            return [
                RunRecord(
                    deal=row["deal"],
                    customer=row["customer"],
                    outcome=row["outcome"],
                    ended=datetime.fromisoformat(row["ended"]),
                    document=row["document"],
                    actor=_actor(row) if row["by"] else None,
                )
                for row in sorted(found, key=lambda row: str(row["ended"]), reverse=True)
            ]

    def deals_of(self, customers: Collection[str]) -> dict[str, list[str]]:
        """Return the deals that were last set up for each of these customers (ids)."""
        found: dict[str, list[str]] = {customer: [] for customer in customers}
        query = "select customer, deal from runs where customer in ({})"
        with self.reading() as transaction:
            for row in transaction.select_among(query, [f"customer:{customer}" for customer in found]):
                found[row["customer"].removeprefix("customer:")].append(row["deal"])
        return found

    def customers_of(self, deals: Collection[str]) -> set[str]:
        """Return the customers (ids) that these deals were last set up for."""
        with self.reading() as transaction:
            rows = transaction.select_among("select customer from runs where deal in ({})", deals)
            found = {row["customer"] for row in rows}
        return {reference.removeprefix("customer:") for reference in found if reference.startswith("customer:")}

    def elsewhere(self, customers: Sequence[str]) -> list[DealReference]:
        """Return the deals of a customer (by any of its keys) that were set up from here and that no CRM knows."""
        with self.reading() as transaction:
            rows = transaction.select_among("select elsewhere from runs where customer in ({})", customers)
            return [DealReference.model_validate(row["elsewhere"]) for row in rows if row["elsewhere"] is not None]


def _opened(place: Path | Server, *, dry: bool) -> tuple[bytes, Transactions]:
    """Return a ledger's key and its database."""
    if isinstance(place, Server):
        from integrations.core.ledger import postgresql  # noqa: PLC0415  (only where the ledger is on a server)

        key, database = postgresql.prepare(place), postgresql.ServerDatabase(place)
        if not dry:
            return key, database
        with closing(database):
            return key, transfer.copy_of(database)
    key = prepare(place)
    with named(place):
        return key, Copy.of_file(place) if dry else Database(place)


def _forget_copies(place: Path | Server) -> None:
    """Remove the copies that closedwon made by itself: there are some beside a file only."""
    if isinstance(place, Path):
        file.forget(place)


def _memory(found: Mapping[str, Any] | None, chosen: Mapping[str, Any] | None, opened: Any) -> ResourceRecord:
    return ResourceRecord(
        id=found["id"] if found else None,
        url=found["url"] if found else "",
        fields={name: _read_base(stored) for name, stored in found["fields"].items()} if found else {},
        choice=Choice(
            chosen["answer"], chosen["reason"], chosen["by"], datetime.fromisoformat(chosen["at"]), chosen["customer"]
        )
        if chosen
        else None,
        open_since=datetime.fromisoformat(opened["opened"]) if opened else None,
        begun={name: _read_base(stored) for name, stored in ((opened or {}).get("once") or {}).items()},
    )


def _inherited(seen: Sequence[tuple[Change[Any], Live[Any]]]) -> list[tuple[str, str, str, str]]:
    """Return the keys of gone customers under which these objects were filed and no longer are."""
    return [
        (change.system, change.kind, key, live.id)
        for change, live in seen
        for key in _filed_under(change.want.resource)
        if key != change.key and key.startswith("customer:")
    ]


def _filed_under(resource: Resource) -> tuple[str, ...]:
    """Return the keys under which this very object may be filed.

    A gone customer's keys are none of a member's: they mean a membership in that customer's place, although the
    account's id is the same in both. It becomes the heir's with the place (`ObjectIndex.inherit`).
    """
    keys = (resource.key, *resource.former)
    return own_keys(keys) if isinstance(resource, Member) else keys


def _by_key(
    transaction: Transaction, statement: str, system: str, kind: str, keys: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """Return the rows of one kind with these keys, by key; the last of several."""
    return {str(row["key"]): row for row in transaction.select_among(statement, keys, system, kind)}


def _begun(transaction: Transaction, changes: Sequence[Change[Any]]) -> dict[str, dict[str, list[Any]]]:
    """Return, by key, hashes of the fields written once by creations whose end was not recorded.

    Only for objects that were found: a change that has just created its object knows the values itself.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        resource = type(change.want.resource)
        if change.found is not None and any(about(resource, name).once for name in change.want.fields()):
            groups.setdefault((change.system, change.kind), []).append(change.key)
    return {
        key: dict(row["once"])
        for (system, kind), keys in groups.items()
        for key, row in _by_key(transaction, _OPEN, system, kind, keys).items()
        if row["once"]
    }


def _stored_base(wanted: str, returned: str, lacked: Sequence[str]) -> list[Any]:
    return [wanted, returned, list(lacked)] if lacked else [wanted, returned]


def _read_base(stored: Sequence[Any]) -> Base:
    wanted, returned, *lacked = stored
    return Base(wanted, returned, tuple(lacked[0]) if lacked else ())


def _is_written(change: Change[Any], field: str) -> bool:
    """Return whether this change writes a field, or finds it with the wanted value.

    A field that is written once is written at the creation only.
    """
    return change.found is None or field in change.names or not about(type(change.want.resource), field).once


def _actor(row: Mapping[Any, Any]) -> Actor:
    return Actor(row["by"], row["trigger"], row["reason"], row["run"])


def _kept_values(change: Change[Any]) -> dict[str, list[Any] | None]:
    """Return each written field's old and new value; None for a field whose values the audit may not keep."""
    resource = change.want.resource
    return {
        field.name: [plain(field.old), plain(resource.comparable(field.name))]
        if about(type(resource), field.name).kept
        else None
        for field in change.fields
    }


def _now() -> str:
    return _text(datetime.now(UTC))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
