"""A sandbox whose only deals are those of an example, and machines that share nothing but its systems."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
import pickle
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import requests

from cli.contacts.session import Options
from cli.display import set_up
from cli.init import write_sandbox_settings
from cli.main import run
from cli.several import set_up_won
from config.settings import find
from config.workspace import checked, opened
from integrations.core.http import Sent
from integrations.core.ledger import Ledger
from integrations.flows.contacts.outcome import Outcome as Synced
from integrations.flows.contacts.outcome import Request
from integrations.flows.contacts.sync import Approval as SyncApproval
from integrations.flows.contacts.sync import ContactSync
from integrations.flows.setup import Approval, Outcome
from integrations.flows.setup.link import link
from integrations.sandbox.pretend import COLLEAGUE_TOKEN, Traps
from integrations.sandbox.thread import Running
from tests import worlds
from tests.flows.contacts.world import PATIENCE, SETTLE, Clock, Doom
from tests.tables import put_back, taken

if TYPE_CHECKING:
    from config.workspace import Workspace

WON, SALES = 4, 6
"""In the seeded ERP: the stage of won deals, and the user who sold them."""
TAGS = {"service": 1, "consulting": 2, "project": 3}
TECHNICAL = 5
"""The tag of contacts who are let in everywhere."""
STATE = ".closedwon"


class Meanwhile(Doom):
    """What somebody does in the middle of a run: after its n-th answer."""

    def __init__(self, requests: int, happens: Callable[[], None]) -> None:
        super().__init__()
        self._left, self._happens = requests, happens

    def sent(self, _: Sent) -> None:
        """One more request went out; what others have under way waits."""
        with self._guard:
            self._left -= 1
            if self._left == -1:
                self._happens()


class World:
    """The sandbox, put back before each example, and its ERP as colleagues use it."""

    def __init__(self, box: Running, folder: Path, clock: Clock) -> None:
        self.box, self.clock, self.folder = box, clock, folder
        self.server, self.there = box.server, box.server.world
        leads = self.table("erp", "crm.lead")
        for number in list(leads):
            del leads[number]
        self._fresh = pickle.dumps(taken(self.there))
        self._template = self._machine(folder / "template")
        self.settings = checked(find(self._template))
        with opened(self.settings) as place:
            self.playbooks = place.playbooks
        self._numbers = itertools.count()

    def _machine(self, folder: Path) -> Path:
        folder.mkdir()
        path = write_sandbox_settings(folder, self.box.url)
        text = path.read_text(encoding="utf-8").replace("settle = 1\n", f"settle = {SETTLE}\n")
        text = text.replace("patience = 5\n", f"patience = {PATIENCE}\n")
        text = f"deals_at_once = 1\n{text}"
        path.write_text(f"{text}\n[contacts]\ngrace_days = 0\n", encoding="utf-8")
        return path

    def restore(self) -> None:
        """Nothing is set up, and nobody has made a deal."""
        put_back(self.there, pickle.loads(self._fresh))  # noqa: S301  (our own, a moment ago)
        self.fix()
        self.there.missing_rights.clear()
        self.server.log.clear()
        self.clock.reset()

    def restore_first_release(self, machine: Machine, deals: Collection[str]) -> None:
        """Let these deals be set up as the first release did, with a machine that has its ledger."""
        worlds.restore(self.box, worlds.FIRST, machine.state / "ledger.sqlite")
        leads = self.table("erp", "crm.lead")
        for number in [number for number in leads if number not in deals]:
            del leads[number]

    def fix(self) -> None:
        """No fault any more, and all that was made is found at once."""
        self.server.faults.clear()
        self.there.traps = Traps(jira_index_lag=0.0)

    def machine(self) -> Machine:
        """Return a machine that has never run anything."""
        folder = self.folder / f"machine-{next(self._numbers)}"
        shutil.copytree(self._template.parent, folder)
        return Machine(self, folder)

    def table(self, system: str, kind: str) -> Any:
        """Every object of a kind, by id."""
        return self.there.state.table(system, kind)

    @property
    def partners(self) -> Mapping[str, Mapping[str, Any]]:
        """The ERP's partners."""
        found: Mapping[str, Mapping[str, Any]] = self.table("erp", "res.partner")
        return found

    @property
    def leads(self) -> Mapping[str, Mapping[str, Any]]:
        """The ERP's opportunities."""
        found: Mapping[str, Mapping[str, Any]] = self.table("erp", "crm.lead")
        return found

    def erp(self, model: str, method: str, **arguments: Any) -> Any:
        """A colleague changes something; None where the ERP refuses. Stamps are whole seconds, so that some pass."""
        self.clock.pass_by(2)
        armed, self.server.faults[:] = list(self.server.faults), []
        answer = requests.post(
            f"{self.box.url}/erp/json/2/{model}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {COLLEAGUE_TOKEN}"},
            timeout=10,
        )
        self.server.faults[:] = armed
        assert answer.status_code in (200, 422), answer.text
        return answer.json() if answer.status_code == 200 else None

    def bring_back(self, partner: Mapping[str, Any], made_by: str | None = None) -> None:
        """Restore a partner from a backup, under its id, as a colleague does; its contacts and deals stay elsewhere.

        `made_by`: the deal whose external id comes back as well, unless it names another company by now.
        """
        self.clock.pass_by(2)
        moment = self.clock.now().strftime("%Y-%m-%d %H:%M:%S")
        stamps = {"create_uid": SALES, "write_uid": SALES, "write_date": moment}
        self.table("erp", "res.partner")[str(partner["id"])] = {**partner, **stamps}
        if made_by is not None and f"closedwon.customer_deal_{made_by}" not in self.table("erp", "ir.model.data"):
            name = f"customer_deal_{made_by}"
            row = {"id": 1, "module": "closedwon", "name": name, "model": "res.partner", "res_id": partner["id"]}
            self.table("erp", "ir.model.data")[f"closedwon.{name}"] = {**row, "noupdate": True, **stamps}
            return
        made = self.table("erp", "_made_as")  # a backup does not bring the external id back
        if f"res.partner,{partner['id']}" in made:
            del made[f"res.partner,{partner['id']}"]

    def hide(self, partner: int, *, hidden: bool) -> None:
        """Take the right to see a partner from our account, or give it back."""
        right, rights = f"see:res.partner:{partner}", self.there.missing_rights
        known = rights.get("erp", frozenset())
        rights["erp"] = known | {right} if hidden else known - {right}

    def writes(self) -> list[str]:
        """The operations since the log began that would change something."""
        return [f"{entry['system']} {entry['operation']}" for entry in self.server.log if entry["writes"]]


