"""Rendering of a contact table, its rows and cells."""

from __future__ import annotations

import html
import urllib.parse
from collections.abc import Mapping, Sequence

from integrations.confluence.contacts.table import HEADINGS, MARK
from integrations.confluence.section import MACRO, PARAMETER
from integrations.confluence.storage import SECTION_LEVEL, escaped
from integrations.core.member import Listed
from integrations.core.text import one_line

HEADING = "Contacts"


def texts(person: Listed) -> dict[str, str]:
    """Return the text of each field's cell."""
    functions = ", ".join(_legible(word) for word in person.functions)
    return {
        "name": _legible(person.name),
        "functions": _legible(functions),
        "email": _legible(person.email),
        "phone": _legible(person.phone),
    }


def heading() -> str:
    """Return the heading above the table."""
    return f"<h{SECTION_LEVEL}>{HEADING}</h{SECTION_LEVEL}>"


def table(rows: Sequence[str]) -> str:
    """A new table with these rows."""
    header = "".join(f"<th><p>{escaped(title)}</p></th>" for title in HEADINGS.values())
    return f"<table><tbody><tr>{header}</tr>{''.join(rows)}</tbody></table>"


def row(columns: Sequence[str | None], values: Mapping[str, str], person: str) -> str:
    """A row with its anchor; a column that is none of ours stays empty."""
    cells = (content(field, values.get(field, ""), person) if field else "<p></p>" for field in columns)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def content(field: str, text: str, person: str) -> str:
    """Return the content of a cell; beside the address, also the anchor that identifies the person."""
    if field != "email":
        return f"<p>{escaped(text)}</p>"
    return f"<p>{anchor(person)}{_mail(text)}</p>"


def anchor(person: str) -> str:
    """Our mark: a macro that shows nothing, and that the editor keeps where it stands."""
    name = escaped(MARK + person)
    return f'<{MACRO} ac:name="anchor" ac:schema-version="1"><{PARAMETER} ac:name="">{name}</{PARAMETER}></{MACRO}>'


def _mail(address: str) -> str:
    if "@" not in address:
        return escaped(address)
    return f'<a href="mailto:{escaped(urllib.parse.quote(address, safe="@+"))}">{escaped(address)}</a>'


def _legible(text: str) -> str:
    """The text as it is read back: on one line, without what may not stand in a page."""
    return one_line(html.unescape(escaped(text)))
