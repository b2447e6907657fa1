"""Outcome of a contact sync: what was done to whom, one line for all of it, and what to do next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from cli.render.contacts.plan import hanging, is_of_system, people, plan_lines, reason, systems
from cli.render.words import count, seconds, whole, wrapped
from integrations.core.dates import lately
from integrations.core.errors import Unavailable
from integrations.core.money import thousands
from integrations.flows.contacts.outcome import Line, Outcome


def planned(outcome: Outcome) -> str:
    """Return what a plan comes to: `12 people new in 3 systems, 2 to be taken out (archived in the ERP), 1 to fix`."""
    lines = [line for line in outcome.lines if line.status == "planned" or line.unapproved]
    return ", ".join([*_changes(lines, "to be taken out"), *_open(outcome)]) or "nothing to do"


def closing(outcome: Outcome) -> str:
    """Return what a run came to; `Contacts: nothing to do; 1,204 in step.` where it came to nothing."""
    lines = [line for line in outcome.lines if line.status == "done"]
    changed, left = list(_changes(lines, "taken out")), list(_open(outcome))
    kept = outcome.counts["keep"]
    in_step = [f"{thousands(kept)} in step"] if kept else []
    if changed or left:
        worked = f"; {count(outcome.customers, 'customer')}, {seconds(outcome.seconds)}." if outcome.customers else "."
        return f"Contacts: {', '.join([*changed, *in_step, *left])}{worked}"
    if outcome.since is not None and not outcome.customers:
        return f"Contacts: nothing has changed since {lately(outcome.since)}."
    return f"Contacts: nothing to do{''.join(f'; {text}' for text in in_step)}."


def _changes(lines: Sequence[Line], out: str) -> Iterator[str]:
    """New, changed and taken out, each person counted once."""
    counted = people
    for action, words in (("create", "new"), ("adopt", "found there"), ("update", "changed"), ("archive", out)):
        found = [line for line in lines if line.action == action]
        if found:
            yield f"{counted(_persons(found))} {words}{_where_or_why(found)}"
            counted = thousands


def _where_or_why(lines: Sequence[Line]) -> str:
    """Of those who are new, in how many systems; of leavers the reason, where it is one or two."""
    if lines[0].action in ("create", "adopt"):
        return f" {systems({line.system for line in lines})}"
    why = sorted({reason(line.reason) for line in lines if line.reason})
    return f" ({'; '.join(why)})" if 0 < len(why) < 3 else ""


def _open(outcome: Outcome) -> Iterator[str]:
    """Return what did not come in step, by what has to happen next."""
    yield from _not_applied(outcome)
    differing = outcome.counts["conflict"]
    if differing:
        yield f"{thousands(differing)} typed over by somebody and left alone"
    if outcome.failed:
        yield f"{count(len(outcome.failed), 'row')} failed"
    fix = to_fix(outcome)
    if fix:
        yield f"{thousands(fix)} to fix"
    again = _count(line for line in outcome.lines if is_tried_again(line))
    if again:
        yield f"{thousands(again)} to be tried again"
    unapproved = _count(line for line in outcome.lines if line.unapproved)
    if unapproved:
        yield f"{thousands(unapproved)} waiting for a yes"
    yield from _elsewhere(outcome)


def _not_applied(outcome: Outcome) -> Iterator[str]:
    """Changes that were not begun, or only shown."""
    shown = _count(line for line in outcome.lines if line.status == "planned" and line.error is None)
    if shown and outcome.interrupted:
        yield f"{thousands(shown)} not begun"
    elif shown and not (outcome.not_applied and outcome.plan):
        yield f"{thousands(shown)} shown only (the system is not written here)"


def _elsewhere(outcome: Outcome) -> Iterator[str]:
    """Members, systems and customers that did not come in step, and are no row of the ERP."""
    if outcome.strangers:
        yield f"{thousands(len(outcome.strangers))} there without a reason in the ERP"
    if outcome.unread:
        yield f"{count(len(outcome.unread), 'system')} not looked through"
    if outcome.left:
        yield f"{count(len(outcome.left), 'customer')} left for the next run (somebody else is at work there)"


def to_fix(outcome: Outcome) -> int:
    """Return how many rows a person has to fix: those that cannot be synced, and those that just now could not."""
    found = {(problem.system, problem.key) for problem in outcome.problems}
    found |= {
        (line.system, "" if is_of_system(line) else line.key)
        for line in outcome.lines
        if line.error is not None and not is_tried_again(line) and line.status != "planned"
    }
    return len(found)


def is_tried_again(line: Line) -> bool:
    """Return whether nobody has to do anything but to run the command again."""
    return isinstance(line.error, Unavailable) or (line.error is not None and line.error.exit_code in (0, 1, 5))


def _persons(lines: Collection[Line]) -> int:
    return len({line.whose for line in lines})


def _count(lines: Iterator[Line]) -> int:
    return sum(1 for _ in lines)


def ended_lines(outcome: Outcome, *, shown_before: bool, command: str, is_asked: bool = False) -> list[str]:
    """All that is printed of a run that was not stopped.

    Args:
        outcome: How it ended.
        shown_before: A person saw the plan: what went as it said is not said again.
        command: The command that was called.
        is_asked: A dialogue about what is open follows.
    """
    lines: list[str] = []
    if not outcome.not_applied:
        shown = [line for line in outcome.lines if line.status not in ("done", "kept")] if shown_before else None
        lines += plan_lines(outcome, shown, is_asked=is_asked)
    is_plan = outcome.not_applied and bool(outcome.plan)
    if not is_plan or not shown_before:
        lines += hanging(f"{planned(outcome)}.  Plan {outcome.plan}." if is_plan else closing(outcome))
    for text in () if is_plan else _next(outcome, command):
        lines += wrapped("  next  ", text, 8)
    return lines


def _next(outcome: Outcome, command: str) -> Iterator[str]:
    if outcome.interrupted:
        yield f"go on where this stopped: {whole(command)}"
        return
    if to_fix(outcome) > len({line.system for line in outcome.lines if is_of_system(line)}):
        yield f"see who fixes what: {whole('closedwon contacts problems')}"
    if any(line.unapproved for line in outcome.lines):
        yield f"approve this plan: {whole(f'{command} --plan {outcome.plan}')}"
    elif outcome.approvals:
        customers = count(outcome.approvals, "customer waits", "customers wait")
        yield f"{customers} for a person's yes: {whole('closedwon contacts sync')}"
