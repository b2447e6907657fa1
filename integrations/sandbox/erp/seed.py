"""The seeded world as Odoo holds it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from integrations.sandbox.erp import external_ids
from integrations.sandbox.erp.countries import COUNTRIES
from integrations.sandbox.erp.environment import SYSTEM, Environment
from integrations.sandbox.pretend import ACCOUNT, Contracts, World
from integrations.sandbox.seed import COMPANIES, DEALS, STAFF, Company, SeededDeal
from integrations.sandbox.seeded_contacts import CONTACTS, KNOWN, TAGS, SeededContact


class Put(Protocol):
    """A function that keeps a record with a fixed id."""

    def __call__(self, model_name: str, record_id: int, **values: Any) -> None:
        """Keep it."""


def seed_partners(put: Put, users: Mapping[str, int], companies: Iterable[Company]) -> None:
    """Companies, their contacts and invoice addresses."""
    for company in companies:
        _seed_company(put, company, users)


def _seed_company(put: Put, company: Company, users: Mapping[str, int]) -> None:
    put(
        "res.partner",
        company.id,
        name=company.name,
        is_company=True,
        parent_id=company.parent or False,
        street=company.street,
        zip=company.zip,
        city=company.city,
        country_id=COUNTRIES[company.country][0],
        lang=company.lang,
        email=company.email or False,
        phone=company.phone or False,
        vat=company.vat or False,
        customer_rank=int(company.is_customer),
        user_id=users.get(company.account_manager or "", False),
        property_payment_term_id=4 if company.is_customer else False,
    )
    if company.contact:
        number, name, email = company.contact
        position, tags = KNOWN.get(number, (None, ()))
        put_contact(put, SeededContact(number, company.id, name, email, position, tags, lang=company.lang))
    if company.invoice_contact:
        number, email = company.invoice_contact
        put(
            "res.partner",
            number,
            name="Accounting",
            email=email,
            parent_id=company.id,
            type="invoice",
            lang=company.lang,
        )


def seed_contacts(put: Put, contacts: Iterable[SeededContact]) -> None:
    """People below companies that are there already, and parts of companies before the people in them."""
    for contact in contacts:
        put_contact(put, contact)


def put_contact(put: Put, contact: SeededContact) -> None:
    """Keep a contact."""
    put(
        "res.partner",
        contact.id,
        name=contact.name,
        parent_id=contact.parent,
        type=contact.type,
        email=contact.email or False,
        function=contact.position or False,
        phone=contact.phone or False,
        category_id=[TAGS[tag] for tag in contact.tags],
        lang=contact.lang,
        active=contact.active,
    )


def seed_strays(put: Put) -> None:
    """An archived namesake, and a billing entity that the control API has begun and not finished."""
    put("res.partner", 401, name="Alpina Treuhand AG", is_company=True, active=False, city="Bern", customer_rank=1)
    put(
        "res.partner", 402, name="Beat Müller-Old", parent_id=101, active=False, email="beat.old@mueller-soehne.example"
    )
    inflight = "5f0c7f0e-5a3b-4b3e-9d0d-2f1f6a7c1b11"
    put("res.partner", 403, name="Käserei Emmental AG", is_company=True, vshn_control_api_inflight=inflight)
    put("res.partner", 404, name="Accounting", type="invoice", parent_id=403, vshn_control_api_inflight=inflight)


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


@dataclasses.dataclass(frozen=True)
class SeededInvoice:
    """An invoice, or a credit note (`out_refund`); without a `number` it is a draft. Amounts are without tax."""

    id: int
    number: str | None
    partner: int
    day: str
    amount: float
    company: str
    paid: bool = True
    move_type: str = "out_invoice"


INVOICES = (
    SeededInvoice(601, "INV/2025/00017", 310, "2025-12-31", 450.0, "CHF"),
    SeededInvoice(602, "INV/2026/00011", 310, "2026-10-31", 450.0, "CHF", paid=False),
    SeededInvoice(603, None, 310, "2026-11-11", 450.0, "CHF", paid=False),
    SeededInvoice(604, "INV/2026/00009", 308, "2026-09-30", 1200.0, "CHF"),
    SeededInvoice(605, "INV/2026/00010", 423, "2026-09-30", 300.0, "CHF"),
    SeededInvoice(606, "RINV/2026/00002", 308, "2026-10-05", 200.0, "CHF", move_type="out_refund"),
    SeededInvoice(607, "INV/2026/00003", 305, "2026-10-15", 9800.0, "EUR"),
    SeededInvoice(608, "INV/2024/00005", 416, "2024-03-31", 780.0, "CHF"),
    SeededInvoice(609, "INV/2026/00012", 302, "2026-10-31", 2400.0, "CHF", paid=False),
)
TAX = {"CHF": 0.081, "EUR": 0.19, "PLN": 0.23}
TERM = dt.timedelta(days=30)


def seed_invoices(put: Put, ours: Mapping[str, int], currencies: Mapping[str, int], user: int) -> None:
    """All of them; `ours`: our own companies, by the currency in which they invoice."""
    for case in INVOICES:
        tax = round(case.amount * TAX[case.company], 2)
        total = round(case.amount + tax, 2)
        put(
            "account.move",
            case.id,
            name=case.number or False,
            move_type=case.move_type,
            state="posted" if case.number else "draft",
            payment_state="paid" if case.paid else "not_paid",
            date=case.day,
            invoice_date=case.day,
            invoice_date_due=str(dt.date.fromisoformat(case.day) + TERM),
            partner_id=case.partner,
            payment_reference=case.number or False,
            invoice_user_id=user,
            company_id=ours[case.company],
            currency_id=currencies[case.company],
            amount_untaxed=case.amount,
            amount_tax=tax,
            amount_total=total,
            amount_residual=0.0 if case.paid else total,
            is_move_sent=bool(case.number),
        )


ROBOT = 1
"""Whoever made what was there before us: Odoo's own user."""
MADE_AT = dt.datetime(2026, 11, 12, 8, 0, 0, 250_000, tzinfo=dt.UTC).timestamp()
KEY_LIVES = dt.timedelta(days=80)

