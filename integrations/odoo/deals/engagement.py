"""What kind of engagement a deal is: by a field or the tags of its opportunity, and the settings' map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.core.errors import Rejected
from integrations.odoo.deals.lead import Lead
from integrations.odoo.facts import Facts, named
from integrations.odoo.leads import LEAD
from integrations.odoo.refusal import OPERATOR
from integrations.odoo.settings import Engagement


def engagements(settings: Engagement, lead: Lead, facts: Facts) -> tuple[str, ...]:
    """The playbooks that the opportunity's field or tags map to: none, one, or several."""
    if not settings.map:
        return ()
    field = facts.fields(LEAD).get(settings.field)
    if field is None:
        raise Rejected(
            f"Odoo: an opportunity has no field {settings.field}",
            who=OPERATOR,
            next="Fix the field of the engagement in the settings.",
        )
    names = named(lead.row[settings.field], field, facts)
    return tuple(dict.fromkeys(settings.map[name] for name in names if name in settings.map))


def tags(settings: Engagement, leads: Sequence[Lead], facts: Facts) -> Mapping[int, str]:
    """The names behind the opportunities' tags, for reading them early; nothing where a plain field tells."""
    field = facts.fields(LEAD).get(settings.field) if settings.map else None
    if field is None or field["type"] not in ("many2many", "one2many"):
        return {}
    used = {number for lead in leads for number in lead.row[settings.field]}
    return facts.names(field["relation"], used) if used else {}
