"""From a file to a deal."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from integrations.core.errors import ConfigError, Fault
from integrations.core.meant import no_such_key
from integrations.core.model import Customer, Deal, DealReference, Money, Party, Person
from integrations.core.money import rounded
from integrations.file.form import CompanyForm, CustomerForm, DealForm

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
