"""The seeded world as Odoo holds it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from integrations.sandbox.erp import external_ids
from integrations.sandbox.erp.countries import COUNTRIES
from integrations.sandbox.erp.environment import SYSTEM, Environment
from integrations.sandbox.erp.seeded_deals import seed_deals
from integrations.sandbox.erp.seeded_invoices import seed_invoices
from integrations.sandbox.erp.seeded_partners import seed_contacts, seed_partners, seed_strays
from integrations.sandbox.pretend import ACCOUNT, Contracts, World
from integrations.sandbox.seed import COMPANIES, DEALS, STAFF, Company, SeededDeal
from integrations.sandbox.seeded_contacts import CONTACTS, TAGS

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
            [one for one in companies if environment.record("res.partner", one.id) is None],
            [one for one in deals if environment.record("crm.lead", one.id) is None],
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
