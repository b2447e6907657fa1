"""A page's contact table with changes of its rows: decided one by one, then made at once."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from integrations.confluence.connection import TITLE
from integrations.confluence.contacts import markup
from integrations.confluence.contacts.markup import texts
from integrations.confluence.contacts.table import HEADINGS, Cell, Entry, Mark, Table, table_of
from integrations.confluence.pages import Page
from integrations.confluence.section import Managed, inserted, macro, replaced, subject
from integrations.core.address import folded_address
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.member import Listed, mark_of
from integrations.core.resource import Live, Lookup


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
    edits = [_filled(entry.cells[field], markup.content(field, text, person), body) for field, text in values.items()]
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
        return _filled(cell, f"<p>{markup.anchor(person)}</p>", body)
    place = cell.first if cell.first is not None else cell.opening
    return Edit(place, place, markup.anchor(person))


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
    wanted, email = lookup.resource, folded_address(lookup.resource.email)
    row_id = str(lookup.id) if lookup.chosen else ""
    others = _others(wanted, "" if lookup.chosen else str(lookup.id or ""))
    return Who(wanted.mark, email, row_id, by_email=bool(email) and not lookup.chosen, others=others)


def changed(change: Change[Listed]) -> Who:
    """Return the person whose row a change is about.

    It is the row that was found, by the address that it bore then.
    """
    wanted, email = change.wanted(), folded_address(change.wanted().email)
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
        who="the person who looks after the page",
        next="Remove the row that was copied from the other's, and type it anew.",
    )


class Draft:
    """The new text of a page.

    Rows that people added, and everything around the table, stay byte for byte.
    """

    def __init__(self, page: Page, section: Managed | None, key: str, system: str) -> None:
        """`key`: the section's, where it has to be made."""
        self._page, self._section, self._key, self._system = page, section, key, system
        self._table = table_of(page.body, section) if section is not None else None
        self._content = page.body.encode("utf-8", "surrogatepass")
        self._edits: list[Edit] = []
        self._new: list[tuple[str, str, str]] = []
        self._taken: set[int] = set()

    def make(self, change: Change[Listed]) -> IntegrationError | None:
        """Put one change into the draft.

        Return an error where its row can't be written, or was changed meanwhile.
        """
        try:
            table = self._table
            if table is not None and not table.has_addresses:
                return without_addresses(self._page, self._system)
            entry = row_of(table, self._page, changed(change), self._system) if table is not None else None
            if entry is not None and entry.start in self._taken:
                return self._conflict()
            if change.action == "archive":
                self._take_out(change, entry)
            elif change.found is None:
                self._create(change, entry)
            else:
                self._update(change, entry)
        except IntegrationError as error:
            return error
        return None

    def body(self) -> str:
        """The page's text with the changes; the very same where there are none."""
        rows = [row for _, _, row in sorted(self._new)]
        if not self._edits and not rows:
            return self._page.body
        if self._table is not None:
            bottom = self._table.bottom
            return edited(self._page.body, [*self._edits, *self._renewed(), Edit(bottom, bottom, "".join(rows))])
        if self._section is None:
            section = macro(self._key, None, markup.heading() + markup.table(rows))
            return inserted(self._page.body, self._page.outline.bottom, section)
        start, end = self._section.content
        text = self._content[start:end].decode() or markup.heading()
        return replaced(self._page.body, self._section, None, text + markup.table(rows))

    def _create(self, change: Change[Listed], entry: Entry | None) -> None:
        wanted, who = change.wanted(), changed(change)
        if not wanted.email:
            raise Rejected(f"{TITLE}: a contact without an address can't be listed", system=self._system, field="email")
        if entry is not None:
            if not _is_settled(change, entry):
                raise self._conflict()
            return
        values = markup.texts(wanted)
        emptied = empty_row_of(self._table, who) if self._table is not None else None
        if emptied is not None:
            values = {field: text for field, text in values.items() if field in emptied.cells}
            self._rewrite(emptied, values, who.person)
        else:
            columns = self._table.columns if self._table is not None else tuple(HEADINGS)
            self._new.append((values["name"].casefold(), values["email"], markup.row(columns, values, who.person)))
        self._unmark(who, emptied)

    def _update(self, change: Change[Listed], entry: Entry | None) -> None:
        if entry is None:
            raise self._conflict()
        if _is_settled(change, entry):
            return
        self._guard(change, entry)
        who, fields = changed(change), markup.texts(change.wanted())
        values = {field: fields[field] for field in WRITTEN if field in change.names and field in entry.cells}
        if change.action == "adopt" and not entry.email:
            values["email"] = fields["email"]
        self._rewrite(entry, values, who.person)
        self._unmark(who, entry)

    def _take_out(self, change: Change[Listed], entry: Entry | None) -> None:
        """The person's row goes, and copies of it; where it is gone already there is nothing to do."""
        if entry is None or self._table is None:
            return
        self._guard(change, entry)
        who, email = changed(change), folded_address(change.wanted().email)
        for other in self._table.entries:
            is_copy = bool(other.persons & who.marks) and other.email in ("", entry.email)
            if other is entry or is_copy or (email and other.email == email):
                self._claim(other)
                self._edits.append(Edit(other.start, other.end, ""))
        self._unmark(who, entry)

    def _guard(self, change: Change[Listed], entry: Entry) -> None:
        """Make sure that nothing is overwritten that was not there when the plan was made.

        Raises:
            Conflict: Somebody has changed the row, or our mark on it.
        """
        found = change.found
        if found is None:
            return
        there = state_of(entry, change.wanted())
        is_same = all(getattr(there, name) == getattr(found.state, name) for name in (*WRITTEN, "email"))
        if not is_same or found.ours != is_marked(entry, changed(change)):
            raise self._conflict()

    def _rewrite(self, entry: Entry, values: dict[str, str], person: str) -> None:
        self._claim(entry)
        self._edits += rewritten(entry, values, person, self._content)

    def _unmark(self, who: Who, entry: Entry | None) -> None:
        """Remove the person's mark from all other rows.

        Where somebody copied the row, or typed another's address into it, the mark would point to the wrong
        person.
        """
        for other in self._table.entries if self._table is not None else ():
            if other is not entry:
                self._edits += [Edit(mark.start, mark.end, "") for mark in other.marks if mark.person in who.marks]

    def _renewed(self) -> list[Edit]:
        """The anchors of the first release, as they are today: the page is written anyway."""
        customer = subject(self._key)
        return [
            Edit(mark.start, mark.end, markup.anchor(mark_of(customer, entry.email)))
            for entry in (self._table.entries if self._table is not None else ())
            if entry.email and entry.start not in self._taken
            for mark in entry.marks
            if mark.is_of_first_release and not self._is_edited(mark)
        ]

    def _is_edited(self, mark: Mark) -> bool:
        return any(edit.start <= mark.start < edit.end for edit in self._edits)

    def _claim(self, entry: Entry) -> None:
        """Each row is written for one person."""
        if not entry.is_regular:
            raise Rejected(
                f"{TITLE}: a contact's row on the page {self._page.title} has merged or missing cells",
                system=self._system,
                who="the person who looks after the page",
                next="Give each row of the contact table a cell of its own in each column.",
            )
        self._taken.add(entry.start)

    def _conflict(self) -> Conflict:
        return Conflict(
            f"{TITLE}: a contact's row on the page {self._page.title} was changed meanwhile",
            system=self._system,
            next="Look at the plan again.",
        )


def without_addresses(page: Page, system: str) -> Rejected:
    """Return the error for a table without an address column.

    Only the addresses tell who is who.
    """
    return Rejected(
        f"{TITLE}: the contact table on the page {page.title} has no column {HEADINGS['email']}",
        system=system,
        who="the person who looks after the page",
        next="Name the column so again, or remove the whole table: it is made anew.",
    )


def _is_settled(change: Change[Listed], entry: Entry) -> bool:
    """Return whether the row is ours and as wanted already.

    That is so where an answer of ours was lost, or another run was faster.
    """
    wanted, names = change.wanted(), change.names & set(WRITTEN)
    there = state_of(entry, wanted)
    is_wanted = all(there.comparable(name) == wanted.comparable(name) for name in names)
    return is_wanted and is_marked(entry, changed(change))
