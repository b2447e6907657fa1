"""The pretend Odoo: JSON-2 and JSON-RPC over one small object store, versions 16 to 19.

`traps.odoo_version` chooses the version. Fields, errors and their texts follow the real servers; the
account is an ordinary user of Sales, without accounting and without the settings.
"""

from __future__ import annotations

from starlette.routing import Route

from integrations.sandbox.erp.billing_cases import seed_billing
from integrations.sandbox.erp.duplicates import duplicates
from integrations.sandbox.erp.errors import refusal
from integrations.sandbox.erp.json2 import elsewhere, json2
from integrations.sandbox.erp.jsonrpc import jsonrpc, version_info
from integrations.sandbox.erp.pages import link, record
from integrations.sandbox.erp.places import places
from integrations.sandbox.erp.request_name import operation
from integrations.sandbox.erp.seed import kept_contracts, seed
from integrations.sandbox.erp.web import unknown, version
from integrations.sandbox.pretend import Pretend, World

__all__ = ["PRETEND", "kept_contracts"]

_VERBS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def _seed(there: World) -> None:
    """Seed the world's customers and, where it has them, its billing cases."""
    seed(there)
    if there.billing.seeded:
        seed_billing(there)


PRETEND = Pretend(
    name="erp",
    title="Odoo",
    routes=[
        Route("/json/2/{model}/{method}", json2, methods=["POST"]),
        Route("/json/2", elsewhere, methods=_VERBS),
        Route("/json/2/{rest:path}", elsewhere, methods=_VERBS),
        Route("/jsonrpc", jsonrpc, methods=["POST"]),
        Route("/web/version", version),
        Route("/json/version", version),
        Route("/web/webclient/version_info", version_info, methods=["POST"]),
        Route("/odoo/{app}/{number:int}", record),
        Route("/{rest:path}", unknown, methods=_VERBS),
    ],
    operation=operation,
    seed=_seed,
    duplicates=duplicates,
    link=link,
    refuse=refusal,
    controls=[Route("/places", places)],
)
