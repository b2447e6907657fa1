"""What contact sync calls things, for somebody who reads it out in a meeting."""

from __future__ import annotations

from collections.abc import Mapping

from cli.render.words import cells, safe, system_label, wrapped
from integrations.core.change import FieldChange
from integrations.core.member import Listed
from integrations.core.money import thousands
from integrations.core.resource import about
from integrations.flows.contacts.outcome import Line, Outcome

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
"""Why somebody is taken out."""

NOBODY = "No account manager"
LONGEST_NAME = 40
"""Columns of a name that are shown at all."""
WIDEST_NAME = 28
"""Columns for names in a plan; what is wider begins its own text further right."""


def reason(code: str) -> str:
    """Why somebody is taken out, in words."""
    return REASONS.get(code, code)


def customer(number: str, names: Mapping[str, str]) -> str:
    """A customer by name and number: `Müller & Söhne AG (101)`."""
    name = safe(names.get(number, ""), 55)
    return f"{name} ({safe(number)})" if name else f"customer {safe(number)}"


def company(line: Line) -> str:
    """A line's customer."""
    return customer(line.customer, {line.customer: line.company})


def manager(line: Line) -> str:
    """Who looks after a line's customer."""
    return safe(line.manager, 60) or NOBODY


def person(line: Line) -> str:
    """Whom a line is about."""
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
    first, blank, rest = text.partition(" ")
    return wrapped(first + blank, rest, 2)


def is_quiet(outcome: Outcome) -> bool:
    """Whether there is nothing that anybody has to hear: all in step, or nobody there at all."""
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
