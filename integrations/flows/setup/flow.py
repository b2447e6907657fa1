"""`setup DEAL`: read the deal, plan, have it approved, apply under the customer's lock, keep what came of it."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from integrations.core import log
from integrations.core.apply import Apply, Result, status_of
from integrations.core.change import Change
from integrations.core.clock import Clock
from integrations.core.company_name import reads_the_same
from integrations.core.errors import AuthError, ConfigError, Conflict, Fault, IntegrationError, Rejected
from integrations.core.heirs import CUSTOMER, command, gone_among, inherited, question, unknown_here
from integrations.core.heirs import called as called_before
from integrations.core.http import REQUESTS
from integrations.core.identity import former, is_of
from integrations.core.ledger import Ledger, Memory, RunRecord
from integrations.core.ledger.heirs import Gone
from integrations.core.lock import WAIT, Locks
from integrations.core.model import Deal
from integrations.core.naming import PLAIN, identifier, project_key
from integrations.core.plan import Found, Given, Limits, Plan, Planner, over_limit
from integrations.core.playbook import Playbook, Subject, wanted
from integrations.core.rows import attempt
from integrations.core.store import Source
from integrations.core.succession import Hint
from integrations.core.system import System
from integrations.flows.setup.approval import Approval, Shown
from integrations.flows.setup.handover import brought_back, questions
from integrations.flows.setup.identity import Identified, identified
from integrations.flows.setup.outcome import Outcome, account_manager, called
from integrations.flows.setup.scope import may_write


def _now() -> datetime:
    return datetime.now(UTC)


@dataclasses.dataclass
class SetUp:
    """Sets up deals in these systems.

    Attributes:
        deals: Where deals are read.
        playbooks: By name.
        settings: What templates see as `systems`.
        patient: Wait out, visibly, what a lost answer leaves open.
        at_once: How many deals are worked on at the same time where there are many.
        told: Told of every result as it comes.
        waiting: Told, in words, what is waited for.
        given: The names that its plans have given.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    locks: Locks
    deals: Source[Deal]
    playbooks: Mapping[str, Playbook]
    settings: Mapping[str, Mapping[str, Any]]
    limits: Limits = dataclasses.field(default_factory=Limits)
    patient: bool = True
    at_once: int = 4
    lock_wait: float = WAIT
    told: Callable[[Result], None] = lambda _: None
    waiting: Callable[[str, float, str], None] = lambda *_: None
    given: Given = dataclasses.field(default_factory=Given)

    def run(self, reference: str, approval: Approval, *, playbook: str | None = None) -> Outcome:
        """Set the deal up, as far as it may; raises only for what is wrong in the settings.

        Twice: the second run finds nothing to do. Interrupted anywhere, the next run goes on from what is
        there. `playbook`: its name, where the deal's engagement does not tell.
        """
        begun = time.monotonic()
        sent = Counter({name: 0 for name, system in self.systems.items() if system.http is not None})
        counting = REQUESTS.set(sent)
        run = _Run(self, reference, playbook, approval)
        with log.running(run.id):
            try:
                ended = attempt("", self._watched, run)
            finally:
                REQUESTS.reset(counting)
            outcome = Outcome(reference, deal=run.deal, error=ended) if isinstance(ended, IntegrationError) else ended
            seconds = time.monotonic() - begun
            outcome = dataclasses.replace(outcome, named=playbook, requests=dict(sent), seconds=seconds)
            if not outcome.shown_only and outcome.deal is not None and outcome.plan is not None:
                with self.ledger.afterwards():
                    self.record(outcome, outcome.deal)
        if self.ledger.failure is not None:
            outcome = dataclasses.replace(outcome, error=self.ledger.failure)
        return outcome

    def _watched(self, run: _Run) -> Outcome:
        clock = Clock(self.ledger, self.limits, _now)
        with clock.watching():
            outcome = run.outcome()
            if not outcome.shown_only:
                with self.ledger.afterwards():
                    clock.judge()
        return outcome

    def record(self, outcome: Outcome, deal: Deal) -> None:
        """Keep how the set-up of a deal stands; a run that is killed leaves what was written before it began."""
        self.ledger.record(
            RunRecord(
                deal=deal.id,
                customer=outcome.customer or Subject.of(deal).customer,
                outcome=outcome.ending,
                ended=_now(),
                document=outcome.kept(),
                elsewhere=next((one for one in deal.customer.deals if one.id == deal.id), None)
                if deal.lead is None
                else None,
            )
        )

    def read(self, reference: str) -> Deal:
        """The deal, which must be won.

        Raises:
            Rejected: There is no such deal, or it is not won.
            IntegrationError: The CRM said something else.
        """
        deal = self.deals.get([reference])[reference]
        if isinstance(deal, IntegrationError):
            raise deal
        if deal is None:
            raise Rejected(
                f"there is no deal {reference}", who="whoever called it", next="To see those there are: closedwon deals"
            )
        if deal.stage != "won":
            raise Rejected(
                f"deal {deal.id} ({deal.title}) is {deal.stage}, not won",
                who="the account manager",
                next="Only a won deal is set up. Mark it won in the CRM first.",
            )
        return self.with_all_deals(deal)

    def with_all_deals(self, deal: Deal) -> Deal:
        """The deal, its customer knowing also the deals that came from files: every run has to see the same ones.

        And which deals' keys its objects may bear.

        Raises:
            IntegrationError: The system of record did not say.
        """
        customer = deal.customer
        if customer.id is not None:
            olds = self._inherited(deal, customer.id)
            own = former(self.ledger, self.systems, [customer.id])[customer.id]
            theirs = former(self.ledger, self.systems, olds, asking=False)
            proven = tuple(sorted({*own, *(one for old in olds for one in theirs[old])}))
            is_proven = is_of(self.ledger, self.systems, deal.id, customer.id, proven)
            customer = customer.model_copy(update={"former": proven, "inherited": olds})
            deal = deal.model_copy(update={"customer": customer, "is_proven": is_proven})
        subject = Subject.of(deal)
        known = {one.id: one for one in self.ledger.elsewhere((subject.customer, *subject.former))}
        known.update({one.id: one for one in deal.customer.deals})
        deals = sorted(known.values(), key=lambda one: (one.won_on is None, one.won_on, one.id.zfill(20)))
        return deal.model_copy(update={"customer": deal.customer.model_copy(update={"deals": tuple(deals)})})

    def _inherited(self, deal: Deal, customer: str) -> tuple[str, ...]:
        """Return the customers (ids) that are gone and whose heir the deal's customer is.

        Raises:
            Rejected: A customer that one of its deals was set up for is gone, and nobody knows its heir.
            IntegrationError: The system of record did not say.
        """
        deals = dict.fromkeys([deal.id, *(one.id for one in deal.customer.deals)])
        found, open_ones = inherited(self.ledger, self.systems, customer, self.ledger.customers_of(list(deals)))
        for gone in open_ones:
            raise self._question(deal, gone)
        return tuple(found)

    def refuse_gone(self, deal: Deal) -> None:
        """Make sure that a deal that names no customer was not set up for one that is gone: it would get a second one.

        Raises:
            Rejected: It was.
            IntegrationError: The system of record did not say.
        """
        for gone in self._gone(sorted(self.ledger.customers_of([deal.id]))):
            self._refuse(deal, gone, f"it was set up for {gone.customer}")
        asked = [gone.customer for gone in self.ledger.heirs.known().values() if gone.is_open]
        alike = [old for old in asked if reads_the_same(deal.customer.name, called_before(self.ledger, old))]
        for gone in self._gone(alike):
            self._refuse(deal, gone, f"it names {gone.customer} in words")

    def refuse_names_of_gone(self, deal: Deal, plan: Plan) -> None:
        """Make sure that no name is passed over because one that is gone has it: the deal may be its heir's.

        Raises:
            Rejected: One has, and nobody knows its heir; or it has one, and the deal names no customer.
            IntegrationError: The system of record did not say.
        """
        holders = [holder for change in plan.changes if change.action == "create" for holder in change.taken]
        owners = {holder.mark.partition("/")[0] for holder in holders if holder.mark.startswith(CUSTOMER)}
        customers = sorted({owner.removeprefix(CUSTOMER) for owner in owners} - {deal.customer.id})
        for gone in self._gone(customers):
            self._refuse(deal, gone, f"{gone.customer} has its names")

    def _refuse(self, deal: Deal, gone: Gone, why: str) -> None:
        """Make sure that a deal which may be that of one that is gone waits until it is known whose it is.

        Raises:
            Rejected: Nobody knows the heir; or there is one, and the deal names no customer.
        """
        if gone.is_open:
            raise self._question(deal, gone)
        if gone.heir and deal.customer.id is None:
            raise Rejected(
                f"deal {deal.id} names no customer; {why}, whose place {gone.heir} took",
                who=account_manager(deal),
                next="Give the deal its customer in the CRM, then run the command again.",
            )

    def _gone(self, customers: Sequence[str]) -> Iterator[Gone]:
        """Yield those of these customers (ids) that are gone; who may not be seen is not.

        Raises:
            IntegrationError: The system of record did not say.
        """
        for gone in gone_among(self.ledger, self.systems, customers).values():
            if isinstance(gone, IntegrationError) and not isinstance(gone, AuthError):
                raise gone
            if isinstance(gone, Gone):
                yield gone

    def _question(self, deal: Deal, gone: Gone) -> Rejected:
        customer = deal.customer
        if customer.id is not None and customer.id not in {hint.customer for hint in gone.hints}:
            own = Hint(customer.id, customer.name, f"the deal {deal.id} is its")
            gone = dataclasses.replace(gone, hints=(*gone.hints, own))
        said = question(gone, called_before(self.ledger, gone.customer))
        return Rejected(
            f"{said}: until somebody says who, nothing is made a second time",
            who=account_manager(deal),
            next=f"Say who: {command(gone)}",
        )

    def with_unknown(self, deal: Deal) -> Deal:
        """The deal, its customer knowing also whose heir it is by the system's own records, whatever the ledger knows.

        Asked where something is about to be made that another one may have had: on another machine, with a lost ledger.

        Raises:
            IntegrationError: The system of record did not say.
        """
        customer = deal.customer
        olds = unknown_here(self.systems, customer.id) - set(customer.inherited) if customer.id is not None else ()
        if customer.id is None or not olds:
            return deal
        found, _ = inherited(self.ledger, self.systems, customer.id, olds)
        known = tuple(sorted({*customer.inherited, *found}))
        return deal.model_copy(update={"customer": customer.model_copy(update={"inherited": known})})

    def named(self, name: str) -> Playbook:
        """The playbook of this name.

        Raises:
            ConfigError: There is none.
        """
        if name not in self.playbooks:
            known = ", ".join(sorted(self.playbooks))
            raise ConfigError(Fault("--playbook", "", f"there is no playbook {name}; there are: {known}"))
        return self.playbooks[name]

    def playbook_for(self, deal: Deal, name: str | None) -> Playbook:
        """The playbook that was named, or the one that fits the deal's engagement.

        Raises:
            ConfigError: There is none of that name.
            Rejected: The deal's engagement fits none or several.
        """
        if name is not None:
            return self.named(name)
        if len(deal.engagements) == 1 and deal.engagements[0] in self.playbooks:
            return self.playbooks[deal.engagements[0]]
        said = " and ".join(deal.engagements) if deal.engagements else "none"
        raise Rejected(
            f"deal {deal.id}: its engagement does not tell the playbook (it fits {said})",
            who="the account manager",
            next=f"Name one: closedwon setup {deal.id} --playbook {'|'.join(sorted(self.playbooks))}",
        )


