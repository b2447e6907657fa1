"""A contact sync as people read it: by account manager, customer and person, and its outcome."""

from __future__ import annotations

import dataclasses
import itertools
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence

import click

from cli.render.words import (
    COLOURS,
    SIGNS,
    cells,
    count,
    padded,
    safe,
    seconds,
    system_label,
    value,
    what_next,
    whole,
    wrapped,
)
from integrations.core.change import Action, FieldChange
from integrations.core.dates import lately
from integrations.core.errors import Ambiguous, AuthError, Unavailable
from integrations.core.member import Listed
from integrations.core.money import thousands
from integrations.core.resource import about
from integrations.flows.contacts.outcome import FailedRow, Line, Outcome, Stranger

REASONS: Mapping[str, str] = {
    "archived": "archived in the ERP",
    "moved": "now belongs to another company",
    "address": "has another address now",
    "function": "no longer has this function",
    "company": "the company is archived",
    "ours": "is one of us",
    "place": "was there for the customer before, under another choice",
    "revoked": "revoked",
    "never": "never to be there, as somebody said with link",
    "forgotten": "forgotten",
    "missing": "no longer in the ERP",
}
"""Words for the reasons why a person is taken out."""

NOBODY = "No account manager"
LONGEST_NAME = 40
"""Columns of a name at most."""
WIDEST_NAME = 28
"""Columns for names in a plan; what is wider begins its own text further right."""


def reason(code: str) -> str:
    """The reason why a person is taken out, in words."""
    return REASONS.get(code, code)


def customer(number: str, names: Mapping[str, str]) -> str:
    """A customer by name and number: `Müller & Söhne AG (101)`."""
    name = safe(names.get(number, ""), 55)
    return f"{name} ({safe(number)})" if name else f"customer {safe(number)}"


def company(line: Line) -> str:
    """The customer of a line, by name and number."""
    return customer(line.customer, {line.customer: line.company})


def manager(line: Line) -> str:
    """The account manager of a line's customer."""
    return safe(line.manager, 60) or NOBODY


def person(line: Line) -> str:
    """The person that a line is about."""
    name = safe(line.person, LONGEST_NAME)
    while cells(name) > LONGEST_NAME:
        name = f"{name[:-2]}…"
    return name or "somebody without a name"


def systems(names: set[str]) -> str:
    """`Jira`, or `3 systems`."""
    return f"in {system_label(next(iter(names)))}" if len(names) == 1 else f"in {len(names)} systems"


def field_label(field: FieldChange) -> str:
    """A field as people call it."""
    known = about(Listed, field.name).label if field.name in Listed.model_fields else ""
    return known or field.name.replace("_", " ")


def people(number: int) -> str:
    """`1 person`, `1'204 people`."""
    return f"{thousands(number)} {'person' if number == 1 else 'people'}"


def hanging(text: str) -> list[str]:
    """A sentence, its later lines a little further in."""
    first, blank, remainder = text.partition(" ")
    return wrapped(first + blank, remainder, 2)


def is_quiet(outcome: Outcome) -> bool:
    """Return whether there is nothing to report: everything is in step, or there are no people at all."""
    return not (
        outcome.lines
        or outcome.strangers
        or outcome.problems
        or outcome.failed
        or outcome.left
        or outcome.notes
        or outcome.mentions
        or outcome.error
        or outcome.clock
        or outcome.approvals
        or any(outcome.counts[name] for name in ("create", "update", "archive", "conflict", "rejected", "unknown"))
    )


@dataclasses.dataclass
class Row:
    """Changes of one person in some systems.

    Attributes:
        more: What stands below it: what a person chooses among, or who fixes it.
    """

    action: Action
    person: str
    text: str
    systems: list[str]
    more: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Block:
    """A customer's heading, the lines of each of its rows, and how many rows there are besides.

    Attributes:
        in_json: What is left stands in the document of `--json`.
    """

    head: list[str]
    rows: list[list[str]]
    left: int
    in_json: bool = True


