"""`setup DEAL`: read the deal, plan, have it approved, apply under the customer's lock, keep what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from integrations.core.change import Change, Result, foreseen
from integrations.core.clock import Clock
from integrations.core.company_name import reads_the_same
from integrations.core.errors import AuthError, ConfigError, Fault, IntegrationError, Rejected
from integrations.core.heirs import CUSTOMER, command, gone_among, inherited, question, unknown_here, was_set_up
from integrations.core.heirs import called as called_before
from integrations.core.identity import bind, former, is_of
from integrations.core.ledger import Ledger, ResourceRecord, RunRecord
from integrations.core.ledger.heirs import Gone
from integrations.core.lock import WAIT, Locks
from integrations.core.model import Customer, Deal
from integrations.core.names import PLAIN, identifier, project_key
from integrations.core.plan import Approval, Found, Given, Limits, Plan, Planner
from integrations.core.playbook import Playbook, Subject, wanted
from integrations.core.rows import attempt
from integrations.core.run import Ended, Flow, Lock, Run, Session, settled
from integrations.core.succession import Hint
from integrations.core.system import Source, System
from integrations.flows.setup.handover import brought_back, questions
from integrations.flows.setup.identity import Identified, OpenHeir, identified
from integrations.flows.setup.outcome import Following, Outcome, account_manager, called

Follow = Callable[[Deal, Plan], Following | None]
"""Says what follows the plan of a deal's set-up; None: nothing does, or it can't be told before."""


@dataclasses.dataclass(frozen=True)
class Shown:
    """A plan as a person is shown it."""

    deal: Deal
    playbook: Playbook
    plan: Plan
    results: Mapping[str, Result]
    """What can be said of each step already: what nobody will write, what waits."""
    reference: str
    """What the command was given for the deal, and takes again."""
    named: str | None = None
    """The playbook, where the command named it."""
    following: Following | None = None
    """What follows; its fingerprints are among the plan's."""

    @property
    def changing(self) -> Sequence[str]:
        """The deal, as the command named it, where there is something to write."""
        return () if self.plan.is_empty else (self.reference,)


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
        waiting: Told, in words, what is waited for.
        given: The names that its plans have given.
        follow: Says what follows a set-up, of another flow: a part of its plan.
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
    waiting: Callable[[str, float, str], None] = lambda *_: None
    given: Given = dataclasses.field(default_factory=Given)
    follow: Follow = lambda *_: None

    def run(self, reference: str, approval: Approval[Outcome], *, playbook: str | None = None) -> Outcome:
        """Set the deal up, as far as it may; raises only for what is wrong in the settings.

        Twice: the second run finds nothing to do. Interrupted anywhere, the next run goes on from what is
        there. `playbook`: its name, where the deal's engagement does not tell.
        """
        session = Session(self.systems, self.ledger, self.locks, Clock(self.ledger, self.limits, _now))
        deal = _Deal(self, reference, playbook, session)
        how = f": closedwon setup {deal.called}"

        def run() -> Run[Shown, Outcome]:
            return Run(session, deal, approval, self.limits, how, self.waiting)

        return session.run(lambda: settled(run), deal.stopped)

    def waiting_since(self, deal: str) -> dict[str, str]:
        """Return since when the steps of a deal have been waiting, as its last run left them."""
        steps = [step for run in self.ledger.runs([deal]) for step in run.document["steps"]]
        return {step["step"]: step["since"] for step in steps if step.get("since")}

    def shown(self, outcome: Outcome) -> Shown:
        """The plan of an outcome that has one, as a person is shown it."""
        if outcome.plan is None or outcome.deal is None or outcome.playbook is None:
            raise AssertionError
        playbook = self.playbooks[outcome.playbook]
        following = outcome.following
        return Shown(outcome.deal, playbook, outcome.plan, outcome.results, outcome.reference, outcome.named, following)

    def named_before(self, deal: str) -> str:
        """The playbook that was named last for a deal; empty: none was."""
        return next((str(run.document.get("named") or "") for run in self.ledger.runs([deal])), "")

    def record(self, outcome: Outcome, deal: Deal) -> None:
        """Keep how the set-up of a deal stands; a run that is killed leaves what was written before it began."""
        now = _now()
        named = outcome.named or self.named_before(deal.id)
        self.ledger.record(
            RunRecord(
                deal=deal.id,
                customer=outcome.customer or Subject.of(deal).customer,
                outcome=outcome.ending,
                ended=now,
                document={**outcome.kept(now.isoformat(timespec="seconds")), "named": named or None},
                elsewhere=next((reference for reference in deal.customer.deals if reference.id == deal.id), None)
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
                f"there is no deal {reference}",
                who="the caller",
                next="Name it by its number, its link in the CRM, or a part of its customer's name. To see those "
                "there are: closedwon deals",
            )
        if deal.stage != "won":
            raise Rejected(
                f"deal {deal.id} ({deal.title}) is {deal.stage}, not won",
                who="the account manager",
                next="Only a won deal is set up. Mark it won in the CRM first.",
            )
        return self.with_all_deals(deal)

    def with_all_deals(self, deal: Deal, *, is_led_to: bool = False) -> Deal:
        """The deal, its customer knowing also the deals that came from files: every run has to see the same ones.

        And which deals' keys its objects may bear. `is_led_to`: its own customer step leads to that customer.

        Raises:
            IntegrationError: The system of record did not say.
        """
        customer = deal.customer
        if customer.id is None:
            deal = deal.model_copy(update={"is_proven": is_of(self.ledger, self.systems, deal.id, None)})
        else:
            bind(self.ledger, self.systems, deal.id, customer.id, is_led_to=is_led_to)
            deal = self._as_heir(deal, customer.id, self._inherited(deal, customer.id), asking=False)
        subject = Subject.of(deal)
        known = {reference.id: reference for reference in self.ledger.elsewhere((subject.customer, *subject.former))}
        known.update({reference.id: reference for reference in deal.customer.deals})
        deals = sorted(known.values(), key=lambda other: (other.won_on is None, other.won_on, other.id.zfill(20)))
        return deal.model_copy(update={"customer": deal.customer.model_copy(update={"deals": tuple(deals)})})

    def _as_heir(self, deal: Deal, customer: str, olds: Sequence[str], *, asking: bool) -> Deal:
        """The deal, its customer knowing by which keys its own, and what it has of customers that are gone, may go.

        Args:
            deal: The deal.
            customer: Its customer's id.
            olds: The customers (ids) whose heir that is.
            asking: Ask the system of record which deals made those that are a part of it.

        Raises:
            IntegrationError: The system of record did not say.
        """
        parts = [old for old in olds if old in deal.customer.parts]
        theirs = former(self.ledger, self.systems, olds, asking=False)
        theirs |= former(self.ledger, self.systems, parts, asking=asking)
        inherited_deals = {number for old in olds for number in theirs[old]}
        proven = former(self.ledger, self.systems, [customer])[customer]
        # After a merge the system of record says of theirs, too, that they are its own; of whom nothing is known here,
        # there is no telling which ones.
        if not all(old in parts or was_set_up(self.ledger, old) for old in olds):
            inherited_deals.update(proven)
        own = tuple(number for number in proven if number not in inherited_deals)
        is_proven = is_of(self.ledger, self.systems, deal.id, customer, (*own, *inherited_deals))
        keys = {"former": own, "inherited": tuple(olds), "inherited_deals": tuple(sorted(inherited_deals))}
        return deal.model_copy(
            update={"customer": deal.customer.model_copy(update=keys), "is_proven": is_proven},
        )

    def _inherited(self, deal: Deal, customer: str) -> tuple[str, ...]:
        """Return the customers (ids) that are gone and whose heir the deal's customer is.

        Raises:
            Rejected: A customer that one of its deals was set up for is gone, and nobody knows its heir.
            IntegrationError: The system of record did not say.
        """
        deals = dict.fromkeys([deal.id, *(reference.id for reference in deal.customer.deals)])
        doubtful, parts = self.ledger.customers_of(list(deals)), deal.customer.parts
        found, open_ones = inherited(self.ledger, self.systems, customer, doubtful, parts)
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

    def _question(self, deal: Deal, gone: Gone) -> OpenHeir:
        customer = deal.customer
        if customer.id is not None and customer.id not in {hint.customer for hint in gone.hints}:
            own = Hint(customer.id, customer.name, f"the deal {deal.id} is its")
            gone = dataclasses.replace(gone, hints=(*gone.hints, own))
        name = called_before(self.ledger, gone.customer)
        return OpenHeir(
            f"{question(gone, name)}: until somebody says who, nothing is made a second time",
            gone=gone,
            name=name,
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
        if customer.id is None or not (olds or customer.parts):
            return deal
        found = inherited(self.ledger, self.systems, customer.id, olds)[0] if olds else []
        known = tuple(dict.fromkeys([*customer.inherited, *found]))
        return self._as_heir(deal, customer.id, known, asking=True)

    def keep_parts(self, customer: Customer, plan: Plan) -> None:
        """Keep whose heir a customer is, where the ledger does not know it yet and something bears a mark of theirs.

        Raises:
            IntegrationError: The system of record did not say.
        """
        if any(change.found is not None and change.found.is_former for change in plan.changes):
            unknown = set(customer.parts) & set(customer.inherited) - self.ledger.heirs.known(customer.parts).keys()
            gone_among(self.ledger, self.systems, sorted(unknown))

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
        """The playbook that is named, else that an earlier set-up named, else the one that fits the deal's engagement.

        Raises:
            ConfigError: There is none of that name.
            Rejected: The deal's engagement fits none or several.
        """
        if name is not None:
            return self.named(name)
        before = self.named_before(deal.id)
        if before in self.playbooks:
            return self.playbooks[before]
        if len(deal.engagements) == 1 and deal.engagements[0] in self.playbooks:
            return self.playbooks[deal.engagements[0]]
        fitting = " and ".join(deal.engagements) if deal.engagements else "none"
        raise Rejected(
            f"deal {deal.id}: its engagement does not tell the playbook (it fits {fitting})",
            who="the account manager",
            next=f"Name one: closedwon setup {deal.id} --playbook {'|'.join(sorted(self.playbooks))}",
        )


class _Deal(Flow[Shown, Outcome]):
    """The flow that sets one deal up."""

    few: ClassVar[int] = 1
    at_once: ClassVar[int] = 1
    is_whole: ClassVar[bool] = True

    def __init__(self, setup: SetUp, reference: str, playbook: str | None, session: Session) -> None:
        self._setup, self._reference, self._named, self._session = setup, reference, playbook, session
        self.wait = setup.lock_wait
        self._waiting: Mapping[str, str] | None = None
        self._identified: Identified | None = None
        self._shown: Shown | None = None
        self._results: Mapping[str, Result] | None = None
        self.deal: Deal | None = None

    @property
    def called(self) -> str:
        """Return what follows `closedwon setup` to go on with this deal."""
        return called(Outcome(self._reference, named=self._named))

    def select(self) -> Sequence[str]:
        """The deal, as the command named it.

        Raises:
            ConfigError: There is no such playbook.
        """
        if self._named is not None:
            self._setup.named(self._named)
        return (self._reference,)

    def batches(self, ids: Sequence[str], *, held: bool) -> Iterator[Shown]:
        """The deal, planned; read anew where it is not held."""
        if ids:
            if not held:
                self._read()
            yield self._with_following(self._plan(), held=held)

    def _with_following(self, shown: Shown, *, held: bool) -> Shown:
        """Return a plan with what follows as a part of it: as it was shown, where it was."""
        if self._shown is not None and held:
            following = self._shown.following
        else:
            following = self._setup.follow(shown.deal, shown.plan)
        if following is None:
            return shown
        hashes = {**shown.plan.hashes, **following.plan.hashes}
        not_applied = {**shown.plan.not_applied, **following.plan.not_applied}
        changes = following.plan.changes
        plan = dataclasses.replace(shown.plan, hashes=hashes, not_applied=not_applied, followed_by=changes)
        return dataclasses.replace(shown, plan=plan, following=following)

    def show(self, batch: Shown) -> None:
        """Take the plan into the outcome."""
        self._shown = batch

    def planner(self) -> Planner:
        """Return what looks at the deal's objects."""
        setup = self._setup
        return Planner(setup.systems, setup.ledger, setup.patient, setup.waiting, setup.given)

    def begin(self, batch: Shown) -> None:
        """Keep that the set-up has begun."""
        self._shown = batch
        self._setup.record(self._outcome(interrupted=True), batch.deal)

    def learn(self, batch: Shown, results: Sequence[Result]) -> None:
        """Take the results into the outcome."""
        self._shown = batch
        self._results = {result.change.step: result for result in results}

    def finish(self, ended: Ended) -> None:
        """Keep how the set-up stands, unless nothing was even begun."""
        outcome = self.outcome(ended)
        if outcome.deal is not None and not outcome.not_applied:
            self._session.clock.judge()
            self._setup.record(outcome, outcome.deal)

    def outcome(self, ended: Ended) -> Outcome:
        """Return how the set-up stands."""
        not_applied = ended.not_applied or (ended.error is not None and self._results is None)
        how = {"not_applied": not_applied, "interrupted": ended.interrupted, "approval": ended.approved}
        return self._outcome(error=ended.error, **how)

    def stopped(self, error: IntegrationError) -> Outcome:
        """Return how a set-up ended that came to no plan."""
        return Outcome(self._reference, named=self._named, deal=self.deal, error=error)

    def _since(self, deal: str) -> Mapping[str, str]:
        if self._waiting is None:
            self._waiting = self._setup.waiting_since(deal)
        return self._waiting

    def _outcome(self, **how: Any) -> Outcome:
        shown = self._shown
        if shown is None:
            raise AssertionError
        return Outcome(
            self._reference,
            named=self._named,
            deal=shown.deal,
            playbook=shown.playbook.name,
            plan=shown.plan,
            results=self._results if self._results is not None else shown.results,
            following=shown.following,
            since=self._since(shown.deal.id),
            **how,
        )

    def locks(self, subject: str) -> Generator[Lock, bool, None]:
        """Yield the deal, its customer, and the names that the customer's objects may get.

        The deal is read once it is held, and read again where it may name another customer by now. A run of one of the
        customer's deals that began before that deal named the customer holds another lock. It is waited for, and the
        lock let go at once: what begins later sees the customer, once it holds what it read. So a customer with very
        many deals needs no more files than one with a single deal. A namesake's run sees in its plan what this makes.
        """
        yield Lock(f"deal:{subject}")
        deal = self.deal = self._setup.read(self._reference)
        self._identified = None
        held = ""
        while held != Subject.of(deal).lock:
            instead, held = bool(held), Subject.of(deal).lock
            has_waited = yield Lock(held, instead=instead)
            for name in Subject.of(deal).former_locks:
                has_waited |= yield Lock(name, is_passed=True)
            if has_waited or deal.customer.id is None:
                deal = self._read()
        name = deal.customer.name
        for proposal in sorted({f"named {identifier(name, PLAIN)}", f"named {project_key(name, PLAIN)}"}):
            yield Lock(proposal)

    def busy(self, holder: str) -> None:
        """Say who is working on this customer."""
        self._setup.waiting("closedwon", self.wait, f"{holder} is working on this customer")

    def _read(self) -> Deal:
        """Read the deal, and whose it is where it does not say."""
        setup = self._setup
        deal = self.deal = setup.read(self._reference)
        self._identified = None
        if deal.customer.id is None:
            wants = wanted(setup.playbook_for(deal, self._named), deal, setup.settings)
            self._identified = identified(deal, wants, self.planner(), setup.systems, setup.with_all_deals)
            self.deal = self._identified.deal
            if self.deal.customer.id is None:
                setup.refuse_gone(self.deal)
        return self.deal

    def _plan(self) -> Shown:
        shown = self._with_all_inherited()
        self._setup.refuse_names_of_gone(shown.deal, shown.plan)
        return shown

    def _with_all_inherited(self) -> Shown:
        shown = self._planned()
        if not any(_may_be_twice(change) for change in shown.plan.changes):
            return shown
        deal = self._setup.with_unknown(shown.deal)
        if deal.customer == shown.deal.customer:
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
        planner = self.planner()
        chosen = {step: _chosen(memory) for step, memory in planner.recall(wants.wants).items()}
        wanting = brought_back(self._setup.ledger, deal.customer, wants.wants, chosen)
        plan = planner.plan(wanting, wants.refused, read)
        choices = questions(self._setup.ledger, deal.customer, plan)
        if choices:
            plan = planner.plan(wanting, wants.refused, {**read, **choices})
        self._setup.keep_parts(deal.customer, plan)
        notes = (*plan.notes, *self._paid_by_former_customer(deal), *self._taken_over(deal, plan, chosen))
        plan = dataclasses.replace(plan, notes=notes)
        results = {change.step: foreseen(change) for change in plan.changes}
        return Shown(deal, playbook, plan, results, self._reference, self._named)

    def _paid_by_former_customer(self, deal: Deal) -> Iterator[str]:
        """That the deal's order makes the customer pay who had the deal before; a reseller's order looks the same."""
        payer, customer = deal.bill_to, deal.customer.id
        before = self._setup.ledger.customers_of([deal.id]) - {customer, *deal.customer.inherited}
        if payer is not None and customer is not None and payer.id in before:
            yield (
                f"{payer.name} ({payer.id}) pays, as the order says, and the deal was that customer's before. If "
                f"it is not to pay for {deal.customer.name}, correct the order first."
            )

    def _taken_over(self, deal: Deal, plan: Plan, chosen: Mapping[str, str | None]) -> Iterator[str]:
        """That a customer is gone whose things are taken over, by whose word; and what there is twice since.

        Nothing is there twice where a person chose the customer's own (`chosen`: by step, what a person chose).
        """
        ledger, customer = self._setup.ledger, deal.customer
        # Of several parts of one page the first: the others follow it.
        steps = {(change.system, change.kind): change for change in reversed(plan.changes) if change.found is not None}
        for old, gone in ledger.heirs.known(customer.inherited).items() if customer.inherited else ():
            if any(change.action == "adopt" for change in plan.changes):
                by = f" ({gone.proof})" if gone.proof else ""
                sentence = f"The customer {old} is gone from the ERP, and {customer.id} took its place{by}"
                yield f"{sentence}: what it had is taken over."
            for system, kind, number, _ in ledger.object_index.left(f"customer:{old}"):
                step = steps.get((system, kind))
                if kind == "customer" or step is None or step.found is None:
                    continue
                if step.found.id not in (number, chosen.get(step.step)):
                    yield (
                        f"{step.step}: {number} was that of the customer {old}, and stays beside this one. To take it "
                        f"instead: closedwon link {deal.id} {step.step}={number}; to leave it: "
                        f"closedwon link {old} heir=none"
                    )

    def _deal(self) -> Deal:
        if self.deal is None:
            raise AssertionError
        return self.deal


def _chosen(memory: ResourceRecord) -> str | None:
    """Return what a person chose for a step; None: nothing."""
    return memory.choice.answer if memory.choice is not None else None


def _may_be_twice(change: Change[Any]) -> bool:
    """Tell whether a known customer is to get what it may have under the key of another that became a part of it."""
    if change.kind == "customer":
        return False
    if change.action == "adopt" and change.found is not None and change.found.is_former:
        return True
    return change.action == "choose" or (change.action == "create" and change.key.startswith("customer:"))


def in_turn(deals: Sequence[Deal]) -> tuple[list[list[str]], list[Outcome]]:
    """Return the deals (ids) in groups, and the outcomes of those that make no sense.

    Those of one customer, and of its namesakes, are one group in their order: what a deal's plan is, and the names in
    it, depend on what the one before has made.
    """
    queues: dict[str, list[str]] = {}
    failed: list[Outcome] = []
    for deal in deals:
        subject = attempt("", Subject.of, deal)
        if isinstance(subject, IntegrationError):
            failed.append(Outcome(deal.id, deal=deal, error=subject))
            continue
        name = f"named {identifier(deal.customer.name, PLAIN)}" if deal.customer.name else subject.customer
        queue = queues.get(subject.customer) or queues.get(name) or []
        queue.append(deal.id)
        queues[subject.customer] = queue
        queues.setdefault(name, queue)
    return list({id(queue): queue for queue in queues.values()}.values()), failed
