"""The store of organizations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from integrations.appuio import matching
from integrations.appuio.connection import GROUP, TITLE, Connection, Item
from integrations.appuio.resource import Organization, is_going, is_name, key_hash, mark, marked, name, spec
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.naming import NUMBERS, PLAIN
from integrations.core.resource import Live, Lookup, Taken
from integrations.core.rows import attempt
from integrations.core.store import Answer, IdForm

SELECTED = 50
"""Look-ups that one label selector may carry: it stands in the address."""

TRIES = 3
"""How often a name is tried that is refused as taken although no organization has it."""

Row = Live[Organization] | Taken[Organization] | None | IntegrationError


class Organizations:
    """Organizations, each marked by the annotation `closedwon.io/key`.

    The mark is written in the request that creates the organization, so there are no orphans; names are
    unique, so creating twice makes one. The label beside it only makes finding cheap. Versions are
    compared by the API itself.
    """

    resource = Organization
    writes: Literal["create", "send", "manual"] = "create"
    batch = 1
    id_form = IdForm(re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"), "its name in the API, such as acme")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, lookups: Sequence[Lookup[Organization]]) -> Answer:
        """Find in one request those known from an earlier run, else in one list.

        A chosen object takes one request more.
        """
        answers: dict[str, Row] = {}
        for lookup in lookups:
            if lookup.chosen and lookup.id:
                answers[lookup.key] = self._chosen(lookup)
        open_ones = [lookup for lookup in lookups if lookup.key not in answers]
        known = [lookup for lookup in open_ones if lookup.id]
        if len(known) == len(open_ones) <= SELECTED:
            answers |= self._by_label(known)
        rest = [lookup for lookup in open_ones if lookup.key not in answers]
        if rest:
            items = self._connection.organizations()
            answers |= {lookup.key: matching.matched(self._connection, items, lookup) for lookup in rest}
        return answers

    def put(self, changes: Sequence[Change[Organization]]) -> Answer:
        """Each change by itself: the API has no batches."""
        answers: dict[str, Row] = {}
        for change in changes:
            answers[change.key] = attempt(TITLE, self._put, change)
        return answers

    def _chosen(self, lookup: Lookup[Organization]) -> Row:
        try:
            item = self._connection.organization(str(lookup.id)) if is_name(str(lookup.id)) else None
        except IntegrationError as error:
            return error
        return matching.chosen(self._connection, item, lookup)

    def _by_label(self, lookups: Sequence[Lookup[Organization]]) -> dict[str, Row]:
        """Return those that their labels lead to; the others may be anywhere or nowhere."""
        if not lookups:
            return {}
        hashes = sorted({key_hash(key) for lookup in lookups for key in lookup.keys})
        items = self._connection.organizations(f"closedwon.io/key-hash in ({','.join(hashes)})")
        found = {lookup.key: matching.bearing(items, lookup.keys) for lookup in lookups}
        keys = {lookup.key: lookup.keys for lookup in lookups}
        return {key: matching.live(self._connection, item, keys[key], items) for key, item in found.items() if item}

    def _put(self, change: Change[Organization]) -> Row:
        if change.action == "create":
            return self._create(change)
        if change.found is None:
            raise Conflict(f"{TITLE}: there is nothing yet to change for {change.key}", system=self._connection.name)
        if change.action == "archive":
            return matching.unarchivable(self._connection, change.found.id)
        return self._patch(change, change.found)

    def _create(self, change: Change[Organization]) -> Row:
        """Create it by the name that the plan shows, or by the first free one where its name was not known then.

        Nobody can see what is no organization: who said `new` to that gets the name that the question named.
        """
        wanted = change.wanted()
        if not wanted.display_name:
            raise Rejected(f"{TITLE}: the organization has no name", system=self._connection.name, field="display_name")
        proposal = wanted.name or wanted.named(PLAIN).name
        others = [f"{proposal}-{number}" for number in NUMBERS]
        row: Row = None
        for candidate in [proposal] if wanted.name else [proposal, *others]:
            row = self._named(change, candidate)
            if not isinstance(row, Conflict):
                break
        if row is None and change.new:
            row = self._named(change, others[0])
        return matching.taken_unseen(self._connection, proposal, others[0]) if row is None else row

    def _named(self, change: Change[Organization], candidate: str) -> Row:
        """Create the organization of this name, or return the one that has it, or why it can't be used.

        None means that the name is refused, and no organization has it. A name stays for good: where a
        refusal finds nobody, it is tried again, for what had the name may be gone.
        """
        for _ in range(TRIES):
            made = self._connection.create(self._body(change.wanted(), candidate))
            if made is not None:
                return self._live(made, change)
            there = self._connection.organization(candidate)
            if there is not None:
                return self._holder(change, there)
        return None

    def _holder(self, change: Change[Organization], there: Item) -> Row:
        """Return the organization that has the name, if it is ours, or why it can't be used."""
        if is_going(there):
            return matching.going(self._connection, name(there))
        if mark(there) in _keys(change):
            return self._live(there, change)
        if mark(there) or change.new:
            return Conflict(
                f"{TITLE}: meanwhile another customer's organization has the name {name(there)}",
                system=self._connection.name,
                next="Look at the plan again.",
            )
        return matching.ambiguous(self._connection, [there], "of this very name")

    def _patch(self, change: Change[Organization], found: Live[Organization]) -> Row:
        """Adopting adds the mark; updating writes the fields alone. Both only upon the version that was read."""
        connection = self._connection
        wanted = change.wanted()
        metadata = marked(change.key) if change.action == "adopt" else {}
        parts = spec(wanted, change.names, connection.settings.billing_prefix)
        patched = connection.patch(
            found.id, {"metadata": {**metadata, "resourceVersion": found.version}, **({"spec": parts} if parts else {})}
        )
        if patched is None:
            # Our own first try, if its answer was lost, also made the version a newer one.
            patched = connection.organization(found.id)
            if patched is None or mark(patched) not in _keys(change) or not _holds(patched, parts):
                raise Conflict(
                    f"{TITLE}: the organization {found.id} was changed meanwhile",
                    system=connection.name,
                    next="Look at the plan again.",
                )
        return self._live(patched, change)

    def _body(self, wanted: Organization, proposal: str) -> Item:
        fields = frozenset({"display_name", "billing_contact"})
        return {
            "apiVersion": f"{GROUP}/v1",
            "kind": "Organization",
            "metadata": {"name": proposal, **marked(wanted.key)},
            "spec": spec(wanted, fields, self._connection.settings.billing_prefix),
        }

    def _live(self, item: Item, change: Change[Organization]) -> Live[Organization]:
        return matching.live(self._connection, item, _keys(change))


def _keys(change: Change[Organization]) -> tuple[str, ...]:
    return (change.key, *change.wanted().former)


def _holds(item: Item, parts: dict[str, str]) -> bool:
    held = item.get("spec") or {}
    return all(held.get(field) == value for field, value in parts.items())
