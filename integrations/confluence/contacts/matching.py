"""Matching of persons and the rows of a contact table, and the state that a row shows."""

from __future__ import annotations

import dataclasses
import re

from integrations.confluence.connection import TITLE
from integrations.confluence.contacts.rendering import texts
from integrations.confluence.contacts.table import Entry, Table
from integrations.confluence.pages import Page
from integrations.confluence.section import subject
from integrations.core.address import folded
from integrations.core.change import Change
from integrations.core.errors import Rejected
from integrations.core.member import Listed, mark_of
from integrations.core.resource import Live, Lookup

WRITTEN = ("name", "functions", "phone")
"""The fields that are written to a row that is there."""

_PLACE = re.compile(r"(\d+)\.(\d+)")


@dataclasses.dataclass(frozen=True)
class Who:
    """Data that identify a person's row.

    Attributes:
        person: The mark that the person's anchor bears; empty where the address is not known.
        email: The address in the row; empty: not known.
        id: The row's id, where a person chose it or it was found before.
        by_email: The address alone decides; otherwise the anchor comes first, then the id.
        others: Other marks that the person's anchor may bear: the end of the id, and the one that this ledger wrote
            in the first release, the last part of its key.
    """

    person: str
    email: str
    id: str = ""
    by_email: bool = True
    others: frozenset[str] = frozenset()

    @property
    def marks(self) -> frozenset[str]:
        """All marks that the person's anchor may bear."""
        return (self.others | {self.person}) - {""}


def looked_up(lookup: Lookup[Listed]) -> Who:
    """Return the person that a look-up asks for."""
    wanted, email = lookup.resource, folded(lookup.resource.email)
    row_id = str(lookup.id) if lookup.chosen else ""
    others = _others(wanted, "" if lookup.chosen else str(lookup.id or ""))
    return Who(wanted.mark, email, row_id, by_email=bool(email) and not lookup.chosen, others=others)


def changed(change: Change[Listed]) -> Who:
    """Return the person whose row a change is about.

    It is the row that was found, by the address that it bore then.
    """
    wanted, email = change.wanted(), folded(change.wanted().email)
    if change.found is None:
        return Who(wanted.mark, email, others=_others(wanted))
    there, row_id = change.found.state.email, change.found.id
    return Who(wanted.mark, there, row_id, by_email=bool(email) and email == there, others=_others(wanted, row_id))


def _others(wanted: Listed, row_id: str = "") -> frozenset[str]:
    """A row's place in a version of its page is no mark."""
    last = row_id.rpartition("/")[2]
    older = {mark_of(subject(key), wanted.email) for key in wanted.former if wanted.email}
    return frozenset({person_of(wanted.key), "" if _PLACE.fullmatch(last) else last, *older})


def row_of(table: Table, page: Page, who: Who, system: str) -> Entry | None:
    """A person's row: of several with the address one with our anchor before one without.

    Raises:
        Rejected: Rows of several addresses bear the person's anchor, and which it is nothing tells.
    """
    if not who.by_email:
        marked = [entry for entry in table.entries if entry.persons & who.marks]
        if len({entry.email for entry in marked}) > 1:
            marked = [entry for entry in marked if entry.email == who.email and who.email]
            if not marked:
                raise _several(page, system)
        found = marked[0] if marked else _numbered(table, page, who.id)
        if found is not None:
            return found
    same = table.by_email.get(who.email, ())
    return min(same, key=lambda entry: (not entry.persons & who.marks, bool(entry.persons)), default=None)


def is_marked(entry: Entry, who: Who) -> bool:
    """Return whether a person's row bears our mark.

    A mark of the first release counts, whichever ledger wrote it. Otherwise two machines would each write
    their own, in turns, for ever.
    """
    return bool(entry.persons & who.marks) or any(mark.is_of_first_release for mark in entry.marks)


def empty_row_of(table: Table, who: Who) -> Entry | None:
    """The row with a person's anchor from which somebody has taken the address away."""
    return next((entry for entry in table.entries if entry.persons & who.marks and not entry.email), None)


def state_of(entry: Entry, wanted: Listed) -> Listed:
    """Return the state that a row shows.

    A field whose column people have removed counts as being as wanted, and so does one that reads as wanted:
    white space and commas make no difference.
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


def live(entry: Entry, page: Page, wanted: Listed, who: Who, row_id: str = "") -> Live[Listed]:
    """A person's row as it stands; `row_id`: as a person chose it, or as the ledger knows it."""
    own = entry.persons & who.marks
    person = who.person if who.person in own or not own else min(own)
    return Live(
        id=row_id or f"{page.id}/{person}",
        state=state_of(entry, wanted),
        url=page.url,
        version=str(page.version),
        ours=is_marked(entry, who),
    )


def known_id(lookup: Lookup[Listed], page: Page) -> str:
    """The id that a row of this page keeps: as a person chose it, or the ledger knows it; empty where there is none.

    What the ledger last wrote is filed under it, also under one of the first release.
    """
    row_id = str(lookup.id or "")
    return row_id if lookup.chosen or row_id.startswith(f"{page.id}/") else ""


def written_id(change: Change[Listed], page: Page) -> str:
    """The id that a row keeps when it is written: one of the first release gives way to the row's own."""
    row_id = change.found.id if change.found is not None else ""
    return "" if row_id == f"{page.id}/{person_of(change.key)}" else row_id


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
