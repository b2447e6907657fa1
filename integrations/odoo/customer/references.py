"""Companies by our external ids."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.core.errors import AuthError, IntegrationError
from integrations.core.resource import Lookup
from integrations.odoo import marks
from integrations.odoo.connection import ARCHIVED_TOO, Connection
from integrations.odoo.customer.place import Place, Places
from integrations.odoo.customer.resource import Customer
from integrations.odoo.leads import linked_partners
from integrations.odoo.refusal import ADMINISTRATOR, BadValue

_WHAT = "look for the company that closedwon made"


def references(connection: Connection, lookups: Mapping[str, Lookup[Customer]]) -> Places:
    """Where our external ids say that the companies are.

    Odoo says "false" instead of an id for a company that we may not see, but also, until a later success,
    for one whose creation it took back. The opportunity tells: it is linked in the same transaction.
    """
    answers = connection.together(*(lambda one=one: _one(connection, one) for one in lookups.values()))
    places: Places = dict(zip(lookups, answers, strict=True))
    unsure = {key: lookups[key] for key, place in places.items() if isinstance(place, _Unsure)}
    if unsure:
        leads = [lookup.resource.lead for lookup in unsure.values()]
        linked = linked_partners(connection, [lead for lead in leads if lead])
        for key, lookup in unsure.items():
            if lookup.resource.lead and linked.get(lookup.resource.lead, 0) is None:
                places[key] = None
    return places


class _Unsure(AuthError):
    """It exists and may not be seen, or its creation was taken back."""


def _one(connection: Connection, lookup: Lookup[Customer]) -> Place | None | IntegrationError:
    answer: Place | None | IntegrationError = None
    for name in marks.of_keys(lookup.keys, lookup.resource.deal):
        try:
            _, found = connection.call(
                "ir.model.data",
                "check_object_reference",
                what=_WHAT,
                context=ARCHIVED_TOO,
                module=marks.MODULE,
                xml_id=name,
            )
        except BadValue:
            continue
        except IntegrationError as error:
            return error
        if found:
            return Place(int(found))
        answer = _unsure(connection, name)
    return answer


def _unsure(connection: Connection, name: str) -> _Unsure:
    return _Unsure(
        f"Odoo: {connection.settings.account} may not see the company {marks.MODULE}.{name}, or Odoo has not yet "
        "forgotten an attempt to make it that it refused",
        system=connection.name,
        who=ADMINISTRATOR,
        next="Let the account see it; if there is none, restart Odoo. Then run this again.",
    )
