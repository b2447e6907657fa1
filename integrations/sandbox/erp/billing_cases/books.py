"""Seeding of a customer's billing, as if it had always been there, in whichever shape contracts have."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.erp.billing_cases.calendar import Calendar
from integrations.sandbox.erp.billing_cases.names import LANDS, Land, address_of, company_name, domain_of, vat_of
from integrations.sandbox.erp.countries import COUNTRIES
from integrations.sandbox.erp.environment import SYSTEM, Environment
from integrations.sandbox.erp.models import MODELS
from integrations.sandbox.pretend import Contracts, World

ROBOT = 1
FIRST = 5001
INVOICE_CONTACTS = 3000
"""What is added to a customer's number for its contact for invoices."""
TERM_30, TERM_10 = 4, 5
SALESPERSON = "reto.frei@acme.example"
ACCOUNT_MANAGER = "lena.gerber@acme.example"


@dataclasses.dataclass(frozen=True)
class Customer:
    """A company in the ERP."""

    id: int
    land: Land
    invoice_contact: int
    """The contact that invoices are addressed to, else the company itself."""

    @property
    def currency(self) -> str:
        """The currency of its invoices."""
        return self.land.currency


@dataclasses.dataclass
class Books:
    """The store for a customer's records; findings to expect are noted as records are put."""

    world: World
    environment: Environment
    days: Calendar
    users: Mapping[str, int]
    first: int = FIRST
    """The first number of the records of each model; customers have numbers of their own."""
    expected: set[tuple[str, str, str]] = dataclasses.field(default_factory=set)
    """Rule, customer, subject."""
    _numbers: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def contracts(self) -> Contracts:
        """The kind of contracts."""
        return self.world.billing.contracts

    def expect(self, rule: str, customer: Customer | int, subject: str) -> None:
        """Note what a rule has to find."""
        number = customer if isinstance(customer, int) else customer.id
        self.expected.add((rule, str(number), subject))

    def keep(self, model_name: str, number: int, *, made: dt.date | None = None, **values: Any) -> int:
        """Keep a record with its model's defaults and derived values.

        `made` is the day it was made and last written. A record of an app that this ERP does not have is kept
        nowhere.
        """
        model = MODELS[model_name]
        if model.app in self.contracts.absent:
            return number
        stamp = f"{made or self.days.ago(2)} 08:00:00.250000"
        document = {
            "id": number,
            **model.defaults,
            **values,
            **dict.fromkeys(("create_date", "write_date"), stamp),
            "create_uid": ROBOT,
            "write_uid": ROBOT,
        }
        model.complete(self.environment, document, frozenset())
        self.environment.store(model_name, document)
        return number

    def add(self, model_name: str, *, made: dt.date | None = None, **values: Any) -> int:
        """Keep a record under the next number."""
        return self.keep(model_name, self.next_number(model_name), made=made, **values)

    def change(self, model_name: str, number: int, **values: Any) -> None:
        """Write to a record, without leaving a trace of it."""
        table = self.world.state.table(SYSTEM, model_name)
        table[str(number)] = {**table[str(number)], **values}

    def next_number(self, series: str) -> int:
        """The next of a series of numbers."""
        number = self._numbers[series] = self._numbers.get(series, self.first - 1) + 1
        return number

    @staticmethod
    def country(code: str) -> int:
        """A country's id."""
        return COUNTRIES[code][0]

    def customer(self, number: int, country: str = "CH", *, email: str | None = "", **more: Any) -> Customer:
        """A company that lacks nothing, with a contact for invoices; `email`: that one's, None: there is no such."""
        land = LANDS[country]
        values = {
            "name": company_name(self.next_number(f"companies in {country}") - self.first, country),
            "is_company": True,
            **address_of(number, country),
            "country_id": self.country(country),
            "lang": land.lang,
            "vat": vat_of(number, country),
            "customer_rank": 1,
            "user_id": self.users[ACCOUNT_MANAGER],
            "property_payment_term_id": TERM_30,
        }
        self.keep("res.partner", number, made=self.days.ago(400), **{**values, **more})
        if email is None:
            return Customer(number, land, number)
        contact = number + INVOICE_CONTACTS
        address = email or f"invoices@{domain_of(str(values['name']))}"
        place = {name: more.get(name, values[name]) for name in ("street", "zip", "city", "country_id")}
        named = {"name": "Accounting", "type": "invoice", "parent_id": number, "email": address}
        self.keep("res.partner", contact, made=self.days.ago(400), **named, **place)
        return Customer(number, land, contact)
