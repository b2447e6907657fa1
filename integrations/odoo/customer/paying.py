"""Another payer that the deal only names: the company that we made for it, one that could be it, or a new one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from integrations.core.change import Change
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.likeness import Features
from integrations.core.resource import Lookup
from integrations.odoo import marks
from integrations.odoo.connection import ARCHIVED_TOO, Connection
from integrations.odoo.customer.companies import Companies
from integrations.odoo.customer.likeness import Alike, Rival
from integrations.odoo.customer.resource import Customer
from integrations.odoo.customer.settled import Put
from integrations.odoo.loading import GET_OR_CREATE, Load
from integrations.odoo.partners import PARTNER
from integrations.odoo.refusal import BadValue

COLUMNS = ("id", "name", "is_company", "child_ids/id", "child_ids/name", "child_ids/type", "child_ids/email")

Changes = dict[str, Change[Customer]]


class Payers:
    """Finds and makes payers. One that is named by its id is never looked for."""

    def __init__(self, connection: Connection, companies: Companies, alike: Alike) -> None:
        self._connection, self._companies, self._alike = connection, companies, alike

    def known(self, lookups: Mapping[str, Lookup[Customer]]) -> dict[str, Lookup[Customer] | IntegrationError]:
        """Return the look-ups with the id of each payer that we made; an error where a person has to say who it is."""
        found: dict[str, Lookup[Customer] | IntegrationError] = {}
        for key, lookup in lookups.items():
            try:
                number = self._number(lookup.resource) if lookup.resource.has_payer else None
                if number is not None:
                    resource = lookup.resource.model_copy(update={"payer": str(number)})
                    found[key] = dataclasses.replace(lookup, resource=resource)
                else:
                    found[key] = lookup
            except IntegrationError as error:
                found[key] = error
        return found

    def _number(self, wanted: Customer) -> int | None:
        """The payer that we made; None where there is none, nor anybody alike.

        Raises:
            Rejected: Somebody could be it.
        """
        try:
            _, number = self._connection.call(
                "ir.model.data",
                "check_object_reference",
                what="look for the payer that closedwon made",
                context=ARCHIVED_TOO,
                module=marks.MODULE,
                xml_id=marks.of_payer(wanted.key, wanted.deal),
            )
            return int(number)
        except BadValue:
            pass
        self._companies.look()
        payer = Features(name=wanted.payer_name or "", emails=((wanted.payer_email, ""),) if wanted.payer_email else ())
        rivals = self._alike.rivals({wanted.key: payer}).get(wanted.key)
        if rivals:
            raise self._asked(wanted, rivals)
        return None

    def _asked(self, wanted: Customer, rivals: Sequence[Rival]) -> Rejected:
        could = "; ".join(f"{one.partner.id}: {one.partner.name} ({', '.join(one.likeness.reasons)})" for one in rivals)
        return Rejected(
            f"Odoo: who is to pay, {wanted.payer_name}, could be {could}",
            system=self._connection.name,
            who="whoever entered the deal",
            next="Name the payer's id in the deal; where it is none of these, enter it in Odoo first.",
            field="payer",
        )

    def made(self, changes: Changes, refused: Put) -> Changes:
        """Return the changes with their payers' ids, made where they are new; why not goes to `refused`.

        Twice: the same payer, by its external id.
        """
        asked = {key: wanted for key, one in changes.items() if (wanted := one.wanted()).has_payer and not wanted.payer}
        load = Load(self._connection, PARTNER, COLUMNS, "create the payer", "create", GET_OR_CREATE, of_changes=True)
        loaded = load.rows({key: self._row(wanted) for key, wanted in asked.items()})
        refused.update({key: one for key, one in loaded.items() if isinstance(one, IntegrationError)})
        numbers = {key: one for key, one in loaded.items() if isinstance(one, int)}
        return {
            key: _paid_by(one, numbers[key]) if key in numbers else one
            for key, one in changes.items()
            if key not in refused
        }

    def _row(self, wanted: Customer) -> list[str]:
        name = f"{marks.MODULE}.{marks.of_payer(wanted.key, wanted.deal)}"
        address = self._connection.settings.invoice_contact
        return [name, wanted.payer_name or "", "True", f"{name}_invoice", address, "invoice", wanted.payer_email or ""]


def _paid_by(change: Change[Customer], number: int) -> Change[Customer]:
    resource = change.wanted().model_copy(update={"payer": str(number)})
    return dataclasses.replace(change, want=dataclasses.replace(change.want, resource=resource))
