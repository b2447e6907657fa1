"""What happens to customers and deals, on all sides and in any order, and runs on two machines in between."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from integrations.core.errors import Ambiguous, IntegrationError, Unforeseen
from integrations.core.http import sender
from integrations.flows.setup import Outcome, flow
from integrations.sandbox.fault import Fault
from tests.flows.contacts.drawn import faults, statuses
from tests.flows.contacts.world import PAUSE, Doom, KilledError
from tests.identity.judge import FIRST_RELEASE, MADE_BY, Judge, objects
from tests.identity.world import SALES, TAGS, TECHNICAL, WON, Meanwhile, World

WIZARD = "base.partner.merge.automatic.wizard"
HAVE_HEIRS = find_spec("integrations.core.heirs") is not None
"""Whether customers may be merged, and go."""
NAMES = ("Atlas Werke AG", "Birke Handel GmbH", "Cirrus Optik AG")
PERSONS = ("Petra Moser", "Quirin Egger")
CITIES = ("Olten", "Thun", "Chur")
FILE = """\
title = "Work"
won_on = 2026-11-07
currency = "CHF"
one_time = "1000.00"
salesperson = "reto.frei@acme.example"
"""
"""What stands in every deal's file."""
WITHOUT = os.environ.get("IDENTITY_WITHOUT", "").split()
"""Rules to leave out: while what they show is known and open, others are seen beside it."""
ROUNDS = 8
"""Within so many rounds of set-ups, answers and syncs everything is at rest."""
picks = st.integers(0, 20)
machines = st.integers(0, 1)
engagements = st.sampled_from(["service", "project"])
events = st.sampled_from([name for name in ("merge", "move_deal", "delete", "become_a_part") if name not in WITHOUT])
"""What may happen in the middle of a run."""
systems = st.sampled_from(["erp", "jira", "panel", "wiki"])
modes = st.sampled_from(["read", "ask", "only"])


