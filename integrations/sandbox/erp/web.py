"""The common parts of Odoo's answers, and the pages that do not exist."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from integrations.sandbox.erp.environment import major_version, played_version
from integrations.sandbox.pretend import World, world

CLOSE = {"Connection": "close"}
"""The threaded server ends every connection after one answer."""

_NOT_FOUND = (
    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
    "<p>The requested URL was not found on the server. If you entered the URL manually please check your "
    "spelling and try again.</p>\n"
)


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return JSONResponse(value, status, {**CLOSE})


def page(text: str, status: int) -> Response:
    """An HTML answer."""
    return HTMLResponse(text, status, {**CLOSE})


def not_found_page() -> Response:
    """Return Odoo's answer to a path that it does not know, whatever was asked for."""
    return page(_NOT_FOUND, 404)


async def unknown(_request: Request) -> Response:
    """Any path that Odoo does not serve."""
    return not_found_page()


def version_information(there: World) -> list[Any]:
    """The version in six parts."""
    enterprise = "e" if there.traps.odoo_version.endswith("+e") else ""
    return [*played_version(there), 0, "final", 0, enterprise]


async def version(request: Request) -> Response:
    """`GET /web/version` and `/json/version`: 19 tells its version to everybody; earlier ones have no such page."""
    there = world(request)
    if major_version(there) < 19:
        return not_found_page()
    return answer({"version_info": version_information(there), "version": there.traps.odoo_version})


def common_version(there: World) -> dict[str, Any]:
    """Return the version that Odoo reports without a key, in every version.

    It is the answer of `common.version` and `/web/webclient/version_info`.
    """
    return {
        "server_version": there.traps.odoo_version,
        "server_version_info": version_information(there),
        "server_serie": there.traps.odoo_version.removesuffix("+e"),
        "protocol_version": 1,
    }
