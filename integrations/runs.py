"""Runs that were asked for: one row each, what was, is and waits, beside the engine's own tables.

The engine sees to it that a run's attempts are made; what a run is, stands here. A row holds ids, states and moments:
nothing of a customer, nothing that a person said. Why a set-up waits is in the ledger.

    queued ──> running ──> done | planned | failed | cancelled
       ^          └──> waiting ──> running …          (replaced: a later one of the same subject goes on instead)

At most one run of a subject is queued. So what is announced ten times is one run; what is announced while a run is
under way is queued once more, because what that run has read may be old.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from integrations.core.storage import open_own

SETUP = "setup"
"""The flow of a deal's set-up; the others are schedules."""
State = Literal["queued", "running", "waiting", "done", "planned", "failed", "cancelled", "replaced"]
OPEN: frozenset[State] = frozenset({"queued", "running", "waiting"})
HELD: frozenset[State] = frozenset({"waiting", "failed"})
MESSAGES_KEPT = 24 * 3600
"""Seconds for which the ids of messages are known, so that a repeated one is refused."""

TABLES = (
    """create table if not exists closedwon_runs (
        run text primary key, flow text not null, subject text not null, generation integer not null,
        state text not null, attempts integer not null default 0, made double precision not null,
        began double precision, ended double precision, since double precision, next_look double precision,
        error text not null default '', system text not null default '')""",
    "create unique index if not exists closedwon_runs_queued on closedwon_runs (flow, subject) where state = 'queued'",
    "create index if not exists closedwon_runs_subject on closedwon_runs (flow, subject, generation)",
    "create index if not exists closedwon_runs_state on closedwon_runs (state)",
    "create table if not exists closedwon_messages (message text primary key, came double precision not null)",
)

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 900.0


class Replayed(Exception):
    """A message that came before."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A run as it stands; moments are seconds since 1970.

    Attributes:
        run: Its id.
        subject: The deal, or the tick of a schedule.
        generation: Its number among the runs of its subject.
        attempts: Those that were begun.
        since: From when on it has been held by this kind of error.
        error: The kind of error that held it, such as `Unavailable`.
        system: The system that the error is about.
    """

    run: str
    flow: str
    subject: str
    generation: int
    state: State
    attempts: int
    made: float
    began: float | None
    ended: float | None
    since: float | None
    next_look: float | None
    error: str
    system: str


@dataclasses.dataclass(frozen=True)
class Result:
    """The result of an attempt.

    Attributes:
        again: Seconds after which it is tried again; None: it is not.
    """

    state: State
    error: str = ""
    system: str = ""
    again: float | None = None


def database(url: str, *, wait: float = 30.0) -> sa.Engine:
    """Return the engine's database; a SQLite file is made for its user only, and waits so many seconds for a lock."""
    made = sa.create_engine(url)
    if made.dialect.name != "sqlite":
        return made
    path = Path(str(made.url.database))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Only a file that nobody has open yet: closing it would let go of all locks that this process has on it.
    with contextlib.suppress(FileExistsError):
        os.close(open_own(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))

    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            f"busy_timeout = {wait * 1000:.0f}",
            "journal_mode = wal",
            "synchronous = full",
            "foreign_keys = on",
        ):
            connection.execute(f"pragma {pragma}")

    sa.event.listen(made, "connect", configure)
    return made


