"""`--flag`: the wanted tickets, planned, approved and written; exactly one for each exception that is there."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from integrations.core import log
from integrations.core.apply import Apply, Result, status_of
from integrations.core.change import Change
from integrations.core.errors import ConfigError, Conflict, Fault, IntegrationError, Unsafe
from integrations.core.ledger import Ledger
from integrations.core.plan import Limits, Plan, Planner, over_limit
from integrations.core.plan.plan import fingerprint
from integrations.core.resource import Live, Want
from integrations.core.rows import attempt
from integrations.core.system import System
from integrations.flows.invoicing.flagged import Flagged, TicketLine
from integrations.flows.invoicing.memory import Memory
from integrations.flows.invoicing.remembered import Known
from integrations.flows.invoicing.settings import InvoiceSettings
from integrations.flows.invoicing.tickets import KIND, Group, Wording, groups


@dataclasses.dataclass
class Flagging:
    """Keeps tickets in step with findings.

    Attributes:
        limits: `creates` and `archives` bound the new tickets and those that are closed.
        patient: Wait out, visibly, what a lost answer leaves open.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    memory: Memory
    settings: InvoiceSettings
    limits: Limits
    patient: bool = True
    waiting: Callable[[str, float, str], None] = lambda *_: None

    def __post_init__(self) -> None:
        self._system = ticket_system(self.systems, self.settings)
        self._plan: Plan | None = None
        self._groups: dict[str, Group] = {}

    def shown(self, findings: Sequence[Known], wording: Wording, today: date) -> Flagged:
        """What would be done for these findings, which are all that there are; writes nothing anywhere."""
        plan = self._planned(self._wanted(findings), wording, today)
        apart = self._untold(plan)
        if apart:
            plan = self._planned(self._wanted(findings, apart), wording, today)
        self._plan = self._needed(plan)
        results = [self._foreseen(change) for change in self._plan.changes]
        over = self._over(self._plan)
        return self._flagged(results, wording, shown_only=True, error=over)

    def _planned(self, wanted: Sequence[Group], wording: Wording, today: date) -> Plan:
        """Return the plan for these groups; a ticket that can't be worded is refused, and stays as it is."""
        self._groups = {group.key: group for group in wanted}
        wants: list[Want[Any]] = []
        refused: dict[str, IntegrationError] = {}
        for group in wanted:
            want = attempt("", wording.want, group, today)
            if isinstance(want, IntegrationError):
                refused[group.key] = want
                bare = wording.resource.model_construct(key=group.key)
                want = Want(group.key, self.settings.tickets.system, bare)
            wants.append(want)
        return self._planner.plan(wants, refused)

    def _untold(self, plan: Plan) -> frozenset[str]:
        """What came up after people closed the ticket that would tell of it: their word was not about this."""
        known = self.memory.tickets()
        return frozenset(
            one.finding.fingerprint
            for change in plan.changes
            if not change.key.startswith("finding:") and _is_closed_by_people(change, change.found)
            for one in self._groups[change.key].open
            if one.finding.fingerprint not in known.get(change.key, ("", frozenset[str]()))[1]
        )

    @property
    def hashes(self) -> frozenset[str]:
        """What stands for the changes that were shown."""
        return frozenset(self._plan.hashes.values()) if self._plan is not None else frozenset()

    def written(self, wording: Wording, approved: frozenset[str] | None) -> Flagged:
        """What was shown, carried out: what a person `approved`, or all that needs no approval (None)."""
        if self._plan is None:
            raise AssertionError
        self.memory.open_tickets(dict(self._telling(self._plan)))

        def allowed(change: Change[Any]) -> Result | None:
            if self._system.settings.mode == "read":
                return Result("planned", change, live=change.found)
            if approved is None:
                asks = self._system.settings.mode == "ask"
                return Result("waiting", change, live=change.found, unapproved=True) if asks else None
            if fingerprint(change, self.ledger.hash) not in approved:
                error = Conflict("changed since it was shown", system=change.system, next="Look at it again.")
                return Result("waiting", change, live=change.found, error=error)
            return None

        apply = Apply(
            self.systems, self.ledger, self._planner, log.RUN.get(), allowed, waiting=self.waiting
        )  # fmt: skip
        applied = apply.apply(self._plan)
        results = list(applied.results.values())
        with self.ledger.afterwards():
            self.memory.closed_tickets([result.change.key for result in results if _is_closed(result)])
        written = self._flagged(results, wording, shown_only=False, error=self.ledger.failure)
        return dataclasses.replace(written, interrupted=applied.interrupted)

    def _telling(self, plan: Plan) -> Iterator[tuple[str, tuple[str, frozenset[str]]]]:
        """The tickets that are to exist, each with its customer and the findings of which it tells from now on."""
        known = self.memory.tickets()
        for change in plan.changes:
            if not change.want.resource.active:
                continue
            group = self._groups[change.key]
            told = frozenset(one.finding.fingerprint for one in group.findings)
            if _is_closed_by_people(change, change.found) and change.key in known:
                told = known[change.key][1]
            yield change.key, (group.account, told)

    @property
    def _planner(self) -> Planner:
        writable = self._system.settings.mode != "read"
        return Planner(self.systems, self.ledger, lambda _: writable, self.patient, self.waiting)

    def _over(self, plan: Plan) -> Unsafe | None:
        """What of a plan is over a safety limit, in words for whoever wants the tickets."""
        over = over_limit(plan, self._limits)
        if over is None:
            return None
        actions = Counter(change.action for change in plan.changes if change.step in plan.hashes)
        limits = self._limits
        counted = {
            "new tickets": (actions["create"], limits.creates),
            "tickets to close": (actions["archive"], limits.archives),
            "tickets to comment on": (actions["update"] + actions["adopt"], limits.updates),
        }
        said = [
            f"{number} {what} in {self._system.title}, {most} allowed"
            for what, (number, most) in counted.items()
            if number > most
        ]
        system = self.settings.tickets.system
        return Unsafe(f"over a safety limit: {'; '.join(said)}", system=system, next=over.next)

    @property
    def _limits(self) -> Limits:
        tickets, lifted = self.settings.tickets, self.limits.lifted
        return dataclasses.replace(
            self.limits,
            creates=self.limits.creates if "creates" in lifted else tickets.new,
            archives=self.limits.archives if "archives" in lifted else tickets.closed,
            archive_share=1.0,
        )

    def _wanted(self, findings: Sequence[Known], apart: Container[str] = ()) -> list[Group]:
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

    def _needed(self, plan: Plan) -> Plan:
        """The plan without tickets that would be made, or opened again, for what is acknowledged.

        A run that was killed may have meant to make one, or not have learnt that it closed it.
        """

        def is_idle(change: Change[Any]) -> bool:
            group = self._groups[change.key]
            is_there = change.error is not None or (change.found is not None and change.found.state.active)
            return not (is_there or group.open or group.is_gone)

        return plan.limited_to({change.step for change in plan.changes if not is_idle(change)})

    def _foreseen(self, change: Change[Any]) -> Result:
        if change.action == "keep":
            return Result("kept", change, live=change.found)
        if change.error is not None:
            return Result(status_of(change.error), change, live=change.found, error=change.error)
        return Result("planned", change, live=change.found)

    def _flagged(
        self, results: Sequence[Result], wording: Wording, *, shown_only: bool, error: IntegrationError | None = None
    ) -> Flagged:
        lines = [(result, self._line(result, wording)) for result in results]
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
            plan=self._plan.id if self._plan is not None and (self._plan.hashes or self._plan.not_applied) else "",
            is_read_only=self._plan is not None and self._plan.is_read_only,
            shown_only=shown_only,
            asks=self._system.settings.mode == "ask",
            error=error,
        )

    def _line(self, result: Result, wording: Wording) -> TicketLine:
        """Return a result in words; where these raise, its key with what went wrong."""
        line = attempt("", self._worded, result, wording)
        if isinstance(line, TicketLine):
            return line
        change = result.change
        return TicketLine(change.key, change.key, "", "", change.action, result.status, error=result.error or line)

    def _worded(self, result: Result, wording: Wording) -> TicketLine:
        change = result.change
        group = self._groups[change.key]
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


