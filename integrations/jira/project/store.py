"""Projects as core sees them: found and written."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Container, Sequence
from typing import Literal

from integrations.core.change import Change
from integrations.core.company_name import CompanyName, company_name, folded
from integrations.core.errors import Ambiguous, Conflict, IntegrationError, Rejected
from integrations.core.naming import unlabelled
from integrations.core.resource import PLACEHOLDER, Holder, Live, Lookup, Taken, own_keys
from integrations.core.store import Answer, IdForm
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection, Missing
from integrations.jira.people import People
from integrations.jira.project.calls import Calls, Found, called, marked
from integrations.jira.project.creation import Creation, choice, standing
from integrations.jira.project.naming import AT_FIRST, former_keys, proposed_keys
from integrations.jira.project.resource import Project
from integrations.jira.rows import answered

Looked = Found | Taken[Project] | IntegrationError | None
Row = Live[Project] | Taken[Project] | IntegrationError | None


@dataclasses.dataclass(frozen=True)
class Seen:
    """The projects as one look saw them.

    Attributes:
        every: All that there are.
        is_whole: They were read just now; otherwise some time ago.
        keyed: Those with a proposed key, read just now.
    """

    every: Sequence[Found]
    is_whole: bool
    keyed: list[Found]

    def reading_as(self, name: str) -> list[Found]:
        """Return the projects whose name reads as this one, whatever label or legal form it has."""
        wanted = company_name(unlabelled(name))
        return [one for one, company in self._companies if wanted.reads_as(company)]

    @functools.cached_property
    def _companies(self) -> list[tuple[Found, CompanyName]]:
        return [(one, company_name(unlabelled(one.name))) for one in self.every]


class Projects:
    """Customers' projects.

    The mark is a line `closedwon: KEY` in the description, written with the creation, so there are no
    orphans. Keys and names are unique in Jira: whatever is lost or done at once, there is one. What we made
    is written once and left to people; the key of a project in the trash stays taken.
    """

    resource: type[Project] = Project
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1
    id_form: IdForm = IdForm(re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}|[1-9][0-9]{0,17}"), "a key, such as OPS")

    def __init__(self, connection: Connection, people: People) -> None:
        self._connection, self._people = connection, people
        self._width = connection.settings.concurrency
        self._calls = Calls(connection)
        self._creation = Creation(connection, self._calls, people)

    def find(self, lookups: Sequence[Lookup[Project]]) -> Answer:
        """See `Store.find`. One list of all projects, where one request takes them all.

        Where there are more, the list is for likeness and for marks, and is kept for a while: all proposed keys are
        asked for in one request besides, each name in one of its own, and what bears a mark is read again.
        """
        found: dict[str, Looked] = {**answered(lookups, self._by_id, self._width)}
        rest = [lookup for lookup in lookups if found[lookup.key] is None]
        if rest:
            every, is_whole = self._calls.every()
            wanted = [lookup.resource for lookup in rest if not lookup.look]
            keys = [key for one in wanted for key in (*proposed_keys(one)[: AT_FIRST + 1], *former_keys(one))]
            keyed = self._calls.with_keys(keys) if keys and not is_whole else [one for one in every if one.key in keys]
            seen = Seen(every, is_whole, keyed)
            found |= answered(rest, lambda lookup: self._by_name(lookup, seen), self._width)
        return {lookup.key: self._answer(lookup, found[lookup.key]) for lookup in lookups}

    def put(self, changes: Sequence[Change[Project]]) -> Answer:
        """See `Store.put`. There is nothing to update: every field is written once."""
        return answered(changes, self._put, self._width)

    def _by_id(self, lookup: Lookup[Project]) -> Found | None:
        if lookup.id is None:
            return None
        try:
            one = self._calls.read(lookup.id)
        except Missing:
            if not lookup.chosen:
                return None
            raise Rejected(
                f"{TITLE}: the chosen project {lookup.id} does not exist, or {self._connection.settings.account} "
                "may not see it",
                system=self._connection.name,
                who="the person who chose it",
                next="Choose another with: closedwon link",
            ) from None
        if one.mark in lookup.keys or (lookup.chosen and one.mark is None):
            return one
        if lookup.chosen:
            raise Rejected(
                f"{TITLE}: the chosen project {one.key} “{one.name}” belongs to another customer already ({one.mark})",
                system=self._connection.name,
                who="the person who chose it",
                next="Choose another with: closedwon link",
            )
        return None

    def _by_name(self, lookup: Lookup[Project], seen: Seen) -> Found | Taken[Project] | None:
        wanted, keyed = lookup.resource, seen.keyed
        named = self._named(lookup, seen)
        same = [one for one in named if folded(one.name) == folded(wanted.name)]
        there = {one.id: one for one in (*keyed, *named)}
        own = own_keys(lookup.keys)
        marked = [one for one in there.values() if one.mark in lookup.keys]
        ours = sorted(marked, key=lambda one: (one.gone, one.mark not in own, one.id))
        if ours and not ours[0].gone:
            return ours[0]
        if ours and not lookup.new:
            raise self._in_trash(ours[0])
        first = proposed_keys(wanted)[0]
        unmarked = standing(wanted, [one for one in keyed if one.key == first], seen.reading_as(wanted.name))
        if unmarked and not lookup.new:
            raise choice(self._connection, wanted, unmarked)
        self._calls.prove_visibility()
        if wanted.lead and wanted.lead != PLACEHOLDER and wanted.active:
            self._people.account_id(wanted.lead, "lead")
        return None if lookup.look else self._taken(wanted, keyed, same)

    def _named(self, lookup: Lookup[Project], seen: Seen) -> list[Found]:
        """Return the projects of the wanted name, and those with the customer's mark under any name."""
        marked = [one for one in seen.every if one.mark in lookup.keys]
        if seen.is_whole:
            return [*called(seen.every, lookup.resource.name), *marked]
        read = [self._reread(one) for one in marked]
        return [*self._calls.called(lookup.resource.name), *(one for one in read if one is not None)]

    def _reread(self, one: Found) -> Found | None:
        try:
            return self._calls.read(one.key)
        except Missing:
            return None

    def _taken(self, wanted: Project, keyed: list[Found], same: list[Found]) -> Taken[Project] | None:
        """Return the holder of the name or the key; a key that a stranger holds is replaced by a free one."""
        first = proposed_keys(wanted)[0]
        by_key = {one.key: one for one in keyed}
        holders = [self._holder("name", one.name, one) for one in same]
        if first not in by_key:
            return Taken(tuple(holders)) if holders else None
        holders.append(self._holder("project_key", first, by_key[first]))
        free = None if same else self._free_key(wanted, by_key)
        other = wanted.model_copy(update={"project_key": free}) if free else None
        return Taken(tuple(holders), other)

    def _free_key(self, wanted: Project, taken: Container[str]) -> str | None:
        """Return the first key that no project has, after those that were looked up already."""
        _, *keys = proposed_keys(wanted)
        free = next((key for key in keys[:AT_FIRST] if key not in taken), None)
        if free is not None:
            return free
        there = {one.key for one in self._calls.with_keys(keys[AT_FIRST:])}
        return next((key for key in keys[AT_FIRST:] if key not in there), None)

    def _holder(self, field: str, name: str, one: Found) -> Holder:
        url = "" if one.gone else f"{self._connection.settings.base}/browse/{one.key}"
        title = f"{one.name}, in the trash" if one.gone else one.name
        return Holder(field, name, one.key, title, url, one.mark or "")

    def _in_trash(self, one: Found) -> Ambiguous:
        return Ambiguous(
            f"{TITLE}: the project {one.key} “{one.name}” was made for this, but somebody has deleted it",
            candidates=(),
            system=self._connection.name,
            who=ADMINISTRATOR,
            next="Restore it from the trash, or say `new` or `never` with: closedwon link",
        )

    def _answer(
        self, lookup: Lookup[Project], found: Looked
    ) -> Live[Project] | Taken[Project] | IntegrationError | None:
        return self._live(lookup.resource, found) if isinstance(found, Found) else found

    def _live(self, wanted: Project, one: Found) -> Live[Project]:
        state = Project(
            key=wanted.key,
            active=not one.archived or wanted.active,
            name=one.name,
            project_type=one.project_type or None,
            lead=one.lead,
            project_key=one.key,
        )
        url = f"{self._connection.settings.base}/browse/{one.key}"
        return Live(one.key, state, url, ours=one.mark is not None, is_former=one.mark in wanted.former)

    def _put(self, change: Change[Project]) -> Live[Project]:
        wanted, found = change.wanted(), change.found
        if found is None:
            return self._live(wanted, self._creation.create(change))
        one = self._calls.read(found.id)
        if one.mark is not None and one.mark not in (wanted.key, *wanted.former):
            raise Conflict(
                f"{TITLE}: meanwhile the project {one.key} was taken for another customer ({one.mark})",
                system=self._connection.name,
                next="Look at the plan again.",
            )
        if one.mark is None or (change.action == "adopt" and one.mark != wanted.key):
            self._calls.describe(one.key, marked(one.description, wanted.key))
        if change.action == "archive" and not one.archived:
            self._calls.archive(one.key)
            return Live(one.key, found.state.model_copy(update={"active": False}), found.url)
        return self._live(wanted, one)