def rows(lines: Sequence[Line], *, is_over: bool = False, is_asked: bool = False) -> list[Row]:
    """The rows of one customer, by person; those of one person in the order of the lines.

    `is_over`: this is what came of them, no plan. `is_asked`: a dialogue asks what is open.
    """
    names: dict[tuple[str, str], str] = {}
    for line in lines:
        # Some systems have an address where others have a name.
        if "@" in names.setdefault(line.whose, person(line)):
            names[line.whose] = person(line)
    found: dict[tuple[tuple[str, str], Action, str, tuple[str, ...]], Row] = {}
    # Two of one name stand in the order of their contacts, two addresses of one contact in that of what they are to us:
    # a person's hash is another one with each ledger.
    ranks: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for line in lines:
        rank = line.contacts, line.functions
        ranks[line.whose] = min(ranks.get(line.whose, rank), rank)

    def order(line: Line) -> tuple[str, tuple[tuple[str, ...], tuple[str, ...]], tuple[str, str], str]:
        return names[line.whose].casefold(), ranks[line.whose], line.whose, system_label(line.system)

    for line in sorted(lines, key=order):
        for row in _rows(line, names[line.whose], is_over=is_over, is_asked=is_asked):
            known = found.setdefault((line.whose, row.action, row.text, row.more), row)
            if known is not row:
                known.systems += [name for name in row.systems if name not in known.systems]
    return list(found.values())


def _rows(line: Line, name: str, *, is_over: bool, is_asked: bool) -> Iterator[Row]:
    systems = [system_label(line.system)]
    if line.action != "keep":
        more = tuple(_choices(line, is_asked=is_asked)) if isinstance(line.error, Ambiguous) else _mended(line)
        yield Row("blocked" if _stopped(line) else line.action, name, _text(line, is_over=is_over), systems, more)
    for field in line.theirs:
        there, wanted = value(field.old), value(field.new)
        text = f"left alone, {field_label(field)}: {there} there, {wanted} in the ERP"
        yield Row("keep", name, text, systems, (_conflict(line),))


def _stopped(line: Line) -> bool:
    return line.error is not None and line.action != "choose"


def _text(line: Line, *, is_over: bool) -> str:
    if line.error is not None:
        return safe(line.error.message, 200)
    what = _what(line)
    if is_over and line.status == "planned":
        return "; ".join(part for part in ("not written here", what) if part)
    if line.unapproved:
        return f"{what}; waits for a yes"
    return what


def _what(line: Line) -> str:
    if line.action == "archive":
        return reason(line.reason)
    if line.action == "update":
        return ", ".join(map(_field, line.fields))
    functions = ", ".join(map(safe, line.functions))
    if line.action == "adopt":
        return "; ".join(part for part in ("is there already", functions) if part)
    return functions


def _field(field: FieldChange) -> str:
    return f"{field_label(field)} -> {value(field.new)}"


def _conflict(line: Line) -> str:
    """The words about the person who corrects one of two values, and the system."""
    where = f"in the ERP{_contact(line)} or in {system_label(line.system)}"
    return f"{manager(line)} corrects the wrong one, {where}"


def _contact(line: Line) -> str:
    return f" (contact {safe(line.contacts[0])})" if line.contacts else ""


def _mended(line: Line) -> tuple[str, ...]:
    """The person who has to act, where the error names one."""
    error = line.error
    if error is None or not (error.who or error.next):
        return ()
    who = f"Who: {safe(error.who)}. " if error.who and error.who not in error.next else ""
    return (f"{who}{safe(error.next)}".strip(),)


def _choices(line: Line, *, is_asked: bool) -> Iterator[str]:
    """The candidates and the command that chooses among them; nothing where a dialogue asks."""
    error = line.error
    if not isinstance(error, Ambiguous) or (is_asked and error.candidates and line.contacts):
        return
    for candidate in error.candidates:
        note = f" ({safe(candidate.remark)})" if candidate.remark else ""
        yield f"{safe(candidate.id)}: {safe(candidate.title, 60)}{note} {candidate.url}".rstrip()
    yield f"{manager(line)} chooses one:"
    for answer in (*(candidate.id for candidate in error.candidates), "never"):
        yield link_command(line.contacts, line.system, answer)


def link_command(contacts: Sequence[str], system: str, answer: str) -> str:
    """The command that settles a person's account, to be copied."""
    choice = shlex.quote(f"{system}={answer}")
    return whole(safe(f"closedwon contacts link {contacts[0] if contacts else 'CONTACT'} {choice}"))


HEAD = "In a system, without a reason in the ERP; nobody touches them:"