OUR_COMPANIES = (
    (1, "Acme Cloud AG", "CHF", "CH"),
    (2, "Acme Cloud GmbH", "EUR", "DE"),
    (3, "Acme Cloud Sp. z o.o.", "PLN", "PL"),
)
_OURS = {code: number for number, _, code, _ in OUR_COMPANIES}
CURRENCIES = {
    "USD": (1, "United States dollar", "$", 2),
    "CHF": (4, "Swiss franc", "CHF", 2),
    "PLN": (17, "Polish złoty", "zł", 2),
    "JPY": (25, "Japanese yen", "¥", 0),
    "EUR": (125, "Euro", "€", 2),
}
USERS = {login: 6 + number for number, login in enumerate(STAFF)}


@dataclasses.dataclass(frozen=True)
class Seeder:
    """Storage of records with fixed ids, as if they had always been there."""

    environment: Environment

    def put(self, model_name: str, record_id: int, **values: Any) -> None:
        """Keep a record, with its model's defaults and derived values."""
        model = self.environment.known_model(model_name)
        stamps = dict.fromkeys(("create_date", "write_date"), self.environment.now)
        document = {"id": record_id, **model.defaults, **values, **stamps, "create_uid": ROBOT, "write_uid": ROBOT}
        model.complete(self.environment, document, frozenset(values))
        self.environment.store(model_name, document)


_WORLD = "_world"


def kept_contracts(there: World) -> Contracts | None:
    """Return the kind of contracts in a world that was made before.

    None means that the world is still empty.
    """
    made = there.state.table(SYSTEM, _WORLD).get("contracts")
    return Contracts(made["kept"]) if made else None


def seed(there: World) -> None:
    """Fill the empty Odoo."""
    there.state.table(SYSTEM, _WORLD)["contracts"] = {"kept": there.billing.contracts.value}
    seeder = Seeder(Environment(there, ROBOT, MADE_AT))
    _reference_data(seeder)
    _ourselves(seeder)
    _pipeline(seeder)
    _grown(seeder, COMPANIES, DEALS)
    seed_strays(seeder.put)
    seed_contacts(seeder.put, CONTACTS)
    currencies = {code: number for code, (number, *_) in CURRENCIES.items()}
    seed_invoices(seeder.put, _OURS, currencies, USERS["sandro.bianchi@acme.example"])


