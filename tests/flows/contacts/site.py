"""Customers whose people are in step everywhere, and what people do to them; put back before each test."""

from __future__ import annotations

import contextlib
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from integrations.core.http import HttpContext
from integrations.core.ledger import Ledger
from integrations.core.lock import FileLocks
from integrations.core.plan import Limits
from integrations.flows.contacts.memory import ContactRepository
from integrations.flows.contacts.outcome import Line, Outcome, Request
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.sync import Approval, ContactSync
from integrations.registry import adapter
from integrations.sandbox.thread import Running
from tests.flows.contacts.customers import Customers
from tests.flows.contacts.world import DEALS, SETTLE, Clock

YES, DRY = Approval(yes=True), Approval(dry=True)
BEAT, NADJA, PETER, JONAS, LENA = 201, 411, 412, 414, 415
ANNA_OF_103, ANNA_OF_104 = 429, 430
EMAIL = {
    BEAT: "beat@mueller-soehne.example",
    NADJA: "nadja.brunner@mueller-soehne.example",
    PETER: "peter.graf@mueller-soehne.example",
    JONAS: "jonas.keller@mueller-soehne.example",
    ANNA_OF_103: "anna.meier@alpina-zh.example",
    ANNA_OF_104: "anna.meier@alpina-gr.example",
}
"""By contact: the address of those that are a person of their own."""


class Site(Customers):
    """Three customers, two of them namesakes, after a first full pass."""

    def __init__(self, box: Running, folder: Path, clock: Clock) -> None:
        self._erp: Any = None
        self._fresh()
        super().__init__(box, folder, clock)
        self._set_up, self._ledger_of_set_up = self._saved, folder / "set-up"
        self._ledger_of_set_up.mkdir()
        _copy(self.file.parent, self._ledger_of_set_up)
        self._ledger = Ledger(self.file)
        outcome = self.sync(full=True)
        assert outcome.exit_code == 0, outcome
        self._ledger.close()
        self._saved = pickle.dumps({name: dict(table) for name, table in self.there.state._tables.items()})
        self._current = folder / "current" / self.file.name
        self._current.parent.mkdir()
        _copy(self.file.parent, self._current.parent)
        # One for all tests, each with another content of the file: making statements anew is what takes time.
        self._ledger = Ledger(self._current)

    def _fresh(self) -> None:
        self.contacts, self.limits = ContactSettings(), Limits()
        self.sections: dict[str, dict[str, Any]] = {}

    def restore(self, lag: float = 0.0) -> None:
        """All as it was after the first pass; an hour has gone by, so that nothing was written lately."""
        super().restore(lag)
        self._take(self.file.parent)
        self.forget()
        self.file = self._current
        self._fresh()
        self.there.missing_rights.clear()
        self.clock.pass_by(3600)

    def _take(self, folder: Path) -> None:
        """Have the ledger that is in this folder."""
        self._ledger.close()
        _copy(folder, self._current.parent)

    @contextlib.contextmanager
    def process(self, *_: Any) -> Iterator[ContactSync]:
        """A new process, which knows nothing but what is in the ledger.

        It knows what hardly changes in the ERP, such as its version and users: asking for that would take half of a
        test's time. `restarted` makes one that does not.
        """
        systems = self._systems()
        self._erp = systems["erp"]
        locks, source = FileLocks(self._folder / "locks"), systems["erp"].contacts
        try:
            yield ContactSync(systems, self._ledger, locks, source, self.contacts, self.limits, now=self.clock.now)
        finally:
            for name, system in systems.items():
                if name != "erp":
                    system.http.close()

    def restarted(self) -> None:
        """Nothing is known of the ERP any more."""
        if self._erp is not None:
            self._erp.http.close()
            self._erp = None

    def _systems(self, *_: Any) -> dict[str, Any]:
        wire, usual = HttpContext(self._folder / "locks"), {"settle": SETTLE, "patience": 0, "rate": 0}
        known = {} if self._erp is None else {"erp": self._erp}
        return known | {
            name: adapter(section.adapter).connect(
                name, section.model_copy(update={**usual, **self.sections.get(name, {})}), wire
            )
            for name, section in self.settings.systems.items()
            if section is not None and name not in known
        }

    def section(self, system: str, **changes: Any) -> None:
        """Settings of a system from now on: how it may be written to, and who owns which field."""
        self.sections[system] = {**self.sections.get(system, {}), **changes}

    def sync(self, *customers: str, full: bool = False, retry: bool = False, approval: Approval = YES) -> Outcome:
        """One run of a new process; what was asked before it is forgotten."""
        request = Request(customers, full=full, retry=retry)
        outcome: Outcome = self.does(lambda sync: sync.run(request, approval))
        return outcome

    def does(self, work: Callable[[ContactSync], Any]) -> Any:
        """What a new process does."""
        self.server.log.clear()
        with self.process() as sync:
            return work(sync)

    @property
    def memory(self) -> ContactRepository:
        """What is remembered between runs."""
        return ContactRepository(self._ledger)

    @property
    def ledger(self) -> Ledger:
        """The ledger as it is now."""
        return self._ledger

    def ledger_bytes(self) -> bytes:
        """Every byte of the ledger's files."""
        self._ledger.close()
        return b"".join(path.read_bytes() for path in self._current.parent.iterdir())

    def before_any_pass(self) -> None:
        """The customers are set up, and nobody is anywhere yet."""
        synced, self._saved = self._saved, self._set_up
        self.restore()
        self._saved = synced
        self._take(self._ledger_of_set_up)

    def machine(self, folder: Path) -> Path:
        """The ledger of another machine, with a key of its own: it knows the customers' places, and nobody in them."""
        file = folder / self.file.name
        Ledger(file).close()
        with contextlib.closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("attach ? as other", [str(self.file)])
            connection.execute("insert into objects select * from other.objects where key not like '%/contact/%'")
        return file

    def lost_ledger(self, folder: Path) -> Path:
        """A new ledger: it knows nothing."""
        file = folder / self.file.name
        Ledger(file).close()
        return file

    @contextlib.contextmanager
    def at(self, file: Path) -> Iterator[None]:
        """In this block, runs are those of the machine with this ledger."""
        before = self._ledger, self.file
        self._ledger, self.file = Ledger(file), file
        try:
            yield
        finally:
            self._ledger.close()
            self._ledger, self.file = before

    def forget_people(self, system: str) -> None:
        """The ledger of another machine: it knows nothing of a system's people."""
        with contextlib.closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute("delete from objects where system = ? and key like '%/contact/%'", [system])

    @contextlib.contextmanager
    def not_yet_set_up(self, customer: str) -> Iterator[None]:
        """As long as the block lasts, nothing is known of a customer's places."""
        keys = (f"customer:{customer}%", f"deal:{DEALS[customer]}%")
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            with connection:
                connection.execute("create table aside as select * from objects where key like ? or key like ?", keys)
                connection.execute("delete from objects where key like ? or key like ?", keys)
            yield
            with connection:
                connection.execute("insert into objects select * from aside")
                connection.execute("drop table aside")


def _copy(old: Path, new: Path) -> None:
    """A ledger's files in the place of another's."""
    for path in new.glob("ledger.*"):
        path.unlink()
    for path in old.glob("ledger.*"):
        shutil.copy(path, new)


def lines_of(outcome: Outcome, contact: int, system: str | None = None) -> list[Line]:
    """What a run told of a contact."""
    return [line for line in outcome.lines if str(contact) in line.contacts and system in (None, line.system)]
