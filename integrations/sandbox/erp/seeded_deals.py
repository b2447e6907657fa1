"""The seeded deals: an opportunity each, and for what was won a confirmed order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.sandbox.erp.countries import COUNTRIES
from integrations.sandbox.erp.seeded_partners import Put
from integrations.sandbox.seed import Company, SeededDeal

_TAGS = {"service": 1, "consulting": 2, "project": 3}
_PLANS = {1: 1, 12: 2}
_CURRENCIES = {"CHF": 4, "PLN": 17, "EUR": 125}
_STAGES = {"won": (4, 100.0), "open": (2, 30.0), "lost": (2, 0.0)}


def seed_deals(
    put: Put,
    users: Mapping[str, int],
    ours: Mapping[str, int],
    deals: Iterable[SeededDeal],
    companies: Iterable[Company],
) -> None:
    """Opportunities with the deals' ids; orders of the same numbers. `ours`: our own companies, by currency."""
    contacts = {company.id: company.invoice_contact[0] for company in companies if company.invoice_contact}
    for deal in deals:
        put("crm.lead", deal.id, **_opportunity(deal, users, ours))
        if deal.stage == "won" and deal.company:
            put("sale.order", deal.id, **_order(deal, users, ours, contacts))


def _opportunity(deal: SeededDeal, users: Mapping[str, int], ours: Mapping[str, int]) -> dict[str, Any]:
    stage, probability = _STAGES[deal.stage]
    closed = deal.closed or ("2026-11-05" if deal.stage == "lost" else None)
    return {
        "name": deal.title,
        "active": deal.stage != "lost",
        "partner_id": deal.company or False,
        "partner_name": deal.lead_name or False,
        "contact_name": deal.lead_contact or False,
        "email_from": deal.lead_email or False,
        "city": deal.lead_city or False,
        "country_id": COUNTRIES[deal.lead_country][0] if deal.lead_country else False,
        "stage_id": stage,
        "probability": probability,
        "date_closed": f"{closed} 09:30:00.000000" if closed else False,
        "user_id": users[deal.salesperson],
        "tag_ids": [_TAGS[deal.engagement]],
        "company_id": ours[deal.currency],
        "expected_revenue": float(deal.one_time),
        "recurring_revenue": float(deal.recurring),
        "recurring_plan": _PLANS[deal.months] if float(deal.recurring) else False,
        "lost_reason_id": 1 if deal.stage == "lost" else False,
    }


def _order(
    deal: SeededDeal, users: Mapping[str, int], ours: Mapping[str, int], contacts: Mapping[int, int]
) -> dict[str, Any]:
    payer = deal.invoiced_to or deal.company or 0
    amount = float(deal.one_time) + float(deal.recurring)
    return {
        "name": f"S{deal.id:05}",
        "partner_id": deal.company,
        "partner_invoice_id": contacts.get(payer, payer),
        "partner_shipping_id": deal.company,
        "opportunity_id": deal.id,
        "state": "sale",
        "date_order": f"{deal.closed} 09:30:00.000000",
        "amount_untaxed": amount,
        "amount_total": amount,
        "currency_id": _CURRENCIES[deal.currency],
        "company_id": ours[deal.currency],
        "payment_term_id": 4,
        "user_id": users[deal.salesperson],
        "team_id": 1,
    }
