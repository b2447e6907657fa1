"""Organizations as core sees them: found and written."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError
from integrations.core.resource import Live, Lookup, Taken, own_keys
from integrations.core.store import NUMBER, Answer, IdForm
from integrations.jira.claims import Claims
from integrations.jira.connection import TITLE, Connection
from integrations.jira.organization.calls import Calls
from integrations.jira.organization.creation import Creation
from integrations.jira.organization.directory import Entry
from integrations.jira.organization.matching import Match, Matching
from integrations.jira.organization.resource import NONE, Organization
from integrations.jira.rows import answered

Found = Match | Taken[Organization] | IntegrationError | None
Row = Live[Organization] | Taken[Organization] | IntegrationError | None


class Organizations:
    """Organizations of Service Management.

    The mark is the organization's property `closedwon` (`{"key": …}`), which people don't see. It is not
    written with the creation: an orphan is an unmarked organization of exactly the name that our claim in
    the register holds, with a higher id than any that was there then, made at about that time. Two that
    bear our mark remain possible where a process is stopped during the very request that creates one: the lower
    id counts, and the other is taken off the service desk. There is no archive: archiving does that too.
    """

    resource: type[Organization] = Organization
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1
    id_form: IdForm = NUMBER

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._width = connection.settings.concurrency
        self._calls = Calls(connection)
        claims = Claims(connection, Organization.kind)
        self._matching = Matching(connection, self._calls, claims)
        self._creation = Creation(connection, self._calls, claims, self._matching)

    def find(self, lookups: Sequence[Lookup[Organization]]) -> Answer:
        """See `Store.find`.

        An account that is no agent gets an empty list without a word. So an empty list is believed only
        when the service desk, which answers agents alone, answers too.
        """
        found: dict[str, Found] = {**answered(lookups, self._matching.by_id, self._width)}
        rest = [lookup for lookup in lookups if found[lookup.key] is None]
        if rest:
            self._calls.all.look()
            if not self._calls.all.known():
                self._calls.served.look()
            found |= answered(rest, self._matching.by_name, self._width)
        if any(isinstance(match, Match) for match in found.values()):
            self._calls.served.look()

        def live(lookup: Lookup[Organization]) -> Row:
            match = found[lookup.key]
            return self._found(lookup, match) if isinstance(match, Match) else match

        return answered(lookups, live, self._width)

    def put(self, changes: Sequence[Change[Organization]]) -> Answer:
        """See `Store.put`. Linking and unlinking are safe to repeat and leave everything else as it is."""
        return answered(changes, self._put, self._width)

    def _found(self, lookup: Lookup[Organization], match: Match) -> Live[Organization]:
        match = self._matching.with_twins(lookup, match)
        entry = match.entry or self._calls.served.get(match.id) or self._calls.read(match.id)
        wanted = lookup.resource
        live = self._live(wanted, entry, mark=match.mark, linked=self._calls.served.get(entry.id) is not None)
        state = live.state.model_copy(update={"duplicates": ", ".join(match.idle)}) if match.idle else live.state
        return dataclasses.replace(live, state=state, twins=match.used, is_begun=match.is_orphan)

    def _live(self, wanted: Organization, one: Entry, *, mark: str | None, linked: bool) -> Live[Organization]:
        """Return the organization's current state.

        An unlinked organization counts as archived only where it is to be archived.
        """
        state = Organization(
            key=wanted.key,
            active=linked or wanted.active,
            name=one.name,
            in_service_desk=linked,
        )
        url = self._matching.url(self._connection.desk_project(), one.id)
        return Live(str(one.id), state, url, ours=mark is not None, is_former=mark in wanted.former)

    def _put(self, change: Change[Organization]) -> Live[Organization]:
        wanted, found = change.wanted(), change.found
        if found is None:
            one = self._creation.create(change)
            self._refuse_inherited(wanted, one)
            linked = wanted.in_service_desk
            if linked:
                self._calls.link(one)
            return self._live(wanted, one, mark=wanted.key, linked=linked)
        one = Entry(int(found.id), found.state.name)
        if change.action == "adopt":
            self._adopt(wanted, one)
        if found.state.duplicates != NONE:
            self._unlink_twins(found.state.duplicates.split(", "))
        linked = found.state.in_service_desk
        if change.action == "archive":
            linked = False
            self._calls.unlink(one)
        elif "in_service_desk" in change.names:
            linked = wanted.in_service_desk
            (self._calls.link if linked else self._calls.unlink)(one)
        return self._live(wanted, one, mark=wanted.key, linked=linked)

    def _refuse_inherited(self, wanted: Organization, one: Entry) -> None:
        """Make sure that a creation did not find a gone customer's organization.

        Taking that over needs approval.

        Raises:
            Conflict: It found one.
        """
        inherited = set(wanted.former) - set(own_keys((wanted.key, *wanted.former)))
        if inherited and self._calls.mark(one.id) in inherited:
            raise Conflict(
                f"{TITLE}: the organization “{one.name}” ({one.id}) is that of a customer whose place this one took",
                system=self._connection.name,
                next="Look at the plan again.",
            )

    def _unlink_twins(self, twins: Sequence[str]) -> None:
        """Take the younger organizations of the same mark off the service desk.

        Raises:
            Conflict: One has people by now.
        """
        for twin in twins:
            if self._calls.has_people(int(twin)):
                raise Conflict(
                    f"{TITLE}: meanwhile the organization {twin}, which is there twice, was given people",
                    system=self._connection.name,
                    next="Look at the plan again.",
                )
            self._calls.unlink(Entry(int(twin), ""))

    def _adopt(self, wanted: Organization, one: Entry) -> None:
        mark = self._calls.mark(one.id)
        if mark is None or mark in wanted.former:
            self._calls.write_mark(one.id, wanted.key)
        elif mark != wanted.key:
            raise Conflict(
                f"{TITLE}: meanwhile the organization {one.id} “{one.name}” was taken for another customer ({mark})",
                system=self._connection.name,
                next="Look at the plan again.",
            )
