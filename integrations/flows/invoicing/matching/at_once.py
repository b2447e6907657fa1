"""Which periods a line bills that names none, where its quantity or its price is that of several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from integrations.core.billing import ContractLine
from integrations.flows.invoicing.matching.agreed import reduced, unit_price
from integrations.flows.invoicing.matching.model import Terms
from integrations.flows.invoicing.matching.netting import ROUNDING, Net
from integrations.flows.invoicing.matching.slots import Slot

MOST = 400
"""The most periods that are believed of one line."""
OLDER = Decimal("0.25")
"""The share by which an older price may differ, where the contract keeps only today's."""
LEAST = 10 * ROUNDING
"""What a period has to cost for amounts to tell how many are billed: of cents, every amount is a multiple."""


def number_billed(net: Net, terms: Terms, day: date) -> int:
    """How many periods of a contract line a line bills at once, at the price of a day; mostly 1.

    Its quantity is so many times the contract's at the price of a unit, or its price so many times that of a period.
    """
    line = terms.line
    invoiced, quantity, amount = net
    if not line.prices or (quantity == line.quantity and invoiced.price == line.prices[-1].amount):
        return 1
    price = unit_price(line, day)
    if price is None or price <= 0 or line.quantity <= 0 or line.metered:
        return 1
    if abs(amount - price * line.quantity) <= ROUNDING or amount <= 0 or quantity <= 0:
        return 1
    number = quantity / line.quantity
    if number == 1 or quantity == 1:
        worth = price * line.quantity
        number = (amount / worth).to_integral_value() if worth >= LEAST else Decimal(1)
        fits = abs(amount - number * worth) <= ROUNDING
    else:
        units = (amount / quantity, reduced(invoiced.price, invoiced.discount))
        fits = any(_is_price(unit, price, line) for unit in units)
    return int(number) if fits and number == int(number) and 1 < number <= MOST else 1


def _is_price(unit: Decimal, price: Decimal, line: ContractLine) -> bool:
    """Whether it is the contract line's price, or may have been, where only today's is known."""
    history = len(line.prices) > 1 or line.prices[0].since is not None
    return abs(unit - price) <= (ROUNDING if history else max(ROUNDING, price * OLDER))


def window(slot: Slot, number: int, day: date, since: date | None) -> Sequence[Slot]:
    """The periods that are billed at once by an invoice of a day, with the one that it was matched to.

    That one and the next ones, or those before it where a line is billed at the end of a period; on its other side,
    where one of these is billed by a line of its own. None but that one, where so many are not free; but all that the
    contract has, where it has not so many.
    """
    wanted = number - 1
    step = 1 if slot.terms.line.ahead else -1
    found = _run(slot, step, wanted)
    if len(found) < wanted:
        others = [one for one in _run(slot, -step, wanted - len(found)) if _due(one, day, since)]
        if len(found) + len(others) < wanted and not _at_edge(found[-1] if found else slot):
            return (slot,)
        found += others
    return (slot, *found)


def _run(slot: Slot, step: int, most: int) -> list[Slot]:
    found: list[Slot] = []
    one: Slot | None = slot
    while one is not None and len(found) < most:
        one = one.row.beside(one, step)
        if one is None or not one.free:
            break
        found.append(one)
    return found


def _due(slot: Slot, day: date, since: date | None) -> bool:
    """Whether it could have been billed by then, and an invoice of its own would be known."""
    return slot.period.start <= day and (since is None or slot.day >= since)


def _at_edge(slot: Slot) -> bool:
    """Whether the contract line has no further period on the side to which it is billed."""
    line = slot.terms.line
    return slot.period.end == line.end if line.ahead else slot.period.start == line.start
