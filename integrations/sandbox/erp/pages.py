"""The pages that a person sees: one record each, as a plain table."""

from __future__ import annotations

import html
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from integrations.sandbox.erp.environment import SYSTEM
from integrations.sandbox.erp.models import MODELS
from integrations.sandbox.erp.web import not_found_page, page
from integrations.sandbox.pretend import world

_APPS = {"contacts": "res.partner", "crm": "crm.lead", "sales": "sale.order"}


def link(kind: str, document: dict[str, Any]) -> str | None:
    """The address path of a record's page."""
    for app, model in _APPS.items():
        if model == kind:
            return f"/{SYSTEM}/odoo/{app}/{document['id']}"
    return None


async def record(request: Request) -> Response:
    """`/odoo/<app or model>/<id>`, without a log-in: there is nothing here to protect."""
    app, number = request.path_params["app"], str(request.path_params["number"])
    model = _APPS.get(app, app)
    document = world(request).state.table(SYSTEM, model).get(number) if model in MODELS else None
    if document is None:
        return not_found_page()
    lines = "".join(
        f"<tr><th>{html.escape(name)}<td>{html.escape(str(value))}"
        for name, value in document.items()
        if value not in (None, False, "", [])
    )
    title = html.escape(str(document.get("name") or document["id"]))
    return page(
        f"<!doctype html>\n<meta charset=utf-8>\n<title>{title}</title>\n<h1>{title}</h1><table>{lines}</table>\n", 200
    )
