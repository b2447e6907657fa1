"""The durable engine, the only file that imports it: sees to it that what was announced is run, at least once.

1. `announce` writes a run into `runs` and a hint into the engine's queue, in one transaction: both are kept, or none.
2. A hint finds out in which partition its run belongs: a customer's runs come one after the other, whoever works.
3. An attempt is one execution of a flow. Flows reconcile, so an attempt that was cut off is simply made again.
4. An attempt that did not end it queues the next one, later: the queue waits, nobody else does.

Workflow ids are made of the run's id and the attempt's number, so that queueing twice is queueing once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer

from integrations.core.log import PACKAGE, described
from integrations.runs import Result, Run, Runs, database

HINTS, RUNS = "closedwon-hints", "closedwon-runs"
NAME, VERSION = "closedwon", "closedwon-1"
"""The version is pinned, and never counts up: what an older closedwon left is taken over."""
ALIVE = ("ENQUEUED", "DELAYED", "PENDING")
OVER = ("SUCCESS", "ERROR", "CANCELLED")
"""The engine's words for what it will do, and for what it will not touch again."""
MOST = 5000
"""Workflows that are removed at a time."""
POLL = 0.5
"""Seconds between two looks into a queue."""

_LOG = logging.getLogger(f"{PACKAGE}.engine")

Work = Callable[[Run], Result]
Place = Callable[[Run], str]
"""Gives the partition of a run: its customer; the deal itself, where there is none yet."""


class Announcer:
    """Queues runs; needs no worker in this process, only that there was one before."""

    def __init__(self, url: str, *, wait: float = 30.0) -> None:
        self._database = database(url, wait=wait)
        self.runs = Runs(self._database)
        self.runs.migrate()
        self._turn = threading.Lock()
        # It contacts nothing yet: the engine's own tables are made when a worker starts for the first time.
        self._client = DBOSClient(
            system_database_engine=self._database,
            serializer=DBOSPortableJSONSerializer(),
            application_name=NAME,
            lazy=True,
            retry_connection_errors=False,
        )

    def close(self) -> None:
        """Let go of the database."""
        self._client.destroy()
        self._database.dispose()

    def announce(self, flow: str, subject: str, *, message: str = "", once: bool = False) -> Run:
        """Queue a run, unless one of its subject is queued already; it is on the disk when this returns.

        Args:
            flow: Its name among the worker's.
            subject: What the run is for.
            message: The id of what announced it, which announces nothing a second time.
            once: Queue nothing where the subject ever had a run: a tick of a schedule.

        Raises:
            Replayed: The message came before.
        """
        # SQLite lets whoever asks next have its lock, not whoever waits: here they come in turn.
        with self._turn, self.runs.transaction() as connection:
            if message:
                self.runs.remember(connection, message)
            run, is_new = self.runs.add(connection, flow, subject, once=once)
            if is_new:
                self._queue(connection, HINTS, "hint", f"{run.run}-hint", [run.run])
            return run

    def cancel(self, name: str) -> bool:
        """Cancel a run that is not over; returns whether there was one."""
        with self.runs.transaction() as connection:
            return self.runs.cancel(connection, name)

    def _queue(
        self,
        connection: sa.Connection,
        queue: str,
        workflow: str,
        name: str,
        arguments: Sequence[Any],
        **options: Any,
    ) -> None:
        """Queue a workflow in a transaction; one with the same id is queued once."""
        if not name:
            raise AssertionError("an empty workflow id is another workflow every time")
        how: Any = {"workflow_name": workflow, "queue_name": queue, "workflow_id": name, "app_version": VERSION}
        self._client.enqueue_in_transaction(connection, how | options, *arguments)


@dataclasses.dataclass(frozen=True)
class Hands:
    """The work of a worker.

    Attributes:
        work: The flow of a run, by its name.
        place: Gives a run's partition.
        at_once: How many runs are worked on at the same time.
        ended: Told of each attempt that ended.
    """

    work: Mapping[str, Work]
    place: Place
    at_once: int = 4
    ended: Callable[[Run, Result], None] = lambda *_: None


