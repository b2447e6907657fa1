"""The store of customers: what is there, and what is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.resource import Live, Lookup
from integrations.core.system import IdForm
from integrations.odoo.connection import Connection
from integrations.odoo.customer.companies import Companies
from integrations.odoo.customer.find import Finder
from integrations.odoo.customer.likeness import Alike
from integrations.odoo.customer.payer import Payers
from integrations.odoo.customer.resource import Customer
from integrations.odoo.customer.state import Contacts, Reading
from integrations.odoo.customer.write import Creator, Updater
from integrations.odoo.facts import Facts
from integrations.odoo.partners import Partners
from integrations.odoo.segments import Segments

Found = dict[str, "Live[Customer] | None | IntegrationError"]


class Customers:
    """Customers of one Odoo.

    The mark of a company that we made is its external id `closedwon.customer_of_deal_<deal>`: unique, and
    written by one `load` together with the company, its invoice contact and the link to the deal. So a
    creation is safe to repeat, and there are no orphans. A company that exists already can't be given an
    external id: there its database id is the key, and the deal's own reference the mark.
    """

    resource: type[Customer] = Customer
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 500
    id_form: IdForm = IdForm(re.compile(r"[1-9][0-9]{0,9}"), "the number in the company's address, such as 101")

    def __init__(self, connection: Connection, facts: Facts, partners: Partners) -> None:
        segments = Segments(connection)
        reading = Reading(connection, facts, segments, Contacts(connection))
        companies = Companies(connection, facts)
        alike = Alike(connection, facts, partners, companies)
        payers = Payers(connection, companies, alike)
        self._finder = Finder(connection, partners, reading, companies, alike, payers)
        self._creator = Creator(connection, partners, reading, companies, alike, payers)
        self._updater = Updater(connection, partners, reading, payers)

    def find(self, lookups: Sequence[Lookup[Customer]]) -> Found:
        """By the deal's company, by a person's choice, by our external ids; a company merely alike is Ambiguous."""
        return self._finder.find(lookups)

    def put(self, changes: Sequence[Change[Customer]]) -> Found:
        """Make, complete or archive companies; what a person entered stays as it is."""
        answers: Found = {}
        for actions, write in (
            (("create",), self._creator.create),
            (("adopt", "update"), self._updater.update),
            (("archive",), self._updater.archive),
        ):
            chosen = [change for change in changes if change.action in actions]
            try:
                answers.update(write(chosen))
            except IntegrationError as error:  # raised before anything of this kind was written
                answers.update(dict.fromkeys((change.key for change in chosen), error))
        return answers
