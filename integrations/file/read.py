"""From a file to a deal."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from integrations.core.address import Address, addresses, joined, only
from integrations.core.errors import ConfigError, Fault
from integrations.core.meant import no_such_key
from integrations.core.model import Customer, Deal, DealReference, Model, Money, Party, Person
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
    if fault := next((address.problem for address in addresses(value) if address.problem), ""):
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


NEXT = "Fix the file; config/deal.example.toml explains each line."
SENTENCES = {
    "missing": "is missing",
    "date_from_datetime_parsing": "is not a date such as 2026-11-07",
    "date_from_datetime_inexact": "has a time of day: write the date alone",
}
"""Where pydantic's own words are for programmers."""


def read(path: Path) -> Deal:
    """The deal that the file tells of, `won` unless it says otherwise.

    Its customer has this one deal. What the file leaves out is empty: an amount that it does not name is
    nothing to pay, for the file is the whole truth (a CRM may hide what we have no right to see).

    Raises:
        ConfigError: The file can't be read or has faults: all of them, each with its place, no values.
    """
    return _deal(_form(path))


def _form(path: Path) -> DealForm:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fault = Fault(str(path), "", f"can't be read ({error.strerror or type(error).__name__})")
        raise ConfigError(fault, next="Is the path right?") from None
    except UnicodeDecodeError:
        raise ConfigError(Fault(str(path), "", "is not text in UTF-8"), next=NEXT) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Fault(str(path), "", f"is not TOML: {_where(error)}"), next=NEXT) from None
    try:
        return DealForm.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise ConfigError(*(_fault(path, part) for part in found), next=NEXT) from None


def _where(error: tomllib.TOMLDecodeError) -> str:
    """The parser's sentence without what it quotes: values are never echoed."""
    text = str(error)
    place = text.rpartition("(")[2].rstrip(")")
    return f"a mistake {place}" if place.startswith("at ") else "a mistake"


def _fault(path: Path, part: ErrorDetails) -> Fault:
    message = SENTENCES.get(part["type"]) or part["msg"].removeprefix("Value error, ")
    if part["type"] == "extra_forbidden":
        message = no_such_key(part["loc"], DealForm)
    if part["type"] == "string_pattern_mismatch":
        message = "has a form that is not allowed here"
    return Fault(str(path), ".".join(str(step) for step in part["loc"]), message)


def _deal(form: DealForm) -> Deal:
    reference = DealReference(id=form.id, title=form.title, won_on=form.won_on, url=form.url)
    currency = form.currency or ""
    return Deal(
        id=form.id,
        title=form.title,
        stage=form.stage,
        won_on=form.won_on,
        customer=_customer(form.customer, deals=(reference,) if form.stage == "won" else ()),
        one_time=_money(form.one_time, currency),
        monthly=_money(form.monthly, currency),
        currency=currency,
        engagements=(form.engagement,) if form.engagement else (),
        salesperson=form.salesperson,
        account_manager=form.account_manager,
        bill_to=_party(form.bill_to or form.channel),
        channel=_party(form.channel),
        payment_term=form.payment_term,
        url=form.url,
    )


def _customer(form: CustomerForm, deals: tuple[DealReference, ...]) -> Customer:
    simple = form.model_dump(exclude={"contact", "parent", "name", "person"})
    contact = Person(**form.contact.model_dump()) if form.contact else None
    if not form.person:
        return Customer(**simple, name=form.name or "", contact=contact, parent=_party(form.parent), deals=deals)
    own = {"name": form.name or (contact.name if contact else ""), "email": form.email or (contact and contact.email)}
    return Customer(**{**simple, **own}, is_company=False, deals=deals)


def _party(form: CompanyForm | None) -> Party | None:
    return None if form is None else Party(**form.model_dump())


def _money(amount: Decimal | None, currency: str) -> Money | None:
    """Return the amount: zero where only a currency is given; None (unknown) without a currency."""
    return Money(amount=rounded(amount or Decimal(0), currency), currency=currency) if currency else None
