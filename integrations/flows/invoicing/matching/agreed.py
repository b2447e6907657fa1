"""What a contract line agrees for a day or a period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from integrations.core.billing import ContractLine
from integrations.flows.invoicing.periods import Period, part_of, price_on

WHOLE = Decimal(100)


def discount_on(line: ContractLine, day: date) -> Decimal:
    """The discount that is agreed as of a day, in per cent; 0 once it is past its last day."""
    past = line.discount_until is not None and day > line.discount_until
    return Decimal(0) if past else line.discount


def reduced(price: Decimal, discount: Decimal) -> Decimal:
    """A price less a discount in per cent."""
    return price if not discount else price * (WHOLE - discount) / WHOLE


def unit_price(line: ContractLine, day: date) -> Decimal | None:
    """What a unit costs as of a day, after the discount; None: the line has no price then."""
    price = price_on(line, day)
    return None if price is None else reduced(price, discount_on(line, day))


def worth(line: ContractLine, period: Period) -> Decimal | None:
    """What is to be billed for a period, at the price of its first day; None: no price or no quantity is agreed.

    A part of a period costs its share where the line is prorated, else as much as a whole one.
    """
    price = unit_price(line, period.start)
    if price is None or line.metered:
        return None
    amount = price * line.quantity
    return amount * part_of(line, period) if line.prorated else amount