def grow(there: World, companies: Sequence[Company], deals: Sequence[SeededDeal]) -> None:
    """Add companies and deals, each as if it had always been there.

    Those whose ids exist stay as they are.
    """
    environment = Environment(there, ROBOT, MADE_AT)
    with there.state.transaction():
        _grown(
            Seeder(environment),
            [company for company in companies if environment.record("res.partner", company.id) is None],
            [deal for deal in deals if environment.record("crm.lead", deal.id) is None],
        )


def _grown(seeder: Seeder, companies: Sequence[Company], deals: Sequence[SeededDeal]) -> None:
    seed_partners(seeder.put, USERS, companies)
    seed_deals(seeder.put, USERS, _OURS, deals, companies)


def _reference_data(seeder: Seeder) -> None:
    for code, (number, full_name, symbol, digits) in CURRENCIES.items():
        seeder.put(
            "res.currency",
            number,
            name=code,
            full_name=full_name,
            symbol=symbol,
            decimal_places=digits,
            rounding=float(f"1e-{digits}"),
            active=code != "JPY",
        )
    for code, (number, name) in COUNTRIES.items():
        seeder.put("res.country", number, name=name, code=code)
        external_ids.bind(seeder.environment, f"base.{'uk' if code == 'GB' else code.lower()}", "res.country", number)
    seeder.put("account.payment.term", 1, name="Immediate Payment")
    seeder.put("account.payment.term", 4, name="30 Days", sequence=20)


def _ourselves(seeder: Seeder) -> None:
    for number, name, currency, country in OUR_COMPANIES:
        place = COUNTRIES[country][0]
        seeder.put("res.partner", number, name=name, is_company=True, country_id=place)
        seeder.put(
            "res.company", number, name=name, partner_id=number, currency_id=CURRENCIES[currency][0], country_id=place
        )
    external_ids.bind(seeder.environment, "base.main_company", "res.company", 1)
    for login, number in USERS.items():
        seeder.put("res.partner", number, name=STAFF[login], email=login, parent_id=1)
        seeder.put(
            "res.users",
            number,
            name=STAFF[login],
            login=login,
            email=login,
            partner_id=number,
            company_id=1,
            company_ids=[1, 2, 3],
            lang="en_US",
            tz="Europe/Zurich",
        )
    now = dt.datetime.now(dt.UTC)
    for number, (login, name) in enumerate(((ACCOUNT, "closedwon"), ("reto.frei@acme.example", "reports")), 1):
        seeder.put(
            "res.users.apikeys",
            number,
            name=name,
            user_id=USERS[login],
            scope="rpc",
            expiration_date=(now + KEY_LIVES).strftime("%Y-%m-%d %H:%M:%S.%f"),
        )


def _pipeline(seeder: Seeder) -> None:
    seeder.put("crm.team", 1, name="Sales", user_id=USERS["reto.frei@acme.example"], company_id=False)
    for number, name in enumerate(("New", "Qualified", "Proposition", "Won"), 1):
        won = name == "Won"
        seeder.put("crm.stage", number, name=name, sequence=70 if won else number, is_won=won, fold=won)
    for number, name in enumerate(("Service", "Consulting", "Project"), 1):
        seeder.put("crm.tag", number, name=name, color=number)
    seeder.put("crm.recurring.plan", 1, name="Monthly", number_of_months=1)
    seeder.put("crm.recurring.plan", 2, name="Yearly", number_of_months=12)
    for number, name in enumerate(("Too expensive", "We don't have people/skills", "Not enough stock"), 1):
        seeder.put("crm.lost.reason", number, name=name)
    companies = dict(enumerate(("Service", "Consulting", "Project", "Partner"), 1))
    for number, name in {**companies, **{number: name for name, number in TAGS.items()}}.items():
        seeder.put("res.partner.category", number, name=name, color=number)
