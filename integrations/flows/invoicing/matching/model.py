"""What matching gives: which invoice line bills which contract line, and for which days."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from integrations.core.billing import Contract, ContractLine, Invoice, Line
from integrations.flows.invoicing.periods import Period
from integrations.flows.invoicing.reading import after


class Terms(NamedTuple):
    """A contract's line as it applies."""

    contract: Contract
    line: ContractLine
    """With the first and last day that apply: its own, else the contract's."""

    @property
    def subject(self) -> str:
        """What findings call it: `contract:7/contract-line:3`."""
        return f"{self.contract.id}/{self.line.id}"

    @property
    def known(self) -> bool:
        """Whether its first and last day can be told: not where it was closed without saying when."""
        closed = self.line.ended or self.contract.state == "ended"
        return self.line.start is not None and (self.line.end is not None or not closed)

    def runs(self, day: date) -> bool:
        """Whether it is in force on a day."""
        line = self.line
        return (line.start is None or line.start <= day) and (line.end is None or day <= line.end)


class Billed(NamedTuple):
    """A line of an invoice, or of a draft, that bills a contract line."""

    invoice: Invoice
    line: Line
    terms: Terms
    service: Period | None
    """The days that it is for; None: none that the contract line has."""
    day: date
    """The first day of service, else the day by which the line was matched."""
    quantity: Decimal
    """Less what was credited or deducted since."""
    amount: Decimal
    """Less what was credited or deducted since, in the invoice's currency."""

    @property
    def draft(self) -> bool:
        """Not posted yet."""
        return self.invoice.state == "draft"


class Loose(NamedTuple):
    """A line of an invoice, or of a draft, that bills no contract line."""

    invoice: Invoice
    line: Line
    amount: Decimal
    """Less what was credited or deducted since."""


@dataclasses.dataclass(frozen=True, slots=True)
class Matched:
    """All that was invoiced for what one customer is served, beside its contracts.

    What was taken back as a whole is not in it; neither are credit notes and cancelled invoices.

    Attributes:
        terms: The lines of contracts that run or have ended, in the contracts' order.
        billed: By contract line, the earliest service first.
        loose: What bills none, the oldest first.
        undated: Contract lines that a draft without any day bills: for which period can't be told.
        contractual: The ids of invoices that bill a contract line.
        covered: By contract line, the days that are billed: spans apart from each other, the earliest first.
    """

    terms: Sequence[Terms]
    billed: Mapping[str, Sequence[Billed]]
    loose: Sequence[Loose]
    undated: frozenset[str]
    contractual: frozenset[str]

    covered: Mapping[str, Sequence[Period]]

    def unbilled(self, terms: Terms, period: Period) -> int:
        """How many days of a period nobody billed."""
        spans = self.covered.get(terms.line.id, ())
        number = bisect.bisect_left(spans, period.start, key=_end)
        missing, left = 0, period.start
        while number < len(spans) and spans[number].start <= period.end:
            missing += max(0, (spans[number].start - left).days)
            left = after(spans[number].end, 1)
            number += 1
        return missing + max(0, (period.end - left).days + 1)


def _end(span: Period) -> date:
    return span.end
