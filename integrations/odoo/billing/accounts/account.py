"""Accounts made of all that was read of some customers; pure, and one at a time."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.core.billing import (
    Account,
    Address,
    Contract,
    Delivery,
    Invoice,
    Order,
    Part,
    Payer,
    Payment,
    Twin,
    Usage,
    Won,
    Work,
)
from integrations.core.errors import IntegrationError
from integrations.core.model import Person
from integrations.core.rows import Failed, attempt
from integrations.odoo.billing.accounts.directory import Directory
from integrations.odoo.billing.invoices.invoice import Parties, Reader, invoice, replacing, with_origins
from integrations.odoo.connection import Row
from integrations.odoo.partners import name_of, reference

POSTAL = ("street", "street2", "zip", "city", "country_id")
DELIVERIES: dict[str, Delivery] = {
    "manual": "hand",
    "hand": "hand",
    "email": "email",
    "e-mail": "email",
    "post": "post",
    "snailmail": "post",
    "electronic": "electronic",
}
"""Delivery by the words of Odoo and of people; all other sending methods of version 18 and later are electronic."""


def delivery(row: Row, custom: str | None) -> Delivery:
    """The way a company's invoices go: by the field in the settings, else by Odoo's own field (from 18 on)."""
    choice = str((row.get(custom) if custom else "") or "").strip().lower()
    if choice in DELIVERIES:
        return DELIVERIES[choice]
    method = row.get("invoice_sending_method")
    return DELIVERIES.get(method, "electronic") if method else ""


def address(
    directory: Directory, payer: Row, country: Callable[[Any], str], link: Callable[[int], str], custom: str | None
) -> Address:
    """The payer's contact for invoices, else the payer itself; without an e-mail either, a parent's contact.

    A contact without a postal address has its company's: such contacts are only e-mail addresses. The way invoices go
    is a field of the company, so the payer's counts for any contact.

    `country`: from a reference `[id, name]` to the ISO code.
    """
    found = directory.invoice_contact(payer["id"])
    if found is None and not payer["email"]:
        contacts = (directory.invoice_contact(row["id"]) for row in directory.above(payer["id"]))
        found = next((contact for contact in contacts if contact is not None), None)
    receiver = payer if found is None else found
    postal = (
        receiver
        if any(receiver[name] for name in POSTAL)
        else directory.rows.get(directory.company(receiver["id"]), payer)
    )
    return Address(
        name=receiver["name"] or payer["name"] or "",
        email=(receiver["email"] or "").strip(),
        street=", ".join(part for part in (postal["street"], postal["street2"]) if part),
        zip=postal["zip"] or "",
        city=postal["city"] or "",
        country_code=country(postal["country_id"]),
        delivery=delivery(payer, custom),
        own=found is not None,
        url=link(receiver["id"]),
    )


@dataclasses.dataclass(frozen=True)
class Read:
    """Rows and records that were read of some customers, mostly by customer's id.

    Attributes:
        moves: Their invoices and credit notes, each once; `lines`: by the id of the invoice.
        tags: Names of the tags that partners have, by id.
        unread: The parts that could not be read for any of them, with the reason.
    """

    customers: Sequence[int]
    directory: Directory
    moves: Sequence[Row] = ()
    lines: Mapping[int, Sequence[Row]] = dataclasses.field(default_factory=dict)
    never_dunned: frozenset[int] = frozenset()
    twins: Mapping[int, Sequence[Row]] = dataclasses.field(default_factory=dict)
    deals: Mapping[int, Sequence[Won]] = dataclasses.field(default_factory=dict)
    orders: Mapping[int, Sequence[Order]] = dataclasses.field(default_factory=dict)
    contracts: Mapping[int, Sequence[Contract]] = dataclasses.field(default_factory=dict)
    payments: Mapping[int, Sequence[Payment]] = dataclasses.field(default_factory=dict)
    work: Mapping[int, Sequence[Work]] = dataclasses.field(default_factory=dict)
    usage: Mapping[int, Sequence[Usage]] = dataclasses.field(default_factory=dict)
    tags: Mapping[int, str] = dataclasses.field(default_factory=dict)
    unread: Mapping[Part, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Writer:
    """Writer of accounts from their parts.

    Attributes:
        reader: For invoices.
        currency: Of credit limits: our own company's.
        country: From `[id, name]` to the ISO code; `person`: from a user's id to one of our people.
        link: From a partner's id to its page.
        vat_exempt: Names of fiscal positions, and `dispute_tags` of tags, in lower case.
        manager: The field of partners that names the account manager.
        order_number_required: The field of partners that tells it, and `delivery` the one that tells how invoices go.
        since: Settled invoices before this day were not read.
    """

    reader: Reader
    currency: str
    country: Callable[[Any], str]
    person: Callable[[int | None], Person | None]
    link: Callable[[int], str]
    vat_exempt: frozenset[str] = frozenset()
    dispute_tags: frozenset[str] = frozenset()
    manager: str = "user_id"
    order_number_required: str | None = None
    delivery: str | None = None
    since: date | None = None


def accounts(writer: Writer, read: Read, system: str) -> Iterator[Account | Failed]:
    """The account of each customer that exists and is not a contact of another, or why it could not be made."""
    invoices = _invoices(writer, read)
    replaced = replacing(read.moves)
    for number in read.customers:
        if read.directory.is_customer(number):
            own = with_origins(invoices.pop(number, ()), replaced)
            own.sort(key=lambda order: (order.day or order.made or date.max, int(order.id)))
            made = attempt(system, _account, writer, read, number, own)
            yield Failed(str(number), made) if isinstance(made, IntegrationError) else made


def _invoices(writer: Writer, read: Read) -> dict[int, list[Invoice]]:
    """By customer the invoices that serve it and those that it pays.

    The customer served is that of the contracts that an invoice bills, else that of its delivery address. An invoice
    for contracts of several customers is listed with each of them; its lines show whose contract each one bills.
    """
    parties = known_parties(writer, read)
    served = {line.id: record.served for some in read.contracts.values() for record in some for line in record.lines}
    found: dict[int, list[Invoice]] = {number: [] for number in read.customers}
    for row in read.moves:
        record = invoice(writer.reader, parties, row, read.lines.get(row["id"], ()))
        customers = {served[line.contract_line] for line in record.lines if line.contract_line in served}
        for text in {*(customers or {record.served}), record.payer}:
            number = int(text or 0)
            if number in found:
                who = text if text in customers else min(customers, default=record.served)
                found[number].append(record if who == record.served else dataclasses.replace(record, served=who))
    return found


def known_parties(writer: Writer, read: Read) -> Parties:
    """Collect the facts about contacts that the invoices of these customers need."""
    rows = read.directory.rows
    contracts = (contract for some in read.contracts.values() for contract in some)
    return Parties(
        company={number: read.directory.company(number) for number in rows},
        email={number: row["email"].strip() for number, row in rows.items() if row["email"]},
        delivery={number: how for number, row in rows.items() if (how := delivery(row, writer.delivery))},
        disputed={number: tag for number, row in rows.items() if (tag := _disputing(writer, read, row))},
        never_dunned=read.never_dunned,
        recurring=frozenset(
            line.id for contract in contracts for line in contract.lines if line.id.startswith("order-line:")
        ),
    )


def _disputing(writer: Writer, read: Read, row: Row) -> str:
    tags = (read.tags[tag] for tag in row["category_id"] if tag in read.tags) if writer.dispute_tags else ()
    return next((f"the customer is tagged {tag}" for tag in tags if tag.casefold() in writer.dispute_tags), "")


def _account(writer: Writer, read: Read, number: int, invoices: Sequence[Invoice]) -> Account:
    row, directory = read.directory.rows[number], read.directory
    orders, contracts = read.orders.get(number, ()), read.contracts.get(number, ())
    payer = directory.rows.get(_payer(number, contracts, orders), row)
    position = (name_of(row.get("property_account_position_id")) or "").casefold()
    required = writer.order_number_required
    return Account(
        id=str(number),
        name=row["name"] or "",
        url=writer.link(number),
        made=writer.reader.day(row["create_date"]),
        is_company=bool(row["is_company"]),
        active=bool(row["active"]),
        vat=row["vat"] or "",
        email=row["email"] or "",
        phone=row["phone"] or "",
        country=writer.country(row["country_id"]),
        vat_exempt=bool(position) and position in writer.vat_exempt,
        group=str(directory.topmost(number)),
        tags=frozenset(read.tags[tag] for tag in row["category_id"] if tag in read.tags),
        account_manager=writer.person(reference(row[writer.manager])),
        bill_to=None if payer is row else Payer(str(payer["id"]), payer["name"] or "", writer.link(payer["id"])),
        invoice_address=address(directory, payer, writer.country, writer.link, writer.delivery),
        term=name_of(row.get("property_payment_term_id")) or name_of(payer.get("property_payment_term_id")) or "",
        order_number_required=bool(row[required]) if required else None,
        credit_limit=_credit_limit(writer, row),
        credit_currency=writer.currency,
        twins=tuple(_twin(writer, directory, twin) for twin in read.twins.get(number, ())),
        deals=tuple(read.deals.get(number, ())),
        orders=tuple(orders),
        contracts=tuple(contracts),
        invoices=tuple(invoices),
        payments=tuple(read.payments.get(number, ())),
        work=tuple(read.work.get(number, ())),
        usage=tuple(read.usage.get(number, ())),
        since=writer.since,
        unread=read.unread,
    )


def _payer(number: int, contracts: Iterable[Contract], orders: Iterable[Order]) -> int:
    """The payer of most running contracts that serve the customer, else of most of its confirmed orders."""
    served = str(number)
    payers = [contract.payer for contract in contracts if contract.served == served and contract.state == "running"]
    payers = payers or [order.payer for order in orders if order.served == served and order.state == "confirmed"]
    counted = Counter(int(payer) for payer in payers if payer)
    # Of several with equally many the customer itself, else the one known longest.
    return min(counted, key=lambda payer: (-counted[payer], payer != number, payer), default=number)


def payers(contracts: Mapping[int, Sequence[Contract]], orders: Mapping[int, Sequence[Order]]) -> set[int]:
    """The ids of all payers and customers served."""
    parties = [(record.payer, record.served) for some in contracts.values() for record in some]
    parties += [(record.payer, record.served) for some in orders.values() for record in some]
    return {int(text) for both in parties for text in both if text}


def _credit_limit(writer: Writer, row: Row) -> Decimal | None:
    """The customer's own limit; the company-wide default is not agreed with any customer."""
    return writer.reader.number(row.get("credit_limit")) if row.get("use_partner_credit_limit") else None


def _twin(writer: Writer, directory: Directory, row: Row) -> Twin:
    parent, number = reference(row["parent_id"]), int(row["id"])
    group = directory.topmost(directory.company(parent)) if parent in directory.rows and parent else number
    return Twin(
        id=str(number),
        name=row["name"] or "",
        vat=row["vat"] or "",
        email=row["email"] or "",
        phone=row["phone"] or "",
        country=writer.country(row["country_id"]),
        group=str(group),
        url=writer.link(number),
    )