class _Run:
    """One run for one deal."""

    def __init__(self, setup: SetUp, reference: str, playbook: str | None, approval: Approval) -> None:
        self._setup, self._reference, self._named, self._approval = setup, reference, playbook, approval
        self.id = log.run_id()
        self._waited = False
        self._identified: Identified | None = None
        self.deal: Deal | None = None

    def outcome(self) -> Outcome:
        approval = self._approval
        if self._named is not None:
            self._setup.named(self._named)
        if approval.yes or approval.plan is not None:
            with self._locked():
                shown = self._plan()
                return self._decide(shown)
        self._read()
        shown = self._plan()
        over = over_limit(shown.plan, self._setup.limits)
        if over is not None and not approval.dry:
            return self._ended(shown, error=over)
        if shown.plan.is_empty and not approval.dry:
            return self._ended(shown)
        if approval.dry or approval.ask is None or not approval.ask(shown):
            return self._ended(shown, shown_only=True)
        self._setup.ledger.approve(shown.plan.id, list(shown.plan.hashes.values()))
        with self._locked():
            return self._decide(self._plan(), approved=shown.plan.id)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the deal, read it, hold its customer, and read it again where it may name another one by now.

        A run of one of the customer's deals that began before that deal named the customer holds another lock. It
        is waited for, and the lock let go at once: what begins later sees the customer, once it holds what it
        read. So a customer with very many deals needs no more files than one with a single deal.
        """
        wait, locks = self._setup.lock_wait, self._setup.locks
        with locks.hold(f"deal:{self._reference}", wait=wait, waiting=self._busy):
            deal = self.deal = self._setup.read(self._reference)
            while True:
                self._waited = False
                held = Subject.of(deal).lock
                with locks.hold(held, wait=wait, waiting=self._busy):
                    for name in Subject.of(deal).former_locks:
                        with locks.hold(name, wait=wait, waiting=self._busy):
                            pass
                    if self._waited or deal.customer.id is None:
                        deal = self._read()
                    if held == Subject.of(deal).lock:
                        with self._names_held(deal):
                            yield
                        return

    @contextlib.contextmanager
    def _names_held(self, deal: Deal) -> Iterator[None]:
        """Hold the names that the customer's objects may get: a namesake's run sees in its plan what this one makes."""
        name = deal.customer.name
        with contextlib.ExitStack() as held:
            for proposal in sorted({f"named {identifier(name, PLAIN)}", f"named {project_key(name, PLAIN)}"}):
                held.enter_context(self._setup.locks.hold(proposal, wait=self._setup.lock_wait, waiting=self._busy))
            yield

    def _read(self) -> Deal:
        """Read the deal, and whose it is where it does not say."""
        setup = self._setup
        deal = self.deal = setup.read(self._reference)
        self._identified = None
        if deal.customer.id is None:
            wants = wanted(setup.playbook_for(deal, self._named), deal, setup.settings)
            self._identified = identified(deal, wants, self._planner(), setup.systems, setup.with_all_deals)
            self.deal = self._identified.deal
            if self.deal.customer.id is None:
                setup.refuse_gone(self.deal)
        return self.deal

    def _busy(self, holder: str) -> None:
        self._waited = True
        self._setup.waiting("closedwon", self._setup.lock_wait, f"{holder} is working on this customer")

    def _plan(self) -> Shown:
        shown = self._with_all_inherited()
        self._setup.refuse_names_of_gone(shown.deal, shown.plan)
        return shown

    def _with_all_inherited(self) -> Shown:
        shown = self._planned()
        if not any(_may_be_twice(change) for change in shown.plan.changes):
            return shown
        deal = self._setup.with_unknown(shown.deal)
        if deal.customer.inherited == shown.deal.customer.inherited:
            return shown
        self.deal = deal
        return self._planned()

    def _planned(self) -> Shown:
        deal = self._deal()
        playbook = self._setup.playbook_for(deal, self._named)
        wants = wanted(playbook, deal, self._setup.settings)
        read: Found = {}
        if self._identified is not None:
            wants, read = self._identified.wanted(wants), self._identified.found
        payers = [party.id or party.name if party is not None else None for party in (deal.bill_to, deal.channel)]
        planner = self._planner()
        chosen = {step: _chosen(memory) for step, memory in planner.recall(wants.wants).items()}
        wanting = brought_back(self._setup.ledger, deal.customer, wants.wants, chosen)
        plan = planner.plan(wanting, wants.refused, payers, read)
        choices = questions(self._setup.ledger, deal.customer, plan)
        if choices:
            plan = planner.plan(wanting, wants.refused, payers, {**read, **choices})
        plan = dataclasses.replace(plan, notes=(*plan.notes, *self._taken_over(deal, plan)))
        results = {change.step: self._foreseen(change) for change in plan.changes}
        return Shown(deal, playbook, plan, results, self._reference, self._named)

    def _taken_over(self, deal: Deal, plan: Plan) -> Iterator[str]:
        """That a customer is gone whose things are taken over, by whose word; and what there is twice since."""
        ledger, customer = self._setup.ledger, deal.customer
        steps = {(one.system, one.kind): one for one in plan.changes if one.found is not None}
        for old, gone in ledger.heirs.known(customer.inherited).items() if customer.inherited else ():
            if any(change.action == "adopt" for change in plan.changes):
                by = f" ({gone.proof})" if gone.proof else ""
                said = f"The customer {old} is gone from the ERP, and {customer.id} took its place{by}"
                yield f"{said}: what it had is taken over."
            for system, kind, number, _ in ledger.filing.left(f"customer:{old}"):
                step = steps.get((system, kind))
                if kind != "customer" and step is not None and step.found is not None and step.found.id != number:
                    yield (
                        f"{step.step}: {number} was that of the customer {old}, and stays beside this one. To take it "
                        f"instead: closedwon link {deal.id} {step.step}={number}; to leave it: "
                        f"closedwon link {old} heir=none"
                    )

    def _planner(self) -> Planner:
        setup = self._setup
        return Planner(setup.systems, setup.ledger, self._in_scope, setup.patient, setup.waiting, setup.given)

    def _deal(self) -> Deal:
        if self.deal is None:
            raise AssertionError
        return self.deal

    def _in_scope(self, system: str) -> bool:
        return may_write(self._setup.systems[system], self._deal().customer.id)

    def _foreseen(self, change: Change[Any]) -> Result:
        if change.action == "keep":
            return Result("kept", change, live=change.found)
        if change.error is not None:
            return Result(status_of(change.error), change, live=change.found, error=change.error)
        return Result("planned", change, live=change.found)

    def _decide(self, shown: Shown, approved: str | None = None) -> Outcome:
        """Apply the plan if it is what was approved, or needs no approval."""
        setup, wanted_plan = self._setup, approved or self._approval.plan
        over = over_limit(shown.plan, setup.limits)
        if over is not None:
            return self._ended(shown, error=over)
        if wanted_plan is not None and shown.plan.id != wanted_plan:
            rest = set(shown.plan.hashes.values())
            if not rest <= setup.ledger.approved(wanted_plan):
                error = Conflict(
                    f"the plan is not {wanted_plan} any more, it is {shown.plan.id}",
                    next=f"Look at it; to apply it: closedwon setup {called(shown)} --plan {shown.plan.id}",
                )
                return self._ended(shown, error=error)
        elif wanted_plan is not None and approved is None:
            setup.ledger.approve(wanted_plan, list(shown.plan.hashes.values()))
        return self._apply(shown, approved=wanted_plan is not None)

    def _apply(self, shown: Shown, *, approved: bool) -> Outcome:
        def allowed(change: Change[Any]) -> Result | None:
            if not self._in_scope(change.system):
                return Result("planned", change, live=change.found)
            if not approved and self._setup.systems[change.system].settings.mode == "ask":
                return Result("waiting", change, live=change.found, unapproved=True)
            return None

        setup = self._setup
        if not shown.plan.is_empty:
            setup.record(dataclasses.replace(self._ended(shown), interrupted=True), shown.deal)
        apply = Apply(setup.systems, setup.ledger, self._planner(), self.id, allowed, setup.told, setup.waiting)
        applied = apply.apply(shown.plan)
        return dataclasses.replace(self._ended(shown), results=applied.results, interrupted=applied.interrupted)

    def _ended(self, shown: Shown, *, error: IntegrationError | None = None, shown_only: bool = False) -> Outcome:
        return Outcome(
            self._reference,
            deal=shown.deal,
            playbook=shown.playbook.name,
            plan=shown.plan,
            results=shown.results,
            error=error,
            shown_only=shown_only or error is not None,
        )


def _chosen(memory: Memory) -> str | None:
    """Return what a person chose for a step; None: nothing."""
    return memory.choice.answer if memory.choice is not None else None


def _may_be_twice(change: Change[Any]) -> bool:
    """Tell whether a known customer is to get what it may have under the key of another that became a part of it."""
    if change.kind == "customer":
        return False
    return change.action == "choose" or (change.action == "create" and change.key.startswith("customer:"))
