"""Whatever people write, decide and close, whatever can't be read, and whenever a check ends: laws that hold."""

from __future__ import annotations

import dataclasses
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from integrations.core.billing import Invoice
from integrations.core.errors import Unavailable
from integrations.flows.invoicing.answers import acknowledge, baseline, dispute, settle, take_back
from integrations.flows.invoicing.check import Request
from integrations.flows.invoicing.rule import RuleSettings
from tests.crash.doomed import doomed
from tests.flows.invoicing.oracle import YES, Oracle, Said
from tests.flows.invoicing.site import Site, invoice

CUSTOMERS = ("101", "102", "103")
SHARED = "102", "103"
"""Who pays for what whom is served."""
HOUR, DAY = 60, 24 * 60

customers = st.sampled_from(CUSTOMERS)
bills = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from((-40, -40, -1, 0, 2)), st.sampled_from(("100", "115", "150"))),
    max_size=3,
    unique_by=lambda bill: bill[0],
)
unread = st.sampled_from(({}, {}, {}, {"invoices": "they could not be read"}, {"account": "it could not be read"}))
picks = st.integers(0, 11)
minutes = st.sampled_from((0, 12, 3 * HOUR, 3 * HOUR, DAY, 3 * DAY))
"""What passes before a check."""


class Machine(RuleBasedStateMachine):
    """A company with a few customers, whose checks read only what may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.site = Site(Path(tempfile.mkdtemp()))
        self.site.tables |= {"full_every_hours": 100_000, "cause_customers": 2}
        self.oracle = Oracle(self.site)
        self._bills: dict[str, list[Invoice]] = {}
        self._shared: Invoice | None = None
        self._behind = 0

    def teardown(self) -> None:
        """At the end of each example, a check of everybody."""
        try:
            if sys.exc_info()[0] is None:
                self.check(DAY, full=True)
        finally:
            self.site.ledger.close()
            shutil.rmtree(self.site.folder)

    @initialize(per=st.sampled_from(("finding", "customer")), behind=st.sampled_from((0, 50)))
    def begin(self, per: str, behind: int) -> None:
        """`behind`: the minutes by which the ERP's clock is behind ours."""
        self.site.tables["tickets"]["per"] = per
        self._behind = behind
        first, second, third = CUSTOMERS
        overdue = [(1, -40, "100")]
        self.write(first, overdue, "Müller AG", {}, 0)
        self.write(second, overdue, "", {"invoices": "they could not be read"}, 0)
        self.write(third, overdue, "", {}, 0)

    # What people write in the ERP.

    @rule(
        customer=customers,
        bills=bills,
        name=st.sampled_from(("Müller AG", "", "", "crash")),
        unread=unread,
        late=st.sampled_from((0, 0, 9)),
    )
    def write(self, customer: str, bills: list[Any], name: str, unread: dict[Any, str], late: int) -> None:
        """`late`: the minutes after which the ERP shows what it stamped then."""
        today = self.site.today()
        self._bills[customer] = [
            invoice(int(customer) * 10 + number, customer, today + timedelta(days=days), amount)
            for number, days, amount in bills
        ]
        self._write(customer, late, name=name, unread=unread)

    @rule(customer=customers)
    def pay(self, customer: str) -> None:
        """The oldest invoice."""
        if self._bills.get(customer):
            self._bills[customer] = self._bills[customer][1:]
            self._write_again(customer)

    @rule(days=st.sampled_from((-40, -40, 0, None)))
    def share(self, days: int | None) -> None:
        """One customer is invoiced for another; None: no more."""
        payer, served = SHARED
        due = self.site.today() + timedelta(days=days or 0)
        self._shared = None if days is None else dataclasses.replace(invoice(900, payer, due), served=served)
        for customer in SHARED:
            self._write_again(customer)

    def _write_again(self, customer: str) -> None:
        known = self.site.books.accounts_by_id.get(customer)
        if known is not None:
            self._write(customer, 0, name=known.name, unread=known.unread)

    def _write(self, customer: str, late: int, **facts: Any) -> None:
        shared = [self._shared] if self._shared is not None and customer in SHARED else []
        now = self.site.clock
        self.site.clock = now - timedelta(minutes=self._behind + late)
        self.site.have(customer, *self._bills.get(customer, []), *shared, **facts)
        self.site.clock = now

    @rule(customer=st.none() | customers, grace=st.sampled_from((0, 10)), minimum=st.sampled_from((0, 110)))
    def delete(self, customer: str | None, grace: int, minimum: int) -> None:
        """A customer, or else the settings are changed."""
        if customer is not None:
            self.site.books.accounts_by_id.pop(customer, None)
            self.site.books.stamps.pop(customer, None)
        else:
            nameless = RuleSettings(on=minimum == 0)
            self.site.rules = {"owes": RuleSettings(grace_days=grace, minimum=minimum), "nameless": nameless}

    @rule(age=st.sampled_from((0, 0, 8, 8, None)))
    def import_the_bank(self, age: int | None) -> None:
        """The newest statement is so many days old; None: there never was one."""
        day = None if age is None else self.site.today() - timedelta(days=age)
        self.site.books.company = dataclasses.replace(self.site.books.company, bank=day)

    # What people decide.

    @rule(pick=picks, days=st.sampled_from((None, 0, 2)), undo=st.booleans())
    def acknowledge(self, pick: int, days: int | None, undo: bool) -> None:
        there = self._open()
        if not there:
            return
        chosen = there[pick % len(there)]
        if undo:
            take_back(self.site.check(), [chosen])
            self.oracle.acknowledged.pop(chosen, None)
            return
        until = self.site.today() + timedelta(days=days) if days is not None else None
        (known,) = acknowledge(self.site.check(), [chosen], "it is known", until)
        self.oracle.acknowledged[chosen] = Said(until, known.finding.amount)

    @rule()
    def baseline(self) -> None:
        if self.site.check().memory.moment("full") is not None:
            for known in baseline(self.site.check(), self.site.today()):
                self.oracle.acknowledged[known.finding.fingerprint] = Said(None, known.finding.amount)

    @rule(pick=picks, over=st.booleans())
    def dispute(self, pick: int, over: bool) -> None:
        check = self.site.check()
        there = {invoice.id for account in self.site.books.accounts_by_id.values() for invoice in account.invoices}
        among = sorted(check.decisions.disputes() if over else there)
        if among and over:
            settle(check, among[pick % len(among)])
        elif among:
            dispute(check, among[pick % len(among)], "Lena", "hours are contested")

    @rule(pick=picks)
    def close_a_ticket(self, pick: int) -> None:
        there = self.site.tickets.open()
        if there:
            key = there[pick % len(there)]
            ticket = self.site.tickets.there[key]
            self.site.tickets.there[key] = ticket.model_copy(update={"closed": True})

    # Runs.

    @rule(minutes=minutes, full=st.sampled_from((False, False, False, True)))
    def check(self, minutes: int, full: bool) -> None:
        self.site.wait(minutes=minutes)
        before = self.oracle.kept()
        self.oracle.assert_told(before, self.site.run(full=full))

    @rule(minutes=minutes, customer=customers)
    def check_one(self, minutes: int, customer: str) -> None:
        self.site.wait(minutes=minutes)
        before = self.oracle.kept()
        outcome = self.site.run(customer)
        assert (outcome.error is None) == (customer in self.site.books.accounts_by_id)
        self.oracle.assert_kept(before, {customer})

    @rule(minutes=minutes, after=st.integers(0, 3), flag=st.booleans(), full=st.booleans())
    def check_with_a_read_that_fails(self, minutes: int, after: int, flag: bool, full: bool) -> None:
        self.site.wait(minutes=minutes)
        before, open_before = self.oracle.kept(), self.site.tickets.open()
        self.site.books.fails, self.site.books.after = Unavailable("the ERP is down", system="erp"), after
        outcome = self.site.check().run(Request(flag=flag, full=full))
        self.site.books.fails = None
        self.oracle.assert_kept(before, set())
        if outcome.error is not None:
            assert self.site.tickets.open() == open_before

    @rule(minutes=minutes, left=st.integers(0, 12), flag=st.booleans(), full=st.booleans())
    def check_killed(self, minutes: int, left: int, flag: bool, full: bool) -> None:
        self.site.wait(minutes=minutes)
        before = self.oracle.kept()
        check = self.site.check()
        with doomed(left):
            check.run(Request(flag=flag, full=full), YES)
        self.oracle.assert_kept(before, set())

    @rule(minutes=minutes, asked=st.booleans())
    def flag(self, minutes: int, asked: bool) -> None:
        """`asked`: somebody says yes to what they saw."""
        self.site.wait(minutes=minutes)
        before, tickets = self.oracle.kept(), self.oracle.tickets()
        outcome = self.site.flag(ask=lambda _: True) if asked else self.site.flag()
        self.oracle.assert_told(before, outcome)
        self.oracle.assert_flagged(tickets, outcome)
        self.site.tickets.puts.clear()
        # Who is deleted is believed to be gone by the second run that does not see them.
        is_settled = self.oracle.check.memory.accounts() <= self.site.books.accounts_by_id.keys()
        self.site.flag()
        if is_settled:
            assert self.site.tickets.puts == []

    @rule(minutes=minutes)
    def flag_and_say_no(self, minutes: int) -> None:
        self.site.wait(minutes=minutes)
        before, open_before = self.oracle.kept(), self.site.tickets.open()
        self.oracle.assert_told(before, self.site.flag(ask=lambda _: False))
        assert self.site.tickets.open() == open_before

    def _open(self) -> list[str]:
        found = self.site.check().standing().findings()
        return sorted(known.finding.fingerprint for known in found if known.state != "resolved")
