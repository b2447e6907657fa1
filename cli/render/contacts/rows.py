"""From lines, one for each person and system, to rows, one for each person to whom the same happens."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Sequence

from cli.render.contacts.words import field_label, manager, person, reason
from cli.render.plan import value
from cli.render.words import safe, system_label, whole
from integrations.core.change import Action, FieldChange
from integrations.core.errors import Ambiguous
from integrations.flows.contacts.outcome import Line


@dataclasses.dataclass
class Row:
    """What happens to one person in some systems.

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
    """One customer's heading, the lines of each of its rows, and how many rows there are besides.

    Attributes:
        in_json: What is left stands in the document of `--json`.
    """

    head: list[str]
    rows: list[list[str]]
    left: int
    in_json: bool = True


def rows(lines: Sequence[Line]) -> list[Row]:
    """The rows of one customer, by person; those of one person in the order of the lines."""
    names: dict[tuple[str, str], str] = {}
    for line in lines:
        # Some systems have an address where others have a name.
        if "@" in names.setdefault(line.whose, person(line)):
            names[line.whose] = person(line)
    found: dict[tuple[tuple[str, str], Action, str, tuple[str, ...]], Row] = {}
    for line in sorted(lines, key=lambda line: (names[line.whose].casefold(), line.whose, system_label(line.system))):
        for row in _rows(line, names[line.whose]):
            known = found.setdefault((line.whose, row.action, row.text, row.more), row)
            if known is not row:
                known.systems += [name for name in row.systems if name not in known.systems]
    return list(found.values())


def _rows(line: Line, name: str) -> Iterator[Row]:
    systems = [system_label(line.system)]
    if line.action != "keep":
        more = tuple(_choices(line)) if isinstance(line.error, Ambiguous) else _mended(line)
        yield Row("blocked" if _stopped(line) else line.action, name, _text(line), systems, more)
    for field in line.theirs:
        there, wanted = value(field.old), value(field.new)
        text = f"left alone, {field_label(field)}: {there} there, {wanted} in the ERP"
        yield Row("keep", name, text, systems, (_conflict(line),))


def _stopped(line: Line) -> bool:
    return line.error is not None and line.action != "choose"


def _text(line: Line) -> str:
    if line.error is not None:
        return safe(line.error.message, 200)
    said = _what(line)
    if line.unapproved:
        return f"{said}; waits for a yes"
    return said


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
    """Who puts right which of two values, and where."""
    where = f"in the ERP{_contact(line)} or in {system_label(line.system)}"
    return f"{manager(line)} corrects the wrong one, {where}"


def _contact(line: Line) -> str:
    return f" (contact {safe(line.contacts[0])})" if line.contacts else ""


def _mended(line: Line) -> tuple[str, ...]:
    """Who has to do something, where it is told."""
    error = line.error
    if error is None or not (error.who or error.next):
        return ()
    who = f"Who: {safe(error.who)}. " if error.who and error.who not in error.next else ""
    return (f"{who}{safe(error.next)}".strip(),)


def _choices(line: Line) -> Iterator[str]:
    """What it could be, and the command that says which it is."""
    error = line.error
    if not isinstance(error, Ambiguous):
        return
    for candidate in error.candidates:
        note = f" ({safe(candidate.remark)})" if candidate.remark else ""
        yield f"{safe(candidate.id)}: {safe(candidate.title, 60)}{note} {candidate.url}".rstrip()
    yield f"{manager(line)} chooses one:"
    for answer in (*(candidate.id for candidate in error.candidates), "never"):
        yield link_command(line.contacts, line.system, answer)


def link_command(contacts: Sequence[str], system: str, answer: str) -> str:
    """The command that settles who somebody is, to be copied."""
    choice = shlex.quote(f"{system}={answer}")
    return whole(safe(f"closedwon contacts link {contacts[0] if contacts else 'CONTACT'} {choice}"))
