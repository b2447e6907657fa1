"""A page's contact table with changes of its rows: decided one by one, then made at once."""

from __future__ import annotations

from integrations.confluence.connection import TITLE
from integrations.confluence.contacts import rendering
from integrations.confluence.contacts.cells import Mark
from integrations.confluence.contacts.editing import Edit, edited, rewritten
from integrations.confluence.contacts.matching import (
    WRITTEN,
    Who,
    changed,
    empty_row_of,
    is_marked,
    row_of,
    state_of,
)
from integrations.confluence.contacts.table import HEADINGS, Entry, table_of
from integrations.confluence.macro import Managed, inserted, macro, replaced
from integrations.confluence.pages import Page
from integrations.confluence.section import subject
from integrations.core.address import folded
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.member import Listed, mark_of


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
            section = macro(self._key, None, rendering.heading() + rendering.table(rows))
            return inserted(self._page.body, self._page.outline.bottom, section)
        start, end = self._section.content
        rest = self._content[start:end].decode() or rendering.heading()
        return replaced(self._page.body, self._section, None, rest + rendering.table(rows))

    def _create(self, change: Change[Listed], entry: Entry | None) -> None:
        wanted, who = change.wanted(), changed(change)
        if not wanted.email:
            raise Rejected(f"{TITLE}: a contact without an address can't be listed", system=self._system, field="email")
        if entry is not None:
            if not _is_settled(change, entry):
                raise self._conflict()
            return
        values = rendering.texts(wanted)
        emptied = empty_row_of(self._table, who) if self._table is not None else None
        if emptied is not None:
            values = {field: text for field, text in values.items() if field in emptied.cells}
            self._rewrite(emptied, values, who.person)
        else:
            columns = self._table.columns if self._table is not None else tuple(HEADINGS)
            self._new.append((values["name"].casefold(), values["email"], rendering.row(columns, values, who.person)))
        self._unmark(who, emptied)

    def _update(self, change: Change[Listed], entry: Entry | None) -> None:
        if entry is None:
            raise self._conflict()
        if _is_settled(change, entry):
            return
        self._guard(change, entry)
        who, fields = changed(change), rendering.texts(change.wanted())
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
        who, email = changed(change), folded(change.wanted().email)
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
            Edit(mark.start, mark.end, rendering.anchor(mark_of(customer, entry.email)))
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
                who="whoever looks after the page",
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
        who="whoever looks after the page",
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
