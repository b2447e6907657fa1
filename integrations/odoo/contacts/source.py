"""The source of contacts: what changed, whole customers, or single contacts by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.core.address import emails
from integrations.core.change import Change
from integrations.core.errors import IntegrationError, Unavailable
from integrations.core.model import Contact, ErpContacts, RecordChange, Reference
from integrations.core.rows import Failed, attempt, in_halves
from integrations.odoo.connection import Connection, Row, is_id
from integrations.odoo.contacts.references import bearers, mentions
from integrations.odoo.customer.resource import Customer, payer_of
from integrations.odoo.facts import Facts
from integrations.odoo.moment import moment, stamp
from integrations.odoo.ours import Ours
from integrations.odoo.partners import INFLIGHT, PARTNER, name_of, reference
from integrations.odoo.segments import CATEGORY

ALWAYS = (
    "name",
    "active",
    "parent_id",
    "commercial_partner_id",
    "type",
    "function",
    "email",
    "phone",
    "category_id",
    "write_date",
    "country_id",
)
PERHAPS = ("mobile", INFLIGHT)
"""`mobile` is gone from version 19 on."""


def commercial(row: Row) -> int:
    """The company that a partner belongs to; itself where it is one."""
    return reference(row["commercial_partner_id"]) or int(row["id"])


def is_real(row: Row) -> bool:
    """Return whether the row is complete: the control API marks those that it is still making."""
    return not row.get(INFLIGHT)


def people(customer: int, rows: Iterable[Row]) -> list[Row]:
    """The rows of a company's contacts: without itself, rows that are still being made, and headings.

    A heading, such as a project, has others below itself and no e-mail address.
    """
    rows = list(rows)
    parents = {reference(row["parent_id"]) for row in rows}
    return [
        row
        for row in rows
        if row["id"] != customer and is_real(row) and (row["id"] not in parents or str(row["email"] or "").strip())
    ]


def headings(rows: Iterable[Row]) -> set[int]:
    """The ids of partners between these contacts and their companies, such as a project."""
    parents = {(reference(row["parent_id"]), commercial(row)) for row in rows}
    return {parent for parent, company in parents if parent is not None and parent != company}


def contact(
    row: Row, names: Mapping[int, str], tags: Mapping[int, str], link: Callable[[int], str] | None = None
) -> Contact:
    """Make a contact of its record.

    `names` has, by id, the headings that may be seen, `tags` the full names of tags; `link` makes the URL for people.
    """
    return Contact(
        id=str(row["id"]),
        customer=str(commercial(row)),
        name=row["name"] or "",
        email=row["email"] or "",
        phone=row["phone"] or row.get("mobile") or "",
        type=row["type"] or "",
        position=row["function"] or "",
        tags=tuple(sorted(tags[tag] for tag in row["category_id"] if tag in tags)),
        project=_project(row, names),
        active=bool(row["active"]),
        changed=moment(row["write_date"]) if row["write_date"] else None,
        url=link(row["id"]) if link else None,
    )


def _project(row: Row, names: Mapping[int, str]) -> str:
    parent = reference(row["parent_id"])
    if parent is None or parent == commercial(row):
        return ""
    return names[parent] if parent in names else name_of(row["parent_id"]) or ""


USUAL = 50
"""Rows expected per customer before any customer was read."""
MOST = 1000
"""Customers per request at most."""
GROWTH = 4
"""Factor by which a group may exceed the one before: a few small customers say little of the next."""
MEMORY = 0.9
"""Weight of what earlier groups held, of which the size of the next one follows."""

Read = Callable[[Sequence[int], int | None], list[Row]]
"""Function that reads these customers' rows by id, up to a limit; None reads all."""