def stranger_blocks(outcome: Outcome, most: int) -> Iterator[Block]:
    """By customer: who is there."""
    grouped: dict[str, list[Stranger]] = {}
    for stranger in outcome.strangers:
        grouped.setdefault(stranger.customer, []).append(stranger)
    head = [HEAD]
    for number, found in grouped.items():
        name = wrapped("  ", customer(number, outcome.names), 2)
        yield Block([*head, *name], list(map(_lines, found[:most])), max(0, len(found) - most), in_json=False)
        head = []


def _lines(stranger: Stranger) -> list[str]:
    sign = click.style(SIGNS["choose"], fg=COLOURS["choose"], bold=True)
    present = stranger.present
    name = safe(" ".join(part for part in (present.name, f"<{present.email}>" if present.email else "") if part), 90)
    top, *below = wrapped(
        " " * 6, f"{name or safe(present.id, 60)}, in {system_label(stranger.system)}: {_why(stranger)}", 8
    )
    return [f"    {sign} {top[6:]}", *below]


def _why(stranger: Stranger) -> str:
    if stranger.known:
        return "the ERP knows the address, but no function gives it a place here"
    if not stranger.contacts:
        return "nobody like that is in the ERP"
    could = " or ".join(safe(contact) for contact in stranger.contacts[:3])
    return f"could be contact {could}: {link_command(stranger.contacts[:1], stranger.system, stranger.present.id)}"


def is_of_system(line: Line) -> bool:
    """Return whether an error concerns a whole system, so that it is reported once for all of its people."""
    return line.action == "blocked" and isinstance(line.error, (AuthError, Unavailable))


PEOPLE = 20
"""Rows of one customer at most."""
LONGEST = 200
"""Lines of a plan at most."""


def plan_lines(outcome: Outcome, lines: Sequence[Line] | None = None, *, is_asked: bool = False) -> list[str]:
    """All people of a run, or those of these lines; the rest of a very long one is only counted.

    `is_asked`: a dialogue about what is open follows, so that no commands have to.
    """
    shown: list[str] = []
    hidden = 0
    listed = outcome.lines if lines is None else lines
    is_over = not (outcome.not_applied or outcome.interrupted)
    by_customer = _blocks([line for line in listed if not is_of_system(line)], is_over=is_over, is_asked=is_asked)
    blocks = itertools.chain(by_customer, _troubles(listed))
    for block in itertools.chain(blocks, stranger_blocks(outcome, PEOPLE) if lines is None else ()):
        hidden += _append(shown, block)
    if hidden:
        shown.append(f"and {hidden} more (--json shows all)")
    shown += failed_lines(outcome)
    return shown if lines is not None else [*shown, *_besides(outcome)]


def failed_lines(outcome: Outcome) -> Iterator[str]:
    """Customers and contacts that could not be processed, with the errors."""
    by_error: dict[tuple[str, str], list[FailedRow]] = {}
    for failure in outcome.failed:
        by_error.setdefault((failure.error.message, failure.error.next), []).append(failure)
    sign = click.style(SIGNS["blocked"], fg=COLOURS.get("blocked"), bold="blocked" in COLOURS)
    for (message, following), several in by_error.items():
        whose = ", ".join(dict.fromkeys(_whose(failure, outcome) for failure in several[:PEOPLE]))
        more = f" and {len(several) - PEOPLE} more (--json shows all)" if len(several) > PEOPLE else ""
        first, *below = wrapped("  ", f"{whose}{more}: {safe(message, 300)}; left as it was", 4)
        yield f"{sign} {first[2:]}"
        yield from below
        if following:
            yield from wrapped("    ", what_next("", following), 4)


def _whose(failure: FailedRow, outcome: Outcome) -> str:
    contact = f"contact {safe(failure.contact)}" if failure.contact else ""
    if not failure.customer:
        return contact or "a row"
    whose = customer(failure.customer, outcome.names)
    return f"{contact} of {whose}" if contact else whose


def _troubles(lines: Sequence[Line]) -> Iterator[Block]:
    """The errors that keep all people of a system waiting, one for each system."""
    found: dict[tuple[str, type], list[Line]] = {}
    for line in lines:
        if is_of_system(line):
            found.setdefault((line.system, type(line.error)), []).append(line)
    for (system, _), waiting in found.items():
        error = waiting[0].error
        if error is None:
            continue
        sign = click.style(SIGNS["blocked"], fg=COLOURS.get("blocked"), bold="blocked" in COLOURS)
        sentence = f"{system_label(system)}, {people(len(waiting))} cannot be brought in step: {safe(error.message)}"
        first, *below = wrapped("  ", sentence, 4)
        who = f"Who: {safe(error.who)}. " if error.who else ""
        advice = wrapped("    ", f"{who}{safe(error.next)}", 4) if who or error.next else []
        yield Block([], [[f"{sign} {first[2:]}", *below, *advice]], 0)


