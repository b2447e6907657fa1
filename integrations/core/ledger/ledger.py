"""The ledger on SQLite, or later PostgreSQL, through SQLAlchemy Core."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from integrations.core import log
from integrations.core.change import Change
from integrations.core.errors import LedgerError
from integrations.core.ledger import copies, schema
from integrations.core.ledger.database import engine, user
from integrations.core.ledger.file import prepare
from integrations.core.ledger.filing import Filing
from integrations.core.ledger.records import Actor, Approved, Base, Choice, Ended, Memory, RunRecord
from integrations.core.ledger.statements import (
    closing,
    closing_one,
    closing_until,
    newest_intent,
    rows_of,
    upserting,
    value_of,
)
from integrations.core.model import DealReference, plain
from integrations.core.resource import Live, Want, about

_LAST_RUN = "last run"
"""The name of a value in `meta`."""
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


class Ledger:
    """The memory of all runs on this machine, or of all that share its database.

    Every method is one transaction and may be called from several threads. Two processes may use it at once.
    """

    def __init__(self, path: Path, actor: Actor | None = None) -> None:
        """`path`: the SQLite file; it and the hash key beside it are made (mode 0600) where they are missing.

        `actor`: who stands behind all that is kept; by default this account, and nobody at a terminal.

        Raises:
            ConfigError: The file is no ledger of this version, is open to others, or does not fit its key.
            LedgerError: The file can't be used: by its name, with what to do.
        """
        self._guard = threading.Lock()
        self.failure: LedgerError | None = None
        """Why nothing can be written any more; from then on every transaction that writes raises it."""
        self._key = prepare(path)
        self._engine = engine(path)
        self._writer = self._engine.execution_options(writes=True)
        self.is_new = self._is_empty()
        """Whether nothing was ever set up by it: marked objects are then found without being known."""
        self.actor = actor or Actor(user())
        self._outside = log.run_id()
        self.filing = Filing(self._engine, self._writing, lambda: copies.forget(path))
        """What is filed under whose keys."""

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self.failure is not None:
            raise self.failure
        try:
            # SQLite lets one write at a time, and has the others sleep ever longer: our own threads queue instead.
            with self._guard, self._writer.begin() as connection:
                yield connection
        except LedgerError as error:
            self.failure = error
            raise

    @contextmanager
    def afterwards(self) -> Iterator[None]:
        """Do bookkeeping after something was written: that it fails is in `failure`, so that results are reported."""
        try:
            yield
        except LedgerError as error:
            self.failure = error

    def _is_empty(self) -> bool:
        with self._engine.connect() as connection:
            return connection.execute(select(schema.objects.c.key).limit(1)).first() is None

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    @property
    def run(self) -> str:
        """The id of the run that is under way; what is decided outside of one has an id all the same."""
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
        """A keyed hash of any value of a resource: tells equal from different, never what it was."""
        text = _CANONICAL.encode(plain(value)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256").hex()[:32]

    def recall(self, system: str, kind: str, keys: Mapping[str, Sequence[str]]) -> dict[str, Memory]:
        """What is known of each resource: `keys` gives, by its key, every key it may have been filed under."""
        names = sorted({name for alternatives in keys.values() for name in alternatives})
        with self._engine.connect() as connection:
            found = dict(rows_of(connection, schema.objects, system, kind, names))
            chosen = dict(rows_of(connection, schema.choices, system, kind, names))
            opened = dict(rows_of(connection, schema.intents, system, kind, names))
        return {
            key: _memory(
                next((found[name] for name in alternatives if name in found), None),
                next((chosen[name] for name in alternatives if name in chosen), None),
                next((opened[name] for name in alternatives if name in opened), None),
            )
            for key, alternatives in keys.items()
        }

    def begin(self, run: str, changes: Sequence[Change[Any]], opened: datetime | None = None) -> dict[str, int]:
        """Write down what is about to be sent, committed before it returns; gives the intents' numbers by key.

        `opened`: the time by the system's own clock, by which it is also judged how long ago that was; ours if None.
        """
        now = _now() if opened is None else opened.isoformat(timespec="milliseconds")
        with self._writing() as connection:
            last = connection.execute(newest_intent()).scalar() or 0
            numbers = {change.key: last + index for index, change in enumerate(changes, 1)}
            rows = [self._intent(run, change, numbers[change.key], now) for change in changes]
            connection.execute(insert(schema.intents), rows)
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
        """How a creation writes what is written once; None where there is nothing of the kind."""
        resource = change.want.resource
        names = [name for name in change.want.fields() if about(type(resource), name).once]
        hashes = {name: self.hash(resource.comparable(name)) for name in names}
        return {name: _stored_base(first, first, change.lacked.get(name, ())) for name, first in hashes.items()} or None

    def finish(self, run: str, intents: Mapping[str, int], ended: Sequence[Ended]) -> None:
        """Write down what came of changes: the object as the vendor returned it, and the outcome.

        An object closes every open intent of its resource. Without one only the change's own intent is closed, and
        not even that where the vendor may have done something for it: earlier ones stay until a look settles them.
        """
        now = _now()
        with self._writing() as connection:
            connection.execute(insert(schema.audit), [self._audit(run, end, now) for end in ended])
            written = [(end.change, end.live) for end in ended if end.live is not None]
            self._remember(connection, written, now)
            self._close(connection, [(end.change, end.outcome) for end in ended if end.live is not None], now)
            numbers = [
                {"number": intents[end.change.key], "closed": now, "outcome": end.outcome}
                for end in ended
                if end.live is None and not end.open
            ]
            if numbers:
                connection.execute(closing_one(), numbers)

    def absent(self, proven: Sequence[tuple[Want[Any], datetime]]) -> None:
        """Close the intents of resources that are proven not to be there, up to the newest that was known by then."""
        now = _now()
        rows = [
            {
                "in_system": want.system,
                "of_kind": want.kind,
                "with_key": key,
                "until": _text(newest),
                "closed": now,
                "outcome": "absent",
            }
            for want, newest in proven
            for key in (want.key, *want.resource.former)
        ]
        with self._writing() as connection:
            connection.execute(closing_until(), rows)

    def note(self, seen: Sequence[tuple[Change[Any], Live[Any]]]) -> None:
        """Remember where objects are that needed nothing: closes their open intents; no audit line."""
        now = _now()
        with self._writing() as connection:
            self._remember(connection, seen, now)
            self._close(connection, [(change, "found") for change, _ in seen], now)

    def _remember(self, connection: Connection, seen: Sequence[tuple[Change[Any], Live[Any]]], now: str) -> None:
        if seen:
            begun = _begun(connection, [change for change, _ in seen])
            rows = [self._object(change, live, begun.get(change.key, {}), now) for change, live in seen]
            connection.execute(upserting(schema.objects), rows)

    @staticmethod
    def _close(connection: Connection, ended: Sequence[tuple[Change[Any], str]], now: str) -> None:
        rows = [
            {
                "in_system": change.system,
                "of_kind": change.kind,
                "with_key": key,
                "closed": now,
                "outcome": outcome,
            }
            for change, outcome in ended
            for key in (change.key, *change.want.resource.former)
        ]
        if rows:
            connection.execute(closing(), rows)

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
        # What people hold against us was not written by us, whatever else of the object was.
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
        # The type counts as well: True is not 1 once it is written down.
        same = type(wanted) is type(returned) and wanted == returned
        return _stored_base(first, first if same else self.hash(returned), change.lacked.get(field, ()))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads a flow's own tables."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes a flow's own tables; all of it is kept, or nothing."""
        with self._writing() as connection:
            yield connection

    def choose(self, system: str, kind: str, key: str, answer: str, reason: str) -> None:
        """Keep what a person decided: an id, `new` or `never`. A later decision replaces an earlier one."""
        row = {
            "system": system,
            "kind": kind,
            "key": key,
            "answer": answer,
            "reason": reason,
            "by": self.actor.person,
            "trigger": self.actor.trigger,
            "run": self.run,
            "at": _now(),
        }
        with self._writing() as connection:
            connection.execute(upserting(schema.choices), row)

    def approve(self, plan: str, hashes: Sequence[str]) -> None:
        """Keep that a person approved this plan, change by change."""
        with self._writing() as connection:
            connection.execute(delete(schema.approvals).where(schema.approvals.c.plan == plan))
            who = {**self._who(), "plan": plan, "at": _now()}
            rows = [{**who, "change": change} for change in sorted(set(hashes))]
            if rows:
                connection.execute(insert(schema.approvals), rows)

    def approved(self, plan: str) -> frozenset[str]:
        """The changes of an approved plan, as hashes; empty where nobody approved it."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(schema.approvals.c.change).where(schema.approvals.c.plan == plan))
            return frozenset(str(row[0]) for row in rows)

    def approval(self, plan: str) -> Approved | None:
        """Who approved a plan, and when; None: nobody did."""
        query = select(schema.approvals).where(schema.approvals.c.plan == plan).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Approved(_actor(row), datetime.fromisoformat(row["at"])) if row is not None else None

    def last_run(self) -> datetime | None:
        """When the newest run was, by a clock that was believed then; None: there was none."""
        with self._engine.connect() as connection:
            found = connection.execute(value_of(), {"wanted": _LAST_RUN}).scalar()
        return datetime.fromisoformat(found) if found else None

    def ran(self, at: datetime) -> None:
        """Keep that there was a run."""
        with self._writing() as connection:
            connection.execute(upserting(schema.meta), {"name": _LAST_RUN, "value": _text(at)})

    def record(self, run: RunRecord) -> None:
        """Keep a run's end; one a deal, the newest."""
        row = {
            **self._who(),
            "deal": run.deal,
            "customer": run.customer,
            "outcome": run.outcome,
            "ended": run.ended.isoformat(),
            "elsewhere": plain(run.elsewhere),
            "document": plain(dict(run.document)),
        }
        with self._writing() as connection:
            connection.execute(upserting(schema.runs), row)

    def runs(self, deals: Sequence[str] | None = None) -> list[RunRecord]:
        """The newest run of each deal, or of these deals; the last to end first."""
        query = select(schema.runs).order_by(schema.runs.c.ended.desc())
        if deals is not None:
            query = query.where(schema.runs.c.deal.in_(list(deals)))
        with self._engine.connect() as connection:
            return [
                RunRecord(
                    deal=row["deal"],
                    customer=row["customer"],
                    outcome=row["outcome"],
                    ended=datetime.fromisoformat(row["ended"]),
                    document=row["document"],
                    actor=_actor(row) if row["by"] else None,
                )
                for row in connection.execute(query).mappings()
            ]

    def elsewhere(self, customers: Sequence[str]) -> list[DealReference]:
        """The deals of a customer (by any of its keys) that were set up from here and that no CRM knows."""
        query = select(schema.runs.c.elsewhere).where(schema.runs.c.customer.in_(list(customers)))
        with self._engine.connect() as connection:
            rows = connection.execute(query).scalars()
            return [DealReference.model_validate(row) for row in rows if row is not None]


