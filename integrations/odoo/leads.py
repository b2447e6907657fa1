"""Opportunities, as far as both deals and customers need them."""

from __future__ import annotations

from collections.abc import Iterable

from integrations.odoo.connection import Connection
from integrations.odoo.partners import reference

LEAD = "crm.lead"


def linked_partners(connection: Connection, leads: Iterable[str]) -> dict[str, int | None]:
    """The contact that each opportunity is linked to, now; those that are gone or hidden are left out."""
    ids = sorted({int(lead) for lead in leads if lead.isascii() and lead.isdigit()})
    if not ids:
        return {}
    rows = connection.search(LEAD, [["id", "in", ids]], ["partner_id"], what="read whose the deals are")
    return {str(row["id"]): reference(row["partner_id"]) for row in rows}