def groups(customers: Sequence[int], page: int, read: Read) -> Iterator[tuple[Sequence[int], list[Row]]]:
    """Split customers into groups, each read with all its rows.

    A group has as many customers as are expected to fill a page, and up to two pages are read of it, because rows are
    spread unevenly. A group that fills both pages is halved and read again; a single customer is read to its end.
    """
    start, size, rows_known, customers_known = 0, max(2, page // USUAL), 0.0, 0.0
    while start < len(customers):
        group = customers[start : start + size]
        limit = 2 * page if len(group) > 1 else None
        rows = read(group, limit)
        if limit is not None and len(rows) >= limit:
            size = len(group) // 2
            continue
        yield group, rows
        start += len(group)
        # One customer with very many says little of the next.
        rows_known = MEMORY * rows_known + min(len(rows), 2 * page)
        customers_known = MEMORY * customers_known + len(group)
        fitting = int(page * customers_known / max(rows_known, 1))
        size = max(1, min(fitting, GROWTH * len(group), MOST))


PROBED = PERHAPS


class Contacts:
    """The contacts of one Odoo: all partners that belong to a customer, without the customer itself."""

    def __init__(self, connection: Connection, facts: Facts, ours: Ours) -> None:
        self._connection, self._facts, self._ours = connection, facts, ours

    def changed(self, since: datetime) -> Iterator[Sequence[RecordChange | Failed]]:
        """Partners written to at `since` or later, page by page, by id; archived ones and companies too.

        A change of a company names the company as contact and as customer. `write_date` is the start of a transaction,
        so a long one becomes visible after rows with later stamps: the caller reads an overlap again. Deletions, and
        tags that were renamed or archived, do not show here.

        Raises:
            IntegrationError: A page could not be read; what came before is not the whole.
        """
        fields = ["commercial_partner_id", "write_date", *self._known(INFLIGHT)]
        # `>=`: the stamp is sent in seconds but kept in microseconds, so `>` (19) and `=` (17) miss rows.
        domain = [["write_date", ">=", stamp(since)]]
        for rows in self._connection.pages(PARTNER, domain, fields, what="read which contacts changed"):
            touches = tuple(self._each(_touch, row) for row in rows if is_real(row))
            if touches:
                yield touches

    def rosters(self, customers: Sequence[str]) -> Iterator[ErpContacts | Failed]:
        """Yield each customer once with all its contacts, holding about two pages of rows at a time.

        A contact whose parent is a partner below the company has that partner's name as its project; that partner is a
        contact itself only if it has an e-mail address or no one below it. Our own companies and people count as
        customers that do not exist.

        Raises:
            IntegrationError: A request failed; the rest is not known.
        """
        distinct = list(dict.fromkeys(customers))
        never = self._ours.partners() if distinct else frozenset[int]()
        numbers = [int(number) for number in distinct if is_id(number) and int(number) not in never]
        yield from (
            ErpContacts(customer=number, exists=False)
            for number in distinct
            if not is_id(number) or int(number) in never
        )
        for group, rows in groups(numbers, self._connection.page, self._rows):

            def read(some: Sequence[int], group: Sequence[int] = group, rows: list[Row] = rows) -> Iterator[Any]:
                # After a failure the half is read anew, so that a row of an unknown customer fails that half only.
                return self._rosters(some, rows if len(some) == len(group) else self._rows(some, None))

            yield from in_halves(self._connection.name, group, read)

    def get(self, contacts: Sequence[str]) -> dict[str, Contact | None | IntegrationError]:
        """Partners of these ids, whichever company they belong to now.

        None for one that does not exist; an error for one that may not be read, or is still being made.
        """
        answers: dict[str, Contact | None | IntegrationError] = dict.fromkeys(contacts)
        numbers = sorted({int(number) for number in contacts if is_id(number)})
        for start in range(0, len(numbers), self._connection.page):
            some = numbers[start : start + self._connection.page]
            for found in in_halves(self._connection.name, some, lambda part: self._chunk(part).items()):
                answers.update({found.id: found.error} if isinstance(found, Failed) else [found])
        return answers

    def staff(self) -> frozenset[str]:
        """Addresses of internal users and employees, and logins that are addresses; all folded.

        Former ones are included: a colleague who leaves us is not a customer's person the day after.
        """
        return frozenset(email for text in self._ours.address_fields() for email in emails(text))

    def having(self, email: str) -> Sequence[Contact]:
        """Contacts with this address in their e-mail field, archived ones too.

        Raises:
            IntegrationError: They could not be read.
        """
        found = self.get([str(row["id"]) for row in bearers(self._connection, email)])
        return [contact for contact in found.values() if isinstance(contact, Contact)]

    def made_by(self, change: Change[Any]) -> Sequence[Contact]:
        """The contacts that a change of a customer will make, so that contact sync can follow in the same plan.

        These are the person that the deal was made with and the contact for invoices. They have no id yet.
        """
        if change.found is None or change.kind != Customer.kind:
            return ()
        wanted, number = change.want.resource, change.found.id
        made: list[Contact] = []
        if "has_contact" in change.names:
            name, email, position = wanted.contact_name, wanted.contact_email, wanted.contact_function
            made.append(Contact(id="", customer=number, name=name or "", email=email or "", position=position or ""))
        if "has_invoice_contact" in change.names and str(payer_of(wanted, int(number))) == number:
            name, email = self._connection.settings.invoice_contact, wanted.invoice_email
            made.append(Contact(id="", customer=number, name=name, email=email or "", type="invoice"))
        return made

    def mentions(self, email: str) -> Sequence[Reference]:
        """References to this address: contacts, posted invoices and opportunities, and the places we may not read.

        Raises:
            IntegrationError: The contacts could not be read, or Odoo can't be reached.
        """
        return mentions(self._connection, email)

    def _known(self, *fields: str) -> list[str]:
        known = self._facts.fields(PARTNER)
        return [field for field in fields if field in known]

    def _rows(self, customers: Sequence[int], limit: int | None) -> list[Row]:
        domain = [["commercial_partner_id", "in", list(customers)]]
        fields, what = [*ALWAYS, self._facts.manager_field, *self._known(*PERHAPS)], "read the contacts"
        if limit is None:
            return self._connection.search(PARTNER, domain, fields, what=what)
        return self._connection.first(PARTNER, domain, fields, limit, what=what)

    def _rosters(self, group: Sequence[int], rows: Sequence[Row]) -> Iterator[ErpContacts | Failed]:
        names = {row["id"]: str(row["name"] or "") for row in rows}
        tags = self._tags(rows)
        by_customer: dict[int, list[Row]] = {number: [] for number in group}
        for row in rows:
            by_customer[commercial(row)].append(row)
        for number in group:
            made = attempt(self._connection.name, self._roster, number, by_customer.pop(number), names, tags)
            yield Failed(str(number), made) if isinstance(made, IntegrationError) else made

    def _roster(self, number: int, rows: list[Row], names: Mapping[int, str], tags: Mapping[int, str]) -> ErpContacts:
        company = next((row for row in rows if row["id"] == number and is_real(row)), None)
        if company is None:
            return ErpContacts(customer=str(number), exists=False)
        contacts = {
            str(row["id"]): attempt(self._connection.name, contact, row, names, tags, self._link)
            for row in people(number, rows)
        }
        country = self._facts.country(reference(company["country_id"]))
        return ErpContacts(
            customer=str(number),
            name=company["name"] or "",
            active=bool(company["active"]),
            country_code=(country["code"] or None) if country else None,
            account_manager=self._facts.person(reference(company[self._facts.manager_field])),
            url=self._link(number),
            contacts=tuple(contact for contact in contacts.values() if isinstance(contact, Contact)),
            unread={name: contact for name, contact in contacts.items() if isinstance(contact, IntegrationError)},
        )

    def _chunk(self, ids: Sequence[int]) -> dict[str, Contact | None | IntegrationError]:
        what, domain = "read the contacts", [["id", "in", list(ids)]]
        fields = [*ALWAYS, *self._known(*PERHAPS)]
        rows = {row["id"]: row for row in self._connection.first(PARTNER, domain, fields, len(ids), what=what)}
        hidden = self._connection.hidden(PARTNER, set(ids) - rows.keys(), what="read the contact")
        names, tags = self._names(rows), self._tags(rows.values())
        answers: dict[str, Contact | None | IntegrationError] = {str(number): hidden.get(number) for number in ids}
        for number, row in rows.items():
            answers[str(number)] = (
                attempt(self._connection.name, contact, row, names, tags, self._link)
                if is_real(row)
                else self._unfinished(number)
            )
        return answers

    def _each(self, made: Callable[[Row], RecordChange], row: Row) -> RecordChange | Failed:
        found = attempt(self._connection.name, made, row)
        return Failed(str(row["id"]), found) if isinstance(found, IntegrationError) else found

    def _names(self, rows: Mapping[int, Row]) -> dict[int, str]:
        """The names of the headings of these contacts, by id; only those that were not read with them are asked for."""
        wanted = headings(rows.values())
        missing = sorted(wanted - rows.keys())
        domain, what = [["id", "in", missing]], "read what the contacts are filed under"
        found = self._connection.search(PARTNER, domain, ["name"], what=what) if missing else []
        known = [*found, *(rows[number] for number in wanted & rows.keys())]
        return {row["id"]: str(row["name"] or "") for row in known}

    def _tags(self, rows: Iterable[Row]) -> Mapping[int, str]:
        used = {tag for row in rows for tag in row["category_id"]}
        return self._facts.names(CATEGORY, used) if used else {}

    def _link(self, number: int) -> str:
        return self._connection.link(PARTNER, number)

    def _unfinished(self, number: int) -> IntegrationError:
        return self._connection.error(
            Unavailable, f"Odoo: the contact {number} is just being made by the control panel"
        )


def _touch(row: Row) -> RecordChange:
    return RecordChange(contact=str(row["id"]), customer=str(commercial(row)), changed=moment(row["write_date"]))
