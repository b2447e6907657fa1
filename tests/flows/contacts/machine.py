"""Whatever people do on all sides, whatever goes wrong, and whenever a process ends: a model, and laws that hold."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from integrations.core.errors import Unforeseen
from integrations.core.http import sender
from integrations.flows.contacts import running
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.removing import revoke
from integrations.flows.contacts.request import Approval, Request
from integrations.flows.contacts.settings import ContactSettings
from integrations.odoo.connection import Connection
from integrations.sandbox.fault import Fault
from tests.flows.contacts import oracle
from tests.flows.contacts.drawn import (
    ADDRESSES,
    EMAILS,
    PEOPLE,
    SECRETS,
    SPELLINGS,
    STRANGERS,
    customers,
    faults,
    picks,
    statuses,
    values,
)
from tests.flows.contacts.hands import ROW, Jira, Panel, Wiki
from tests.flows.contacts.world import CUSTOMERS, NAMESAKES, PAUSE, TARGETS, Doom, KilledError, World, together

OWN = "closedwon@acme.example"
"""The account that we work with: where it makes an organization, it is a member."""
TYPED = "typed by hand"
HOUR, DAY = 3600, 86_400
YES = Approval(yes=True)


class Machine(RuleBasedStateMachine):
    """Customers whose people are kept in step."""

    world: World
    """Set by the test."""

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        self._jira, self._panel, self._wiki = Jira(self.world), Panel(self.world), Wiki(self.world)
        self._places: dict[str, Jira | Panel] = {"jira": self._jira, "panel": self._panel}
        self._targets: dict[str, Jira | Panel | Wiki] = {**self._places, "wiki": self._wiki}
        self._settings = ContactSettings()
        self._revoked: set[str] = set()
        self._moved: set[int] = set()
        self._typed: set[tuple[str, str]] = set()
        self._lost = False
        self._unseen = False
        """Something happened that only a full pass sees."""
        self._prose: dict[str, list[str]] = {customer: [] for customer in CUSTOMERS}

    @initialize(
        grace=st.sampled_from([0, 3]),
        lag=st.sampled_from([0.0, 0.01]),
        page=st.sampled_from([1000, 2]),
        few=st.sampled_from([50, 0]),
        at_once=st.sampled_from([100, 1]),
    )
    def begin(self, grace: float, lag: float, page: int, few: int, at_once: int) -> None:
        """The world as it was set up; pages and chunks so small that there are several, or as large as ever."""
        self.world.restore(lag)
        self._settings = ContactSettings(grace_days=grace)
        self._patch.setattr(Connection, "page", page)
        self._patch.setattr(sender, "FIRST_PAUSE", PAUSE)
        self._patch.setattr(running, "FEW", few)
        self._patch.setattr(running, "CUSTOMERS", at_once)
        self._accounts = {name: target.accounts() for name, target in self._targets.items()}
        self._ever: dict[str, set[str]] = {customer: set() for customer in CUSTOMERS}
        self._known = self.world.ledger_text()
        self._strangers = {(name, customer, OWN) for name in TARGETS for customer in CUSTOMERS}
        self._notice()

    # What people do in the ERP.

    @rule(customer=customers, name=st.sampled_from(PEOPLE), email=st.sampled_from(EMAILS), values=values)
    def make_contact(self, customer: str, name: str, email: str, values: dict[str, Any]) -> None:
        vals = {"name": name, "email": email or False, **values, "parent_id": int(customer)}
        self.world.erp("create", vals_list=[vals])

    @rule(pick=picks, values=values.filter(bool))
    def change_contact(self, pick: int, values: dict[str, Any]) -> None:
        self.world.erp("write", ids=[self._contact(pick)], vals={**values})

    @rule(pick=picks, to=st.sampled_from([*CUSTOMERS, "106"]))
    def move_contact(self, pick: int, to: str) -> None:
        contact = self._contact(pick)
        self._moved.add(contact)
        self.world.erp("write", ids=[contact], vals={"parent_id": int(to)})

    @rule(pick=picks, active=st.booleans())
    def archive_contact(self, pick: int, active: bool) -> None:
        self.world.erp("write", ids=[self._contact(pick)], vals={"active": active})

    @rule(pick=picks)
    def delete_contact(self, pick: int) -> None:
        self._unseen = True
        self.world.erp("unlink", ids=[self._contact(pick)])

    # What people do elsewhere.

    @rule(customer=customers, system=st.sampled_from(["jira", "panel"]), pick=picks)
    def remove_by_hand(self, customer: str, system: str, pick: int) -> None:
        members = sorted(self._places[system].members(customer))
        if members:
            self._unseen = True
            self._places[system].remove(customer, members[pick % len(members)])

    @rule(customer=customers, system=st.sampled_from(["jira", "panel"]), email=st.sampled_from(STRANGERS))
    def add_by_hand(self, customer: str, system: str, email: str) -> None:
        self._places[system].add(customer, email)
        self._strangers.add((system, customer, email))

    @rule(customer=customers, pick=picks, arrived=st.booleans())
    def redeem_invitation(self, customer: str, pick: int, arrived: bool) -> None:
        invitations = self._panel.open(customer)
        if invitations:
            self._panel.redeem(invitations[pick % len(invitations)], arrived=arrived)

    @rule(customer=customers, pick=picks, what=st.sampled_from(["phone", "row", "prose"]))
    def edit_page(self, customer: str, pick: int, what: str) -> None:
        rows = ROW.findall(self._wiki.body(customer))
        if what == "prose":
            text = f"<p>Prose {len(self._prose[customer])} of {customer}</p>"
            self._prose[customer].append(text)
            self._wiki.edit(customer, self._wiki.body(customer), self._wiki.body(customer) + text)
        elif rows and what == "phone":
            self._type_phone(customer, pick % len(rows))
        elif rows:
            self._unseen = True
            self._wiki.drop_row(customer, pick % len(rows))

    # Time.

    @rule(hours=st.sampled_from([1, 12, 24, 72, 200]))
    def time_passes(self, hours: int) -> None:
        self.world.clock.pass_by(hours * HOUR)

    @rule(hours=st.sampled_from([0, 1, 30, 400]))
    def clock_is_set(self, hours: int) -> None:
        self.world.clock.behind = hours * HOUR

    # Runs.

    @rule(full=st.booleans())
    def run(self, full: bool) -> None:
        self._run(full=full)

    @rule(full=st.booleans(), fault=faults, status=statuses)
    def run_with_a_fault(self, full: bool, fault: dict[str, Any], status: int) -> None:
        self._lost = True
        self.world.server.faults.append(Fault(**fault, status=status, retry_after=0))
        self._run(full=full)

    @rule(full=st.booleans(), requests=st.integers(0, 40))
    def run_killed(self, full: bool, requests: int) -> None:
        self._lost = True
        with contextlib.suppress(KilledError):
            self._run(full=full, doom=Doom(requests))

    @rule(full=st.tuples(st.booleans(), st.booleans()))
    def two_runs_at_once(self, full: tuple[bool, bool]) -> None:
        self._lost = True
        together(*(lambda one=one: self._run(full=one) for one in full))

    @rule(email=st.sampled_from(ADDRESSES), requests=st.none() | st.integers(0, 20))
    def revoke_somebody(self, email: str, requests: int | None) -> None:
        with contextlib.suppress(KilledError), self.world.process(self._settings, Doom(requests)) as sync:
            self._judge(revoke(sync, email, YES))
        self.world.mend(self.world.there.traps.jira_index_lag)
        with self.world.process(self._settings) as sync:
            outcome = revoke(sync, email, YES)
        self._judge(outcome)
        if outcome.error is None:
            self._revoked.add(email)

    # Laws.

    @invariant()
    def nobody_is_in_a_namesakes_place(self) -> None:
        self._notice()
        for customer in NAMESAKES:
            for name, target in self._targets.items():
                foreign = target.members(customer) - self._ever[customer] - self._put_there(name, customer)
                assert not foreign, f"{name}: {foreign} are none of {customer}'s"

    @invariant()
    def no_account_is_ever_deleted(self) -> None:
        for name, target in self._targets.items():
            accounts = target.accounts()
            assert accounts >= self._accounts[name]
            self._accounts[name] = accounts

    @invariant()
    def nothing_is_there_twice(self) -> None:
        world = self.world
        assert [one for name in TARGETS for one in world.server.systems[name].duplicates(world.there)] == []
        for customer in CUSTOMERS:
            emails = [email for email, *_ in self._wiki.rows(customer)]
            assert len(emails) == len(set(emails)), emails

    @invariant()
    def prose_stays(self) -> None:
        for customer, texts in self._prose.items():
            assert all(text in self._wiki.body(customer) for text in texts)

    def teardown(self) -> None:
        """The end of everything that goes wrong, and the fixed point behind it."""
        try:
            if sys.exc_info()[0] is None:
                self._end()
        finally:
            self._patch.undo()
            self.world.forget()

    def _end(self) -> None:
        world, grace = self.world, self._settings.grace_days * DAY
        world.mend()
        world.clock.behind = 0.0
        self._run(full=False, patient=True)
        if not self._unseen:
            self._agree(exactly=False)
        world.clock.pass_by(grace + HOUR)
        self._settle()
        self._agree(exactly=False)
        world.clock.pass_by(grace + HOUR)
        self._settle()
        self._agree(exactly=True)
        world.server.log.clear()
        outcome = self._settle()
        assert (world.wrote(), outcome.ending, outcome.plan) == ([], "done", "")
        world.server.log.clear()
        outcome = self._run(full=False)
        assert (world.asked(), outcome.ending) == ({"erp"}, "done")
        self._judge_ledger()

    def _settle(self) -> Outcome:
        """A full run of a process that waits out what lost answers left open."""
        return self._run(full=True, patient=True)

    def _run(self, *, full: bool, doom: Doom | None = None, patient: bool = False) -> Outcome:
        with self.world.process(self._settings, doom) as sync:
            sync.patient = patient
            outcome = sync.run(Request(full=full), YES)
        self._judge(outcome)
        return outcome

    def _judge(self, outcome: Outcome) -> None:
        """No run ends by a mistake of ours, and none leaves in the ledger who somebody is."""
        errors = [outcome.error, *(line.error for line in outcome.lines)]
        assert not [one for one in errors if isinstance(one, Unforeseen)], errors
        self._judge_ledger()

    def _judge_ledger(self) -> None:
        text = self.world.ledger_text()
        assert "@" not in text.replace("@acme.example", "")
        told = [line for line in text.splitlines() for one in (*SECRETS, *PEOPLE) if one in line]
        assert [line for line in told if line not in self._known] == []

    def _agree(self, *, exactly: bool) -> None:
        """Everybody with a right is a member; `exactly`: and nobody else, but for those whom somebody put there."""
        for customer in CUSTOMERS:
            rights = {
                email: right
                for email, right in oracle.rights(self.world.partners, customer, SPELLINGS).items()
                if email not in self._revoked
            }
            for name, target in self._targets.items():
                wanted = {email for email, right in rights.items() if name in right.systems}
                members = target.members(customer)
                assert members >= wanted, f"{name} {customer}: {wanted - members} are missing"
                strangers = self._put_there(name, customer)
                if exactly:
                    assert members <= wanted | strangers, f"{name} {customer}: {members - wanted - strangers} remain"
            self._agree_on_rows(customer, rights)

    def _agree_on_rows(self, customer: str, rights: dict[str, oracle.Right]) -> None:
        for email, name, functions, phone in self._wiki.rows(customer):
            right = rights.get(email)
            if right is None:
                continue
            assert (name, functions) == (right.name, right.functions)
            # Only what was once written from the ERP is written over: all else stays, and is reported.
            is_theirs = phone == TYPED and (customer, email) in self._typed
            assert phone == right.phone or not right.phone or is_theirs

    def _type_phone(self, customer: str, number: int) -> None:
        """Somebody types over a phone, or into an empty cell: there it may be that ours was never known to be."""
        self._unseen = True
        email, _, _, phone = self._wiki.rows(customer)[number]
        if self._lost or not phone:
            self._typed.add((customer, email))
        self._wiki.type_phone(customer, number, TYPED)

    def _put_there(self, system: str, customer: str) -> set[str]:
        return {email for name, one, email in self._strangers if (name, one) == (system, customer)}

    def _contact(self, pick: int) -> int:
        """One of the customers' contacts."""
        partners = self.world.partners
        found = sorted(
            int(key)
            for key, one in partners.items()
            if not one.get("is_company") and (oracle.company_of(partners, one) in CUSTOMERS or int(key) in self._moved)
        )
        return found[pick % len(found)]

    def _notice(self) -> None:
        """Whoever is a contact of a customer now, or ever was."""
        for customer in CUSTOMERS:
            self._ever[customer] |= oracle.emails_of(oracle.contacts_of(self.world.partners, customer), SPELLINGS)
