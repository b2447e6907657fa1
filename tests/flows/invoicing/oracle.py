"""What has to be found and told, computed from the facts alone: by no memory, and by no run before."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar

from integrations.core.plan import Approval
from integrations.flows.invoicing.facts import Completing, too_old
from integrations.flows.invoicing.findings import Judgement, judge
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.outcome import Outcome
from tests.flows.invoicing.site import RULES, Site

YES: Approval[Outcome] = Approval(yes=True)
CAUSE = f"cause:{hashlib.sha256(b'nameless:nobody was named').hexdigest()[:10]}"
"""The key of the ticket of all who have no name."""
Kept = Mapping[tuple[str, str], frozenset[str]]
"""The fingerprints that the ledger has as open, by customer and rule; those without any are left out."""


@dataclasses.dataclass(frozen=True)
class Said:
    """That somebody knows of an exception: until when, and how much it was."""

    until: date | None
    amount: Decimal | None

    def covers(self, amount: Decimal | None, today: date) -> bool:
        """Whether it still holds: until its day, and until the amount is more than a fifth larger."""
        grown = self.amount is not None and amount is not None and amount > self.amount * Decimal("1.2")
        return not grown and (self.until is None or today <= self.until)


@dataclasses.dataclass(frozen=True)
class Tickets:
    """Which tickets are open, which people have closed although the exception exists, and which may be open."""

    open: frozenset[str]
    closed_by_people: frozenset[str]
    known: frozenset[str]
    content: Mapping[str, frozenset[str]]
    """By ticket, the findings that it tells of."""


class Oracle:
    """Knows the facts, and what people said.

    Attributes:
        check: For looking into the ledger; its rules are those of the beginning.
        acknowledged: By fingerprint.
        reached: How often each law had something to look at: a state of a finding, `stale`, `ticket`.
    """

    reached: ClassVar[Counter[str]] = Counter()

    def __init__(self, site: Site) -> None:
        self.site, self.check = site, site.check()
        self.acknowledged: dict[str, Said] = {}

    def kept(self) -> Kept:
        """What the ledger has as open now."""
        found: dict[tuple[str, str], set[str]] = {}
        for row in self.check.memory.findings():
            if row.resolved is None:
                found.setdefault((row.finding.account, row.finding.rule), set()).add(row.finding.fingerprint)
        return {place: frozenset(fingerprints) for place, fingerprints in found.items()}

    def judged(self) -> dict[str, Judgement]:
        """What a check that knows nothing says of each customer today."""
        site, today = self.site, self.site.today()
        disputes = {dispute.invoice: dispute.dispute() for dispute in self.check.decisions.disputes().values()}
        completing = Completing(disputes, too_old(site.books.survey(), self.check.settings.bank_days, today))
        return {
            account.id: judge(completing.complete(account), RULES, site.rules, today)
            for account in site.books.accounts_by_id.values()
        }

    def tickets(self) -> Tickets:
        """How they are now."""
        closed = {key for key, ticket in self.site.tickets.there.items() if ticket.closed and ticket.active}
        content = {key: found for key, (_, found) in self.check.memory.tickets().items()}
        return Tickets(frozenset(self.site.tickets.open()), frozenset(closed), frozenset(content), content)

    def assert_kept(self, before: Kept, read: Collection[str]) -> None:
        """Of those who were read: what is there, and nothing else. Of all others: as it was before, or that.

        What a rule can't judge stays as it was.
        """
        after, wanted = self.kept(), self.judged()
        every = {(account, rule.id) for account in wanted for rule in RULES}
        for account, rule in sorted(every | after.keys() | before.keys()):
            was, there = before.get((account, rule), frozenset()), after.get((account, rule), frozenset())
            judgement = wanted.get(account, Judgement(account, ()))
            found = frozenset(finding.fingerprint for finding in judgement.findings if finding.rule == rule)
            silent = {stale.rule for stale in judgement.stale} | {broken.rule for broken in judgement.broken}
            if rule in silent:
                assert there == was, (account, rule, "was changed although nothing can be said of it")
            elif account in read and account in wanted:
                assert there == found, (account, rule, "is not what the facts say")
            else:
                assert there in (was, found), (account, rule, "is neither what it was nor what is there")
        self._forget_what_is_over(after)

    def _forget_what_is_over(self, there: Kept) -> None:
        """What was acknowledged without an end and is gone is news when it comes back."""
        still = frozenset[str]().union(*there.values())
        for fingerprint, statement in list(self.acknowledged.items()):
            if statement.until is None and fingerprint not in still:
                del self.acknowledged[fingerprint]

    def assert_told(self, before: Kept, outcome: Outcome) -> None:
        """After a check of all that may have changed."""
        assert outcome.error is None, outcome.error
        self.assert_kept(before, self.site.books.accounts_by_id.keys())
        there = {known.finding.fingerprint: known for known in outcome.findings if known.state != "resolved"}
        on = {place: found for place, found in self.kept().items() if self.site.rules[place[1]].on}
        assert there.keys() == {fingerprint for found in on.values() for fingerprint in found}
        for fingerprint, known in there.items():
            acknowledgement = self.acknowledged.get(fingerprint)
            covered = acknowledgement is not None and acknowledgement.covers(known.finding.amount, self.site.today())
            assert (known.state == "acknowledged") == covered
            self.reached[known.state] += 1
        self.assert_stale()

    def assert_stale(self) -> None:
        """No rule is said to lack data that it has; of customers who are forgotten nothing is said."""
        wanted, known = self.judged(), self.check.memory.accounts()
        lacking = {(account, stale.rule) for account, judgement in wanted.items() for stale in judgement.stale}
        for account, rule, why in self.check.memory.stale():
            assert account in known, (account, rule, why)
            assert account not in wanted or (account, rule) in lacking, (account, rule, why)
            self.reached["stale"] += 1

    def assert_flagged(self, before: Tickets, outcome: Outcome) -> None:
        """Open are the tickets of what somebody has to act on, and of what is acknowledged since its ticket was made.

        But for those that people closed.
        """
        assert outcome.flagged is not None
        assert outcome.flagged.error is None, outcome.flagged.error
        assert {line.status for line in outcome.flagged.lines} <= {"done"}
        found = [known for known in outcome.findings if known.state != "resolved"]
        shared = self._shared(found, before)
        keys = {self._ticket(known, shared, before): known.state for known in sorted(found, key=_is_acted_on)}
        wanted = {key for key, state in keys.items() if state != "acknowledged" or key in before.open}
        assert set(self.site.tickets.open()) == wanted - before.closed_by_people
        self.reached["ticket"] += len(wanted)

    def _ticket(self, known: TrackedFinding, shared: Collection[str], before: Tickets) -> str:
        """Its ticket; of what came up after a shared one was closed by people, one of its own."""
        key, fingerprint = self._key(known, shared), known.finding.fingerprint
        is_closed = key in before.closed_by_people and fingerprint not in before.content.get(key, ())
        return f"finding:{fingerprint}" if is_closed or f"finding:{fingerprint}" in before.known else key

    def _shared(self, found: Collection[TrackedFinding], before: Tickets) -> set[str]:
        """Whether one ticket tells of a cause: from some customers on, and then until the last of them is fixed."""
        sharing = Counter(cause for cause, _ in {(known.finding.cause, known.finding.account) for known in found})
        return {cause for cause, number in sharing.items() if cause and (number > 2 or CAUSE in before.known)}

    def _key(self, known: TrackedFinding, shared: Collection[str]) -> str:
        finding = known.finding
        if finding.cause in shared:
            return CAUSE
        if self.site.tables["tickets"]["per"] == "customer":
            return f"customer:{finding.account}/invoicing"
        return f"finding:{finding.fingerprint}"


def _is_acted_on(known: TrackedFinding) -> bool:
    return known.state != "acknowledged"
