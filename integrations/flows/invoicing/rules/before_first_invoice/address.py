"""Addresses of invoices: an e-mail address, and a postal one that an invoice can bear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints

from integrations.core.address import addresses, unreadable
from integrations.core.billing import Account, Address, Delivery
from integrations.flows.invoicing.facts import idle
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule

_WITHOUT = (
    "AE AG AO AQ AW BF BI BJ BO BQ BS BV BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GQ GY HK IE JM KI "
    "KM KN LC LY ML MO MR MS MW NR NU PA PS QA RW SB SC SL SR SS ST SX SY TD TF TG TK TL TO TT TV UG VU WS YE ZW"
)
NO_POSTAL_CODE = frozenset(_WITHOUT.split())
"""Countries whose addresses do without a postal code: those for which Chromium's address data (libaddressinput) know
none, and Ireland, where few write it."""
NO_CITY = frozenset({"AE", "AG", "GI", "HK", "KY", "MC", "MO", "NR", "SG", "SM", "VA", "VG"})
"""Countries whose addresses may do without a town: by the same data, and Monaco and the Vatican."""

CountryCode = Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}$")]
"""ISO 3166-1 alpha-2."""

Field = Literal["street", "zip", "city", "country"]
NAMES: dict[Field, str] = {"street": "street", "zip": "postal code", "city": "town", "country": "country"}


class InvoiceEmailSettings(RuleSettings):
    """`[invoices.rules.no-invoice-email]`."""

    without_email: tuple[Delivery, ...] = ("electronic", "post", "hand")
    """Ways of delivery that need no e-mail address."""
    contact_required: bool = False
    """Whether there has to be a contact for invoices, where the company's own e-mail address would do."""


class AddressSettings(RuleSettings):
    """`[invoices.rules.address-incomplete]`."""

    fields: tuple[Field, ...] = ("street", "zip", "city", "country")
    """What an invoice address has to have."""
    without_postal_code: tuple[CountryCode, ...] = ()
    """Further countries whose addresses do without a postal code."""


@rule(
    "no-invoice-email",
    group="before the first invoice",
    title="No e-mail address for invoices",
    severity="high",
    who="account manager",
    action="Ask the customer where invoices go, and enter it in the ERP",
    needs={"account"},
    settings=InvoiceEmailSettings,
)
def no_invoice_email(account: Account, settings: InvoiceEmailSettings, today: date) -> Iterator[Verdict]:  # noqa: ARG001
    """Invoices are sent by e-mail, and there is no address, or one that can't be right.

    The address is the payer's where somebody else pays, and a parent company's where the ERP uses that. Who gets
    invoices as e-bill, by post or by hand needs none; where the ERP does not say how, e-mail is meant. An old customer
    without any business lately needs none either.
    """
    address = account.invoice_address
    if idle(account) or address.delivery in settings.without_email:
        return
    if not addresses(address.email):
        neither = "Neither the company nor a contact for invoices has an e-mail address"
        yield _about(account, "The contact for invoices has no e-mail address" if address.own else neither)
    elif faults := unreadable(address.email):
        yield _about(account, f"The e-mail address for invoices can't be right: {faults[0].problem}")
    elif settings.contact_required and not address.own:
        yield _about(account, "There is no contact for invoices")


@rule(
    "address-incomplete",
    group="before the first invoice",
    title="Invoice address incomplete",
    severity="medium",
    who="account manager",
    action="Complete the invoice address in the ERP",
    needs={"account"},
    settings=AddressSettings,
)
def address_incomplete(account: Account, settings: AddressSettings, today: date) -> Iterator[Verdict]:  # noqa: ARG001
    """The address that invoices bear lacks a part, however they are delivered.

    Whether a postal code or a town is needed depends on the country: where that is missing, only it and the street
    are.
    """
    if idle(account):
        return
    lacking = [NAMES[field] for field in settings.fields if _lacks(account.invoice_address, field, settings)]
    if lacking:
        names = lacking[0] if len(lacking) == 1 else f"{', '.join(lacking[:-1])} and {lacking[-1]}"
        yield _about(account, f"The invoice address lacks {names}")


def _lacks(address: Address, field: Field, settings: AddressSettings) -> bool:
    country = address.country_code.strip().upper()
    if field == "street":
        return not address.street.strip()
    if field == "country":
        return not country
    if not country:
        return False
    if field == "city":
        return not address.city.strip() and country not in NO_CITY
    further = (code.upper() for code in settings.without_postal_code)
    return not address.zip.strip() and country not in NO_POSTAL_CODE and country not in further


def _about(account: Account, message: str) -> Hit:
    """Return a thing wrong with where an account's invoices go; shared by all for whom the same company pays."""
    payer = account.bill_to.id if account.bill_to is not None else ""
    return Hit(
        "account",
        message,
        evidence=(Evidence("Invoice address", account.invoice_address.url), Evidence("Customer", account.url)),
        cause=f"payer:{payer}" if payer and payer != account.id else "",
        payer=payer,
    )
