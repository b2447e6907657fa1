"""A set-up as a customer success manager reads it: its plan, and its outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from cli.render.words import (
    COLOURS,
    NARROW,
    SIGNS,
    cells,
    count,
    error_lines,
    padded,
    safe,
    seconds,
    system_label,
    value,
    what_next,
    whole,
    width,
    wrapped,
)
from integrations.core.calendar import day_of, today
from integrations.core.change import WRITING, Action, Change, FieldChange, Result, news
from integrations.core.dates import day
from integrations.core.document import Document
from integrations.core.errors import Ambiguous, AuthError, Blocked, LedgerError, Unavailable
from integrations.core.model import Deal
from integrations.core.names import abridged
from integrations.core.playbook import Playbook
from integrations.core.resolve import preview
from integrations.core.resource import Holder, Live, Resource, about
from integrations.flows.invoicing.prospect import Lack
from integrations.flows.setup import Outcome, Shown, outcome
from integrations.flows.setup.outcome import Called, account_manager, called

MEANINGS: Mapping[Action, str] = {
    "create": "new",
    "update": "changed",
    "keep": "there already",
    "adopt": "taken over",
    "send": "draft",
    "manual": "by hand",
    "choose": "you choose",
    "archive": "archived",
    "blocked": "held up",
}
"""The signs' meanings, for the line under a plan."""


COUNTED: Mapping[Action, str] = {
    "create": "new",
    "update": "changed",
    "adopt": "taken over",
    "send": "to send",
    "manual": "by hand",
    "archive": "archived",
    "choose": "for you to choose",
    "blocked": "held up",
}


def plan_lines(shown: Shown, *, verbose: bool = False, asked: Collection[str] = ()) -> list[str]:
    """The whole plan, without its closing line; `asked`: the steps about which a dialogue follows."""
    lines = deal_lines(shown.deal, shown.playbook.name)
    people = people_of(shown.deal)
    steps = news(shown.plan.changes)
    changes = [change for change in shown.plan.changes if change.step in steps]
    systems = max((cells(system_label(change.system)) for change in changes), default=0)
    kinds = max((cells(change.want.resource.kind_label()) for change in changes), default=0)
    for change in changes:
        sign = click.style(SIGNS[change.action], fg=COLOURS.get(change.action), bold=change.action in COLOURS)
        names = f"{padded(system_label(change.system), systems)} {padded(change.want.resource.kind_label(), kinds)}"
        indent = 4 + systems + 1 + kinds + 2 if width() >= NARROW else 6
        described = wrapped("", describe(change, people), indent)
        lines.append(f"  {sign} {names}  {described[0].strip()}" if width() >= NARROW else f"  {sign} {names}".rstrip())
        lines.extend(described[width() >= NARROW :])
        if isinstance(change.error, Ambiguous) and change.step not in asked:
            lines.extend(candidate_lines(shown, change, indent))
        for holder in {holder.id: holder for holder in reversed(change.taken)}.values():
            lines.extend(wrapped("", taken_text(holder), indent))
        for field in change.theirs:
            lines.extend(wrapped("", f"left alone, people changed it: {field_text(change, field, people)}", indent))
        if verbose:
            for field in change.fields:
                lines.extend(_field_lines(change, field, indent))
    lines.extend(_legend(changes))
    for step, reason in shown.plan.never.items():
        lines.append(f"  never wanted: {step}" + (f" ({safe(reason)})" if reason else ""))
    for note in shown.plan.notes:
        lines.extend(wrapped("  note  ", note, 8))
    return lines


def _legend(changes: Sequence[Change[Any]]) -> list[str]:
    """The meanings of the signs in this plan."""
    used = [action for action in SIGNS if any(change.action == action for change in changes)]
    return (
        wrapped("  signs   ", "  ".join(whole(f"{SIGNS[action]} {MEANINGS[action]}") for action in used), 10)
        if used
        else []
    )


