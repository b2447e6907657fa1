"""The business objects that every vendor's data is read into: money, people, customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, InstanceOf, StringConstraints

from integrations.core.address import emails
from integrations.core.errors import IntegrationError
from integrations.core.free_mail import is_free_mail
from integrations.core.money import spelled
from integrations.core.text import one_line, shorten


class Model(BaseModel):
    """Immutable, and forbids unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BusinessObject(Model):
    """Data that people have typed into a system; blanks around it mean nothing, and no other system keeps them."""

    model_config = ConfigDict(str_strip_whitespace=True)


class Money(Model):
    """An amount with its currency (ISO 4217), never a float: `Decimal("2400.00")`, `"CHF"`."""

    amount: Decimal
    currency: str

    @classmethod
    def from_float(cls, value: float, currency: str, digits: int) -> Money:
        """Return a vendor's float as money, rounded to the currency's `digits` after the point."""
        return cls(amount=Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits)), currency=currency)

    def __str__(self) -> str:
        """Return it for people: `CHF 2'400.00`; `-` for zero."""
        return spelled(self.amount, self.currency) if self.amount else "-"


class Person(BusinessObject):
    """A person of our own staff, or a contact of a customer."""

    name: str
    email: str | None = None
    function: str | None = None
    """The job position."""
    id: str | None = None
    """For a customer's contact the ERP's id; None where the ERP does not have it yet."""


class Party(BusinessObject):
    """A company that plays a part in a deal: the payer, the parent, the reseller."""

    id: str | None = None
    """The ERP's id; None where the ERP does not have it yet."""
    name: str
    invoice_contact: str | None = None
    """The ERP's id of its contact for invoices."""
    invoice_email: str | None = None
    url: str | None = None


class DealReference(BusinessObject):
    """A won deal of a customer, as the customer's page lists it."""

    id: str
    title: str
    won_on: date | None = None
    url: str | None = None


class Customer(BusinessObject):
    """The company or private person that a deal was won with, as the ERP knows it, or as the deal names it."""

    id: str | None = None
    """The ERP's id of the commercial partner; None where the ERP does not have it yet."""
    name: Annotated[str, StringConstraints(strip_whitespace=False), AfterValidator(lambda name: name.strip() or name)]
    """Empty: nobody has named it yet; such a deal is listed, and never set up. Blanks alone are the name that the ERP
    has, and are refused where a name is needed."""
    street: str | None = None
    zip: str | None = None
    city: str | None = None
    country: str | None = None
    """English name, as Odoo and the APPUiO control API spell it."""
    country_code: str | None = None
    """ISO 3166-1 alpha-2."""
    language: str | None = None
    email: str | None = None
    """The addresses, folded and separated by commas."""
    unread_email: str | None = None
    """An e-mail field with a slip, as it was typed: a person corrects it before the customer can be made."""
    phone: str | None = None
    vat: str | None = None
    is_customer: bool = False
    is_company: bool | None = None
    """False: a private person. None: unknown."""
    account_manager: Person | None = None
    contact: Person | None = None
    """The person at the company that the deal was made with; None for a private person, who is the customer."""
    invoice_contact: str | None = None
    """The ERP's id of the company's own contact for invoices."""
    invoice_email: str | None = None
    parent: Party | None = None
    deals: tuple[DealReference, ...] = ()
    """All its won deals, the oldest first, this one among them."""
    former: tuple[str, ...] = ()
    """The deals whose keys stood for it before the ERP had it: by the ERP or the ledger, not by present data."""
    parts: tuple[str, ...] = ()
    """The ERP's ids of its parts and people that may once have been customers of their own."""
    inherited: tuple[str, ...] = ()
    """The ids of gone customers whose heir it is: their objects bear their keys."""
    inherited_deals: tuple[str, ...] = ()
    """The deals whose keys stood for those customers before the ERP had them."""
    url: str | None = None

    @property
    def proposals(self) -> tuple[str, ...]:
        """Possible names of a customer that nobody has named: the contact's, and an address's domain."""
        name = self.contact.name if self.contact is not None else ""
        own = (*emails(self.contact.email if self.contact is not None else None), *emails(self.email))
        domains = (address.rpartition("@")[2] for address in own)
        return tuple(
            part for part in (name, next((domain for domain in domains if not is_free_mail(domain)), "")) if part
        )


