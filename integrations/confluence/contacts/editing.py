"""Changing some bytes of a page's text, and what has to be changed for a row to read otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from integrations.confluence.contacts import rendering
from integrations.confluence.contacts.cells import Cell
from integrations.confluence.contacts.table import Entry


@dataclasses.dataclass(frozen=True)
class Edit:
    """A text in place of some bytes of the page; an insertion where `start` is `end`."""

    start: int
    end: int
    text: str


def edited(body: str, edits: Iterable[Edit]) -> str:
    """The text with all edits; one inside another's bytes is void, for these bytes are gone."""
    content = body.encode("utf-8", "surrogatepass")
    parts, reached = [], 0
    for edit in sorted(set(edits), key=lambda edit: (edit.start, edit.start < edit.end, -edit.end)):
        if edit.start >= reached:
            parts += [content[reached : edit.start], edit.text.encode()]
            reached = edit.end
    return b"".join([*parts, content[reached:]]).decode("utf-8", "surrogatepass")


def rewritten(entry: Entry, values: Mapping[str, str], person: str, body: bytes) -> list[Edit]:
    """The cells of these fields anew, and our anchor beside the address; all other cells stay as they are."""
    address = entry.cells["email"]
    is_sound = [mark.person for mark in entry.marks] == [person] and bool(address.marks) and "email" not in values
    edits = [
        _filled(entry.cells[field], rendering.content(field, text, person), body) for field, text in values.items()
    ]
    if not is_sound:
        edits += [Edit(mark.start, mark.end, "") for mark in entry.marks]
        if "email" not in values:
            edits.append(_marked(address, person, body))
    return edits


def _filled(cell: Cell, inner: str, body: bytes) -> Edit:
    """An empty cell closes itself, as `<td />`."""
    if cell.closing < cell.end:
        return Edit(cell.opening, cell.closing, inner)
    tag = body[cell.start : cell.opening].decode()
    return Edit(cell.start, cell.end, f"{tag.removesuffix('/>').rstrip()}>{inner}</{tag[1:3]}>")


def _marked(cell: Cell, person: str, body: bytes) -> Edit:
    if cell.closing == cell.end:
        return _filled(cell, f"<p>{rendering.anchor(person)}</p>", body)
    place = cell.first if cell.first is not None else cell.opening
    return Edit(place, place, rendering.anchor(person))
