"""Whatever people do on all sides, whatever goes wrong, and whenever a process ends: runs, and laws that hold."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from integrations.core.errors import Unforeseen
from integrations.flows.contacts.outcome import Outcome, Request
from integrations.flows.contacts.revoke import revoke
from integrations.flows.contacts.sync import Approval
from integrations.sandbox.fault import Fault
from tests.flows.contacts import oracle
from tests.flows.contacts.drawn import ADDRESSES, PEOPLE, SECRETS, SPELLINGS, faults, statuses
from tests.flows.contacts.edits import HOUR, TYPED, Edits
from tests.flows.contacts.world import CUSTOMERS, NAMESAKES, TARGETS, Doom, KilledError, together

DAY = 24 * HOUR
YES = Approval(yes=True)


class Machine(Edits):
    """Customers whose people are kept in step."""

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
        together(*(lambda is_full=is_full: self._run(full=is_full) for is_full in full))

    @rule(email=st.sampled_from(ADDRESSES), requests=st.none() | st.integers(0, 20))
    def revoke_somebody(self, email: str, requests: int | None) -> None:
        with contextlib.suppress(KilledError), self.world.process(self._settings, Doom(requests)) as sync:
            self._judge(revoke(sync, email, YES))
        self.world.fix(self.world.there.traps.jira_index_lag)
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
        assert [duplicate for name in TARGETS for duplicate in world.server.systems[name].duplicates(world.there)] == []
        for customer in CUSTOMERS:
            emails = [email for email, *_ in self._wiki.rows(customer)]
            assert len(emails) == len(set(emails)), emails

    @invariant()
    def prose_stays(self) -> None:
        for customer, texts in self._prose.items():
            assert texts, "nobody has written anything that could be lost"
            assert [text for text in texts if text not in self._wiki.body(customer)] == []

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
        world.fix()
        world.clock.behind = 0.0
        world.clock.pass_by(HOUR)
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
        self.prose_stays()
        self.nothing_is_there_twice()

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
        assert not [error for error in errors if isinstance(error, Unforeseen)], errors
        self._judge_ledger()

    def _judge_ledger(self) -> None:
        text = self.world.ledger_text()
        assert "@" not in text.replace("@acme.example", "")
        lines = [line for line in text.splitlines() for secret in (*SECRETS, *PEOPLE) if secret in line]
        assert [line for line in lines if line not in self._known] == []

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

    def _put_there(self, system: str, customer: str) -> set[str]:
        return {email for name, place, email in self._strangers if (name, place) == (system, customer)}