def _field_lines(change: Change[Any], field: FieldChange, indent: int) -> list[str]:
    """A field, old and new; of a text all that it will say, with blanks for what is known once it is made."""
    later = change.want.open.get(field.name)
    new = preview(later) if later is not None else getattr(change.want.resource, field.name, field.new)
    if not isinstance(new, Document):
        return wrapped("", f"{field.name}: {value(field.old)} -> {value(field.new)}", indent)
    lines = [line for text in new.plain().splitlines() for line in wrapped("", f"| {safe(text, 500)}", indent + 2)]
    return [*wrapped("", f"{field.name}:", indent), *lines]


def deal_lines(deal: Deal, playbook: str | None) -> list[str]:
    """The lines about the deal, its customer and its payer."""
    customer = deal.customer
    workspace = f", {safe(customer.city)}" if customer.city else ""
    won = f"won {day(deal.won_on)}" if deal.stage == "won" else deal.stage
    seller = f" by {safe(deal.salesperson.name)}" if deal.salesperson is not None else ""
    number = f"Deal {safe(deal.id)}  "
    kind = ", private person" if customer.is_company is False else ""
    heading = f"{safe(customer.name, 60)}{kind}{workspace}  ({playbook or 'no playbook'}, {won}{seller})"
    lines = wrapped(number, heading, min(11, cells(number)))
    lines.extend(wrapped("  sold", sold(deal), 11))
    payer = deal.bill_to
    name = payer.name if payer is not None else customer.name
    email = payer.invoice_email if payer is not None else customer.invoice_email
    parts = [
        safe(name, 60),
        *([safe(email)] if email else []),
        *([safe(deal.payment_term)] if deal.payment_term else []),
    ]
    lines.extend(wrapped("  bill to", ", ".join(parts), 11))
    if deal.account_manager is not None:
        lines.extend(wrapped("  manager", f"{safe(deal.account_manager.name)}, {safe(deal.managed_by)}", 11))
    if deal.channel is not None:
        lines.extend(wrapped("  through", f"{safe(deal.channel.name)}, who resells it and is invoiced", 11))
    return lines


def sold(deal: Deal) -> str:
    """The amounts a month and once: `unknown` where the CRM hides one from us, `-` for zero."""
    parts = []
    if deal.monthly is None:
        parts.append("unknown a month")
    elif deal.monthly.amount:
        parts.append(f"{deal.monthly} a month")
    if deal.one_time is None:
        parts.append("unknown once")
    elif deal.one_time.amount:
        parts.append(f"{deal.one_time} once")
    return ", ".join(parts) or "-"


def describe(change: Change[Any], people: Mapping[str, str]) -> str:
    """The words for what happens to an object."""
    if change.error is not None:
        return safe(change.error.message, 200) + _known_as(change)
    label = _abridged(change.want.resource.label(), 80)
    fields = ", ".join(field_text(change, field, people) for field in change.fields)
    if change.found is not None:
        return _described_as_found(change, change.found, label, fields)
    described = names_text(change.want.resource) if change.action in WRITING else label
    return f"{described}: to be made by hand" if change.action == "manual" else described


def _known_as(change: Change[Any]) -> str:
    """Return the name and the id of what an error holds up, where it is there under another name."""
    found = change.found
    if found is None or not change.is_found_as_other:
        return ""
    return f"; it is there as {_abridged(found.state.label(), 60)} ({safe(found.id)})"


def _described_as_found(change: Change[Any], found: Live[Any], label: str, fields: str) -> str:
    """Return what happens to an object that is there; one of another name than the wanted one is named, with its id."""
    there, number = _abridged(found.state.label(), 60), safe(found.id)
    if change.action == "adopt":
        taken_over = f"{there} ({number}) is taken over" + (f", {fields}" if fields else "")
        return f"{label}: {taken_over}" if change.is_found_as_other else taken_over
    if change.is_found_as_other:
        subject = f"{label}: there as {there} ({number})"
    else:
        subject = names_text(found.state)
        subject += f", id {number}" if change.is_told_apart and number not in subject else ""
    if change.action != "update":
        return subject
    return f"{subject}, {fields}" if change.is_found_as_other or change.is_told_apart else fields


