"""Customers who have not paid, told in tickets, and what has happened since; as each test finds them."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import pickle
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import requests

from cli.invoices.session import invoice_check, opened
from integrations.flows.invoicing.check import InvoiceCheck
from integrations.flows.invoicing.findings import fingerprint
from integrations.flows.invoicing.rules.every import RULES
from integrations.sandbox.jira.books import forget
from integrations.sandbox.pretend import COLLEAGUE_TOKEN, Traps
from integrations.sandbox.thread import Running
from tests.crash.site import END, LAG, Machine, Site

FLAG = ("invoices", "check", "--flag", "--yes")
SETTLE = 0.2
"""Seconds that what a killed run began is waited for: the sandbox has ended it when the process is dead."""
ACKNOWLEDGED, MENDED, RETURNED, NEW = 101, 103, 104, 106
"""The customers, by what has become of their invoice since tickets were made."""
REASON = "they pay on Friday"
OPERATIONS = ("project.property.put", "issue.create", "issue.update", "issue.transition")
"""All that writes in Jira."""
SETTINGS = """
[invoices]
bank_days = 3650
people = { finance = "zofia.nowak@acme.example" }
tickets = { project = "technical" }
"""
SAID = re.compile(r"\d+ \w+ \d+: ([a-z ]+)")
"""How a comment begins that tells a state; the days in it may be two if a test runs at midnight."""


@dataclasses.dataclass(frozen=True)
class Told:
    """One ticket: whether it is closed, and what its comments said, in their order."""

    closed: bool = False
    comments: tuple[str, ...] = ()


WANTED: Mapping[int, Told] = {
    ACKNOWLEDGED: Told(comments=("acknowledged",)),
    MENDED: Told(closed=True, comments=("gone",)),
    RETURNED: Told(comments=("gone", "open again")),
    NEW: Told(),
}
"""How it has to end, whatever happened on the way: one ticket each, each state told once."""


class Unpaid:
    """Three customers had a ticket; one is acknowledged, one has paid, one's payment was returned, a fourth is new."""

    def __init__(self, box: Running, folder: Path) -> None:
        self.server, self.there, self._url = box.server, box.server.world, box.url
        self.place = Site(box, folder)
        self._folder, self._machines = folder, itertools.count()
        self._template = self.place.machine("template")
        configure(self._template)
        for invoice in self.there.state.table("erp", "account.move").values():
            self.write(invoice["id"], payment_state="paid")  # what the seeded customers owe is due one day or another
        self.invoices = {customer: self._invoice(customer) for customer in (ACKNOWLEDGED, MENDED, RETURNED)}
        self._live_on()
        tables = {name: dict(table) for name, table in self.there.state._tables.items()}
        self._saved = pickle.dumps((tables, self.there.traps))

    def _live_on(self) -> None:
        """Everybody has a ticket, one of them is closed again; then the ERP changes, and nobody has told."""
        self.done(self._template)
        self.pay(RETURNED)
        self.done(self._template)
        self.pay(MENDED)
        self.write(self.invoices[RETURNED], payment_state="not_paid")
        self.invoices[NEW] = self._invoice(NEW)
        self.done(self._template, "invoices", "ack", self.fingerprint(ACKNOWLEDGED), "--reason", REASON)
        assert self.tickets() == {
            ACKNOWLEDGED: [Told()],
            MENDED: [Told()],
            RETURNED: [Told(closed=True, comments=("gone",))],
        }

    def _invoice(self, customer: int) -> int:
        """Somebody posts an invoice that is long due by now."""
        day = date.today() - timedelta(days=100)  # noqa: DTZ011  (the sandbox's day)
        values: dict[str, Any] = {"move_type": "out_invoice", "state": "posted"}
        values |= {"date": f"{day}", "invoice_date": f"{day}", "invoice_date_due": f"{day + timedelta(days=30)}"}
        values |= dict.fromkeys(("amount_untaxed", "amount_total", "amount_residual"), 100.0)
        row = {**values, "partner_id": customer, "company_id": 1, "currency_id": 1}
        (made,) = self._erp("create", vals_list=[row])
        return int(made)

    def pay(self, customer: int) -> None:
        """The customer pays."""
        self.write(self.invoices[customer], payment_state="paid")

    def write(self, invoice: int, **values: Any) -> None:
        """A colleague changes an invoice."""
        assert self._erp("write", ids=[invoice], vals=values) is True

    def _erp(self, method: str, **arguments: Any) -> Any:
        answer = requests.post(
            f"{self._url}/erp/json/2/account.move/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {COLLEAGUE_TOKEN}"},
            timeout=END,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fingerprint(self, customer: int) -> str:
        """What stands for the customer's exception."""
        return fingerprint("unpaid", str(customer), f"invoice:{self.invoices[customer]}")

    def restore(self) -> None:
        """As when it was made, and no machine has run since."""
        saved, _ = pickle.loads(self._saved)  # noqa: S301  (our own, a moment ago)
        for name, table in self.there.state._tables.items():
            for key in list(table):
                table.restore(key, None)
            table.watchers.clear()
            for key, document in saved.get(name, {}).items():
                table.restore(key, document)
        forget(self.there)
        self.server.faults.clear()
        self.server.log.clear()
        self.server.latency = 0.0
        self.there.traps = Traps(jira_index_lag=LAG)

    def machine(self) -> Machine:
        """A machine with a folder of its own, which remembers the tickets."""
        machine = Machine(self._folder / f"machine-{next(self._machines)}")
        shutil.copytree(self._template.folder, machine.folder)
        return machine

    def tickets(self) -> dict[int, list[Told]]:
        """Every ticket of an exception that there is, by customer; closed ones too."""
        whose = {f"finding:{self.fingerprint(customer)}": customer for customer in self.invoices}
        found: dict[int, list[Told]] = {}
        for issue in self.there.state.table("jira", "issue").values():
            mark = issue["properties"].get("closedwon", {}).get("key")
            if str(mark).startswith("finding:"):
                comments = tuple(_said(str(comment["body"])) for comment in issue["comments"])
                found.setdefault(whose[mark], []).append(Told(_is_closed(issue), comments))
        return found

    def asked_jira(self) -> list[str]:
        """The operations that Jira was asked for since the log began, in their order."""
        return [str(entry["operation"]) for entry in list(self.server.log) if entry["system"] == "jira"]

    def done(self, machine: Machine, *command: str) -> str:
        """Run a command, by default the check with tickets, to a good end; what it said."""
        ran = machine.run_as_shown(*(command or FLAG))
        assert ran.code == 0, (ran.out, ran.words)
        return ran.out

    def assert_told(self, machine: Machine) -> None:
        """One ticket each, each state told once, what is gone closed; and another run writes nothing."""
        assert self.tickets() == {customer: [text] for customer, text in WANTED.items()}
        self.assert_at_rest(machine)

    def assert_at_rest(self, machine: Machine) -> None:
        """Another run writes nothing anywhere."""
        self.place.forget_requests()
        self.done(machine)
        assert self.place.writes() == []


def configure(machine: Machine) -> None:
    """One rule, and tickets; whatever else the settings say of invoices."""
    text = machine.settings.read_text(encoding="utf-8")
    tables = re.split(r"^(?=\[)", text, flags=re.MULTILINE)
    kept = "".join(table for table in tables if not table.startswith("[invoices"))
    off = "".join(f"[invoices.rules.{rule.id}]\non = false\n" for rule in RULES if rule.id != "unpaid")
    kept = re.sub(r"^settle = .*$", f"settle = {SETTLE}", kept, flags=re.MULTILINE)
    machine.settings.write_text(f"{kept}{SETTINGS}{off}", encoding="utf-8")


@contextlib.contextmanager
def checking(machine: Machine) -> Iterator[InvoiceCheck]:
    """The check as a command has it, for what is asked of it without one."""
    with opened(machine.settings, verbose=False) as (place, ledger):
        yield invoice_check(place, ledger)


def _is_closed(issue: Mapping[str, Any]) -> bool:
    return bool(issue["statusCategory"] == "done")


def _said(text: str) -> str:
    if "This is gone" in text:
        return "gone"
    found = SAID.search(text)
    assert found, text
    return found[1].strip()
