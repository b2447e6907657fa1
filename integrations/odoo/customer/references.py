"""Companies by our external ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    names = {key: marks.of_keys(one.keys, one.resource.deal) for key, one in lookups.items()}
    asked = sorted({name for some in names.values() for name in some})
    answers = connection.together(*(lambda name=name: _named(connection, name) for name in asked))
    named = dict(zip(asked, answers, strict=True))
    places: Places = {key: _first([named[name] for name in some]) for key, some in names.items()}
    unsure = {key: lookups[key] for key, place in places.items() if isinstance(place, _Unsure)}
    if unsure:
        leads = [lookup.resource.lead for lookup in unsure.values()]
        linked = linked_partners(connection, [lead for lead in leads if lead])
        for key, lookup in unsure.items():
            if lookup.resource.lead and linked.get(lookup.resource.lead, 0) is None:
                places[key] = None
    return places


def _first(answers: Sequence[Place | None | IntegrationError]) -> Place | None | IntegrationError:
    """Return the first company; else why it is not known, which what is merely unsure does not hide."""
    place = next((one for one in answers if isinstance(one, Place)), None)
    errors = sorted(
        (one for one in answers if isinstance(one, IntegrationError)), key=lambda one: isinstance(one, _Unsure)
    )
    return place or next(iter(errors), None)


class _Unsure(AuthError):
    """It exists and may not be seen, or its creation was taken back."""


def _named(connection: Connection, name: str) -> Place | None | IntegrationError:
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
        return None
    except IntegrationError as error:
        return error
    return Place(int(found)) if found else _unsure(connection, name)


def _unsure(connection: Connection, name: str) -> _Unsure:
    return _Unsure(
        f"Odoo: {connection.settings.account} may not see the company {marks.MODULE}.{name}, or Odoo has not yet "
        "forgotten an attempt to make it that it refused",
        system=connection.name,
        who=ADMINISTRATOR,
        next="Let the account see it; if there is none, restart Odoo. Then run this again.",
    )