class Deal(BusinessObject):
    """A sale as the CRM holds it."""

    id: str
    """The id that `closedwon setup` takes. Digits alone are a CRM's; a deal from a file has another character in it."""
    lead: str | None = None
    """The opportunity's id where the ERP itself is the CRM; None for a deal from elsewhere."""
    title: str
    stage: Literal["open", "won", "lost"]
    won_on: date | None = None
    customer: Customer
    one_time: Money | None = None
    """The one-time amount; None: the system does not let us read it."""
    monthly: Money | None = None
    """The amount each month; None: the system does not let us read it."""
    currency: str = ""
    engagements: tuple[str, ...] = ()
    """The playbooks to which its field or tags map; with none or several, a person has to name one."""
    salesperson: Person | None = None
    account_manager: Person | None = None
    """The account manager that the settings choose for the customer."""
    managed_by: str = ""
    """The reason for this account manager, in words: `the customer's own`, `the deal's salesperson`."""
    segment: str | None = None
    """The customer's tag in the ERP, from the settings by engagement."""
    bill_to: Party | None = None
    """The company that pays; None: the customer itself."""
    is_proven: bool = True
    """Objects that bear this deal's key, and name no customer, were made for the customer that it has now, or gets."""
    channel: Party | None = None
    """The reseller who is invoiced instead of the customer."""
    payment_term: str | None = None
    url: str | None = None

    @property
    def unnamed(self) -> str:
        """The message that nobody has named the customer, with possible names; empty where it has a name."""
        if self.customer.name:
            return ""
        could = " or ".join(f"“{shorten(proposal, 80)}”" for proposal in self.customer.proposals)
        title = shorten(one_line(self.title), 80)
        return f"deal {self.id} ({title}) does not say who the customer is{f'; it could be {could}' if could else ''}"

    def of_customer(self, known: Customer) -> Deal:
        """Return the deal with its customer as the system of record knows it.

        The deal's own values fill the gaps of the system of record's.
        """
        stated = self.customer
        gaps = {
            name: getattr(stated, name)
            for name in Customer.model_fields
            if not getattr(known, name) and getattr(stated, name)
        }
        deals = {deal.id: deal for deal in (*stated.deals, *known.deals)}
        contact = (stated.contact or known.contact) if known.is_company is not False else None
        customer = known.model_copy(update={**gaps, "contact": contact, "deals": tuple(deals.values())})
        if known.account_manager is None:
            return self.model_copy(update={"customer": customer})
        manager = {"account_manager": known.account_manager, "managed_by": "the customer's own"}
        return self.model_copy(update={"customer": customer, **manager})


class Contact(Model):
    """A person, or a shared mailbox, that the ERP holds for a customer; every text is as it was typed."""

    id: str
    customer: str
    """The ERP's id of the company that it belongs to."""
    name: str = ""
    email: str = ""
    """No address, one, several joined by commas, or any other text."""
    phone: str = ""
    type: str = "contact"
    """The ERP's kind of address: `contact`, `invoice`, `delivery`, `other`."""
    position: str = ""
    """The job position."""
    tags: tuple[str, ...] = ()
    project: str = ""
    """The name of the part of the customer that it is filed under, such as a project; empty: the customer itself."""
    active: bool = True
    """False: archived there."""
    changed: datetime | None = None
    """The time of the last write, with a zone; the ERP may cut microseconds off."""
    url: str | None = None


class ErpContacts(Model):
    """A customer with all its contacts, archived ones too: the input of contact sync."""

    customer: str
    """The ERP's id."""
    exists: bool = True
    """False: the ERP does not have it any more, or does not show it to us."""
    name: str = ""
    active: bool = True
    country_code: str | None = None
    account_manager: Person | None = None
    url: str | None = None
    contacts: tuple[Contact, ...] = ()
    unread: Mapping[str, InstanceOf[IntegrationError]] = Field(default_factory=dict)
    """By id, contacts with a row that could not be read, so that it is unknown whom they stand for now."""


class RecordChange(Model):
    """A write to a contact or to a company itself, with its time."""

    contact: str
    customer: str
    changed: datetime


class Reference(Model):
    """A place where a person still appears, and why."""

    where: str
    """The place in words, with a number where there are several: `3 posted invoices`."""
    why: str
    """The reason why it stays: `kept by law for ten years`."""
    url: str | None = None


def plain(value: Any) -> Any:
    """Return a model's value as JSON has it: models as objects, decimals and dates as strings."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (Decimal, date)):
        return str(value)
    return value
