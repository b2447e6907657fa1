"""Matching of wanted tickets: by a person's choice, by the ledger, by our claim, by our label."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from integrations.core.errors import Ambiguous, Conflict, IntegrationError, Rejected, Uncertain
from integrations.core.resource import PLACEHOLDER, Lookup
from integrations.jira.claims import Claim, Claims
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection, Missing
from integrations.jira.issue.calls import Calls, Issue
from integrations.jira.issue.resource import WorkItem
from integrations.jira.rows import answered

LABELS_AT_ONCE = 50

W = TypeVar("W", bound=WorkItem)


def counting(marked: Sequence[Issue]) -> Issue | None:
    """Return the ticket that counts among those with the same mark, with its twins."""
    if not marked:
        return None
    one, *others = sorted({one.id: one for one in marked}.values(), key=lambda issue: issue.id)
    return dataclasses.replace(one, twins=tuple(other for other in others if not other.done)) if others else one


class Matching(Generic[W]):
    """Look-up of tickets of one kind; remembers which claims proved to be abandoned."""

    def __init__(self, connection: Connection, calls: Calls, claims: Claims) -> None:
        self._connection, self._calls, self._claims = connection, calls, claims
        self._guard = threading.Lock()
        self._abandoned: dict[str, Claim] = {}

    def find(
        self,
        lookups: Sequence[Lookup[W]],
        missing: Callable[[W], None],
        believed: Callable[[Lookup[W], Issue], bool],
    ) -> dict[str, Issue | IntegrationError | None]:
        """Return each ticket, None if it provably does not exist, or the error where that is not known.

        Tickets are searched by label, fifty in a request, even those that the ledger remembers: that shows
        their twins as well. Of several with the mark the lowest id counts.

        Args:
            lookups: What is wanted, and where it was last seen.
            missing: Called with each resource that has to be made; an error that it raises becomes the answer.
            believed: Whether a ticket may be taken as the index has it; the others are requested as they are now,
                fifty in a request.
        """
        width = self._connection.settings.concurrency
        remembered = [lookup for lookup in lookups if lookup.id is not None and not lookup.chosen]
        labelled = self._labelled(remembered, believed) if remembered else {}

        def by_id(lookup: Lookup[W]) -> Issue | None:
            marked = labelled.get(lookup.key, [])
            known = self._by_id(lookup) if lookup.id not in {one.key for one in marked} else None
            return counting([*marked, known] if known is not None else marked)

        found = answered(lookups, by_id, width)
        rest = [lookup for lookup in lookups if found[lookup.key] is None]
        if rest:
            claims = self._claims.read([key for lookup in rest for key in lookup.keys])

            def by_claims(lookup: Lookup[W]) -> Issue | None:
                one = self._by_claims(lookup, [claims[key] for key in lookup.keys if key in claims])
                if one is None:
                    missing(lookup.resource)
                return one

            found |= answered(rest, by_claims, width)
        return found

    def _labelled(
        self, lookups: Sequence[Lookup[W]], believed: Callable[[Lookup[W], Issue], bool]
    ) -> dict[str, list[Issue]]:
        """Return the tickets that the index knows, by look-up key.

        A ticket that it does not know may still exist.
        """
        wanted = {key: lookup for lookup in lookups for key in lookup.keys}
        found: dict[str, list[Issue]] = {}
        for one in self._searched(wanted, [self._claims.name(key) for key in wanted]):
            found.setdefault(wanted[str(one.mark)].key, []).append(one)
        doubtful = [
            one
            for key, several in found.items()
            for one in several
            if len(several) > 1 or not believed(wanted[key], one)
        ]
        for start in range(0, len(doubtful), LABELS_AT_ONCE):
            part = doubtful[start : start + LABELS_AT_ONCE]
            names = [self._claims.name(str(one.mark)) for one in part]
            for now in self._searched(wanted, list(dict.fromkeys(names)), [one.id for one in part]):
                several = found.get(wanted[str(now.mark)].key, [])
                several[:] = [now if one.id == now.id else one for one in several]
        return found

    def _searched(
        self, wanted: Mapping[str, Lookup[W]], names: Sequence[str], current: Sequence[int] = ()
    ) -> Iterator[Issue]:
        for start in range(0, len(names), LABELS_AT_ONCE):
            for one in self._calls.labelled(names[start : start + LABELS_AT_ONCE], current):
                if one.mark in wanted:
                    yield one

    def check_owner(self, one: Issue, wanted: W) -> None:
        """Make sure, before a ticket is written to, that it is ours or nobody's.

        Raises:
            Conflict: It was taken for something else meanwhile.
        """
        if one.mark is not None and one.mark not in (wanted.key, *wanted.former):
            raise Conflict(
                f"{TITLE}: meanwhile the ticket {one.key} was taken for something else ({one.mark})",
                system=self._connection.name,
                next="Look at the plan again.",
            )

    def _by_id(self, lookup: Lookup[W]) -> Issue | None:
        """Return the ticket that a person chose, or the one that the ledger remembers if it bears our mark.

        Raises:
            Rejected: The chosen ticket does not exist, or belongs to another step.
        """
        if lookup.id is None:
            return None
        try:
            one = self._calls.read(lookup.id)
        except Missing:
            if not lookup.chosen:
                return None
            raise self._not_chosen(f"{lookup.id} does not exist, or we may not see it") from None
        if one.mark in lookup.keys or (lookup.chosen and one.mark is None):
            return one
        if lookup.chosen:
            raise self._not_chosen(f"{one.key} belongs to something else already ({one.mark})")
        return None

    def _by_claims(self, lookup: Lookup[W], claims: Sequence[Claim]) -> Issue | None:
        """Return the ticket that our claims lead to.

        None means that nothing was ever made, or that provably nothing came of it.

        Raises:
            Ambiguous: The ticket is gone, or was moved to where we may not see it.
            Uncertain: It was claimed a moment ago, and the index may not know the result yet.
        """
        for claim in claims:
            one = self._of(lookup, claim)
            if one is not None:
                return one
        return None

    def _of(self, lookup: Lookup[W], claim: Claim) -> Issue | None:
        known = claim.said.get("issue")
        current = [known] if isinstance(known, int) else []
        label = self._claims.name(claim.key)
        labelled = [one for one in self._calls.labelled([label], current) if one.mark == claim.key]
        if known is not None and known not in {one.id for one in labelled}:
            try:
                labelled.append(self._calls.read(str(known)))
            except Missing:
                if not labelled:
                    return self._gone(lookup, claim)
        if labelled:
            return counting(labelled)
        # The claim was read before the search: what is created while its answer is on its way is not in it.
        rest = self._connection.settings.settle - claim.age
        if rest > 0:
            raise self.claimed(claim.key, rest)
        if lookup.resource.project != PLACEHOLDER:
            self._calls.prove_visibility(lookup.resource.project)
        with self._guard:
            self._abandoned[claim.key] = claim
        return None

    def abandoned(self, key: str) -> Claim | None:
        """The claim that we saw to have come to nothing: it may be taken over."""
        with self._guard:
            return self._abandoned.get(key)

    def settled(self, key: str) -> None:
        """The claim is ours now."""
        with self._guard:
            self._abandoned.pop(key, None)

    def elder(self, key: str, made: Issue, rival: Claim | None) -> Issue | None:
        """The ticket with the lowest id that bears the mark of the one that we have just made, if that is another."""
        known = rival.said.get("issue") if rival is not None else None
        current = [known] if isinstance(known, int) else []
        marked = [one for one in self._calls.labelled([self._claims.name(key)], current) if one.mark == key]
        return min((one for one in marked if one.id < made.id), key=lambda one: one.id, default=None)

    def claimed(self, key: str, rest: float) -> Uncertain:
        """Return the error that another run, or ours before a crash, is making this ticket."""
        return Uncertain(
            f"{TITLE}: the ticket {key} was being made a moment ago; what came of it can't be told yet",
            system=self._connection.name,
            next="It is looked for before it is tried again.",
            retry_after=rest,
        )

    def _gone(self, lookup: Lookup[W], claim: Claim) -> Issue | None:
        if lookup.new:
            with self._guard:
                self._abandoned[claim.key] = claim
            return None
        name = claim.said.get("name") or claim.said.get("issue")
        raise Ambiguous(
            f"{TITLE}: the ticket {name} was made for this, but it was deleted, or {self._connection.settings.account} "
            "may not see it any more",
            candidates=(),
            system=self._connection.name,
            who=ADMINISTRATOR,
            next='Grant "Browse Projects" where it is, or say `new` or `never` with: closedwon link',
        )

    def _not_chosen(self, why: str) -> Rejected:
        return Rejected(
            f"{TITLE}: the chosen ticket {why}",
            system=self._connection.name,
            who="the person who chose it",
            next="Choose another with: closedwon link",
        )
