"""The places of generated customers in the other systems, as the ledger of their set-up would know them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.erp.environment import SYSTEM
from integrations.sandbox.pretend import world

PLACES = "_places"


async def places(request: Request) -> Response:
    """`GET /_sandbox/places`: by the ERP's company id, the id of its organization or page in each system."""
    return JSONResponse(dict(world(request).state.table(SYSTEM, PLACES)))