def names_text(resource: Resource) -> str:
    """The name of an object, with its id or key where that is derived from the name."""
    others = [
        f", {known.label or name} {safe(given)}"
        for name in resource.names
        if (known := about(type(resource), name)).output and (given := getattr(resource, name))
    ]
    return _abridged(resource.label(), 80) + "".join(others)


def _abridged(name: str, limit: int) -> str:
    return abridged(safe(name), limit)


def taken_text(holder: Holder) -> str:
    """The words about the holder of a name: `Alpina Treuhand AG is taken (17, customer 103) https://…`."""
    name, title = _abridged(holder.name, 80), _abridged(holder.title, 80)
    whose = safe(holder.mark.partition("/")[0].replace(":", " "))
    facts = [safe(holder.id), whose or "without our mark"]
    by = f" by {title}" if title != name else ""
    return f"{name} is taken{by} ({', '.join(part for part in facts if part)}) {holder.url}".rstrip()


def field_text(change: Change[Any], field: FieldChange, people: Mapping[str, str]) -> str:
    """A field's change in words: `prospect -> customer`, `account manager -> Lena Gerber`."""
    if field.name == "active":
        return "archived"
    known = about(type(change.want.resource), field.name)
    label = known.label or field.name.replace("_", " ")
    if known.words is not None and isinstance(field.new, bool):
        new = known.words[field.new]
        return f"{known.label} {new}" if known.label else f"{known.words[bool(field.old)]} -> {new}"
    if isinstance(field.new, Document) or isinstance(getattr(change.want.resource, field.name, None), Document):
        return f"{safe(change.want.resource.label(), 60)}: new text"
    return f"{label} -> {people.get(str(field.new), value(field.new))}"


def people_of(deal: Deal) -> dict[str, str]:
    """Our people's names by their e-mail, as far as the deal tells."""
    people = [person for person in (deal.salesperson, deal.account_manager) if person is not None]
    return {person.email: safe(person.name) for person in people if person.email}


def candidate_lines(shown: Shown, change: Change[Any], indent: int) -> list[str]:
    """The candidates of a choice and the commands that settle it."""
    lines: list[str] = []
    if isinstance(change.error, Ambiguous):
        for candidate in change.error.candidates:
            note = f" ({safe(candidate.remark)})" if candidate.remark else ""
            lines.extend(
                wrapped("", f"{safe(candidate.id)}: {safe(candidate.title, 60)}{note} {candidate.url}", indent)
            )
        lines.extend(wrapped("", f"{account_manager(shown.deal)} chooses one:", indent))
        for command in link_commands(shown, change):
            lines.extend(wrapped("", command, indent + 2))
    return lines


def link_commands(name: Called, change: Change[Any]) -> list[str]:
    """The commands that settle a choice, each to be copied."""
    return [whole(safe(command)) for command in outcome.link_commands(name, change)]


def closing(results: Sequence[Result]) -> str:
    """The sum of a plan: `3 new, 1 changed, 1 for you to choose`."""
    steps = news(result.change for result in results)
    counts = Counter(result.change.action for result in results if result.change.step in steps)
    parts = [f"{counts[action]} {words}" for action, words in COUNTED.items() if counts[action]]
    return ", ".join(parts) or f"nothing to do, {count(counts['keep'], 'thing is there', 'things are there')}"


FIRST = "  ! Invoicing  "


def lack_lines(lacks: Sequence[Lack]) -> Iterator[str]:
    """Return a thing after the other, with who acts, below a plan."""
    sign = click.style(SIGNS["manual"], fg=COLOURS["manual"], bold=True)
    for lack in lacks:
        acts = f"{safe(lack.who, 60)[:1].upper()}{safe(lack.who, 60)[1:]}"
        first, *below = wrapped(FIRST, f"{safe(lack.message)}. {acts}: {safe(lack.action)}", len(FIRST))
        yield first.replace("!", sign, 1)
        yield from below


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
    """The day since which a step has been waiting, shown from the second day on."""
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
