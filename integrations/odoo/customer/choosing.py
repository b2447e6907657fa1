"""Companies that a person chose: whether they may stand for the customer."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.core.errors import Rejected
from integrations.core.resource import Lookup
from integrations.odoo.connection import HIGHEST_ID, Connection
from integrations.odoo.customer.place import Place, Places
from integrations.odoo.customer.resource import Customer
from integrations.odoo.leads import linked_partners


def chosen_places(connection: Connection, lookups: Mapping[str, Lookup[Customer]]) -> Places:
    """Return where the chosen companies are, or why a choice can't be followed.

    A company that we made for another deal may be chosen: it may have several.
    """
    valid = {key: int(str(lookup.id)) for key, lookup in lookups.items() if _is_id(lookup.id)}
    leads = [lead for key in valid if (lead := lookups[key].resource.lead) and not lookups[key].resource.partner]
    linked = linked_partners(connection, leads)
    places: Places = {}
    for key, lookup in lookups.items():
        if key not in valid:
            places[key] = _rejected(connection, f"{lookup.id} is no company's id", "Name the number in its address.")
        else:
            places[key] = _place(connection, lookup, valid[key], linked)
    return places


def _place(
    connection: Connection, lookup: Lookup[Customer], number: int, linked: Mapping[str, int | None]
) -> Place | Rejected:
    wanted = lookup.resource
    own = int(str(wanted.partner)) if _is_id(wanted.partner) else linked.get(wanted.lead or "")
    if own is not None:
        if own == number:
            return Place(number)
        return _rejected(
            connection,
            f"the deal belongs to the company {own} there, not to {number}",
            "Change the opportunity's customer in Odoo, or choose that company.",
        )
    return Place(number, ours=not wanted.lead)


def _rejected(connection: Connection, text: str, then: str) -> Rejected:
    return Rejected(f"Odoo: {text}", system=connection.name, who="the person who chose it", next=then)


def _is_id(text: str | None) -> bool:
    return bool(text) and str(text).isascii() and str(text).isdigit() and 0 < int(str(text)) <= HIGHEST_ID
