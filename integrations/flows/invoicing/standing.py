"""How everything stands by the ledger: what is there, who acts, what it amounts to."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from integrations.core.billing import Survey
from integrations.core.errors import IntegrationError
from integrations.core.store import Billing
from integrations.flows.invoicing.catalogue import Catalogue, titles
from integrations.flows.invoicing.decisions import Decisions
from integrations.flows.invoicing.judging import Finding
from integrations.flows.invoicing.memory import Memory, Row
from integrations.flows.invoicing.outcome import Outcome, StaleRule, rank
from integrations.flows.invoicing.remembered import Acknowledgement, Known
from integrations.flows.invoicing.settings import InvoiceSettings
from integrations.flows.invoicing.totals import Exchange, at_risk


@dataclasses.dataclass(frozen=True)
class Standing:
    """Tells how everything stands.

    Attributes:
        run: The run that has just read; None: none did.
    """

    memory: Memory
    decisions: Decisions
    settings: InvoiceSettings
    catalogue: Catalogue
    today: date
    source: Billing | None = None
    survey: Survey = dataclasses.field(default_factory=Survey)
    run: int | None = None

    def outcome(self, before: Outcome | None = None) -> Outcome:
        """What is there, and what went in this run; `before`: what was said of this run already."""
        findings = tuple(sorted(self.findings(), key=rank))
        there = [known.finding for known in findings if known.state in ("new", "open")]
        outcome = before if before is not None else Outcome(self.today)
        exchange = self.exchange()
        return dataclasses.replace(
            outcome,
            findings=findings,
            people={known.finding.fingerprint: self.who(known.finding) for known in findings},
            names={**outcome.names, **self._names(findings, outcome.names)},
            titles=titles(self.catalogue.rules),
            stale=self._stale(),
            total=exchange.total(at_risk(there)),
            exchange=exchange,
        )

    def findings(self) -> Iterator[Known]:
        """What is there, and what went in this run; of rules that are known and switched on."""
        acknowledged = self.decisions.acknowledgements()
        since = self.run if self.run is not None else self.memory.next_run()
        for row in self.memory.findings(since_run=since):
            known = self._known(row, acknowledged.get(row.finding.fingerprint))
            if known is not None:
                yield known

    def exchange(self) -> Exchange:
        """Into the currency in which totals are told."""
        first = next(iter(self.survey.companies.values()), None)
        into = self.settings.currency or (first.currency if first is not None else "")
        return Exchange(into, self.survey.rates)

    def who(self, finding: Finding) -> str:
        """Who acts: an e-mail address where one is known, else the role."""
        if finding.person is not None and finding.person.email:
            return finding.person.email
        return self.settings.people.get(finding.role) or finding.role

    def _known(self, row: Row, acknowledged: Acknowledgement | None) -> Known | None:
        finding = row.finding
        settings = self.catalogue.settings.get(finding.rule)
        if row.resolved is not None:
            state, acknowledged = "resolved", None
        elif settings is None and self.catalogue.unusable:
            # It may be of a rule that can't be used now: whether it is still there is not known.
            state, acknowledged = "open", None
        elif settings is None or not settings.on:
            return None
        elif (
            acknowledged is not None
            and acknowledged.covers(finding, self.today, self.settings.comes_back_at)
            and not _is_of_before(acknowledged, row)
        ):
            state = "acknowledged"
        else:
            state, acknowledged = ("new" if row.first_run == self.run else "open"), None
        return Known(finding, state, row.first_seen, row.last_seen, row.resolved, row.returned, acknowledged)  # type: ignore[arg-type]  # one of the four states

    def _stale(self) -> tuple[StaleRule, ...]:
        counted = Counter((rule, why) for _, rule, why in self.memory.stale())
        return tuple(StaleRule(rule, why, number) for (rule, why), number in sorted(counted.items()))

    def _names(self, findings: tuple[Known, ...], known: Mapping[str, str]) -> Mapping[str, str]:
        """What the customers in it are called; their ids stand where the ERP does not say."""
        wanted = {one for known in findings for one in (known.finding.account, known.finding.payer) if one}
        if self.source is None or not wanted - known.keys():
            return {}
        try:
            return self.source.names(sorted(wanted - known.keys()))
        except IntegrationError:
            return {}


def _is_of_before(acknowledged: Acknowledgement, row: Row) -> bool:
    """Whether what was acknowledged without an end was over meanwhile: that it is there again is news."""
    return acknowledged.until is None and row.returned is not None and acknowledged.at < row.returned
