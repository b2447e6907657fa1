"""Customers whose people are in step, and what the ERP says since; as each test finds them."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import pickle
import shutil
import sqlite3
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from integrations.sandbox.jira.accounts import add_customer
from integrations.sandbox.panel.invitations import register
from integrations.sandbox.thread import Running
from tests.crash.census import census
from tests.crash.site import LAG, Machine, Site
from tests.flows.contacts.hands import Jira, Panel, Wiki
from tests.flows.contacts.world import CUSTOMERS, TARGETS, Clock, World

SYNC = ("contacts", "sync", "--yes")
SETTLE = 0.2
"""Seconds that what a killed run began is waited for: the sandbox has ended it when the process is dead."""
RUNS = 5
"""Runs after which everything is in step, whatever happened before."""
BEAT, JONAS = 201, 414
NADJAS = "nadja.brunner@mueller-soehne.example"
THEOS = "theo.technik@mueller-soehne.example"
MOVED = "zoltan.oery@alpina.example"
"""Whom the ERP moves between the namesakes."""
IN_JIRA, IN_PANEL = "uma.frei@alpina.example", "vera.kunz@alpina.example"
"""Who has had an account there for long."""
NEW = {
    "theo.technik": {"category_id": [5]},
    "bianca.billing": {"category_id": [6]},
    "emil.pikett": {"category_id": [7]},
    "selma.sponsor": {"category_id": [8]},
    "dora.daily": {},
    "noc": {},
}
"""By what stands before the @: a new contact for each function, and how the ERP tells it."""
LASTING = {
    "objects": ("system", "kind", "key"),
    "contacts_rows": ("contact", "customer", "people", "left_customer", "left_people"),
    "contacts_leaving": ("system", "key", "reason"),
    "contacts_tombstones": ("person", "customer", "reason"),
    "contacts_problems": ("system", "key", "code"),
    "contacts_pending": ("customer", "reason"),
    "contacts_customers": ("customer",),
}
"""What two machines that did the same remember alike, by table."""


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    """What a run comes to when nothing happens to it.

    Attributes:
        writes: The operations, in the order in which they arrived.
        there: Every object of the vendors, and every membership, as one line.
        memory: What the ledger holds of it.
    """

    requests: int
    writes: tuple[str, ...]
    there: Counter[str]
    memory: Counter[str]


class Followed(World):
    """Three customers after a full pass; since then the ERP has changed in many ways."""

    def __init__(self, box: Running, folder: Path) -> None:
        self._template = folder / "template"
        self._template.mkdir()
        self._machines = itertools.count()
        super().__init__(box, self._template, Clock())
        self.place = Site(box, folder)
        self.jira, self.panel, self.wiki = Jira(self), Panel(self), Wiki(self)
        self.targets: Mapping[str, Jira | Panel | Wiki] = {"jira": self.jira, "panel": self.panel, "wiki": self.wiki}
        template = Machine(self._template)
        without_grace(template)
        self._add("Zoltán Őry", MOVED, "103", category_id=[5])
        assert template.run(*SYNC, "--full").outcome == (0, "done")
        self._live_on()
        self._saved = pickle.dumps({name: dict(table) for name, table in self.there.state._tables.items()})

    def _live_on(self) -> None:
        """What has happened since everybody was in step."""
        for customer, email in (("101", NADJAS), ("103", MOVED)):
            (invitation,) = (
                invitation for invitation in self.panel.open(customer) if invitation["spec"]["email"] == email
            )
            self.panel.redeem(invitation, arrived=True)
        for local, values in NEW.items():
            self._add(local.replace(".", " ").title(), f"{local}@mueller-soehne.example", "101", **values)
        add_customer(self.there, IN_JIRA, "Made by hand")
        register(self.there, "vera", IN_PANEL)
        for email in (IN_JIRA, IN_PANEL):
            self._add(email.split("@")[0].replace(".", " ").title(), email, "104", category_id=[5])
        self.edit(BEAT, phone="052 555 01 09")
        self.edit(JONAS, active=False)
        (moved,) = (int(key) for key, partner in self.partners.items() if partner.get("email") == MOVED)
        self.edit(moved, parent_id=104)

    def _add(self, name: str, email: str, customer: str, **values: Any) -> None:
        row = {"name": name, "email": email, "parent_id": int(customer), "type": "contact", **values}
        assert self.erp("create", vals_list=[row])

    def edit(self, contact: int, **values: Any) -> None:
        """A colleague changes a contact."""
        assert self.erp("write", ids=[contact], vals=values) is True

    def restore(self, lag: float = LAG) -> None:
        """As when it was made, and no machine has run since."""
        super().restore(lag)
        self.forget()
        self.server.latency = 0.0

    def machine(self) -> Machine:
        """A machine with a folder of its own, which knows the world as it was after the full pass."""
        machine = Machine(self._template.parent / f"machine-{next(self._machines)}")
        shutil.copytree(self._template, machine.folder)
        return machine

    def age(self) -> None:
        """It is long since anybody changed anything in the ERP."""
        for key, partner in list(self.partners.items()):
            self.table("erp", "res.partner")[key] = {**partner, "write_date": "2026-01-01 00:00:00"}

    def lines(self) -> Counter[str]:
        """Everything there is at the vendors, and who is a member of what by which address, as one line each."""
        state = self.place.state()
        assert state["duplicates"] == []
        found = census({name: kinds for name, kinds in state.items() if name in TARGETS})
        for customer in CUSTOMERS:
            found.update(f"jira: {customer} has {email}" for email in self.jira.members(customer))
            found.update(f"panel: {customer} has {email}" for email in self.panel.members(customer))
            found.update(
                f"panel: {customer} invites {invitation['spec']['email']}" for invitation in self.panel.open(customer)
            )
            found.update(f"wiki: {customer} shows {row}" for row in self.wiki.rows(customer))
        accounts = Counter(str(user["email"]).lower() for user in self.table("jira", "user").values())
        found.update(f"jira: {number} accounts of {email}" for email, number in accounts.items())
        return found

    def everywhere(self, customer: str) -> set[str]:
        """The addresses that are anywhere among a customer's people."""
        return self.jira.members(customer) | self.panel.members(customer) | self.wiki.members(customer)


def without_grace(machine: Machine) -> None:
    """Who is archived is out at once; and what was lost is looked after for a moment only."""
    text = machine.settings.read_text(encoding="utf-8").replace("settle = 1\n", f"settle = {SETTLE}\n")
    machine.settings.write_text(f"{text}\n[contacts]\ngrace_days = 0\n", encoding="utf-8")
    assert tomllib.loads(machine.settings.read_text(encoding="utf-8"))["contacts"] == {"grace_days": 0}


def memory(file: Path) -> Counter[str]:
    """What a ledger holds of who was written where, and of what is still to be done."""
    found: Counter[str] = Counter()
    with contextlib.closing(sqlite3.connect(file)) as ledger:
        for table, columns in LASTING.items():
            rows = ledger.execute(f"select {', '.join(columns)} from {table}")  # noqa: S608  (names of our own)
            found.update(f"{table} {row}" for row in rows)
    return found


def left_open(file: Path) -> int:
    """How many intents a ledger has whose outcome is not known."""
    with contextlib.closing(sqlite3.connect(file)) as ledger:
        return int(ledger.execute("select count(*) from intents where closed is null").fetchone()[0])