def _memory(found: Mapping[str, Any] | None, chosen: Mapping[str, Any] | None, opened: Any) -> Memory:
    return Memory(
        id=found["id"] if found else None,
        url=found["url"] if found else "",
        fields={name: _read_base(stored) for name, stored in found["fields"].items()} if found else {},
        choice=Choice(chosen["answer"], chosen["reason"], chosen["by"], datetime.fromisoformat(chosen["at"]))
        if chosen
        else None,
        open_since=datetime.fromisoformat(opened["opened"]) if opened else None,
        begun={name: _read_base(stored) for name, stored in ((opened or {}).get("once") or {}).items()},
    )


def _begun(connection: Connection, changes: Sequence[Change[Any]]) -> dict[str, dict[str, list[Any]]]:
    """How creations that nobody wrote down the end of wrote what is written once, by key.

    Asked for objects that were found only: whoever made one just now knows better.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        resource = type(change.want.resource)
        if change.found is not None and any(about(resource, name).once for name in change.want.fields()):
            groups.setdefault((change.system, change.kind), []).append(change.key)
    return {
        key: dict(row["once"])
        for (system, kind), keys in groups.items()
        for key, row in rows_of(connection, schema.intents, system, kind, keys)
        if row["once"]
    }


def _stored_base(wanted: str, returned: str, lacked: Sequence[str]) -> list[Any]:
    return [wanted, returned, list(lacked)] if lacked else [wanted, returned]


def _read_base(stored: Sequence[Any]) -> Base:
    wanted, returned, *lacked = stored
    return Base(wanted, returned, tuple(lacked[0]) if lacked else ())


def _is_written(change: Change[Any], field: str) -> bool:
    """Whether this change writes a field, or finds it as it is wanted: what is written once is so at its creation."""
    return change.found is None or field in change.names or not about(type(change.want.resource), field).once


def _actor(row: Mapping[Any, Any]) -> Actor:
    return Actor(row["by"], row["trigger"], row["reason"], row["run"])


def _kept_values(change: Change[Any]) -> dict[str, list[Any] | None]:
    """Old and new value of each field that was to be written; None where the audit may not keep them."""
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
