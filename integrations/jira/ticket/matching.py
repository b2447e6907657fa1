"""Which ticket is the one wanted: by a person's choice, by the ledger's memory, by our claim, by our label."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from integrations.core.errors import Ambiguous, Rejected, Uncertain
from integrations.core.resource import PLACEHOLDER, Lookup
from integrations.jira.claims import Claim, Claims, claim_name
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection, Missing
from integrations.jira.ticket.calls import Calls, Issue
from integrations.jira.ticket.resource import Ticket

LABELS_AT_ONCE = 50


class Matching:
    """Finds the ticket for one look-up, and remembers which claims proved to be stale."""

    def __init__(self, connection: Connection, calls: Calls, claims: Claims) -> None:
        self._connection, self._calls, self._claims = connection, calls, claims
        self._guard = threading.Lock()
        self._stale: set[str] = set()

    def labelled(self, lookups: Sequence[Lookup[Ticket]]) -> dict[str, Issue]:
        """Those of many that the index knows, by the look-up's key; what it does not know may exist all the same."""
        wanted = {key: lookup.key for lookup in lookups for key in lookup.keys}
        names = [claim_name(Ticket.kind, key) for key in wanted]
        found: dict[str, Issue] = {}
        for start in range(0, len(names), LABELS_AT_ONCE):
            for one in self._calls.labelled(names[start : start + LABELS_AT_ONCE]):
                if one.mark in wanted:
                    found.setdefault(wanted[one.mark], one)
        return found

    def by_id(self, lookup: Lookup[Ticket]) -> Issue | None:
        """The one that a person chose, or that the ledger remembers if it bears our mark.

        Raises:
            Rejected: The chosen one is not there, or is another step's.
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

    def by_claims(self, lookup: Lookup[Ticket], claims: Sequence[Claim]) -> Issue | None:
        """The one that our claims lead to; None: nothing was ever made, or provably nothing came of it.

        Raises:
            Ambiguous: The ticket is gone, or moved to where we may not see it.
            Uncertain: It was claimed a moment ago, and the index may not know yet what came of it.
        """
        for claim in claims:
            one = self._of(lookup, claim)
            if one is not None:
                return one
        return None

    def _of(self, lookup: Lookup[Ticket], claim: Claim) -> Issue | None:
        known = claim.said.get("issue")
        if known is not None:
            try:
                return self._calls.read(str(known))
            except Missing:
                return self._gone(lookup, claim)
        # Before the search: what is created while its answer is on its way is not in it.
        rest = self._connection.settings.settle - claim.age()
        labelled = [one for one in self._calls.labelled([claim_name(Ticket.kind, claim.key)]) if one.mark == claim.key]
        if labelled:
            return min(labelled, key=lambda one: one.id)
        if rest > 0:
            raise self.claimed(claim.key, rest)
        if lookup.resource.project != PLACEHOLDER:
            self._calls.prove_visibility(lookup.resource.project)
        with self._guard:
            self._stale.add(claim.key)
        return None

    def may_take_over(self, key: str) -> bool:
        """Whether a claim was seen by us to have come to nothing."""
        with self._guard:
            return key in self._stale

    def settled(self, key: str) -> None:
        """The claim is ours now."""
        with self._guard:
            self._stale.discard(key)

    def claimed(self, key: str, rest: float) -> Uncertain:
        """That somebody, perhaps we ourselves before a crash, is making this ticket."""
        return Uncertain(
            f"{TITLE}: the ticket {key} was being made a moment ago; what came of it can't be told yet",
            system=self._connection.name,
            next="It is looked for before it is tried again.",
            retry_after=rest,
        )

    def _gone(self, lookup: Lookup[Ticket], claim: Claim) -> Issue | None:
        if lookup.new:
            with self._guard:
                self._stale.add(claim.key)
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
            who="whoever chose it",
            next="Choose another with: closedwon link",
        )
