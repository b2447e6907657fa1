"""The sandbox as a round finds it: nothing set up yet, or set up with what has changed in the ERP since."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
import re
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import requests

from integrations.sandbox.pretend import COLLEAGUE_TOKEN, Traps
from integrations.sandbox.thread import Running
from tests.cli.place import NO_PEOPLE
from tests.crash.forked import forked
from tests.crash.site import END, LAG, Machine, Ran, Site
from tests.crash.unpaid import configure
from tests.tables import put_back, taken

SETTLE, PATIENCE = 0.6, 0.4
"""Seconds that an uncertain write is looked after, and that one request is tried again."""
SYNC = ("contacts", "sync", "--yes")
FLAG = ("invoices", "check", "--flag", "--yes")
Command = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Scene:
    """What is to be done, and from where.

    Attributes:
        name: What a round says of it.
        before: Commands that have been run already, in peace; then a colleague changes the ERP.
        commands: Commands that are disturbed.
    """

    name: str
    before: tuple[Command, ...]
    commands: tuple[Command, ...]


def _set_up(deal: str) -> Command:
    return ("setup", deal, "--yes")


SCENES = (
    Scene("service", (), (_set_up("42"), SYNC, FLAG)),
    Scene("consulting", (), (_set_up("43"), SYNC, FLAG)),  # the company is made in the ERP
    Scene("project", (), (_set_up("44"), SYNC, FLAG)),
    Scene("later", (_set_up("42"), SYNC, FLAG), (_set_up("53"), SYNC, FLAG)),
)


class World:
    """One sandbox, put back before each round."""

    def __init__(self, box: Running, folder: Path) -> None:
        self.site = Site(box, folder)
        self._server, self._there = box.server, box.server.world
        self._folder, self._numbers = folder, itertools.count()
        self._fresh = self._tables()
        self._saved: dict[str, tuple[bytes, Machine]] = {}
        self._peace: dict[str, dict[str, Any]] = {}

    def begin(self, scene: Scene) -> None:
        """The world as the scene begins."""
        if scene.name not in self._saved:
            self._make(scene)
        self._restore(self._saved[scene.name][0])

    def machine(self, scene: Scene, *, knows: bool) -> Machine:
        """A machine with a folder of its own; `knows`: it ran what came before."""
        template = self._saved[scene.name][1]
        machine = Machine(self._folder / f"machine-{next(self._numbers)}")
        shutil.copytree(template.folder, machine.folder)
        if not knows and machine.ledger.exists():
            machine.lose_ledger()
        return machine

    def peace(self, scene: Scene) -> dict[str, Any]:
        """The systems' state after the scene, undisturbed: all commands, twice."""
        if scene.name not in self._peace:
            self.begin(scene)
            machine = self.machine(scene, knows=True)
            for command in scene.commands * 2:
                ran = run(machine, command)
                assert ran.code == 0, (command, ran.out, ran.words)
            self._peace[scene.name] = self.site.state()
        return self._peace[scene.name]

    @property
    def requests(self) -> int:
        """How many arrived since the log began."""
        return len(self._server.log)

    def calm(self) -> None:
        """No fault any more, and every answer at once."""
        requests.delete(f"{self.site.sandbox.url}/_sandbox/faults", timeout=END)
        self._server.latency = 0.0

    def slow(self, seconds: float) -> None:
        """Each answer takes so long."""
        self._server.latency = seconds

    def _make(self, scene: Scene) -> None:
        self._restore(self._fresh)
        machine = Machine(self._folder / f"template-{scene.name}")
        self._configure(machine)
        invoices = [self._invoice(customer) for customer in (101, 103, 104)]
        for command in scene.before:
            ran = run(machine, command)
            assert ran.code == 0, (command, ran.out, ran.words)
        if scene.before:
            self._live_on(invoices)
        self._saved[scene.name] = self._tables(), machine

    def _configure(self, machine: Machine) -> None:
        made = self.site.machine(machine.folder.name)
        text = made.settings.read_text(encoding="utf-8").replace(NO_PEOPLE, "")
        text = re.sub(r"^patience = .*$", f"patience = {PATIENCE}", text, flags=re.MULTILINE)
        made.settings.write_text(text, encoding="utf-8")
        configure(made)
        text = re.sub(
            r"^settle = .*$", f"settle = {SETTLE}", made.settings.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        made.settings.write_text(f"{text}\n[contacts]\ngrace_days = 0\n", encoding="utf-8")

    def _live_on(self, invoices: Sequence[int]) -> None:
        """Colleagues change contacts, and invoices are paid and made."""
        self._erp("res.partner", "write", ids=[414], vals={"active": False})
        self._erp("res.partner", "write", ids=[411], vals={"phone": "052 555 01 09"})
        new = {"name": "Theo Technik", "email": "theo.technik@mueller-soehne.example", "parent_id": 101}
        self._erp("res.partner", "create", vals_list=[{**new, "type": "contact", "category_id": [5]}])
        self._erp("account.move", "write", ids=[invoices[1]], vals={"payment_state": "paid"})
        self._invoice(106)

    def _invoice(self, customer: int) -> int:
        """Somebody posts an invoice that is long due by now."""
        day = date.today() - timedelta(days=100)  # noqa: DTZ011  (the sandbox's day)
        values: dict[str, Any] = {"move_type": "out_invoice", "state": "posted"}
        values |= {"date": f"{day}", "invoice_date": f"{day}", "invoice_date_due": f"{day + timedelta(days=30)}"}
        values |= dict.fromkeys(("amount_untaxed", "amount_total", "amount_residual"), 100.0)
        row = {**values, "partner_id": customer, "company_id": 1, "currency_id": 1}
        (made,) = self._erp("account.move", "create", vals_list=[row])
        return int(made)

    def _erp(self, model: str, method: str, **arguments: Any) -> Any:
        answer = requests.post(
            f"{self.site.sandbox.url}/erp/json/2/{model}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {COLLEAGUE_TOKEN}"},
            timeout=END,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _tables(self) -> bytes:
        return pickle.dumps(taken(self._there))

    def _restore(self, tables: bytes) -> None:
        put_back(self._there, pickle.loads(tables))  # noqa: S301  (our own, a moment ago)
        self.calm()
        self._server.log.clear()
        self._there.traps = Traps(jira_index_lag=LAG)


def run(machine: Machine, command: Command) -> Ran:
    """Run the command to its end, as a process of its own."""
    with forked(machine, *command) as process:
        return process.ended()
