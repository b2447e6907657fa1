"""Many more won deals than the seeded world has, the same ones every time: for load tests and benchmarks."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from integrations.sandbox.erp.seed import grow
from integrations.sandbox.made_up import company_name, country_of, domain_of, is_second, person_name, place_of
from integrations.sandbox.pretend import World
from integrations.sandbox.seed import Company, SeededDeal

FIRST = 100_001
"""The first generated deal and its company; contacts and invoice addresses have numbers of their own."""
_CONTACTS, _INVOICES = 300_001, 500_001
_FIRST_DAY = dt.date(2026, 9, 1)
_DAYS = 60


_MIX: tuple[Literal["service", "consulting", "project"], ...] = (
    *("service", "service", "consulting", "service", "project"),
    *("service", "consulting", "service", "project", "service"),
)
_TITLES = {
    "service": ("Managed hosting", "Managed database", "Managed archive"),
    "consulting": ("Kubernetes review", "Security workshop", "Cloud strategy workshop"),
    "project": ("Platform migration", "Data platform", "Observability"),
}


def generate(world: World, number: int) -> None:
    """Add `number` won deals; those that are there from before stay.

    Every tenth is a second deal of the customer before it; of the others each seventh names a company that
    the ERP does not have yet.
    """
    deals = [_deal(index) for index in range(number)]
    needed = {deal.company for deal in deals if deal.company}
    grow(world, [_company(index) for index in range(number) if FIRST + index in needed], deals)


def _is_new(index: int) -> bool:
    """Return whether the deal only names its company.

    That is never a second deal, nor the deal before a second one.
    """
    return index % 7 == 6 and index % 10 < 8


def _deal(index: int) -> SeededDeal:
    country = country_of(index)
    engagement = _MIX[index % len(_MIX)]
    new = _is_new(index)
    person = person_name(index)
    return SeededDeal(
        FIRST + index,
        _TITLES[engagement][index % 3],
        None if new else FIRST + index - is_second(index),
        engagement,
        "won",
        country.currency,
        f"{1500 + index * 37 % 48_000}.00",
        f"{90 + index * 13 % 2400}.50" if engagement == "service" else "0.00",
        months=12 if index % 5 == 0 else 1,
        closed=str(_FIRST_DAY + dt.timedelta(days=index % _DAYS)),
        salesperson="zofia.nowak@acme.example" if country.code == "PL" else "reto.frei@acme.example",
        lead_name=company_name(index) if new else None,
        lead_contact=person if new else None,
        lead_email=f"info@{domain_of(index)}" if new else None,
        lead_city=place_of(index)[1] if new else None,
        lead_country=country.code if new else None,
    )


def _company(index: int) -> Company:
    country, place = country_of(index), place_of(index)
    is_customer = index % 6 == 0
    return Company(
        FIRST + index,
        company_name(index),
        f"{country.street} {1 + index % 150}",
        *place,
        country.code,
        lang=country.lang,
        email=f"info@{domain_of(index)}",
        is_customer=is_customer,
        account_manager="lena.gerber@acme.example" if is_customer else None,
        invoice_contact=(_INVOICES + index, f"invoices@{domain_of(index)}") if index % 3 == 0 else None,
        contact=(_CONTACTS + index, person_name(index), f"contact@{domain_of(index)}"),
    )
