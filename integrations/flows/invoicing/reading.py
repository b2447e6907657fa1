"""What several rules read off an account's facts in the same way."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from integrations.core.model import Money

CENT = Decimal("0.01")
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def spoken(day: date) -> str:
    """A day as people read it, whatever language the machine is set to: `30 Sep 2026`."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def rounded(amount: Decimal) -> Decimal:
    """To two digits after the point, a half away from zero, as invoices do."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(amount: Decimal, currency: str) -> str:
    """An amount as people read it: `CHF 2'400.00`."""
    return str(Money(amount=rounded(amount), currency=currency))
