"""Reading of whole accounts: few rounds of requests, those of a round at the same time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from integrations.core.billing import Account, Contract, Invoice, Part
from integrations.core.errors import AuthError, Rejected
from integrations.core.rows import Failed, in_halves
from integrations.odoo.billing.accounts import directory as partners
from integrations.odoo.billing.accounts.account import Read, Writer, accounts, known_parties, payers
from integrations.odoo.billing.accounts.directory import Directory, Twins, parents
from integrations.odoo.billing.companies import referred
from integrations.odoo.billing.contracts import contracts
from integrations.odoo.billing.deals import deals
from integrations.odoo.billing.invoices import read as invoices
from integrations.odoo.billing.invoices.invoice import invoice
from integrations.odoo.billing.orders import orders
from integrations.odoo.billing.payments import payments
from integrations.odoo.billing.server import Server
from integrations.odoo.billing.work import usage, work
from integrations.odoo.connection import Row
from integrations.odoo.contacts.source import groups
from integrations.odoo.segments import CATEGORY

OCA_LINE = "contract-line:"
"""Prefix of the ids of contract lines of the OCA's app."""
MOVE_PARTNERS = ("partner_id", "partner_shipping_id", "commercial_partner_id")


@dataclasses.dataclass
class Reading:
    """Reader of customers in groups of some thousand invoices; a customer with more is a group of its own."""

    server: Server
    writer: Writer
    since: date
    twins: Twins

    def accounts(self, customers: Sequence[int]) -> Iterator[Account | Failed]:
        """Yield the account of each customer, or why it could not be read.

        Raises:
            IntegrationError: Odoo can't be reached, our key is refused, or customers can't be read at all.
        """
        refused: dict[Part, str] = {}

        def read(group: Sequence[int], limit: int | None) -> list[Row]:
            refused.clear()
            rows: list[Row] = self._part(
                "invoices", refused, lambda: invoices.moves(self.server, group, self.since, limit), []
            )
            return rows

        name = self.server.connection.name
        for group, moves in groups(customers, self.server.connection.page * invoices.PAGES, read):

            def made(
                some: Sequence[int], group: Sequence[int] = group, moves: list[Row] = moves
            ) -> Iterator[Account | Failed]:
                own = moves if len(some) == len(group) else read(some, None)
                return accounts(self.writer, self._group(some, own, refused), name)

            yield from in_halves(name, group, made)

    def numbered(self, number: str) -> list[Invoice]:
        """Read the invoices of this number or id, of any day, without lines; cancelled ones are left out.

        Raises:
            IntegrationError: They could not be read.
        """
        moves = invoices.numbered(self.server, number)
        directory, named = Directory(), referred(moves, *MOVE_PARTNERS)
        directory.add(named, partners.read(self.server, named))
        found = known_parties(self.writer, Read((), directory, tags=self._tags(directory)))
        return [invoice(self.writer.reader, found, row, ()) for row in moves]

    def _group(self, group: Sequence[int], moves: list[Row], refused: Mapping[Part, str]) -> Read:
        server, unread = self.server, dict(refused)
        directory = Directory()
        named = set(group) | referred(moves, *MOVE_PARTNERS)
        rows, lines, never_dunned, ordered, agreed, paid, closed, worked, used = server.connection.together(
            lambda: partners.read(server, named),
            lambda: self._part("invoices", unread, lambda: self._lines(moves), {}),
            lambda: self._part("invoices", unread, lambda: invoices.never_dunned(server, group), frozenset()),
            lambda: self._part("orders", unread, lambda: orders(server, group), {}),
            lambda: self._part("contracts", unread, lambda: contracts(server, group), {}),
            lambda: self._part("payments", unread, lambda: payments(server, group), {}),
            lambda: self._part("deals", unread, lambda: deals(server, group), {}),
            lambda: self._part("work", unread, lambda: work(server, group, self.since), {}),
            lambda: self._part("usage", unread, lambda: usage(server, group, self.since), {}),
        )
        directory.add(named, rows)
        moves, lines = self._with_others(moves, lines, agreed, group, unread)
        own = [directory.rows[number] for number in group if directory.is_customer(number)]
        alike = self.twins.of(own)
        others = payers(agreed, ordered) | parents(alike) | referred(moves, *MOVE_PARTNERS)
        partners.complete(server, directory, others)
        return Read(
            customers=group,
            directory=directory,
            moves=moves,
            lines=lines,
            never_dunned=never_dunned,
            twins=alike,
            deals=closed,
            orders=ordered,
            contracts=agreed,
            payments=paid,
            work=worked,
            usage=used,
            tags=self._tags(directory),
            unread=unread,
        )

    def _with_others(
        self,
        moves: list[Row],
        lines: dict[int, list[Row]],
        agreed: Mapping[int, Sequence[Contract]],
        group: Sequence[int],
        unread: dict[Part, str],
    ) -> tuple[list[Row], dict[int, list[Row]]]:
        """Add the invoices, with lines, by which another payer is billed for contracts that serve these customers."""
        served = {
            int(line.id.removeprefix(OCA_LINE))
            for number in group
            for contract in agreed.get(number, ())
            if contract.served == str(number) != contract.payer
            for line in contract.lines
            if line.id.startswith(OCA_LINE)
        }
        if not served or "invoices" in unread:
            return moves, lines
        known = {row["id"] for row in moves}
        others = self._part(
            "invoices", unread, lambda: invoices.billing(self.server, served, known, self.since), list[Row]()
        )
        theirs = self._part("invoices", unread, lambda: self._lines(others), {}) if others else {}
        return [*moves, *others], {**lines, **theirs}

    def _lines(self, moves: Sequence[Row]) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for rows in invoices.lines(self.server, [row["id"] for row in moves]):
            for row in rows:
                found.setdefault(row["move_id"][0], []).append(row)
        return found

    def _tags(self, directory: Directory) -> Mapping[int, str]:
        used = {tag for row in directory.rows.values() for tag in row["category_id"]}
        return self.server.facts.names(CATEGORY, used) if used else {}

    def _part(self, part: Part, unread: dict[Part, str], read: Callable[[], Any], otherwise: Any) -> Any:
        """Read a part; where a right or an app is missing the reason goes to `unread`, and the other parts go on."""
        try:
            return read()
        except (AuthError, Rejected) as error:
            if not self.server.concerns_one_part(error):
                raise
            unread[part] = error.message
            return otherwise
