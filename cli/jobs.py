"""Work that a server does, as attempts of runs: a deal's set-up, and what the schedules name.

Each opens a workspace of its own, as a command does: what adapters remember is never older than the attempt.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from cli.contacts.session import Options, contact_sync
from cli.deals import won_deals
from cli.display import follow, following, set_up
from cli.invoices.session import invoice_check
from config.settings import Settings
from config.workspace import Workspace, opened
from integrations.core.errors import ConfigError, IntegrationError, Rejected, Unavailable
from integrations.core.ledger import Actor, Ledger
from integrations.core.ledger.database import user
from integrations.core.model import Deal
from integrations.core.outcome import exit_code_of, exit_code_of_all
from integrations.core.plan import Approval
from integrations.core.rows import attempt
from integrations.flows.contacts.outcome import Request as ContactRequest
from integrations.flows.invoicing.check import Request as InvoiceRequest
from integrations.flows.setup import Outcome
from integrations.runs import SETUP, Result, Run, pause

if TYPE_CHECKING:
    from integrations.core.http import Sent
    from integrations.core.ledger.records import Trigger

LOCK_WAIT = 5.0
"""Seconds that a set-up waits for a customer whom somebody else has; then it is tried again."""
SOON, LATER = frozenset({1, 5}), frozenset({4, 6})
"""Exit codes of what a system or another run holds, and of what a person does."""


@dataclasses.dataclass(frozen=True)
class Jobs:
    """All work of a server.

    Attributes:
        announce: Queues a deal's set-up, unless a run of it is open or has failed.
        sent: Called with every request.
        waiting: Told who makes us wait, for how many seconds, and why.
        found: Told how many findings there are, by severity.
    """

    settings: Settings
    announce: Callable[[str], None]
    sent: Callable[[Sent], None] = lambda _: None
    waiting: Callable[[str, float, str], None] = lambda *_: None
    found: Callable[[Mapping[str, int]], None] = lambda _: None

    @property
    def work(self) -> Mapping[str, Callable[[Run], Result]]:
        """Return all flows by their names."""
        flows = {SETUP: self.set_up, "won": self.won, "contacts": self.contacts, "invoices": self.invoices}
        return {name: self._guarded(flow) for name, flow in flows.items()}

    def place(self, run: Run) -> str:
        """Return the partition of a run: its customer, or the deal itself where that is not known."""
        if run.flow != SETUP:
            return run.flow
        with self._workspace(playbooks=False) as workspace:
            deal = attempt("", lambda: workspace.deals.get([run.subject])[run.subject])
        customer = deal.customer.id if isinstance(deal, Deal) else None
        return f"customer:{customer}" if customer is not None else f"deal:{run.subject}"

    def set_up(self, run: Run) -> Result:
        """Set a deal up, and let its customer's people follow; a deal that is not won any more is left alone."""
        options = Options("", False, True, None, {}, False, None, False)
        with self._session("hook", playbooks=True) as (workspace, ledger):
            setup = set_up(workspace, ledger, patient=False)
            setup.lock_wait, setup.follow = LOCK_WAIT, following(workspace, ledger)
            outcome = setup.run(run.subject, Approval(yes=True))
            if isinstance(outcome.error, Rejected) and outcome.deal is None and _is_not_won(workspace, run.subject):
                return Result("done")
            people = follow(workspace, ledger, options, [outcome], has_seen=False, is_silent=True)
            code = exit_code_of_all([outcome, *people])
            is_planned = {outcome.ending, *(person.ending for person in people)} == {"planned"}
            return self._result(run, code, errors(outcome), is_planned=is_planned)

    def won(self, run: Run) -> Result:
        """Queue the set-up of every won deal that is not done."""
        with self._session("cron") as (workspace, ledger):
            deals, failed = won_deals(workspace, set_up(workspace, ledger))
        for deal in deals:
            self.announce(deal.id)
        found = [row.error for row in failed]
        return self._result(run, exit_code_of(error.exit_code for error in found), found)

    def contacts(self, run: Run) -> Result:
        """Bring the customers' people in step."""
        with self._session("cron") as (workspace, ledger):
            outcome = contact_sync(workspace, ledger).run(ContactRequest(), Approval(yes=True))
            failed = [outcome.error, *(failure.error for failure in outcome.failed), *outcome.unread.values()]
            failed += [line.error for line in outcome.lines]
            return self._result(run, outcome.exit_code, failed, is_planned=outcome.ending == "planned")

    def invoices(self, run: Run) -> Result:
        """Check the invoices, and keep tickets where the settings say in which project."""
        with self._session("cron") as (workspace, ledger):
            check = invoice_check(workspace, ledger)
            flag = bool(check.settings.tickets.project)
            outcome = check.run(InvoiceRequest(flag=flag), Approval(yes=True))
            self.found(Counter(found.finding.severity for found in outcome.findings if found.state in ("new", "open")))
            failed = [outcome.error, *(failure.error for failure in outcome.failed)]
            return self._result(run, outcome.exit_code, failed, is_planned=outcome.ending == "planned")

    def _guarded(self, flow: Callable[[Run], Result]) -> Callable[[Run], Result]:
        """Return a flow whose errors are results."""

        def work(run: Run) -> Result:
            try:
                return flow(run)
            except IntegrationError as error:
                return self._result(run, error.exit_code, [error])
            except ConfigError:
                return Result("failed", "ConfigError")

        return work

    def _result(
        self, run: Run, code: int, errors: Iterable[IntegrationError | None], *, is_planned: bool = False
    ) -> Result:
        """Return the result of an attempt that ended with this exit code."""
        found = [error for error in errors if error is not None]
        first = next((error for error in found if error.exit_code == code), None)
        kind, system = (first.type, first.system) if first is not None else ("", "")
        serve = self.settings.general.serve
        if code in LATER:
            return Result("waiting", kind, system, serve.look_again_minutes * 60)
        if code not in SOON:
            return Result("planned" if is_planned else "done")
        if time.time() - (run.since or time.time()) > serve.give_up_hours * 3600:
            return Result("failed", kind, system)
        asked = [error.retry_after or 0.0 for error in found if isinstance(error, Unavailable)]
        return Result("waiting", kind, system, pause(run.attempts, max(asked, default=None)))

    @contextlib.contextmanager
    def _workspace(self, *, playbooks: bool) -> Iterator[Workspace]:
        with opened(self.settings, sent=self.sent, waiting=self.waiting, playbooks=playbooks) as workspace:
            yield workspace

    @contextlib.contextmanager
    def _session(self, trigger: Trigger, *, playbooks: bool = False) -> Iterator[tuple[Workspace, Ledger]]:
        with self._workspace(playbooks=playbooks) as workspace:
            ledger = Ledger(self.settings.ledger, Actor(user(), trigger, ""))
            try:
                yield workspace, ledger
            finally:
                ledger.close()


def errors(outcome: Outcome) -> list[IntegrationError]:
    """Return the errors of a set-up and of its steps."""
    found = [outcome.error, *(result.error for result in outcome.results.values())]
    return [error for error in found if error is not None]


def _is_not_won(workspace: Workspace, deal: str) -> bool:
    """Return whether the CRM says that there is no such deal, or that it is not won."""
    found = attempt("", lambda: workspace.deals.get([deal])[deal])
    return found is None or (isinstance(found, Deal) and found.stage != "won")
