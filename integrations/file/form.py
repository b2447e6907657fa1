"""The form of a deal's file: checked before anything becomes of it, every fault with its place."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints, model_validator

from integrations.core.address import Address, addresses, joined, only
from integrations.core.model import Model, Person
from integrations.core.money import digits, rounded
from integrations.core.text import one_line

_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")


def _text(value: str) -> str:
    cleaned = one_line(value)
    if not cleaned:
        raise ValueError("is empty: leave the line out instead")
    return cleaned


def _identifier(value: str) -> str:
    if value.isdigit():
        raise ValueError("digits alone are the id of a deal in a CRM: put a letter into it")
    return value


def _amount(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError('write it in quotes ("2400.00"): a number with a point is not exact')  # noqa: TRY004
    text = str(value).replace("'", "")
    if _MONEY.fullmatch(text) is None:
        raise ValueError('is not an amount such as "2400.00"')
    return Decimal(text)


def _erp_id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _emails(value: str) -> str:
    if fault := next((one.problem for one in addresses(value) if one.problem), ""):
        raise ValueError(f"is no e-mail address: {fault}")
    return joined(_text(value))


def _colleague(value: Any) -> Any:
    """Return the colleague whose address the file gives.

    A name may come with it: `Lena Gerber <lena@acme.example>`.
    """
    found = only(value) if isinstance(value, str) else Address("", "", "it is not text")
    if not found.email:
        raise ValueError(f"is no e-mail address: {found.problem or 'it is empty'}")
    return Person(name=found.name or found.email, email=found.email)


Text = Annotated[str, StringConstraints(max_length=300), AfterValidator(_text)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(_identifier)]
ErpId = Annotated[str, BeforeValidator(_erp_id), StringConstraints(pattern=r"^[0-9]{1,18}$")]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Emails = Annotated[str, AfterValidator(_emails)]
Colleague = Annotated[Person, BeforeValidator(_colleague)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=2000)]


class PersonForm(Model):
    """Somebody at the customer."""

    name: Text
    email: Emails | None = None
    function: Text | None = None


class CompanyForm(Model):
    """A company that plays a part: who pays, the parent, the reseller."""

    id: ErpId | None = None
    name: Text
    invoice_contact: ErpId | None = None
    invoice_email: Emails | None = None


class CustomerForm(Model):
    """The company, or the private person, that the deal was won with."""

    id: ErpId | None = None
    name: Text | None = None
    person: bool = False
    street: Text | None = None
    zip: Text | None = None
    city: Text | None = None
    country: Text | None = None
    country_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$", to_upper=True)] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")] | None = None
    email: Emails | None = None
    phone: Text | None = None
    vat: Text | None = None
    invoice_contact: ErpId | None = None
    invoice_email: Emails | None = None
    contact: PersonForm | None = None
    parent: CompanyForm | None = None

    @model_validator(mode="after")
    def _person_stands_alone(self) -> CustomerForm:
        if self.person and (self.vat is not None or self.parent is not None):
            raise ValueError("a private person has no VAT number and belongs to no company")
        return self


def _as_table(value: Any) -> Any:
    """`customer = "101"` is short for a customer of whom the ERP knows the rest."""
    return {"id": value} if isinstance(value, (str, int)) and not isinstance(value, bool) else value


class DealForm(Model):
    """The whole file."""

    id: Identifier
    title: Text
    stage: Literal["won", "open", "lost"] = "won"
    won_on: date | None = None
    engagement: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,64}$")] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$", to_upper=True)] | None = None
    one_time: Amount | None = None
    monthly: Amount | None = None
    salesperson: Colleague | None = None
    account_manager: Colleague | None = None
    payment_term: Text | None = None
    url: Url | None = None
    customer: Annotated[CustomerForm, BeforeValidator(_as_table)]
    bill_to: CompanyForm | None = None
    channel: CompanyForm | None = None

    @model_validator(mode="after")
    def _money_has_a_currency(self) -> DealForm:
        if self.currency is None and (self.one_time is not None or self.monthly is not None):
            raise ValueError('amounts need a currency, as currency = "CHF"')
        for amount in filter(None, (self.one_time, self.monthly)):
            if self.currency and amount != rounded(amount, self.currency):
                raise ValueError(f"{self.currency} has {digits(self.currency) or 'no'} digits after the point")
        return self