def _besides(outcome: Outcome) -> Iterator[str]:
    """Notes of the outcome, and the places where a forgotten person still appears."""
    for note in outcome.notes:
        yield from wrapped("note  ", safe(note), 6)
    if outcome.clock is not None:
        yield from wrapped("note  ", f"{safe(outcome.clock.message, 400)}. {what_next('', outcome.clock.next)}", 6)
    if outcome.mentions:
        yield "The person still appears here:"
    for mention in outcome.mentions:
        yield from wrapped("  ", f"{safe(mention.where)}: {safe(mention.why)} {mention.url or ''}".rstrip(), 2)


def _append(shown: list[str], block: Block) -> int:
    """Put a customer's rows behind what is shown, as far as they fit; gives how many were not shown."""
    for number, row in enumerate(block.rows):
        head = block.head if number == 0 else []
        if len(shown) + len(head) + len(row) > LONGEST:
            return len(block.rows) - number + block.left
        shown.extend([*head, *row])
    if block.left:
        shown.append(f"    and {block.left} more of this customer{' (--json shows all)' if block.in_json else ''}")
    return 0


def _blocks(lines: Sequence[Line], *, is_over: bool, is_asked: bool) -> Iterator[Block]:
    """By account manager, those without one at the end, then by customer."""
    before = ""
    grouped: dict[tuple[str, str], list[Line]] = {}
    for line in sorted(lines, key=lambda line: (manager(line) == NOBODY, manager(line).casefold(), _order(line))):
        grouped.setdefault((manager(line), line.customer), []).append(line)
    for (who, _), group in grouped.items():
        found = rows(group, is_over=is_over, is_asked=is_asked)
        head = [*([who] if who != before else []), *wrapped("  ", company(group[0]), 2)]
        before = who
        yield Block(head, _rendered(found[:PEOPLE]), max(0, len(found) - PEOPLE))


def _order(line: Line) -> tuple[str, str]:
    return line.company.casefold(), line.customer


def _rendered(found: Sequence[Row]) -> list[list[str]]:
    names = min(WIDEST_NAME, max((cells(row.person) for row in found), default=0))
    return [_row(row, names) for row in found]


def _row(row: Row, names: int) -> list[str]:
    sign = click.style(SIGNS[row.action], fg=COLOURS.get(row.action), bold=row.action in COLOURS)
    indent = 6 + names + 2
    first = padded(row.person, names) + "  "
    where = ", ".join(row.systems)
    text = f"{where}: {row.text}" if row.text else where
    top, *below = wrapped(" " * 6 + first, text, indent)
    more = [line for text in row.more for line in wrapped("", text, indent)]
    return [f"    {sign} {top[6:]}", *below, *more]


def planned(outcome: Outcome) -> str:
    """The sum of a plan: `12 people new in 3 systems, 2 to be taken out (archived in the ERP), 1 to fix`."""
    lines = [line for line in outcome.lines if line.status == "planned" or line.unapproved]
    return ", ".join([*_changes(lines, "to be taken out"), *_open(outcome)]) or "nothing to do"


def closing(outcome: Outcome) -> str:
    """The sum of a run; `Contacts: nothing to do; 1,204 in step.` where nothing changed."""
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
    """The changes that were not made, by what has to happen next."""
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
    """Numbers of members, systems and customers that are not in step, without faulty rows of the ERP."""
    if outcome.strangers:
        yield f"{thousands(len(outcome.strangers))} there without a reason in the ERP"
    if outcome.unread:
        yield f"{count(len(outcome.unread), 'system')} not looked through"
    if outcome.left:
        yield f"{count(len(outcome.left), 'customer')} left for the next run (somebody else is at work there)"


def to_fix(outcome: Outcome) -> int:
    """The number of rows that a person has to fix: those that cannot be synced, and those refused in this run."""
    found = {(problem.system, problem.key) for problem in outcome.problems}
    found |= {
        (line.system, "" if is_of_system(line) else line.key)
        for line in outcome.lines
        if line.error is not None and not is_tried_again(line) and line.status != "planned"
    }
    return len(found)


def is_tried_again(line: Line) -> bool:
    """Return whether it is enough to run the command again."""
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
