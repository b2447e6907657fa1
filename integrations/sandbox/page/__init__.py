"""The page for people: what exists in the pretend systems, and a simple page for each object.

A browser that opens an object's own address (as a vendor's page would be opened) gets that object's
page; programs that talk to the same address do not ask for HTML and get the vendor's answer.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from integrations.sandbox.page.html import rendered
from integrations.sandbox.page.overview import overview
from integrations.sandbox.page.single import single
from integrations.sandbox.server import Server

__all__ = ["mount"]


def mount(server: Server) -> None:
    """Serve the overview at `/` and the objects' own pages."""

    async def page(_request: Request) -> Response:
        return HTMLResponse(rendered("overview.html.j2", overview(server)))

    def view(request: Request) -> Response | None:
        shown = single(server, request.scope["path"])
        return None if shown is None else HTMLResponse(rendered("single.html.j2", shown))

    server.mount_page(Route("/", page, methods=["GET"]))
    server.viewer = view
