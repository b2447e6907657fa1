"""The portal's customers: plain listings for whoever has the token, one id a line."""

from __future__ import annotations

import http
import json
import re
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from integrations.sandbox.pretend import TOKEN, Operation, World, world
from integrations.sandbox.state import Table

SYSTEM = "portal"
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
SEEDED = {"acme-internal": ["web1.acme-internal", "db1.acme-internal"], "glacier": ["app1.glacier"]}


def _customers(there: World) -> Table:
    return there.state.table(SYSTEM, "customer")


def _refused(request: Request) -> Response | None:
    if request.headers.get("x-accesstoken") != TOKEN:
        return PlainTextResponse("Unauthorized\n", 401)
    if world(request).lacks(SYSTEM, "list:servers"):
        return PlainTextResponse("Forbidden\n", 403)
    return None


def refusal(_path: str, status: int) -> Response:
    """A refusal with this status for a fault that a test injects: a line of text."""
    return PlainTextResponse(f"{http.HTTPStatus(status).phrase}\n", status)


async def customers(request: Request) -> Response:
    """Every customer id."""
    return _refused(request) or _lines(list(_customers(world(request))))


async def servers(request: Request) -> Response:
    """The servers of one customer."""
    refused = _refused(request)
    if refused is not None:
        return refused
    customer = _customers(world(request)).get(request.path_params["customer"])
    return PlainTextResponse("Not Found\n", 404) if customer is None else _lines(customer["servers"])


def _lines(lines: list[str]) -> Response:
    return PlainTextResponse("".join(f"{line}\n" for line in lines))


async def nowhere(request: Request) -> Response:
    """Anything else: the portal has no call that writes."""
    refused = _refused(request)
    return refused or PlainTextResponse("Not Found\n", 404)


async def add(request: Request) -> Response:
    """Make a customer with this id, as a person does on the portal's own pages."""
    body = await request.body()
    from_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    identifier = _form_id(body) if from_form else _json_id(body)
    table = _customers(world(request))
    if identifier is None or not IDENTIFIER.fullmatch(identifier):
        return JSONResponse({"message": "id: lower case letters, digits and dashes are wanted"}, 400)
    if identifier in table:
        return JSONResponse({"message": f"there is a customer {identifier} already"}, 409)
    table[identifier] = {"servers": []}
    return RedirectResponse("/#portal", 303) if from_form else JSONResponse({"id": identifier}, 201)


def _json_id(body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    identifier = document.get("id") if isinstance(document, dict) and set(document) == {"id"} else None
    return identifier if isinstance(identifier, str) else None


def _form_id(body: bytes) -> str | None:
    values = parse_qs(body.decode("utf-8", "replace")).get("id", [])
    return values[0].strip() if len(values) == 1 else None


def operation(request: Request, _body: bytes) -> Operation:
    """Return the operation of a request; the portal serves nothing that writes."""
    path = request.scope["path"]
    if request.method != "GET" or not path.startswith("/api/servers/1/"):
        return Operation("unknown", writes=False)
    return Operation("customer.list" if path == "/api/servers/1/" else "customer.servers", writes=False)


def seed(there: World) -> None:
    """Customers that were there before us."""
    for name, machines in SEEDED.items():
        _customers(there)[name] = {"servers": machines}


def duplicates(_there: World) -> list[str]:
    """None: an id is there once or not at all."""
    return []


def link(kind: str, document: dict[str, Any]) -> str | None:
    """Return the address of a customer for people, from the sandbox's root."""
    return f"/{SYSTEM}/customers/{document['id']}" if kind == "customer" else None


ROUTES = [
    Route("/api/servers/1/", customers, methods=["GET"]),
    Route("/api/servers/1/{customer}", servers, methods=["GET"]),
    Route("/{rest:path}", nowhere, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
]
CONTROLS = [Route("/portal", add, methods=["POST"])]