def ticket_system(systems: Mapping[str, System], settings: InvoiceSettings) -> System:
    """The system that tickets are made in.

    Raises:
        ConfigError: There is none of that name, it makes no such tickets, or no project is named.
    """
    tickets = settings.tickets
    system = systems.get(tickets.system)
    if system is None:
        raise ConfigError(Fault("", "invoices.tickets.system", f"there is no system [{tickets.system}]"))
    if system.unusable is not None:
        raise system.unusable
    if KIND not in system.stores:
        raise ConfigError(Fault("", "invoices.tickets.system", f"{system.title} keeps no tickets of exceptions"))
    if not tickets.project:
        raise ConfigError(
            Fault("", "invoices.tickets.project", "is missing: the project in which --flag makes tickets"),
            next="Name it in [invoices.tickets]; config/example.toml shows how.",
        )
    return system


def project_of(system: System, settings: InvoiceSettings) -> str:
    """The ticket project's key: as its system calls it by name, else the name itself."""
    named = settings.tickets.project or ""
    projects = system.settings.public().get("projects")
    return str(projects.get(named, named)) if isinstance(projects, Mapping) else named


def _is_closed(result: Result) -> bool:
    """Whether an exception that is gone has no open ticket any more."""
    return not result.change.want.resource.active and result.status in ("done", "kept")


def _is_closed_by_people(change: Change[Any], live: Live[Any] | None) -> bool:
    """Whether somebody closed a ticket although the exception is there, and we did not: that one is left to them."""
    is_left = change.action == "keep" and change.want.resource.active
    return is_left and live is not None and bool(getattr(live.state, "closed", False))