class Identity(RuleBasedStateMachine):
    """Two machines, and an ERP in which people work."""

    world: World
    """Set by the test."""

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(sender, "FIRST_PAUSE", PAUSE)
        self._patch.setattr(flow, "_now", self.world.clock.now)
        self.world.restore()
        self._machines = [self.world.machine(), self.world.machine()]
        self._customers: list[str] = []
        self._deals: list[str] = []
        self._meant: dict[str, str] = {}
        """By deal that names no company: the one that is meant; empty: a new one."""
        self._typed: dict[str, tuple[str, str]] = {}
        """By path of a deal's file: the name of the customer that stands there without an id, and the engagement."""
        self._said: dict[str, str] = {}
        """By customer that is gone: whom a person named as its heir; empty: nobody."""
        self._rows: dict[str, dict[str, Any]] = {}
        """By customer that was merged or deleted: its row, as a backup has it."""
        self._takes_back: set[str] = set()
        """The customers that are back and want what others took over; the others want something new."""
        self._is_over = False
        self._people = 0
        self._forgotten = False
        """A ledger was lost or swapped: who was let in is not known to it."""
        self._judge = Judge(self.world)

    @initialize(
        names=st.lists(st.sampled_from(NAMES), min_size=2, max_size=3), set_up=st.booleans(), is_old=st.booleans()
    )
    def begin(self, names: list[str], set_up: bool, is_old: bool = False) -> None:
        """Customers with people, each with a deal; `is_old`: others beside them, as the first release left them."""
        if is_old:
            self.world.restore_first_release(self._machines[0], FIRST_RELEASE)
            self._judge.begin(FIRST_RELEASE)
            self._customers, self._deals = list(FIRST_RELEASE.values()), list(FIRST_RELEASE)
        for name in names:
            self._company(name)
            self._deal(self._customers[-1], "service")
        if set_up:
            for deal in self._deals:
                self._set_up(0, deal)

    # What people do in the ERP.

    @rule(name=st.sampled_from(NAMES))
    def make_customer(self, name: str) -> None:
        self._company(name)

    @rule(name=st.sampled_from(PERSONS))
    def make_private_customer(self, name: str) -> None:
        self._company(name, people=1, is_company=False)

    @rule(pick=picks, engagement=engagements)
    def win_deal(self, pick: int, engagement: str) -> None:
        self._deal(self._customer(pick), engagement)

    @rule(name=st.sampled_from(NAMES), engagement=engagements, pick=st.none() | picks)
    def win_deal_that_names_no_company(self, name: str, engagement: str, pick: int | None) -> None:
        """Somebody typed a name: of a company that the ERP has, or of a new one."""
        alike = [number for number in self._living if self._named(number) == name]
        meant = alike[pick % len(alike)] if alike and pick is not None else ""
        deal = self._deal("", engagement, name)
        self._meant[deal] = meant

    @rule(pick=picks, name=st.sampled_from(NAMES))
    def rename(self, pick: int, name: str) -> None:
        self.world.erp("res.partner", "write", ids=[int(self._customer(pick))], vals={"name": name})

    @rule(pick=picks, active=st.booleans())
    def archive(self, pick: int, active: bool) -> None:
        self.world.erp("res.partner", "write", ids=[int(self._customer(pick))], vals={"active": active})

    @rule(pick=picks, hidden=st.booleans())
    def hide(self, pick: int, hidden: bool) -> None:
        self.world.hide(int(self._customer(pick)), hidden=hidden)

    @rule(pick=picks)
    def hire(self, pick: int) -> None:
        self._contact(self._customer(pick))

    @rule(pick=picks, to=picks)
    def move_contact(self, pick: int, to: int) -> None:
        contacts = self._contacts()
        if contacts:
            contact = contacts[pick % len(contacts)]
            self.world.erp("res.partner", "write", ids=[contact], vals={"parent_id": int(self._customer(to))})

    @rule(pick=picks, name=st.sampled_from(NAMES), deals=st.booleans())
    def split(self, pick: int, name: str, deals: bool) -> None:
        """A part of a customer becomes a company: half of the people go there, perhaps with the deals."""
        customer = self._customer(pick)
        part = self._company(name, people=0)
        for contact in self._contacts(customer)[::2]:
            self.world.erp("res.partner", "write", ids=[contact], vals={"parent_id": int(part)})
        for deal in [deal for deal in self._deals if deals and self._judge.erp.company_of(deal) == customer]:
            self._point(deal, part)

    @rule(pick=picks, to=st.none() | picks)
    def move_deal(self, pick: int, to: int | None) -> None:
        """Somebody corrects the company of a deal; None: takes it out, and the name that was typed is a customer's."""
        deal = self._deals[pick % len(self._deals)]
        self._point(deal, "" if to is None else self._customer(to))

    @rule(pick=st.none() | picks, name=st.sampled_from(NAMES), engagement=engagements)
    def write_deal_file(self, pick: int | None, name: str, engagement: str) -> None:
        """A deal that is in no CRM; where it names no company, its name is a customer's."""
        path = str(self.world.folder / f"deal-{len(self._deals)}.toml")
        self._judge.erp.files[path] = f"file-{len(self._deals)}", ""
        self._typed[path] = name, engagement
        self._deals.append(path)
        self._point(path, "" if pick is None else self._customer(pick))

    @rule(pick=picks)
    def copy_deal(self, pick: int) -> None:
        deal = self._lead(pick)
        lead = {name: value for name, value in self.world.leads[deal].items() if name in _LEAD}
        (made,) = self.world.erp("crm.lead", "create", vals_list=[{**lead, "tag_ids": [[6, 0, lead["tag_ids"]]]}])
        self._deals.append(str(made))
        self._meant[str(made)] = self._meant.get(deal, "")

    # What becomes of customers.

    @precondition(lambda self: HAVE_HEIRS and len(self._living) > 1)
    @rule(pick=picks, to=picks, language=st.sampled_from(["en_US", "de_DE"]))
    def merge(self, pick: int, to: int, language: str) -> None:
        """Somebody merges two customers with the ERP's wizard."""
        self._merge(self._customer(pick), self._customer(to), language)
        self._judge.notice()

    @precondition(lambda self: HAVE_HEIRS and len(self._living) > 1)
    @rule(pick=picks, to=picks)
    def become_a_part(self, pick: int, to: int) -> None:
        """A customer is put below another, as a part that is no company of its own."""
        self._put_below(self._customer(pick), self._customer(to))
        self._judge.notice()

    @precondition(lambda self: HAVE_HEIRS and len(self._living) > 1)
    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        """Somebody deletes a customer: what became of it is known to people alone. One that has parts stays."""
        self._delete(self._customer(pick))

    @precondition(lambda self: len(self._living) < len(self._customers))
    @rule(pick=picks, takes_back=st.booleans())
    def bring_back(self, pick: int, takes_back: bool) -> None:
        """A customer that was merged or deleted is restored under its id; one that became a part is its own again."""
        gone = [number for number in self._customers if number not in self._living]
        customer = gone[pick % len(gone)]
        if customer in self._rows:
            # What the first release marked with the deal alone is nobody's without the external id.
            self.world.bring_back(self._rows.pop(customer), MADE_BY.get(customer))
        else:
            vals = {"parent_id": False, "is_company": customer not in self._judge.erp.persons}
            self.world.erp("res.partner", "write", ids=[int(customer)], vals=vals)
        for known in (self._said, self._judge.erp.heirs):
            known.pop(customer, None)
        if takes_back:
            self._takes_back.add(customer)
        self._judge.notice()

    @precondition(lambda self: self._unanswered)
    @rule(pick=picks, heir=st.none() | picks)
    def say_who_took_its_place(self, pick: int, heir: int | None) -> None:
        unanswered = self._unanswered
        self._say(unanswered[pick % len(unanswered)], "" if heir is None else self._customer(heir))

    @rule(machine=machines, pick=picks, heir=st.none() | picks)
    def take_one_that_is_there_for_gone(self, machine: int, pick: int, heir: int | None) -> None:
        """Somebody who does not find a customer says who took its place; it is archived, or hidden from our account."""
        customer, named = self._customer(pick), "none" if heir is None else self._customer(heir)
        code = self._machines[machine].run("link", customer, f"heir={named}", "--reason", "not in the list")
        assert code, f"{customer} is there, and {named} was taken for its heir"

    # What happens to machines.

    @rule(machine=machines)
    def lose_ledger(self, machine: int) -> None:
        self._forgotten = True
        self._machines[machine].forget()

    @rule()
    def swap_ledgers(self) -> None:
        self._forgotten = True
        self._machines[0].swap(self._machines[1])

    # Runs.

    @rule(machine=machines, pick=picks)
    def set_up(self, machine: int, pick: int) -> None:
        self._set_up(machine, self._deals[pick % len(self._deals)])

    @rule(machine=machines, pick=picks)
    def set_up_and_answer(self, machine: int, pick: int) -> None:
        deal = self._deals[pick % len(self._deals)]
        self._answer(machine, deal, self._set_up(machine, deal))

    @rule(machine=machines, pick=picks, fault=faults, status=statuses)
    def set_up_with_a_fault(self, machine: int, pick: int, fault: dict[str, Any], status: int) -> None:
        self.world.server.faults.append(Fault(**fault, status=status, retry_after=0))
        self._set_up(machine, self._deals[pick % len(self._deals)])
        self.world.fix()

    @rule(machine=machines, pick=picks, requests=st.integers(0, 40))
    def set_up_killed(self, machine: int, pick: int, requests: int) -> None:
        self._set_up(machine, self._deals[pick % len(self._deals)], Doom(requests))

    @rule(machine=machines, pick=picks, event=events, first=picks, other=picks, requests=st.integers(0, 40))
    def set_up_meanwhile(self, machine: int, pick: int, event: str, first: int, other: int, requests: int) -> None:
        """Something happens in the ERP in the middle of a set-up."""
        deal = self._deals[pick % len(self._deals)]
        self._set_up(machine, deal, Meanwhile(requests, self._event(event, deal, first, other)))

    @rule(machine=machines, pick=picks, event=events, first=picks, other=picks)
    def set_up_approved_meanwhile(self, machine: int, pick: int, event: str, first: int, other: int) -> None:
        """Something happens in the ERP while a person looks at the plan."""
        deal = self._deals[pick % len(self._deals)]
        happens = self._event(event, deal, first, other)

        def asked() -> None:
            happens()
            self._judge.belonging()  # what is planned then has to know of it

        run = partial(self._machines[machine].set_up_approved, deal, asked)
        self._run_set_up([deal], run, is_planned_anew=True)

    @rule(machine=machines, pick=picks, event=events, first=picks, other=picks, requests=st.integers(0, 150))
    def set_up_won_meanwhile(self, machine: int, pick: int, event: str, first: int, other: int, requests: int) -> None:
        """Something happens in the ERP in the middle of the set-up of all deals."""
        doom = Meanwhile(requests, self._event(event, self._lead(pick), first, other))
        self._run_set_up(self._deals, lambda: self._machines[machine].set_up_won(doom))

    @rule(machine=machines, event=events, first=picks, other=picks, full=st.booleans(), requests=st.integers(0, 25))
    def sync_meanwhile(self, machine: int, event: str, first: int, other: int, full: bool, requests: int) -> None:
        """Something happens in the ERP in the middle of a sync."""
        self._sync(machine, Meanwhile(requests, self._event(event, self._lead(first), first, other)), full=full)

    @rule(machine=machines, pick=picks, system=systems, mode=modes, pilot=picks)
    def set_up_restricted(self, machine: int, pick: int, system: str, mode: str, pilot: int) -> None:
        """A system is not to be written to, or for one customer alone."""
        deal, only = self._deals[pick % len(self._deals)], self._only(mode, pilot)
        with self._restricted(machine, system, mode, only):
            before = self._judge.erp.company_of(deal)
            self._set_up(machine, deal)
            written = [line for line in self.world.writes() if line.startswith("erp ")]
            assert system != "erp" or before in only or not written, f"{written}, and the ERP is {mode} for {only}"

    @rule(machine=machines, system=systems, mode=modes, pilot=picks, full=st.booleans())
    def sync_restricted(self, machine: int, system: str, mode: str, pilot: int, full: bool) -> None:
        with self._restricted(machine, system, mode, self._only(mode, pilot)):
            self._sync(machine, full=full)

    @rule(machine=machines, full=st.booleans())
    def sync(self, machine: int, full: bool) -> None:
        self._sync(machine, full=full)

    @rule(machine=machines, full=st.booleans(), fault=faults, status=statuses)
    def sync_with_a_fault(self, machine: int, full: bool, fault: dict[str, Any], status: int) -> None:
        self.world.server.faults.append(Fault(**fault, status=status, retry_after=0))
        self._sync(machine, full=full)
        self.world.fix()

    @rule(machine=machines, full=st.booleans(), requests=st.integers(0, 40))
    def sync_killed(self, machine: int, full: bool, requests: int) -> None:
        self._sync(machine, Doom(requests), full=full)

    # The end.

    def teardown(self) -> None:
        """After all that goes wrong: questions are answered, and then there is nothing left to do."""
        try:
            if sys.exc_info()[0] is None:
                self._end()
        finally:
            self._patch.undo()
            for machine in self._machines:
                machine.remove()

    def _end(self) -> None:
        self._is_over = True
        for customer in self._customers:
            self.world.hide(int(customer), hidden=False)
        for customer in [*self._unanswered, *self._said]:
            self._say(customer, self._said.get(customer, ""))
        for deal, (number, named) in list(self._judge.erp.files.items()):
            customer = named or self._judge.erp.made_by(number)
            if customer and customer not in self._judge.erp.companies:
                self._point(deal, self._judge.erp.current(customer) or "")  # as the refusal tells people to do
        for deal in [deal for deal in self._deals if deal not in self._judge.erp.files]:
            customer = self._judge.erp.company_of(deal)
            if customer in self._judge.erp.persons:
                self._point(deal, customer)  # a company's name is still typed there, and it is asked which one counts
        for _ in range(ROUNDS):
            self.world.clock.pass_by(3600)
            if not self._round():
                break
        else:
            raise AssertionError(f"after {ROUNDS} rounds there is still something to do: {self.world.writes()}")
        served = {self._judge.erp.company_of(deal) for deal in self._deals}
        self._judge.agree(served, exactly=not self._forgotten)

    def _round(self) -> bool:
        """Run everything on both machines; tell whether anything was written or answered."""
        self.world.server.log.clear()
        answered = False
        for machine in range(len(self._machines)):
            for deal in self._deals:
                answered = self._answer(machine, deal, self._set_up(machine, deal)) or answered
            self._sync(machine, full=True)
        return answered or bool(self.world.writes())

    # How it is done.

    def _set_up(self, machine: int, deal: str, doom: Doom | None = None) -> Outcome | None:
        def run() -> Outcome:
            found = self._machines[machine].set_up(deal, doom)
            after = self._judge.erp.company_of(deal)
            if found.error is None and after:
                self._machines[machine].follow(after, doom)
            return found

        outcome: Outcome | None = self._run_set_up([deal], run)
        if outcome is not None:
            self._no_mistake([outcome.error, *(result.error for result in outcome.results.values())])
        return outcome

    def _run_set_up(self, deals: list[str], run: Callable[[], Any], *, is_planned_anew: bool = False) -> Any:
        """Run something that may make what these deals' customers have to have, before it or after.

        `is_planned_anew`: only after it, since it plans once more when all that happens has happened.
        """
        erp = self._judge.erp
        before, usable, there = {erp.company_of(deal) for deal in deals}, self._usable(), erp.companies.keys()

        def allowed() -> frozenset[str]:
            after = {erp.company_of(deal) for deal in deals}
            whose = after if is_planned_anew else before | after
            return frozenset(whose & (usable | (erp.companies.keys() - there)))

        return self._watched(run, allowed)

    def _sync(self, machine: int, doom: Doom | None = None, *, full: bool) -> None:
        outcome = self._watched(lambda: self._machines[machine].sync(doom, full=full), frozenset)
        if outcome is not None:
            self._no_mistake([outcome.error, *(line.error for line in outcome.lines)])

    def _watched(self, run: Callable[[], Any], allowed: Callable[[], frozenset[str]]) -> Any:
        """Return what a run came to, judged; None where it was killed."""
        belonging = self._judge.belonging()
        outcome = None
        with contextlib.suppress(KilledError):
            outcome = run()
        self._judge.look(allowed(), belonging)
        self._learn()
        return outcome

    @staticmethod
    def _no_mistake(errors: list[IntegrationError | None]) -> None:
        assert not [error for error in errors if isinstance(error, Unforeseen)], errors

    def _usable(self) -> set[str]:
        """The customers for whom something may be made: there, not archived, and to be seen."""
        erp = self._judge.erp
        return {number for number in erp.companies if erp.is_living(number) and not erp.is_hidden(number)}

    def _learn(self) -> None:
        """What deals have made are customers from now on."""
        known = set(self._customers)
        made = {self._judge.erp.company_of(deal) for deal in self._deals} - known - {""}
        self._judge.erp.persons |= {number for number in made if not self.world.partners[number].get("is_company")}
        self._customers += sorted(made)

    def _answer(self, machine: int, deal: str, outcome: Outcome | None) -> bool:
        """Answer what is asked as somebody does who knows; tell whether anything was."""
        asked = (
            [result for result in outcome.results.values() if isinstance(result.error, Ambiguous)] if outcome else []
        )
        answers = {change.change.step: self._truth(deal, change.change.step, change.error) for change in asked}
        for step, answer in answers.items():
            if answer:
                self._machines[machine].link(deal, step, answer)
        return any(answers.values())

    def _truth(self, deal: str, step: str, asked: Any) -> str:
        """Return what is right; empty where nobody can say it now.

        A ticket of the deal that was made for another customer is not this one's.
        """
        if step == "customer":
            meant = self._meant.get(deal)
            return "new" if not meant else meant if meant in self._usable() else ""
        owner = self._judge.erp.company_of(deal)
        kind = {"links": "page"}.get(step, step)
        owners = {candidate.id: self._judge.owners.get((kind, candidate.id), "") for candidate in asked.candidates}
        # Of a pair that was merged, what bears the one's own key counts.
        own = [number for number, whose in owners.items() if whose == owner]
        own += [number for number, whose in owners.items() if whose and self._judge.erp.current(whose) == owner]
        if own and owner:
            return str(own[0])
        back = [number for number in owners if self._judge.first.get((kind, number)) == owner in self._takes_back]
        if back and owner:
            self._judge.given.setdefault((kind, back[0]), set()).add(owner)
            return str(back[0])
        return "new" if step != "ticket" else "never"

    @property
    def _unanswered(self) -> list[str]:
        """The customers that are gone, and of whom nobody has said who took their place."""
        return [number for number in self._customers if self._judge.erp.current(number) is None]

    def _say(self, customer: str, heir: str) -> None:
        """Tell both machines who took a customer's place."""
        self._said[customer] = self._judge.erp.heirs[customer] = heir
        for machine in self._machines:
            machine.run("link", customer, f"heir={self._judge.erp.current(heir) or 'none'}", "--reason", "as agreed")

    def _only(self, mode: str, pilot: int) -> frozenset[str]:
        """Return the customers for whom a system may be written to."""
        return frozenset({self._customer(pilot)} if mode == "only" else ())

    @contextlib.contextmanager
    def _restricted(self, machine: int, system: str, mode: str, only: frozenset[str]) -> Iterator[None]:
        """Let a system of a machine be read, or wait for an approval, or have a pilot; judge that it keeps to it."""
        section = {"only": tuple(only)} if mode == "only" else {"mode": mode}
        self._machines[machine].restrictions[system] = section
        before = objects(self.world)
        self.world.server.log.clear()
        yield
        self._machines[machine].restrictions.clear()
        self._judge.untouched(system, before, only)

    def _event(self, event: str, deal: str, first: int, other: int) -> Callable[[], None]:
        """Return what somebody does in the ERP in the middle of a run; whom it concerns is known before."""
        customer, second = self._customer(first), self._customer(other)
        happens: dict[str, Callable[[], None]] = {
            "merge": lambda: self._merge(customer, second, "en_US"),
            "become_a_part": lambda: self._put_below(customer, second),
            "delete": lambda: self._delete(customer),
            "move_deal": lambda: self._point(deal, second),
        }
        return happens[event]

    def _merge(self, loser: str, survivor: str, language: str) -> None:
        if loser == survivor:
            return
        content, row = {"context": {"lang": language}}, dict(self.world.partners[loser])
        chosen = {"partner_ids": [[6, 0, [int(loser), int(survivor)]]], "dst_partner_id": int(survivor)}
        (made,) = self.world.erp(WIZARD, "create", vals_list=[chosen], **content)
        if self.world.erp(WIZARD, "action_merge", ids=[made], **content) is not None:
            self._judge.erp.heirs[loser], self._rows[loser] = survivor, row
            self.world.hide(int(loser), hidden=False)  # who is gone is hidden from nobody

    def _put_below(self, part: str, company: str) -> None:
        if part != company:
            vals = {"parent_id": int(company), "is_company": False}
            self.world.erp("res.partner", "write", ids=[int(part)], vals=vals)

    def _delete(self, customer: str) -> None:
        """One that has parts, or took somebody's place, stays."""
        if not {self._judge.erp.current(number) for number in self._customers if number != customer} & {customer}:
            row = dict(self.world.partners[customer])
            if self.world.erp("res.partner", "unlink", ids=[int(customer)]) is not None:
                self._rows[customer] = row
                self.world.hide(int(customer), hidden=False)

    def _company(self, name: str, people: int = 2, *, is_company: bool = True) -> str:
        number = len(self._customers)
        values = {"name": name, "is_company": is_company, "city": CITIES[number % len(CITIES)]}
        (made,) = self.world.erp("res.partner", "create", vals_list=[values])
        self._customers.append(str(made))
        if not is_company:
            self._judge.erp.persons.add(str(made))
        for _ in range(people):
            self._contact(str(made))
        self._judge.notice()
        return str(made)

    def _contact(self, customer: str) -> None:
        self._people += 1
        values = {"name": f"Person {self._people}", "email": f"person.{self._people}@people{self._people}.example"}
        row = {**values, "parent_id": int(customer), "type": "contact", "category_id": [[6, 0, [TECHNICAL]]]}
        self.world.erp("res.partner", "create", vals_list=[row])

    def _deal(self, customer: str, engagement: str, name: str = "") -> str:
        values = {"name": f"Work {len(self._deals)}", "type": "opportunity", "stage_id": WON, "user_id": SALES}
        values |= {"expected_revenue": 1000.0, "date_closed": "2026-11-07 09:30:00"}
        values |= {"tag_ids": [[6, 0, [TAGS[engagement]]]]}
        # What somebody typed stays in the lead, whatever company it is given.
        values |= {"partner_name": name or self._named(customer), "city": CITIES[len(self._deals) % len(CITIES)]}
        (made,) = self.world.erp("crm.lead", "create", vals_list=[values])
        self._deals.append(str(made))
        self._point(str(made), customer)
        return str(made)

    def _lead(self, pick: int) -> str:
        leads = [deal for deal in self._deals if deal not in self._judge.erp.files]
        return leads[pick % len(leads)]

    def _point(self, deal: str, customer: str) -> None:
        """Give a deal another company, or none; a file keeps its id, as one does that is copied and edited."""
        if deal in self._judge.erp.files:
            number, _ = self._judge.erp.files[deal]
            self._judge.erp.files[deal] = number, customer
            name, engagement = self._typed[deal]
            named = f'id = "{customer}"' if customer else f'name = "{name}"'
            text = f'{FILE}id = "{number}"\nengagement = "{engagement}"\n\n[customer]\n{named}\n'
            Path(deal).write_text(text, encoding="utf-8")
            return
        vals: dict[str, Any] = {"partner_id": int(customer) if customer else False}
        if customer in self._judge.erp.persons:
            vals |= {"partner_name": False, "contact_name": self._named(customer)}  # else it is asked which one counts
        self.world.erp("crm.lead", "write", ids=[int(deal)], vals=vals)
        orders = self.world.table("erp", "sale.order").items()
        ordered = [int(key) for key, order in orders if order.get("opportunity_id") == int(deal)]
        if ordered and customer:  # else its former customer would pay
            vals = {"partner_id": int(customer), "partner_invoice_id": int(customer)}
            self.world.erp("sale.order", "write", ids=ordered, vals=vals)

    def _customer(self, pick: int) -> str:
        living = self._living or [self._company(NAMES[0])]
        return living[pick % len(living)]

    @property
    def _living(self) -> list[str]:
        """The customers that are there, archived ones too."""
        return [number for number in self._customers if number in self._judge.erp.companies]

    def _named(self, customer: str) -> str:
        return str(self.world.partners[customer]["name"])

    def _contacts(self, customer: str = "") -> list[int]:
        """People with a tag of a customer, or of any."""
        found = self.world.partners.values()
        mine = {int(customer) for customer in ([customer] if customer else self._living)}
        return sorted(
            int(partner["id"]) for partner in found if partner.get("category_id") and partner.get("parent_id") in mine
        )


_LEAD = frozenset(
    {"name", "type", "stage_id", "user_id", "expected_revenue", "date_closed", "tag_ids", "partner_name", "city"}
    | {"partner_id"}
)
"""What the ERP takes along into a copy of an opportunity."""