@dataclasses.dataclass
class Machine:
    """A folder with settings and a ledger, in which each run is as a process of its own."""

    world: World
    folder: Path
    restrictions: dict[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    """By system: what its section says in place of `mode = "write"` for all customers."""

    @property
    def state(self) -> Path:
        """Where its ledger is."""
        return self.folder / STATE

    def forget(self) -> None:
        """Lose the ledger."""
        for file in self.state.glob("ledger.*"):
            file.unlink()

    def remove(self) -> None:
        """Do away with it."""
        shutil.rmtree(self.folder)

    def swap(self, other: Machine) -> None:
        """Exchange the ledgers of two machines."""
        for mine in self.state.glob("ledger.*"):
            mine.replace(mine.with_name(f"swapped.{mine.name}"))
        for file in other.state.glob("ledger.*"):
            file.replace(self.state / file.name)
        for mine in self.state.glob("swapped.*"):
            mine.replace(other.state / mine.name.removeprefix("swapped."))

    def set_up(self, deal: str, doom: Doom | None = None, *, patient: bool = True) -> Outcome:
        """`setup DEAL --yes`."""
        with self._process(doom) as (place, ledger):
            return set_up(place, ledger, patient=patient).run(deal, Approval(yes=True))

    def set_up_approved(self, deal: str, happens: Callable[[], None]) -> Outcome:
        """`setup DEAL`, where somebody approves the plan, and something happens while they look at it."""

        def ask(_: Any) -> bool:
            happens()
            return True

        with self._process(None) as (place, ledger):
            return set_up(place, ledger).run(deal, Approval(ask=ask))

    def set_up_won(self, doom: Doom | None = None) -> int:
        """`setup --won --yes`; gives its exit code."""
        with self._process(doom) as (place, ledger), _unheard():
            options = Options("", False, True, None, {}, True, None, False)
            return set_up_won(place, set_up(place, ledger, patient=False), options, lambda _: [])

    def sync(self, doom: Doom | None = None, *, full: bool = True) -> Synced:
        """`contacts sync --yes`, or with `--full`."""
        with self._process(doom) as (place, ledger):
            return self._contacts(place, ledger).run(Request(full=full), SyncApproval(yes=True))

    def follow(self, customer: str, doom: Doom | None = None) -> Synced:
        """`contacts sync CUSTOMER --yes`, as it follows a set-up."""
        with self._process(doom) as (place, ledger):
            return self._contacts(place, ledger).run(Request((customer,)), SyncApproval(yes=True))

    def link(self, deal: str, step: str, answer: str) -> None:
        """`link DEAL STEP=ANSWER`."""
        with self._process(None) as (place, ledger):
            link(set_up(place, ledger), deal, [(step, answer)], reason="", playbook=None)

    def run(self, *command: str) -> int:
        """Run a command to its end; gives its exit code."""
        with _unheard():
            return run([*command, "--config", str(self.folder / self.world.settings.path.name)])

    def _contacts(self, place: Workspace, ledger: Ledger) -> ContactSync:
        settings = place.settings.general.contacts
        now = self.world.clock.now
        return ContactSync(
            place.systems, ledger, place.locks, place.contacts, settings, place.limits(None), patient=True, now=now
        )

    @contextlib.contextmanager
    def _process(self, doom: Doom | None) -> Iterator[tuple[Workspace, Ledger]]:
        """Return what a new process works with: it knows nothing but what is in the ledger."""
        doom = doom or Doom()
        settings = self.world.settings.model_copy(update={"path": self.folder / self.world.settings.path.name})
        systems = {name: system for name, system in settings.systems.items() if system is not None}
        restricted = {name: system.model_copy(update=self.restrictions.get(name)) for name, system in systems.items()}
        settings = settings.model_copy(update={"systems": {**settings.systems, **restricted}})
        with opened(settings, sent=doom.sent, playbooks=False) as place:
            place.playbooks = self.world.playbooks
            ledger = Ledger(settings.ledger_file)
            try:
                with _doomed(ledger, doom):
                    yield place, ledger
            finally:
                ledger.close()


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """Let nothing be printed."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def _doomed(ledger: Any, doom: Doom) -> Iterator[None]:
    """Let no transaction begin once the process is dead."""
    begin = ledger._database._begin

    def begins(connection: Any, *, writes: bool) -> None:
        doom.check()
        begin(connection, writes=writes)

    with mock.patch.object(ledger._database, "_begin", begins):
        yield
