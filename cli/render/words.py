"""Small pieces of text that every command prints alike."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from integrations.core.change import Action
from integrations.core.dates import dated
from integrations.core.document import Document
from integrations.core.errors import AuthError, ClosedwonError, ConfigError, Unavailable
from integrations.core.resource import Later
from integrations.core.text import one_line, shorten

NARROWEST, WIDEST = 40, 100
NARROW = 60
"""Below so many columns a plan has what happens to an object on a line of its own."""
LONGEST_COMMAND = 60
LEAST = 4
"""Columns below which a cell is not shortened, as it could no longer be read."""
LEAST_INDENT = 2
GLUE = "\u00a0"
KNOWN = {"erp": "ERP", "crm": "CRM"}


def width() -> int:
    """Columns to write in: the terminal's, within what reads well; 80 without one."""
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


def cells(text: str) -> int:
    """Return the columns that a text takes: two for wide letters, none for combining ones."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, columns: int) -> str:
    """`text` with blanks behind it up to so many columns."""
    return text + " " * max(0, columns - cells(text))


def safe(text: object, limit: int = 300) -> str:
    """Text from anywhere as one line that can do a terminal no harm."""
    return shorten(one_line(str(text)), limit)


def system_label(name: str) -> str:
    """A system by the name that people use: `ERP`, `Jira`, `Panel`."""
    return KNOWN.get(name, name.replace("_", " ").capitalize())


def whole(command: str) -> str:
    """A command that `wrapped` leaves on one line, so that it can be copied."""
    return command.replace(" ", GLUE)


def wrapped(first: str, text: str, indent: int, columns: int | None = None) -> list[str]:
    """`first` and the text behind it, later lines indented; links and whole commands are never broken.

    `first` may be longer than the indentation: the first line then has less room.
    """
    room = (columns or width()) - indent
    taken = max(0, cells(first) - indent)
    lines = [""]
    for word in itertools.chain.from_iterable(_pieces(word, room) for word in text.split(" ")):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cells(joined) > room - (taken if len(lines) == 1 else 0):
            lines.append(word)
        else:
            lines[-1] = joined
    lines = [line.replace(GLUE, " ").rstrip() for line in lines]
    below = (" " * _moved_out(line, indent, room) + line for line in lines[1:])
    return [(padded(first, indent) + lines[0]).rstrip(), *below]


def _moved_out(line: str, indent: int, room: int) -> int:
    """The indent of a line: less for a link that a terminal would break otherwise."""
    return max(min(indent, LEAST_INDENT), indent - max(0, cells(line) - room))


def _pieces(word: str, room: int) -> list[str]:
    """A word, in several pieces if it is too long for a line and breaking it does no harm."""
    if cells(word) <= room or "://" in word or GLUE in word:
        return [word]
    pieces = [""]
    for character in word:
        if cells(pieces[-1] + character) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces


def error_lines(error: ClosedwonError, indent: int = 0) -> list[str]:
    """An error for a person: what happened, then what to do; `indent`: blanks before it."""
    if isinstance(error, ConfigError):
        lines = []
        for fault in error.faults:
            workspace = ": ".join(part for part in (fault.file, fault.place) if part)
            lines.extend([*([workspace] if workspace else []), *wrapped("  ", safe(fault.message), 2)])
        return [*lines, *(wrapped("", what_next("", error.next), 0) if error.next else [])]
    following = what_next(safe(error.who) if isinstance(error, AuthError) else "", error.next)
    if isinstance(error, Unavailable) and not following:
        following = "Nothing is lost: run the same command again later."
    text = wrapped("", safe(error.message, 500), indent)
    return [*text, *(wrapped("", following, indent + 2) if following else [])]


def what_next(who: str, following: str) -> str:
    """The person who can fix an error, and the way: `Who: a Jira administrator. Ask for the right, then: …`."""
    named = f"Who: {who}. " if who and who not in following else ""
    sentence, then, command = safe(following).partition("closedwon ")
    return f"{named}{sentence}{whole(then + command) if len(command) < LONGEST_COMMAND else then + command}"


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: frozenset[int] = frozenset(),
    shortened: frozenset[int] | None = None,
    indent: int = 0,
) -> list[str]:
    """Rows in columns, the widest shortened until the whole fits; `shortened`: only these are."""
    everything = [list(header), *(list(map(safe, row)) for row in rows)]
    widths = [max(cells(row[column]) for row in everything) for column in range(len(header))]
    may = range(len(header)) if shortened is None else sorted(shortened)
    while indent + sum(widths) + 2 * (len(widths) - 1) > width():
        widest = max(may, key=widths.__getitem__)
        if widths[widest] <= LEAST:
            break
        widths[widest] -= 1
    lines = []
    for row in everything:
        parts = []
        for column, text in enumerate(row):
            cut = text
            while cells(cut) > widths[column]:
                cut = cut[:-2] + "…"
            blanks = " " * (widths[column] - cells(cut))
            parts.append(blanks + cut if column in right else cut + blanks)
        lines.append((" " * indent + "  ".join(parts)).rstrip())
    return lines


def count(number: int, singular: str, many: str = "") -> str:
    """`1 step`, `3 steps`."""
    return f"{number} {singular if number == 1 else many or singular + 's'}"


def seconds(number: float) -> str:
    """`6 s`, `0.3 s`."""
    return f"{number:.0f} s" if number >= 1 else f"{number:.1f} s"


SIGNS: Mapping[Action, str] = {
    "create": "+",
    "update": "~",
    "keep": "=",
    "adopt": "@",
    "send": ">",
    "manual": "!",
    "choose": "?",
    "archive": "-",
    "blocked": "x",
}

COLOURS: Mapping[Action, str] = {
    "create": "green",
    "update": "yellow",
    "adopt": "cyan",
    "manual": "magenta",
    "choose": "magenta",
    "archive": "red",
    "blocked": "red",
}


def value(given: Any) -> str:
    """A field's value in a plan."""
    if isinstance(given, Later):
        return "(known after apply)"
    if isinstance(given, Document):
        return safe(given.plain(), 60)
    if isinstance(given, date):
        return dated(given)
    if given in (None, "", ()):
        return "nothing"
    if isinstance(given, (tuple, list)):
        return ", ".join(shorten(safe(part), 40) for part in given)
    return safe(given, 60)
