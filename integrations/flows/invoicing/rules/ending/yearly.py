"""Yearly revenue of contracts, and the days on which they are in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from integrations.core.billing import Contract, ContractLine
from integrations.core.money import rounded
from integrations.flows.invoicing.matching.model import unit_price
from integrations.flows.invoicing.periods import DAYS, MONTHS


def last_day(contract: Contract, line: ContractLine) -> date | None:
    """A line's last day: its own or its contract's, whichever is earlier; None: none is agreed.

    A contract that renews by itself has an end only once it has ended.
    """
    ends = contract.end if contract.state == "ended" or not contract.renews else None
    return min((day for day in (line.end, ends) if day is not None), default=None)


def in_force(contract: Contract, line: ContractLine, day: date) -> bool:
    """Return whether a line is delivered and billed on a day; where the ERP ended it without a day, it is not."""
    if contract.state == "draft":
        return False
    end = last_day(contract, line)
    if end is None and (line.ended or contract.state == "ended"):
        return False
    start = line.start or contract.start
    return (start is None or start <= day) and (end is None or day <= end)


def yearly(line: ContractLine, day: date) -> Decimal:
    """Return what a line brings in in twelve months, in its contract's currency, at the price and discount of a day.

    Nothing where that is not known: it has no price then, or its quantity is measured each time.
    """
    price = unit_price(line, day)
    if price is None or line.metered:
        return Decimal(0)
    every = max(1, line.every)
    times = Decimal(365) / (DAYS[line.unit] * every) if line.unit in DAYS else Decimal(12) / (MONTHS[line.unit] * every)
    return price * line.quantity * times


def yearly_of(contract: Contract, day: date) -> Decimal:
    """Return what a contract's lines that are in force on a day bring in in twelve months, in its currency, rounded."""
    total = sum((yearly(line, day) for line in contract.lines if in_force(contract, line, day)), Decimal(0))
    return rounded(total, contract.currency)
