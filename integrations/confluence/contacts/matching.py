"""Which row of a table is a person's, and what it tells."""

from __future__ import annotations

import dataclasses
import re

from integrations.confluence.connection import TITLE
from integrations.confluence.contacts.rendering import texts
from integrations.confluence.contacts.table import Entry, Table
from integrations.confluence.pages import Page
from integrations.core.change import Change
from integrations.core.errors import Rejected
from integrations.core.member import Listed
from integrations.core.resource import Live, Lookup

WRITTEN = ("name", "functions", "phone")
"""The fields that are written to a row that is there."""

_PLACE = re.compile(r"(\d+)\.(\d+)")


@dataclasses.dataclass(frozen=True)
class Who:
    """What is known of a person's row.

    Attributes:
        person: The last part of the person's key, as our anchors bear it.
        email: The address in the row; empty: not known.
        id: The row's, where a person chose it or it was found before.
        by_email: The address alone tells; otherwise the anchor comes first, then the id.
    """

    person: str
    email: str
    id: str = ""
    by_email: bool = True


def looked_up(lookup: Lookup[Listed]) -> Who:
    """Whom a look-up asks for. An id of the ledger's holds the same hash as the key: it tells nothing more."""
    email = lookup.resource.email.lower()
    row_id = str(lookup.id) if lookup.chosen else ""
    return Who(person_of(lookup.key), email, row_id, by_email=bool(email) and not lookup.chosen)


def changed(change: Change[Listed]) -> Who:
    """Whose row a change is about: the one that was found, by the address that it bore then."""
    wanted = change.wanted().email.lower()
    if change.found is None:
        return Who(person_of(change.key), wanted)
    there = change.found.state.email
    return Who(person_of(change.key), there, change.found.id, by_email=bool(wanted) and wanted == there)


def row_of(table: Table, page: Page, who: Who, system: str) -> Entry | None:
    """A person's row: of several with the address one with our anchor before one without.

    Raises:
        Rejected: Rows of several addresses bear the person's anchor, and which it is nothing tells.
    """
    if not who.by_email:
        marked = list(table.by_person.get(who.person, ()))
        if len({entry.email for entry in marked}) > 1:
            marked = [entry for entry in marked if entry.email == who.email and who.email]
            if not marked:
                raise _several(page, system)
        found = marked[0] if marked else _numbered(table, page, who.id)
        if found is not None:
            return found
    same = table.by_email.get(who.email, ())
    return min(same, key=lambda entry: (who.person not in entry.persons, bool(entry.persons)), default=None)


def empty_row_of(table: Table, person: str) -> Entry | None:
    """The row with a person's anchor from which somebody has taken the address away."""
    return next((entry for entry in table.by_person.get(person, ()) if not entry.email), None)


def state_of(entry: Entry, wanted: Listed) -> Listed:
    """What a row tells. A field whose column people have taken away counts as told.

    What reads as the wanted words do is the wanted: white space and commas in them do not make a difference.
    """
    there: dict[str, str | tuple[str, ...]] = {}
    expected = texts(wanted)
    for field in WRITTEN:
        text = entry.text(field)
        if text == expected[field] or field not in entry.columns:
            there[field] = getattr(wanted, field)
        elif field == "functions":
            there[field] = tuple(word for part in text.split(",") if (word := part.strip()))
        else:
            there[field] = text
    return Listed.model_validate({"key": wanted.key, "place": wanted.place, "email": entry.email, **there})


def live(entry: Entry, page: Page, wanted: Listed, row_id: str = "") -> Live[Listed]:
    """A person's row as it stands; `row_id`: as a person chose it."""
    person = person_of(wanted.key)
    return Live(
        id=row_id or f"{page.id}/{person}",
        state=state_of(entry, wanted),
        url=page.url,
        version=str(page.version),
        ours=person in entry.persons,
    )


def number_of(table: Table, page: Page, entry: Entry) -> str:
    """The id of a row: by its anchor, else by its place in this version of the page."""
    if entry.marks:
        return f"{page.id}/{entry.marks[0].person}"
    return f"{page.id}/{page.version}.{table.entries.index(entry) + 1}"


def person_of(key: str) -> str:
    """The last part of a person's key: a keyed hash."""
    return key.rpartition("/")[2]


def _numbered(table: Table, page: Page, row_id: str) -> Entry | None:
    """The row of an id by its place: one without an anchor, on a page that is as it was when the id was told."""
    place, _, row = row_id.partition("/")
    found = _PLACE.fullmatch(row)
    if place != page.id or found is None or int(found[1]) != page.version:
        return None
    number = int(found[2]) - 1
    entry = table.entries[number] if 0 <= number < len(table.entries) else None
    return entry if entry is not None and not entry.marks else None


def _several(page: Page, system: str) -> Rejected:
    return Rejected(
        f"{TITLE}: two rows of the contact table on the page {page.title} bear the mark of one contact",
        system=system,
        who="whoever looks after the page",
        next="Remove the row that was copied from the other's, and type it anew.",
    )
