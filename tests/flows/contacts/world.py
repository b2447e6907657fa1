"""Three customers, two of them namesakes, set up once for real; put back before each example."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import pickle
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import requests

from config.settings import find
from config.workspace import checked
from integrations.core.http import HttpContext, Sent
from integrations.core.ledger import Ledger
from integrations.core.lock import FileLocks
from integrations.flows.contacts.memberships import Containers
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.sync import ContactSync
from integrations.registry import adapter
from integrations.sandbox.pretend import COLLEAGUE_TOKEN, Traps
from integrations.sandbox.thread import Running
from tests.cli.place import Place
from tests.flows.contacts.oracle import Record
from tests.limits import lenient
from tests.tables import put_back, taken

DEALS = {"101": "42", "103": "45", "104": "46"}
"""By customer: the deal that it is set up for."""
CUSTOMERS = tuple(DEALS)
NAMESAKES = ("103", "104")
TARGETS = ("jira", "panel", "wiki")
SETTLE = 0.02
"""Seconds that a lost answer is looked after: the sandbox ends what it began before it loses the answer."""
PATIENCE = 0.03
"""Seconds for which one request is tried again: once or twice."""
PAUSE = 0.01
"""Seconds before the first of these."""


class KilledError(BaseException):
    """The process ended here, as by kill -9: nothing it would have done comes after."""


class Clock:
    """The ERP's time, and ours, which somebody may set back."""

    def __init__(self) -> None:
        self._base = self.erp = time.time()
        self.behind = 0.0
        self.monotonic = time.monotonic
        """The sandbox's own spans stay real."""

    def time(self) -> float:
        """The ERP's, in seconds since 1970: in the place of the module `time` of the pretend ERP."""
        return self.erp

    def now(self) -> dt.datetime:
        """Ours."""
        return dt.datetime.fromtimestamp(self.erp - self.behind, dt.UTC)

    def pass_by(self, seconds: float) -> None:
        """Time passes everywhere."""
        self.erp += seconds

    def reset(self) -> None:
        """As it was when the world was made."""
        self.erp, self.behind = self._base, 0.0


@dataclasses.dataclass
class Doom:
    """When a process is to end: with its n-th answer; None: never."""

    requests: int | None = None
    over: bool = False
    _guard: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def sent(self, _: Sent) -> None:
        """One more request went out."""
        with self._guard:
            if self.requests is not None:
                self.requests -= 1
                self.over = self.over or self.requests < 0
        self.check()

    def check(self, *_: Any) -> None:
        """The dead neither send nor write.

        Raises:
            KilledError: It is dead.
        """
        if self.over:
            raise KilledError


class World:
    """The sandbox with its customers, and the folder of the machine that keeps their people in step."""

    def __init__(self, box: Running, folder: Path, clock: Clock) -> None:
        self.box, self.clock, self._folder = box, clock, folder
        self.server, self.there = box.server, box.server.world
        self._numbers = itertools.count()
        place = Place(folder, box)
        for deal in DEALS.values():
            ended = place.setup(deal, "--yes")
            assert ended.code == 0, ended.err
        self.settings = checked(find(place.settings))
        ledger = Ledger(self.settings.ledger_file)
        with contextlib.closing(ledger):
            self.places = {
                customer: {name: place.id for name, place in places.items()}
                for customer, places in Containers(self._systems(Doom()), ledger).of(CUSTOMERS).items()
            }
        assert all(set(places) == set(TARGETS) for places in self.places.values())
        self._saved = pickle.dumps(taken(self.there))
        self.file = self.settings.ledger_file

    def restore(self, lag: float) -> None:
        """The world as it was set up, and the ledger of that moment; accounts are searchable after `lag` seconds."""
        put_back(self.there, pickle.loads(self._saved))  # noqa: S301  (our own, a moment ago)
        self.fix(lag)
        self.server.log.clear()
        self.clock.reset()
        fresh = self._folder / f"ledger-{next(self._numbers)}"
        fresh.mkdir()
        for path in self.settings.ledger_file.parent.glob("ledger.*"):
            shutil.copy(path, fresh)
        self.file = fresh / self.settings.ledger_file.name

    def forget(self) -> None:
        """Do away with the ledger of the last example."""
        if self.file != self.settings.ledger_file:
            shutil.rmtree(self.file.parent)
            self.file = self.settings.ledger_file

    def fix(self, lag: float = 0.0) -> None:
        """No fault any more."""
        self.server.faults.clear()
        self.there.traps = Traps(jira_index_lag=lag)

    @contextlib.contextmanager
    def process(self, settings: ContactSettings, doom: Doom | None = None) -> Iterator[ContactSync]:
        """A new process, which knows nothing but what is in the ledger."""
        doom = doom or Doom()
        systems = self._systems(doom)
        ledger = Ledger(self.file)
        begin = ledger._database._begin  # type: ignore[attr-defined]

        def begins(connection: sqlite3.Connection, *, writes: bool) -> None:
            doom.check()
            begin(connection, writes=writes)

        source = systems["erp"].contacts
        assert source is not None
        locks, limits = FileLocks(self._folder / "locks"), lenient(10_000)
        try:
            with mock.patch.object(ledger._database, "_begin", begins):
                yield ContactSync(systems, ledger, locks, source, settings, limits, now=self.clock.now)
        finally:
            for system in systems.values():
                system.http.close()
            ledger.close()

    def _systems(self, doom: Doom) -> Mapping[str, Any]:
        wire = HttpContext(self._folder / "locks", doom.sent)
        return {
            name: adapter(section.adapter).connect(
                name, section.model_copy(update={"settle": SETTLE, "patience": PATIENCE}), wire
            )
            for name, section in self.settings.systems.items()
            if section is not None
        }

    def table(self, system: str, kind: str) -> Any:
        """Every object of a kind, by id."""
        return self.there.state.table(system, kind)

    @property
    def partners(self) -> Mapping[str, Record]:
        """The ERP's partners."""
        found: Mapping[str, Record] = self.table("erp", "res.partner")
        return found

    def erp(self, method: str, **arguments: Any) -> Any:
        """A colleague changes contacts; None where the ERP refuses. A moment passes: stamps are whole seconds.

        Faults are not for colleagues.
        """
        self.clock.pass_by(2)
        armed, self.server.faults[:] = list(self.server.faults), []
        answer = requests.post(
            f"{self.box.url}/erp/json/2/res.partner/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {COLLEAGUE_TOKEN}"},
            timeout=10,
        )
        self.server.faults[:] = armed
        assert answer.status_code in (200, 422), answer.text
        return answer.json() if answer.status_code == 200 else None

    def wrote(self) -> list[str]:
        """The operations since the log began that would change something in a system that people are members of."""
        return [entry["operation"] for entry in self.server.log if entry["writes"]]

    def asked(self) -> set[str]:
        """The systems that were asked since the log began."""
        return {entry["system"] for entry in self.server.log}

    def ledger_text(self) -> str:
        """Everything in the ledger, as text."""
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            return "\n".join(connection.iterdump())


def together(*works: Callable[[], object]) -> None:
    """Do these at once.

    Raises:
        BaseException: Whatever one of them raised.
    """
    errors: list[BaseException] = []

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  (raised again below, in the test's own thread)
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
