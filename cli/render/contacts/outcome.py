"""How a contact sync ended: what was done to whom, one line for all of it, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from cli.render.contacts.closing import closing, is_of_system, planned, to_fix
from cli.render.contacts.plan import plan_lines
from cli.render.contacts.words import hanging
from cli.render.words import count, whole, wrapped
from integrations.flows.contacts.outcome import Outcome


def ended_lines(outcome: Outcome, *, shown_before: bool, said: str) -> list[str]:
    """All that is printed of a run that was not stopped.

    Args:
        outcome: How it ended.
        shown_before: A person saw the plan: what went as it said is not said again.
        said: The command that was called.
    """
    lines: list[str] = []
    if not outcome.shown_only:
        told = [line for line in outcome.lines if line.status not in ("done", "kept")] if shown_before else None
        lines += plan_lines(outcome, told)
    is_plan = outcome.shown_only and bool(outcome.plan)
    if not is_plan or not shown_before:
        lines += hanging(f"{planned(outcome)}.  Plan {outcome.plan}." if is_plan else closing(outcome))
    for text in () if is_plan else _next(outcome, said):
        lines += wrapped("  next  ", text, 8)
    return lines


def _next(outcome: Outcome, said: str) -> Iterator[str]:
    if outcome.interrupted:
        yield f"go on where this stopped: {whole(said)}"
        return
    if to_fix(outcome) > len({line.system for line in outcome.lines if is_of_system(line)}):
        yield f"see who fixes what: {whole('closedwon contacts problems')}"
    if any(line.unapproved for line in outcome.lines):
        yield f"approve this plan: {whole(f'{said} --plan {outcome.plan}')}"
    elif outcome.approvals:
        customers = count(outcome.approvals, "customer waits", "customers wait")
        yield f"{customers} for a person's yes: {whole('closedwon contacts sync')}"
