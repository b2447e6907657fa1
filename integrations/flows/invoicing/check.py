"""`invoices check`: read what may have changed, apply the rules, remember, tell; with tickets where they are wanted."""

from __future__ import annotations

import dataclasses

from integrations.core import calendar
from integrations.core.plan import Approval
from integrations.core.run import Run, Session
from integrations.flows.invoicing.flagging import TicketFlow
from integrations.flows.invoicing.outcome import Outcome
from integrations.flows.invoicing.passing import Pass
from integrations.flows.invoicing.selection import Selecting, digest
from integrations.flows.invoicing.shown import SHOWN, remembered
from integrations.flows.invoicing.standing import Books
from integrations.flows.invoicing.tickets import ticket_system


@dataclasses.dataclass(frozen=True)
class Request:
    """What a check is to look at.

    Attributes:
        customers: Only these, by their ids in the ERP; empty: all that may have changed.
        full: All customers, whatever seems to have changed.
        flag: Keep the tickets in step with what is found.
    """

    customers: tuple[str, ...] = ()
    full: bool = False
    flag: bool = False


class InvoiceCheck(Books):
    """Finds invoicing exceptions."""

    def run(self, request: Request, approval: Approval[Outcome] | None = None) -> Outcome:
        """Check, and flag as far as it may; raises only for what is wrong in the settings.

        Twice: the second run reads what is new, finds the same, and writes no ticket. Interrupted anywhere, the next
        run reads again what was not read to the end.
        """
        if request.flag:
            ticket_system(self.systems, self.settings)
        session = self.session
        return session.run(lambda: self._run(session, request, approval or Approval()), self._stopped)

    def _run(self, session: Session, request: Request, approval: Approval[Outcome]) -> Outcome:
        with self.holding():
            outcome = self._checked(request)
        if not request.flag or outcome.error is not None:
            return outcome
        ask = approval.ask
        asked = (lambda flagged: ask(dataclasses.replace(outcome, flagged=flagged))) if ask is not None else None
        allowed = Approval(approval.dry, approval.yes, approval.plan, ask=asked)
        tickets = TicketFlow(self, outcome)
        run = Run(session, tickets, allowed, tickets.limits, waiting=self.waiting)
        return dataclasses.replace(outcome, flagged=run.outcome())

    def _checked(self, request: Request) -> Outcome:
        """Everything that may have changed, read and judged."""
        now, today = self.now(), self.today()
        survey = self.source.survey()
        passing = Pass(self, survey, now, today)
        selecting = Selecting(self.memory, self.source, self.settings, digest(self.catalogue, self.settings))
        selection = selecting.select(request.customers, now, today, full=request.full, lacks=passing.lacks)
        last = self.ledger.last_run()
        doubt = self.clock.judge(selection.newest)
        if doubt is not None:
            # As everything stood when the clock was believed: what has an end has not reached it since.
            day = calendar.day_of(last) if last is not None else today
            return dataclasses.replace(self.standing(today=day).outcome(), error=doubt)
        passing.read(selection)
        selecting.finish(selection)
        self.memory.keep(**{SHOWN: remembered(self.memory.value(SHOWN), survey, today)})
        return passing.outcome(selection)
