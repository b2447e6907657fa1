"""`--flag`: the wanted tickets, planned, approved and written; exactly one for each exception that is there."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Container, Generator, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from integrations.core.change import Change, Result, foreseen
from integrations.core.errors import IntegrationError, Unsafe
from integrations.core.plan import Limits, Plan, Planner
from integrations.core.resource import Live, Want
from integrations.core.rows import attempt
from integrations.core.run import Ended, Flow, Lock
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.outcome import Flagged, TicketLine
from integrations.flows.invoicing.overview import LOCK, Books
from integrations.flows.invoicing.tickets import Group, Wording, groups, ticket_system

if TYPE_CHECKING:
    from integrations.flows.invoicing.outcome import Outcome

TICKETS = "tickets"
NOTHING = Plan((), {})


@dataclasses.dataclass(frozen=True)
class TicketPlan:
    """Tickets, planned.

    Attributes:
        groups: The findings of each ticket, by its key.
        wording: Words them.
    """

    plan: Plan
    groups: Mapping[str, Group]
    wording: Wording

    @property
    def changing(self) -> Sequence[str]:
        """The tickets, where there is something to write."""
        return () if self.plan.is_empty else (TICKETS,)


class TicketFlow(Flow[TicketPlan, Flagged]):
    """The flow that keeps tickets in step with findings; its one subject is all of them."""

    few: ClassVar[int] = 1
    at_once: ClassVar[int] = 1
    is_whole: ClassVar[bool] = False

    def __init__(self, books: Books, outcome: Outcome) -> None:
        """`outcome`: what the check found, which is all that there is."""
        self._books, self._found = books, outcome
        self.systems, self.ledger, self.memory, self.settings = (
            books.systems,
            books.ledger,
            books.memory,
            books.settings,
        )
        self._system = ticket_system(self.systems, self.settings)
        self._shown: TicketPlan | None = None
        self._results: Sequence[Result] | None = None
        self.wait = books.lock_wait

    def select(self) -> Sequence[str]:
        """All tickets."""
        return (TICKETS,)

    def locks(self, subject: str) -> Generator[Lock, bool, None]:
        """Yield the lock of checks: one runs at a time."""
        del subject
        yield Lock(LOCK)

    def busy(self, holder: str) -> None:
        """Say who is checking."""
        self._books.waiting("closedwon", self.wait, f"{holder} is checking the invoices")

    def batches(self, ids: Sequence[str], *, held: bool) -> Iterator[TicketPlan]:
        """The tickets, planned; where they are held, by what another check has found meanwhile too."""
        if not ids:
            return
        if held:
            self._found = self._books.standing().outcome(self._found)
        wording, today, findings = self._books.wording(self._found), self._books.today(), self._found.findings
        batch = self._planned(self._wanted(findings), wording, today)
        apart = self._untold(batch)
        if apart:
            batch = self._planned(self._wanted(findings, apart), wording, today)
        yield dataclasses.replace(batch, plan=_needed(batch))

    def show(self, batch: TicketPlan) -> None:
        """Take the plan into what people read."""
        self._shown = batch

    def planner(self) -> Planner:
        """Return what looks at tickets."""
        return Planner(self.systems, self.ledger, self._books.patient, self._books.waiting)

    def begin(self, batch: TicketPlan) -> None:
        """Keep which tickets are to exist, and of what they tell."""
        self._shown = batch
        self.memory.open_tickets(dict(self._telling(batch)))

    def learn(self, batch: TicketPlan, results: Sequence[Result]) -> None:
        """Keep which are closed."""
        self._shown, self._results = batch, results
        self.memory.closed_tickets([result.change.key for result in results if _is_closed(result)])

    def finish(self, ended: Ended) -> None:
        """Keep, where nothing was to be written, which tickets are closed, and what the others report."""
        batch = self._shown
        if self._results is None and ended.error is None and batch is not None:
            self.begin(batch)
            self.learn(batch, [foreseen(change) for change in batch.plan.changes])

    def outcome(self, ended: Ended) -> Flagged:
        """Return how the tickets stand."""
        batch = self._shown
        if batch is None:
            raise AssertionError
        results = self._results if self._results is not None else [foreseen(change) for change in batch.plan.changes]
        return self._flagged(batch, results, ended)

    def _planned(self, wanted: Sequence[Group], wording: Wording, today: date) -> TicketPlan:
        """Return the plan for these groups; a ticket that can't be worded is refused, and stays as it is."""
        wants: list[Want[Any]] = []
        refused: dict[str, IntegrationError] = {}
        accounts = self.memory.tickets()
        for group in wanted:
            want = attempt("", wording.want, group, today)
            if isinstance(want, IntegrationError):
                refused[group.key] = want
                bare = wording.resource.model_construct(key=group.key)
                want = Want(group.key, self.settings.tickets.system, bare)
            whose = group.account or next((finding.finding.account for finding in group.findings), "")
            customer = whose or accounts.get(group.key, ("", None))[0]
            wants.append(dataclasses.replace(want, customer=customer))
        plan = self.planner().plan(wants, refused)
        return TicketPlan(plan, {group.key: group for group in wanted}, wording)

    def _untold(self, batch: TicketPlan) -> frozenset[str]:
        """Return what came up after people closed the ticket that would tell of it: their word was not about this."""
        known = self.memory.tickets()
        return frozenset(
            finding.finding.fingerprint
            for change in batch.plan.changes
            if not change.key.startswith("finding:") and _is_closed_by_people(change, change.found)
            for finding in batch.groups[change.key].open
            if finding.finding.fingerprint not in known.get(change.key, ("", frozenset[str]()))[1]
        )

    def _telling(self, batch: TicketPlan) -> Iterator[tuple[str, tuple[str, frozenset[str]]]]:
        """The tickets that are to exist, each with its customer and the findings of which it tells from now on."""
        known = self.memory.tickets()
        for change in batch.plan.changes:
            if not change.want.resource.active:
                continue
            group = batch.groups[change.key]
            fingerprints = frozenset(finding.finding.fingerprint for finding in group.findings)
            if _is_closed_by_people(change, change.found) and change.key in known:
                fingerprints = known[change.key][1]
            yield change.key, (group.account, fingerprints)

    def worded(self, over: Unsafe) -> Unsafe:
        """Return that a limit is exceeded, in words for whoever wants the tickets."""
        plan = self._shown.plan if self._shown is not None else NOTHING
        actions = Counter(change.action for change in plan.changes if change.step in plan.hashes)
        limits = self.limits
        counted = {
            "new tickets": (actions["create"], limits.creates),
            "tickets to close": (actions["archive"], limits.archives),
            "tickets to comment on": (actions["update"] + actions["adopt"], limits.updates),
        }
        excesses = [
            f"{number} {what} in {self._system.title}, {most} allowed"
            for what, (number, most) in counted.items()
            if number > most
        ]
        system = self.settings.tickets.system
        return Unsafe(f"over a safety limit: {'; '.join(excesses)}", system=system, next=over.next)

    @property
    def limits(self) -> Limits:
        """The safety limits; `creates` and `archives` bound the new tickets and those that are closed."""
        tickets, limits = self.settings.tickets, self._books.limits
        return dataclasses.replace(
            limits,
            creates=limits.creates if "creates" in limits.lifted else tickets.new,
            archives=limits.archives if "archives" in limits.lifted else tickets.closed,
            archive_share=1.0,
        )

    def _wanted(self, findings: Sequence[TrackedFinding], apart: Container[str] = ()) -> list[Group]:
        """The groups whose ticket is to be looked at.

        What is only acknowledged gets no new ticket, and what is gone none either: there one has to be known.
        """
        pilot = self._system.settings.only
        mine = [known for known in findings if not pilot or known.finding.account in pilot]
        tickets = {key: account for key, (account, _) in self.memory.tickets().items()}
        kept = {key for key, account in tickets.items() if not pilot or account in pilot}
        wanted = groups(mine, self.settings, sorted(kept), apart)
        # The ticket of a customer that is gone: its heir's tells of the same now.
        own = {group.key for group in wanted if group.open}
        wanted = [
            dataclasses.replace(group, is_elsewhere=True)
            if not group.findings and f"customer:{tickets.get(group.key)}/invoicing" in own - {group.key}
            else group
            for group in wanted
        ]
        return [group for group in wanted if group.open or group.key in kept]

    def _flagged(self, batch: TicketPlan, results: Sequence[Result], ended: Ended) -> Flagged:
        lines = [(result, self._line(batch, result)) for result in results]
        return Flagged(
            system=self.settings.tickets.system,
            title=self._system.title,
            lines=tuple(line for result, line in lines if result.status != "kept"),
            kept=sum(result.status == "kept" for result in results),
            closed_by_people=tuple(
                line
                for result, line in lines
                if _is_closed_by_people(result.change, result.live or result.change.found)
            ),
            plan=ended.plan,
            is_read_only=ended.is_read_only,
            not_applied=ended.not_applied,
            asks=self._system.settings.mode == "ask",
            error=ended.error,
            interrupted=ended.interrupted,
        )

    def _line(self, batch: TicketPlan, result: Result) -> TicketLine:
        """Return a result in words; where these raise, its key with what went wrong."""
        line = attempt("", _worded, batch, result)
        if isinstance(line, TicketLine):
            return line
        change = result.change
        return TicketLine(change.key, change.key, "", "", change.action, result.status, error=result.error or line)


