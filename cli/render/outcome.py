"""Outcome of a set-up, as a customer success manager reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cli.render.setup import link_commands, plan_lines
from cli.render.words import count, error_lines, safe, seconds, system_label, what_next, whole, wrapped
from integrations.core.calendar import day_of, today
from integrations.core.change import Action, Result
from integrations.core.dates import day
from integrations.core.errors import Ambiguous, AuthError, Blocked, LedgerError, Unavailable
from integrations.core.model import Deal
from integrations.core.playbook import Playbook
from integrations.flows.setup import Outcome, Shown
from integrations.flows.setup.outcome import account_manager, called

VERBS: Mapping[Action, str] = {"create": "made", "adopt": "adopted", "archive": "archived", "send": "sent"}


def outcome_lines(outcome: Outcome, *, numbered: bool = False) -> list[str]:
    """Return what was done, what waits for whom, and what is next; `numbered`: name the deal in each line."""
    deal = outcome.deal
    if deal is None or outcome.plan is None:
        return []
    first = f"Deal {safe(deal.id)}  " if numbered else ""
    lines = wrapped(first, _headline(outcome, deal), len(first))
    results = outcome.news
    for result in results:
        if result.status == "done" and result.live is not None:
            what = f"{system_label(result.change.system)} {result.change.want.resource.kind_label()}"
            verb = VERBS.get(result.change.action, "changed")
            lines.extend(wrapped(f"  {verb}", f"{what} {safe(result.live.id)}  {result.live.url}".rstrip(), 11))
    messages: set[str] = set()
    for result in results:
        why = result.error.message if result.error is not None and not isinstance(result.error, Blocked) else ""
        lines.extend(_waits(result, outcome) if why not in messages else [])
        lines.extend(_since(result, outcome) if why not in messages else [])
        messages |= {why} - {""}
    following = _following(outcome, results)
    return [*lines, *(wrapped("  next", following, 11) if following else [])]


def _following(outcome: Outcome, results: list[Result]) -> str:
    command = f"closedwon setup {safe(called(outcome))}"
    if outcome.plan is not None and any(result.unapproved for result in results):
        if any(result.status == "done" for result in results):
            return f"see and approve what is left: {whole(command)}"
        return f"approve this plan: {whole(f'{command} --plan {outcome.plan.id}')}"
    if outcome.interrupted:
        return f"go on where this stopped: {whole(command)}"
    return f"when that is fixed: {whole(command)}" if outcome.ending in ("waiting", "failed") else ""


def _headline(outcome: Outcome, deal: Deal) -> str:
    results = outcome.news
    name = safe(deal.customer.name, 60)
    over = [result for result in results if result.status in ("done", "kept")]
    if len(over) == len(results) and not any(result.status == "done" for result in results):
        return f"{name}: nothing to do, all {len(results)} are there. ({seconds(outcome.seconds)})"
    is_quiet = not any(result.change.action == "send" for result in over)
    sent = " Of this nothing was sent to the customer." if is_quiet else ""
    stopped = " Stopped before the end." if outcome.interrupted else ""
    return f"{name}: {len(over)} of {len(results)} done in {seconds(outcome.seconds)}.{sent}{stopped}"


def _waits(result: Result, outcome: Outcome) -> list[str]:
    change, error = result.change, result.error
    what = f"{system_label(change.system)} {change.want.resource.kind_label()}"
    if result.unapproved:
        return wrapped("  waits", f"{what}: [{change.system}] wants a person to approve each plan", 11)
    if change.action == "manual" and result.status == "waiting":
        task = safe(getattr(result.live.state, "task", "")) if result.live is not None else ""
        number = safe(result.live.id) if result.live is not None else ""
        url = result.live.url if result.live is not None else ""
        return wrapped("  waits", f"{what}, by hand: {task or 'enter ' + number}  {url}".rstrip(), 11)
    if isinstance(error, Ambiguous):
        lines = wrapped("  waits", f"{what}, {account_manager(outcome.deal)} chooses one:", 11)
        return [*lines, *(line for command in link_commands(outcome, change) for line in wrapped("", command, 13))]
    if error is None:
        why = "was not begun" if outcome.interrupted else f"[{change.system}] is read only here"
        return wrapped("  shown", f"{what}: {why}", 11) if result.status == "planned" else []
    if isinstance(error, Blocked):
        return wrapped("  waits", f"{what} {safe(error.message)}", 11)
    who = "" if isinstance(error, Unavailable) or not error.who or error.who in error.next else safe(error.who)
    first = "  failed" if result.status == "failed" else "  waits"
    subject = f"{what} " if isinstance(error, LedgerError) else ""
    sentence = f"{subject}{safe(error.message, 400)}.{f' Who: {who}.' if who else ''}".replace("..", ".")
    following = wrapped("", what_next("", error.next), 11) if error.next else []
    return [*wrapped(first, sentence, 11), *following, *_by_hand(result, outcome)]


def _since(result: Result, outcome: Outcome) -> list[str]:
    """Return since when it has been waiting, from the second day on."""
    since = outcome.since.get(result.change.step)
    if since is None or result.status not in ("waiting", "failed") or isinstance(result.error, Blocked):
        return []
    begun = day_of(datetime.fromisoformat(since))
    days = (today() - begun).days
    return wrapped("", f"since {day(begun)} ({count(days, 'day')})", 11) if days > 0 else []


def _by_hand(result: Result, outcome: Outcome) -> list[str]:
    """The other way where one right is missing: others in that system sufficed, so it is not the whole account."""
    change = result.change
    others = (other for other in outcome.results.values() if other.change.system == change.system)
    if not isinstance(result.error, AuthError) or change.found or not any(o.status in ("done", "kept") for o in others):
        return []
    command = whole(f"closedwon link {safe(outcome.reference)} {change.step}=ID")
    return wrapped("", f"Rather not grant it? Make it by hand, then: {command}", 11)


def stopped_lines(outcome: Outcome, playbook: Playbook | None, indent: int = 0) -> list[str]:
    """The plan and the error that stopped the whole of it; what was done before the ledger failed.

    `indent`: blanks before the error.
    """
    lines: list[str] = []
    if outcome.plan is not None and outcome.deal is not None and playbook is not None:
        shown = Shown(outcome.deal, playbook, outcome.plan, outcome.results, outcome.reference, outcome.named)
        lines.extend(plan_lines(shown))
    if isinstance(outcome.error, LedgerError):
        lines.extend(outcome_lines(outcome))
    if outcome.error is not None:
        lines.extend(error_lines(outcome.error, indent))
    return lines


def summary_line(outcomes: Sequence[Outcome]) -> str:
    """Several deals in one line."""
    endings = [outcome.ending for outcome in outcomes]
    parts = [
        f"{endings.count(ending)} {ending}" for ending in ("done", "planned", "waiting", "failed") if ending in endings
    ]
    return f"{count(len(outcomes), 'deal')}: {', '.join(parts) or 'nothing to do'}."