class Worker(Announcer):
    """Makes the attempts of runs in threads of this process, from `start` to `stop`.

    On SQLite there is one worker: whatever is under way when it starts was left by a dead one, and is taken over.
    """

    def __init__(self, url: str, hands: Hands) -> None:
        super().__init__(url)
        self._hands = hands
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Bring the database up, take over what a dead worker left, and begin to work."""
        logging.getLogger("dbos").setLevel(logging.ERROR)
        executor = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        config: DBOSConfig = {
            "name": NAME,
            "system_database_engine": self._database,
            "application_version": VERSION,
            "executor_id": executor,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "use_listen_notify": False,
        }
        DBOS(config=config)
        self._register()
        DBOS.launch()
        DBOS.register_queue(HINTS, worker_concurrency=self._hands.at_once, polling_interval_sec=POLL)
        DBOS.register_queue(
            RUNS, worker_concurrency=self._hands.at_once, partition_concurrency=1, polling_interval_sec=POLL
        )
        self._remove_old_queues()
        self._take_over(executor)
        self.rescue()

    def _register(self) -> None:
        """Name to the engine what it calls: functions, as it does not take methods."""

        @DBOS.workflow(name="hint")
        def hint(name: str) -> None:
            self._hint(name)

        @DBOS.workflow(name="attempt")
        def attempt(name: str, number: int, partition: str) -> str:
            return self._attempt(name, number, partition)

    def stop(self, seconds: float) -> bool:
        """Begin nothing more, and wait so long for what is under way; returns whether it ended."""
        DBOS.destroy(workflow_completion_timeout_sec=max(1, int(seconds)), destroy_registry=True)
        self.close()
        return not self._busy

    def forget(self, before: float) -> None:
        """Remove what was over before a moment, but each deal's and each schedule's last run."""
        self.runs.forget(before)
        moment = datetime.fromtimestamp(before, UTC).isoformat()
        over = DBOS.list_workflows(
            status=list(OVER), completed_before=moment, load_input=False, load_output=False, limit=MOST
        )
        if over:
            DBOS.delete_workflows([found.workflow_id for found in over])

    def rescue(self) -> None:
        """Queue anew what is open and nobody will go on with: the disk was full when its attempt was to be recorded."""
        for run in self.runs.open():
            if DBOS.list_workflows(workflow_ids=_expected(run), status=list(ALIVE), load_input=False, limit=1):
                continue
            with self.runs.transaction() as connection:
                if self.runs.replace(connection, run.run):
                    newer, is_new = self.runs.add(connection, run.flow, run.subject)
                    if is_new:
                        self._queue(connection, HINTS, "hint", f"{newer.run}-hint", [newer.run])

    @staticmethod
    def _remove_old_queues() -> None:
        """Remove queues of other names: every worker looks into all that it finds."""
        for queue in DBOS.list_queues():
            if queue.name not in (HINTS, RUNS):
                DBOS.delete_queue(queue.name)

    @staticmethod
    def _take_over(executor: str) -> None:
        """Queue again, in its own queue and partition, what a worker left that is dead."""
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        left = [found for found in pending if found.executor_id != executor]
        for queue in (HINTS, RUNS):
            names = [found.workflow_id for found in left if found.queue_name == queue]
            if names:
                DBOS.resume_workflows(names, queue_name=queue)
                _LOG.warning("took over %d of %s", len(names), queue)

    def _hint(self, name: str) -> None:
        """Queue a run's first attempt in its partition."""
        with self._working(name):
            run = self.runs.named(name)
            if run is None:
                return
            partition = self._hands.place(run)
            with self.runs.transaction() as connection:
                self._next(connection, run, 1, partition)

    def _attempt(self, name: str, number: int, partition: str) -> str:
        """Make an attempt, and queue the next one where it did not end the run."""
        with self._working(name):
            run = self.runs.begin(name, number)
            if run is None:
                return "over"
            result = self._made(run)
            with self.runs.transaction() as connection:
                if self.runs.end(connection, run, result):
                    self._next(connection, run, number + 1, partition, delay_seconds=result.again)
            self._hands.ended(run, result)
            return result.state

    def _made(self, run: Run) -> Result:
        try:
            return self._hands.work[run.flow](run)
        except Exception as error:  # noqa: BLE001  (an exception would be kept with its text, which may quote anything)
            _LOG.error("unforeseen %s", described(error))
            return Result("failed", "Unforeseen")

    def _next(self, connection: sa.Connection, run: Run, number: int, partition: str, **options: Any) -> None:
        self._queue(
            connection,
            RUNS,
            "attempt",
            f"{run.run}-{number}",
            [run.run, number, partition],
            queue_partition_key=partition,
            **options,
        )

    @contextlib.contextmanager
    def _working(self, name: str) -> Iterator[None]:
        with self._lock:
            self._busy.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(name)


def _expected(run: Run) -> list[str]:
    """Return the ids of the workflows of which one goes on with a run."""
    if run.state == "queued":
        return [f"{run.run}-hint", f"{run.run}-1"]
    return [f"{run.run}-{run.attempts}", f"{run.run}-{run.attempts + 1}"]