def _worded(batch: TicketPlan, result: Result) -> TicketLine:
    change, wording = result.change, batch.wording
    group = batch.groups[change.key]
    live = result.live if result.live is not None else change.found
    return TicketLine(
        key=change.key,
        label=wording.summary(group) if group.findings or live is None else live.state.label(),
        who=wording.who(group),
        state=group.state,
        action=change.action,
        status=result.status,
        id=live.id if live is not None else "",
        url=live.url if live is not None else "",
        error=result.error,
        unapproved=result.unapproved,
    )


def _needed(batch: TicketPlan) -> Plan:
    """The plan without tickets that would be made, or opened again, for what is acknowledged.

    A run that was killed may have meant to make one, or not have learnt that it closed it.
    """

    def is_idle(change: Change[Any]) -> bool:
        group = batch.groups[change.key]
        is_there = change.error is not None or (change.found is not None and change.found.state.active)
        return not (is_there or group.open or group.is_gone)

    return batch.plan.limited_to({change.step for change in batch.plan.changes if not is_idle(change)})


def _is_closed(result: Result) -> bool:
    """Return whether an exception that is gone has no open ticket any more."""
    return not result.change.want.resource.active and result.status in ("done", "kept")


def _is_closed_by_people(change: Change[Any], live: Live[Any] | None) -> bool:
    """Return whether somebody else closed a ticket although the exception is there: that one is left to them."""
    is_left = change.action == "keep" and change.want.resource.active
    return is_left and live is not None and bool(getattr(live.state, "closed", False))
