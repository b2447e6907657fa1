"""The JSON-2 API: `POST /json/2/<model>/<method>`, from version 19 on."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from integrations.sandbox.erp.environment import DATABASE, environment, login_of, major_version
from integrations.sandbox.erp.errors import (
    PYTHON_FAULTS,
    BadAttributeError,
    BadRequestError,
    BadTypeError,
    NotFoundError,
    OdooError,
    UnauthorizedError,
    UnprocessableError,
    as_odoo_shows,
)
from integrations.sandbox.erp.methods import fitting, public_method
from integrations.sandbox.erp.target import Target
from integrations.sandbox.erp.transaction import call
from integrations.sandbox.erp.web import answer, not_found_page, page
from integrations.sandbox.pretend import world


async def json2(request: Request) -> Response:
    """Call one method with named arguments; the answer is its bare value."""
    body = await request.body()
    if major_version(world(request)) < 19 or request.headers.get("x-odoo-database", DATABASE) != DATABASE:
        return not_found_page()
    if body and request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return page("<!doctype html>\n<title>415 Unsupported Media Type</title>\n", 415)
    try:
        return answer(_called(request, _authenticated(request), _arguments(body)))
    except OdooError as error:
        return answer(error.serialized(), error.status)
    except PYTHON_FAULTS as fault:
        return answer(as_odoo_shows(fault).serialized(), 500)


async def elsewhere(request: Request) -> Response:
    """Any other path or verb below `/json/2`."""
    if major_version(world(request)) < 19:
        return not_found_page()
    error = NotFoundError("Did you mean POST /json/2/<model>/<method>?")
    return answer(error.serialized(), error.status)


def _authenticated(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise UnauthorizedError("User not authenticated, use an API Key with a Bearer Authorization header.")
    login = login_of(key.strip())
    if login is None:
        raise UnauthorizedError("Invalid apikey")
    return login


def _arguments(body: bytes) -> dict[str, Any]:
    """The named arguments; a body that is JSON but no object counts as none, as it does in Odoo."""
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError as error:
        raise BadRequestError(f"could not parse the body as json: {error}") from error
    return found if isinstance(found, dict) else {}


def _called(request: Request, login: str, arguments: dict[str, Any]) -> Any:
    ids, context = arguments.pop("ids", ()), arguments.pop("context", {})
    inside = environment(request, login, context)
    name = request.path_params["model"]
    model = inside.model(name)
    if model is None:
        raise NotFoundError(f"the model {name!r} does not exist")
    try:
        method = public_method(inside, model, request.path_params["method"])
    except BadAttributeError as error:
        raise NotFoundError(error.message) from error
    if method.on_model and ids:
        raise UnprocessableError(f"cannot call {name}.{request.path_params['method']} with ids")
    target = Target(inside, model, [ids] if isinstance(ids, int) else list(ids))
    try:
        bound = fitting(method, target, [], arguments)
    except BadTypeError as error:
        raise UnprocessableError(error.message) from error
    return call(inside, method, bound)