class Runs:
    """The table of runs, in the engine's database."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def migrate(self) -> None:
        """Make the tables where they are missing."""
        with self.transaction() as connection:
            for statement in TABLES:
                connection.execute(sa.text(statement))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Open a transaction: all of it is kept, or nothing."""
        with self._database.begin() as connection:
            yield connection

    def add(self, connection: sa.Connection, flow: str, subject: str, *, once: bool = False) -> tuple[Run, bool]:
        """Return the run of a subject that is queued, and whether it is a new one.

        A run of it that waits is replaced: this one looks now. `once`: the subject is a tick of a schedule, which gets
        one run, in the place of those of earlier ticks that wait.
        """
        known = {"flow": flow, "subject": subject}
        # A statement that writes comes first: SQLite takes its lock with it, and what is read then stays true.
        self._write(
            connection,
            "update closedwon_runs set state = 'replaced', ended = :now, next_look = null "
            "where flow = :flow and state = 'waiting' and (subject = :subject or :once = 1) and not (:once = 1 and "
            "exists (select 1 from closedwon_runs known where known.flow = :flow and known.subject = :subject))",
            now=time.time(),
            once=int(once),
            **known,
        )
        same = "select * from closedwon_runs where flow = :flow and subject = :subject"
        for run in self._read(connection, f"{same} and state = 'queued'", **known):
            return run, False
        newest = self._read(connection, f"{same} order by generation desc limit 1", **known)
        if newest and once:
            return newest[0], False
        generation = newest[0].generation + 1 if newest else 1
        name = f"{flow}-{subject}-{generation}"
        self._write(
            connection,
            "insert into closedwon_runs (run, flow, subject, generation, state, made) "
            "values (:run, :flow, :subject, :generation, 'queued', :now)",
            run=name,
            generation=generation,
            now=time.time(),
            **known,
        )
        return self._read(connection, "select * from closedwon_runs where run = :run", run=name)[0], True

    def remember(self, connection: sa.Connection, message: str) -> None:
        """Remember that a message came.

        Raises:
            Replayed: It came before.
        """
        now = time.time()
        self._write(connection, "delete from closedwon_messages where came < :old", old=now - MESSAGES_KEPT)
        inserted = self._write(
            connection,
            "insert into closedwon_messages (message, came) values (:message, :now) on conflict do nothing",
            message=message,
            now=now,
        )
        if not inserted:
            raise Replayed

    def begin(self, name: str, attempt: int) -> Run | None:
        """Return the run whose attempt begins; None: it is not to be made any more.

        An attempt that was cut off begins once more under its number.
        """
        with self.transaction() as connection:
            begun = self._write(
                connection,
                "update closedwon_runs set state = 'running', attempts = :attempt, began = coalesce(began, :now), "
                "next_look = null where run = :run and ((state in ('queued', 'waiting') and attempts = :attempt - 1) "
                "or (state = 'running' and attempts = :attempt))",
                run=name,
                attempt=attempt,
                now=time.time(),
            )
            return self._named(connection, name) if begun else None

    def end(self, connection: sa.Connection, run: Run, result: Result) -> bool:
        """Keep the result of an attempt; returns whether another one is to be made.

        None is where a later run of the subject is queued, or a person has cancelled it.
        """
        later = self._read(
            connection,
            "select * from closedwon_runs where flow = :flow and made > :made "
            "and (subject = :subject or flow <> :setup)",
            flow=run.flow,
            subject=run.subject,
            made=run.made,
            setup=SETUP,
        )
        now = time.time()
        again = result.again if not later else None
        state = "replaced" if later and result.again is not None else result.state
        kept = self._write(
            connection,
            "update closedwon_runs set state = :state, ended = :ended, since = :since, next_look = :next, "
            "error = :error, system = :system where run = :run and state = 'running'",
            run=run.run,
            state=state,
            ended=now if again is None else None,
            since=(run.since if run.since and run.error == result.error else now) if result.state in HELD else None,
            next=now + again if again is not None else None,
            error=result.error,
            system=result.system,
        )
        return bool(kept) and again is not None

    def cancel(self, connection: sa.Connection, name: str) -> bool:
        """Cancel a run that is not over; returns whether there was one. What is being written ends first."""
        return bool(self._close(connection, name, "cancelled"))

    def named(self, name: str) -> Run | None:
        """Return the run with this id."""
        with self._database.connect() as connection:
            return self._named(connection, name)

    def of(self, flow: str, subject: str) -> Run | None:
        """Return the newest run of a subject."""
        with self._database.connect() as connection:
            found = self._read(
                connection,
                "select * from closedwon_runs where flow = :flow and subject = :subject "
                "order by generation desc limit 1",
                flow=flow,
                subject=subject,
            )
        return found[0] if found else None

    def latest(self, flow: str) -> Run | None:
        """Return the run of a flow that was asked for last."""
        with self._database.connect() as connection:
            statement = "select * from closedwon_runs where flow = :flow order by made desc limit 1"
            return next(iter(self._read(connection, statement, flow=flow)), None)

    def listed(self, reference: str = "", *, most: int = 1000) -> Sequence[Run]:
        """Return all runs, or those with this id, of this subject or of this flow; the newest first."""
        with self._database.connect() as connection:
            return self._read(
                connection,
                "select * from closedwon_runs where :reference in ('', run, subject, flow) "
                "order by made desc limit :most",
                reference=reference,
                most=most,
            )

    def open(self) -> Sequence[Run]:
        """Return the runs that are not over."""
        with self._database.connect() as connection:
            return self._read(
                connection, "select * from closedwon_runs where state in ('queued', 'running', 'waiting')"
            )

    def replace(self, connection: sa.Connection, name: str) -> bool:
        """Let go of a run in whose place another is queued; returns whether it was open."""
        return bool(self._close(connection, name, "replaced"))

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many runs there are, by flow and state."""
        with self._database.connect() as connection:
            rows = connection.execute(sa.text("select flow, state, count(*) from closedwon_runs group by flow, state"))
            return {(str(flow), str(state)): int(number) for flow, state, number in rows}

    def forget(self, before: float) -> int:
        """Remove runs that were over before a moment, but each deal's and each schedule's last; returns how many."""
        with self.transaction() as connection:
            return self._write(
                connection,
                "delete from closedwon_runs where ended < :before and state not in ('queued', 'running', 'waiting') "
                "and made < (select max(made) from closedwon_runs other where other.flow = closedwon_runs.flow "
                "and (other.flow <> :setup or other.subject = closedwon_runs.subject))",
                before=before,
                setup=SETUP,
            )

    def _close(self, connection: sa.Connection, name: str, state: State) -> int:
        return self._write(
            connection,
            "update closedwon_runs set state = :state, ended = :now, next_look = null "
            "where run = :run and state in ('queued', 'running', 'waiting')",
            run=name,
            state=state,
            now=time.time(),
        )

    def _named(self, connection: sa.Connection, name: str) -> Run | None:
        return next(iter(self._read(connection, "select * from closedwon_runs where run = :run", run=name)), None)

    @staticmethod
    def _read(connection: sa.Connection, statement: str, **values: Any) -> list[Run]:
        return [Run(**row) for row in connection.execute(sa.text(statement), values).mappings()]

    @staticmethod
    def _write(connection: sa.Connection, statement: str, **values: Any) -> int:
        return connection.execute(sa.text(statement), values).rowcount


def pause(attempt: int, asked: float | None = None) -> float:
    """Return the seconds until the next attempt: twice as long each time, up to a bound, with jitter.

    `asked`: how long the system asked to be left alone; never less than that.
    """
    grown: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempt - 1, 20))
    return max(asked or 0.0, grown) * random.uniform(1.0, 1.3)  # noqa: S311  (jitter, not a secret)
