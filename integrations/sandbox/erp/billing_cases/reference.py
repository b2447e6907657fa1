"""The billing world's reference data: products, units, accounts, taxes, fiscal positions, rates, the bank."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integrations.sandbox.erp.billing_cases.books import Books

CURRENCIES = {"CHF": 4, "PLN": 17, "EUR": 125, "USD": 1}


class Product(enum.IntEnum):
    """The products that we sell, by id."""

    HOSTING = 1
    DATABASE = 2
    STORAGE = 3
    """Billed at the end of a period."""
    SEATS = 4
    SETUP = 5
    CONSULTING = 6
    """By the hour worked."""
    PREPAID_HOURS = 7
    SUPPORT = 8
    MIGRATION = 9
    """By milestones."""
    TRAFFIC = 10
    """Counted as usage."""

    @property
    def title(self) -> str:
        """The name on lines."""
        return _PRODUCTS[self][0]

    @property
    def unit(self) -> int:
        """The unit of measure, by id."""
        return _PRODUCTS[self][1]


_RECURRING = (Product.HOSTING, Product.DATABASE, Product.STORAGE, Product.SEATS, Product.SUPPORT)
_DELIVERED = (Product.STORAGE, Product.TRAFFIC)
_SERVICE_POLICY = {Product.CONSULTING: "delivered_timesheet", Product.MIGRATION: "delivered_milestones"}
_PRODUCTS = {
    Product.HOSTING: ("Managed hosting", 1, 450.0),
    Product.DATABASE: ("Managed database", 1, 890.0),
    Product.STORAGE: ("Backup storage", 4, 0.12),
    Product.SEATS: ("Workplace seat", 3, 18.0),
    Product.SETUP: ("Set-up", 1, 1500.0),
    Product.CONSULTING: ("Consulting", 2, 180.0),
    Product.PREPAID_HOURS: ("Prepaid hours", 2, 165.0),
    Product.SUPPORT: ("Premium support", 1, 300.0),
    Product.MIGRATION: ("Platform migration", 1, 9600.0),
    Product.TRAFFIC: ("Traffic", 4, 0.05),
}
UNITS = {1: "Units", 2: "Hours", 3: "Seats", 4: "GB"}

RECEIVABLE, INCOME, BANK = 1, 2, 3


class Tax(enum.IntEnum):
    """Taxes on sales, by their ids."""

    SWISS = 1
    SWISS_UNTIL_2023 = 2
    SWISS_EXPORT = 3
    SWISS_EXEMPT = 4
    GERMAN = 11
    GERMAN_EXPORT = 12
    POLISH = 21


_TAXES = {
    Tax.SWISS: ("8.1% VAT", 8.1, 1, "CH"),
    Tax.SWISS_UNTIL_2023: ("7.7% VAT", 7.7, 1, "CH"),
    Tax.SWISS_EXPORT: ("0% Export", 0.0, 1, "CH"),
    Tax.SWISS_EXEMPT: ("0% Exempt", 0.0, 1, "CH"),
    Tax.GERMAN: ("19% USt", 19.0, 2, "DE"),
    Tax.GERMAN_EXPORT: ("0% Ausfuhr", 0.0, 2, "DE"),
    Tax.POLISH: ("23% VAT", 23.0, 3, "PL"),
}


class Position(enum.IntEnum):
    """Fiscal positions, by their ids."""

    DOMESTIC = 1
    EXPORT = 2
    EXEMPT = 3


_POSITIONS = {
    Position.DOMESTIC: ("Switzerland", {Tax.SWISS_UNTIL_2023: Tax.SWISS}),
    Position.EXPORT: ("Export", {Tax.SWISS: Tax.SWISS_EXPORT}),
    Position.EXEMPT: ("VAT exempt", {Tax.SWISS: Tax.SWISS_EXEMPT}),
}

STALE_COMPANY = 4
"""Ours whose bank was last imported long ago."""
PLANS = {"month": (1, 1, "month"), "quarter": (2, 3, "month"), "year": (3, 1, "year")}
"""By a contract line's rhythm: a subscription plan's id, and how many of which unit it has."""
DISPUTED = 50
"""The partner tag that makes all open invoices disputed."""
ORDER_TAGS = {"Framework": 11, "Pilot": 12, "Blanket order": 13, "Renewal": 14, "Test": 15}


def seed_reference(books: Books) -> None:
    """All of it."""
    _products(books)
    _accounting(books)
    _ourselves(books)
    for name, number in ORDER_TAGS.items():
        books.keep("crm.tag", number, name=name)
        books.keep("contract.tag", number, name=name)
    for unit, (number, value, kind) in PLANS.items():
        books.keep(
            "sale.subscription.plan", number, name=f"Each {unit}", billing_period_value=value, billing_period_unit=kind
        )
    books.keep("res.partner.category", DISPUTED, name="In dispute")
    books.keep("account.payment.term", 5, name="10 Days", sequence=21)


def _products(books: Books) -> None:
    for number, name in UNITS.items():
        books.keep("uom.uom", number, name=name)
    for product, (name, unit, price) in _PRODUCTS.items():
        books.keep(
            "product.product",
            int(product),
            name=name,
            uom_id=unit,
            list_price=price,
            invoice_policy="delivery" if product in _DELIVERED else "order",
            service_policy=_SERVICE_POLICY.get(product, "ordered_prepaid"),
            recurring_invoice=product in _RECURRING,
        )


def _accounting(books: Books) -> None:
    for number, (name, kind) in enumerate(
        (("Receivables", "asset_receivable"), ("Sales", "income"), ("Bank", "asset_cash")), RECEIVABLE
    ):
        reconcile = kind == "asset_receivable"
        books.keep("account.account", number, name=name, code=f"1{number}00", account_type=kind, reconcile=reconcile)
    settled = books.days.ago(1000)  # longer than any invoice: nobody changed what positions lead to since
    replaces = {new: (old, position) for position, (_, pairs) in _POSITIONS.items() for old, new in pairs.items()}
    for tax, (name, percent, company, country) in _TAXES.items():
        original, position = replaces.get(tax, (None, None))
        books.keep(
            "account.tax",
            int(tax),
            made=settled,
            name=name,
            amount=percent,
            company_id=company,
            country_id=books.country(country),
            original_tax_ids=[int(original)] if original else [],
            fiscal_position_ids=[int(position)] if position else [],
        )
    for position, (name, pairs) in _POSITIONS.items():
        taxes = [int(pair) for pair in pairs.values()]
        books.keep("account.fiscal.position", int(position), made=settled, name=name, company_id=1, tax_ids=taxes)
        for old, new in pairs.items():
            mapped: dict[str, Any] = {"tax_src_id": int(old), "tax_dest_id": int(new)}
            books.keep("account.fiscal.position.tax", int(new), made=settled, position_id=int(position), **mapped)


def _ourselves(books: Books) -> None:
    """Add one more company of ours, and the latest bank statement of each."""
    books.keep("res.partner", STALE_COMPANY, name="Acme Cloud SARL", is_company=True, country_id=books.country("FR"))
    books.keep(
        "res.company",
        STALE_COMPANY,
        name="Acme Cloud SARL",
        partner_id=STALE_COMPANY,
        currency_id=CURRENCIES["EUR"],
        country_id=books.country("FR"),
    )
    for company, currency in ((1, "CHF"), (2, "EUR"), (3, "PLN"), (STALE_COMPANY, "EUR")):
        days = 60 if company == STALE_COMPANY else 1
        books.keep(
            "account.bank.statement.line",
            company,
            date=str(books.days.ago(days)),
            amount=1200.0,
            payment_ref="Incoming payments",
            company_id=company,
            currency_id=CURRENCIES[currency],
        )
    for number, (currency, rate) in enumerate((("EUR", 1.0650), ("PLN", 4.5500), ("USD", 1.2400)), 1):
        day = str(books.days.ago(2))
        books.keep("res.currency.rate", number, name=day, rate=rate, currency_id=CURRENCIES[currency], company_id=1)
