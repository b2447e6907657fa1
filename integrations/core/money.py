"""Amounts of money as people read them and as documents hold them, with each currency's digits after the point."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
DIGITS = {**dict.fromkeys(_NONE.split(), 0), **dict.fromkeys(_THREE.split(), 3), "CLF": 4, "UYW": 4}
"""Currencies that do not have two digits after the point (ISO 4217, list one, "CcyMnrUnts")."""
USUAL = 2


def digits(currency: str) -> int:
    """Return a currency's digits after the point; two where it is not known."""
    return DIGITS.get(currency, USUAL)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return an amount rounded to the currency's digits after the point.

    A half is rounded away from zero, as invoices do.
    """
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), ROUND_HALF_UP)


def spelled(amount: Decimal, currency: str) -> str:
    """Return an amount as people read it: `CHF 2'400.00`, `JPY 2'400`."""
    return f"{currency} {figure(amount, currency)}".strip()


def figure(amount: Decimal, currency: str) -> str:
    """Return an amount without its currency, in the Swiss form with an apostrophe between thousands: `2'400.00`."""
    return f"{rounded(amount, currency):,f}".replace(",", "'")


def thousands(number: int) -> str:
    """Return a count, with an apostrophe between thousands as in amounts: `1'204`."""
    return f"{number:,}".replace(",", "'")


def price(amount: Decimal, currency: str) -> str:
    """Return the price of one unit for people: `CHF 0.0035`.

    It is an amount in the currency's digits, or has three significant digits where rounding would change it
    by more than a hundredth.
    """
    if abs(rounded(amount, currency) - amount) * 100 <= abs(amount):
        return spelled(amount, currency)
    return f"{currency} {Decimal(f'{amount:.3g}'):f}".strip()


def decimal_string(amount: Decimal, currency: str) -> str:
    """Return an amount in the form of documents and tables: `2400.00`, `-0.500`."""
    return f"{rounded(amount, currency):f}"
