"""The source of deals: by id, or all since a day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from integrations.core.errors import IntegrationError, Rejected, Unavailable
from integrations.core.model import Customer, Deal
from integrations.core.rows import Failed, attempt, in_halves
from integrations.odoo.connection import Connection, Row, is_id
from integrations.odoo.deals.deal import ALWAYS, ORDERS, PERHAPS, Lead, Related, Relations, Writer, lead
from integrations.odoo.facts import Facts
from integrations.odoo.leads import LEAD, closed_since, closing
from integrations.odoo.managers import Managers, fields_of_deals
from integrations.odoo.marks import deal_of
from integrations.odoo.partners import PARTNER, Partners

CHUNK = 200
"""Deals whose related records are read together."""
PROBED = (*PERHAPS, ORDERS)


class Deals:
    """The opportunities of one Odoo."""

    def __init__(self, connection: Connection, facts: Facts, partners: Partners, managers: Managers) -> None:
        self._connection, self._facts, self._partners = connection, facts, partners
        self._relations = Relations(connection, facts, partners)
        self._writer = Writer(connection, facts, managers)

    def get(self, keys: Sequence[str]) -> dict[str, Deal | None | IntegrationError]:
        """Read deals by id; None for one that does not exist.

        An error for one that may not be read, and for a won one whose customer is not named.
        """
        numbers = {key: int(key) for key in keys if is_id(key)}
        answers: dict[str, Deal | None | IntegrationError] = {key: None for key in keys if key not in numbers}
        found: dict[int, Deal | None | IntegrationError] = {}
        ids = sorted(set(numbers.values()))
        for start in range(0, len(ids), CHUNK):
            for answer in in_halves(
                self._connection.name, ids[start : start + CHUNK], lambda s: self._chunk(s).items()
            ):
                found.update({int(answer.id): answer.error} if isinstance(answer, Failed) else [answer])
        return {**answers, **{key: found[number] for key, number in numbers.items()}}

    def customer(self, key: str) -> Customer | IntegrationError | None:
        """Read the company of this id with all its won deals; for a contact's id the company it belongs to.

        None where there is none, an error where it may not be read.
        """
        if not is_id(key):
            return None
        try:
            number = int(key)
            related = self._relations.of_company(number)
            found = related.directory.partners.get(number)
            if found is None:
                return self._connection.hidden(PARTNER, {number}, what="read the customer").get(number)
            if found.commercial != number:
                return self.customer(str(found.commercial))
            return self._writer.customer(found, related)
        except IntegrationError as error:
            return error

    def former(self, customers: Collection[str]) -> dict[str, frozenset[str]]:
        """By company the deals that made it in the first release, or made one that was merged into it since.

        Our external ids prove it, which move to the survivor of a merge. Companies that may not be read are left out.
        """
        found = self._partners.marks({int(key) for key in customers if is_id(key)})
        return {str(number): frozenset(filter(None, map(deal_of, names))) for number, names in found.items()}

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[Deal | Failed]:
        """Yield deals won or lost since a day, the oldest first, then the open ones; with `won_only` only won ones.

        One whose company can't be read comes with its name only, and one whose customer is not named without a name:
        `get` says why. An opportunity that was archived without being lost is left out.
        """
        closed = closed_since(since) if since else []
        domain = [*self._relations.won_domain(), *closed] if won_only else self._relations.listed_domain(closed)
        stages = ("won",) if won_only else ("won", "lost", "open")
        read = list(self._leads(domain))
        yield from (failure for failure in read if isinstance(failure, Failed))
        listed = (lead for lead in read if isinstance(lead, Lead) and _is_listed(lead, stages))
        leads = sorted(listed, key=_order)
        for start in range(0, len(leads), CHUNK):
            chunk = leads[start : start + CHUNK]
            yield from in_halves(self._connection.name, chunk, self._deals, name=lambda lead: str(lead.id))

    def _deals(self, leads: Sequence[Lead]) -> Iterator[Deal | Failed]:
        related = self._relations.read(leads)
        for record in leads:
            made = self._deal(record, related)
            yield Failed(str(record.id), made) if isinstance(made, IntegrationError) else made

    def _chunk(self, ids: Sequence[int]) -> dict[int, Deal | None | IntegrationError]:
        rows = self._leads([["id", "in", list(ids)]])
        leads = {row.id: row for row in rows if isinstance(row, Lead)}
        unread = {int(row.id): row.error for row in rows if isinstance(row, Failed)}
        hidden = self._connection.hidden(LEAD, set(ids) - leads.keys() - unread.keys(), what="read the deal")
        related = self._relations.read(list(leads.values())) if leads else None
        unseen = self._unseen(leads, related)
        answers: dict[int, Deal | None | IntegrationError] = {}
        for number in ids:
            if number in unread:
                answers[number] = unread[number]
            elif number not in leads or related is None:
                answers[number] = hidden.get(number)
            elif number in unseen:
                answers[number] = unseen[number]
            else:
                made = self._deal(leads[number], related)
                answers[number] = (self._doubt(made, leads[number]) if isinstance(made, Deal) else None) or made
        return answers

    def _doubt(self, deal: Deal, lead: Lead) -> Rejected | None:
        """The error for a won deal whose customer is not named, or is named in two contradicting ways; else None.

        Odoo makes a contact of a mail's sender, and people type the company into the opportunity only.
        """
        customer, company = deal.customer, lead.company or ""
        if deal.stage != "won":
            return None
        if deal.unnamed:
            return self._asked(
                deal,
                deal.unnamed,
                "Enter it in the opportunity: a company as its Company Name, a private person as its Contact Name, one "
                "that Odoo has as its Customer.",
            )
        if customer.id and customer.is_company is False and company.casefold() not in ("", customer.name.casefold()):
            return self._asked(
                deal,
                f"deal {deal.id} names the company {company}, and its customer in Odoo, {customer.name} "
                f"({customer.id}), is a private person",
                "Put that contact below its company in Odoo, or empty the opportunity's Company Name.",
            )
        return None

    def _asked(self, deal: Deal, why: str, then: str) -> Rejected:
        who = deal.account_manager.name if deal.account_manager is not None else "the account manager"
        return self._connection.error(Rejected, why, who=who, next=f"{then} {deal.url or ''}".rstrip())

    def _deal(self, lead: Lead, related: Related) -> Deal | IntegrationError:
        made = attempt(self._connection.name, self._writer.deal, lead, related)
        if isinstance(made, IntegrationError):
            made.system = made.system or self._connection.name
        return made

    def _unseen(self, leads: dict[int, Lead], related: Related | None) -> dict[int, IntegrationError]:
        """Errors for deals whose company or payer may not be read, or is still being made by the control API."""
        if related is None:
            return {}
        known = related.directory.partners
        needed = {number: self._needed(lead, related) for number, lead in leads.items()}
        missing = {partner for partners in needed.values() for partner in partners if partner not in known}
        hidden = self._connection.hidden(PARTNER, missing, what="read the deal's company")
        unseen: dict[int, IntegrationError] = {}
        for number, partners in needed.items():
            for partner in partners:
                if partner in hidden:
                    unseen[number] = hidden[partner]
                elif partner in known and known[partner].inflight:
                    unseen[number] = self._connection.error(
                        Unavailable,
                        f"Odoo: {known[partner].name or 'the company'} ({partner}) is just being made by the "
                        "control panel",
                    )
        return unseen

    @staticmethod
    def _needed(lead: Lead, related: Related) -> list[int]:
        order = related.orders.get(lead.id)
        partners = [number for number in (lead.partner, order.invoiced if order else None) if number]
        known = related.directory.partners
        return [*partners, *(known[number].commercial for number in partners if number in known)]

    def _leads(self, domain: list[Any]) -> list[Lead | Failed]:
        has_status = self._connection.version >= 19
        fields, stages, _ = self._connection.together(
            self._fields,
            dict if has_status else self._facts.stages.rows,
            lambda: self._facts.fields(PARTNER),  # needed next, and known from then on
        )
        rows: list[Row] = self._connection.search(LEAD, domain, fields, what="read the deals")
        read = {row["id"]: attempt(self._connection.name, lead, row, stages) for row in rows}
        return [
            Failed(str(number), answer) if isinstance(answer, IntegrationError) else answer
            for number, answer in read.items()
        ]

    def _fields(self) -> list[str]:
        known = self._facts.fields(LEAD)
        chosen = self._connection.settings.engagement
        names = [*PERHAPS, *([chosen.field] if chosen.map else []), *fields_of_deals(self._connection.settings)]
        return [*ALWAYS, *(name for name in dict.fromkeys(names) if name in known and name not in ALWAYS)]


def _is_listed(lead: Lead, stages: Collection[str]) -> bool:
    return lead.stage in stages and (lead.stage != "open" or bool(lead.row["active"]))


def _order(lead: Lead) -> tuple[bool, str, int]:
    return lead.stage == "open", closing(lead.row), lead.id
