"""The source of billing: customers with something to bill, changes, and whole accounts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from integrations.core.billing import Account, Invoice, Survey
from integrations.core.errors import AuthError, Rejected
from integrations.core.model import RecordChange
from integrations.core.rows import Failed
from integrations.odoo.billing import changes, customers, survey
from integrations.odoo.billing.accounts.account import Writer
from integrations.odoo.billing.accounts.directory import Twins
from integrations.odoo.billing.accounts.read import Reading
from integrations.odoo.billing.invoices import read, taxes
from integrations.odoo.billing.invoices.invoice import Reader
from integrations.odoo.billing.server import MOVE, Server
from integrations.odoo.connection import Connection, Row, is_id
from integrations.odoo.facts import LIFETIME, Facts
from integrations.odoo.ours import Ours
from integrations.odoo.partners import PARTNER, reference


class Billing:
    """Contracts, orders, invoices and payments of one Odoo."""

    def __init__(self, connection: Connection, facts: Facts) -> None:
        self._server, self._ours = Server(connection, facts), Ours(connection, facts)
        self._guard = threading.Lock()
        self._alike_since, self._alike = float("-inf"), Twins(self._server, self._ours)
        self._read_at, self._kept = float("-inf"), (taxes.Taxes((), {}), list[Row]())

    def survey(self) -> Survey:
        """Survey what can be read of billing here; our first company is the one that our account belongs to.

        Raises:
            IntegrationError: Odoo can't be reached, or does not accept our key.
        """
        with self._guard:
            self._alike_since = float("-inf")
        return survey.survey(self._server)

    def customers(self, among: Sequence[str] | None = None) -> Iterator[Sequence[str | Failed]]:
        """Yield the ids of all customers who may have something to bill, each once; see `customers.customers`.

        `among` limits them to those of these ids.

        Raises:
            IntegrationError: A page could not be read; what came before is not the whole.
        """
        return customers.customers(self._server, self._ours, among)

    def changed(self, since: datetime) -> Iterator[Sequence[RecordChange | Failed]]:
        """Yield records written to at `since` or later: one change for each customer that is served or pays.

        `write_date` is the start of a transaction, so a long one becomes visible late: the caller reads an overlap
        again. Deletions do not show. Companies that are alike to a changed one are reported as well, as of `since`,
        because a finding about two customers is kept at one of them.

        Raises:
            IntegrationError: A page could not be read; what came before is not the whole.
        """
        renamed: set[int] = set()
        for page in changes.changed(self._server, since):
            touches = [
                touch for touch in page if isinstance(touch, RecordChange) and touch.contact.startswith(f"{PARTNER},")
            ]
            renamed |= {int(touch.customer) for touch in touches}
            yield page
        alike = self._twins().beside(renamed) - renamed
        if alike:
            yield [
                RecordChange(contact=f"{PARTNER},{partner}", customer=str(partner), changed=since)
                for partner in sorted(alike)
            ]

    def accounts(self, customers: Sequence[str], since: date) -> Iterator[Account | Failed]:
        """Yield the accounts of these commercial partners; those that are gone or hidden are left out.

        Some thousand invoices are in memory at a time, all those of one customer together. A part for which a right is
        missing is named in the account's `unread`.

        Raises:
            IntegrationError: Odoo can't be reached, or does not accept our key; the rest is not known.
        """
        numbers = [int(customer) for customer in dict.fromkeys(customers) if is_id(customer)]
        if numbers:
            yield from Reading(self._server, self._writer(since), since, self._twins()).accounts(numbers)

    def numbered(self, number: str) -> Sequence[Invoice]:
        """Read the invoices with this number or id, without lines; cancelled ones are left out.

        Raises:
            IntegrationError: They could not be read.
        """
        return Reading(self._server, self._writer(None), date.min, Twins(self._server, self._ours)).numbered(number)

    def names(self, customers_: Sequence[str]) -> Mapping[str, str]:
        """The names of these customers by id; those that are gone or hidden are left out."""
        return customers.names(self._server, customers_)

    def _twins(self) -> Twins:
        """The index of companies that are alike, made once a run although accounts are asked for a few at a time."""
        with self._guard:
            if time.monotonic() - self._alike_since > LIFETIME:
                self._alike, self._alike_since = Twins(self._server, self._ours), time.monotonic()
            return self._alike

    def _writer(self, since: date | None) -> Writer:
        server = self._server
        rates, own = self._listings()
        settings = server.settings
        return Writer(
            reader=self._reader(rates),
            currency=server.currency(own[0]["currency_id"]) if own else "",
            country=self._country,
            person=server.facts.person,
            link=lambda number: server.link(PARTNER, number),
            vat_exempt=frozenset(name.casefold() for name in settings.vat_exempt),
            dispute_tags=frozenset(name.casefold() for name in settings.dispute_tags),
            manager=server.facts.manager_field,
            order_number_required=server.configured("order_number_required"),
            delivery=server.configured("delivery"),
            since=since,
        )

    def _reader(self, rates: taxes.Taxes) -> Reader:
        server = self._server
        period = next((names for names in read.PERIODS if server.has(read.LINE, *names)), read.PERIODS[0])
        return Reader(
            amount=server.amount,
            number=server.number,
            day=server.day,
            currency=server.currency,
            link=lambda number: server.link(MOVE, number),
            taxes=rates,
            period=period,
            custom=read.custom(server),
        )

    def _listings(self) -> tuple[taxes.Taxes, list[Row]]:
        """Taxes and our companies, read again when they are old, in one round with all that every account needs."""
        server, facts = self._server, self._server.facts
        with self._guard:
            if time.monotonic() - self._read_at > LIFETIME:
                rates, own, *_ = server.connection.together(
                    self._taxes,
                    lambda: survey.companies(server),
                    facts.users.rows,
                    facts.countries.rows,
                    facts.currencies.rows,
                    *(lambda model=model: server.fields(model) for model in (PARTNER, MOVE, read.LINE)),
                )
                self._kept, self._read_at = (rates, own), time.monotonic()
            return self._kept

    def _taxes(self) -> taxes.Taxes:
        """Read the taxes; none where we may not read them, for the invoices can be judged without."""
        try:
            return taxes.read(self._server)
        except (AuthError, Rejected) as error:
            if not self._server.concerns_one_part(error):
                raise
            return taxes.Taxes((), {})

    def _country(self, value: Any) -> str:
        row = self._server.facts.country(reference(value))
        return str(row["code"] or "") if row else ""
