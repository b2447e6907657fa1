"""Addresses of Odoo's pages, as people copy them from a browser, and the records behind them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from integrations.core.search import Kind
from integrations.odoo.connection import is_id
from integrations.odoo.leads import LEAD
from integrations.odoo.partners import PARTNER

MODELS = {"deal": LEAD, "customer": PARTNER}
APPS = {"deal": frozenset({"crm", LEAD}), "customer": frozenset({"contacts", "customers", PARTNER})}
"""The path's part before the id in Odoo 18 and 19; `action-…` may stand there for any model."""


def linked(base: str, link: str, kind: Kind) -> str | None:
    """Return the id of the deal or customer that a link shows; None where it is no such page of the Odoo at `base`.

    Up to Odoo 17 `/web#id=42&model=crm.lead&view_type=form`; from 18 on `/odoo/crm/42`, `/odoo/crm.lead/42` or
    `/odoo/action-310/42`, also behind other records: `/odoo/contacts/101/crm.lead/42`.
    """
    here, there = urlsplit(base), urlsplit(link.strip())
    if here.netloc.casefold() != there.netloc.casefold() or not there.path.startswith(f"{here.path}/"):
        return None
    path = [part for part in there.path.removeprefix(here.path).split("/") if part]
    if path == ["web"]:
        values = parse_qs(there.fragment)
        model, record = values.get("model", [""])[-1], values.get("id", [""])[-1]
        return record if model == MODELS[kind] and is_id(record) else None
    if len(path) < 3 or path[0] != "odoo" or not is_id(path[-1]):
        return None
    return path[-1] if path[-2] in APPS[kind] or path[-2].startswith("action-") else None
