"""JSON-RPC at `/jsonrpc`: the services `common` and `object`, in every version up to 21."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from integrations.sandbox.erp.environment import DATABASE, Environment, environment, login_of, major_version, user_id
from integrations.sandbox.erp.errors import (
    PYTHON_FAULTS,
    AccessDeniedError,
    BadKeyError,
    BadTypeError,
    DatabaseError,
    OdooError,
    UserError,
    as_odoo_shows,
)
from integrations.sandbox.erp.methods import METHODS, fitting, public_method
from integrations.sandbox.erp.target import Target
from integrations.sandbox.erp.transaction import call
from integrations.sandbox.erp.web import answer, common_version, page
from integrations.sandbox.pretend import World, world


async def jsonrpc(request: Request) -> Response:
    """Answer a call. Errors come with HTTP 200; a method's None leaves `result` out."""
    return _respond(request, await request.body(), _dispatched)


async def version_info(request: Request) -> Response:
    """Return the version that the web client asks for before anybody has logged in."""
    return _respond(request, await request.body(), lambda request, _params: common_version(world(request)))


def _respond(request: Request, body: bytes, serve: Any) -> Response:
    if request.headers.get("content-type", "").partition(";")[0].strip() not in _MIME_TYPES:
        return page("<!doctype html>\n<title>400 Bad Request</title>\n", 400)
    try:
        document = json.loads(body)
    except ValueError:
        return page("Invalid JSON data", 400)
    if not isinstance(document, dict):
        return page("Invalid JSON-RPC data", 400)
    envelope: dict[str, Any] = {"jsonrpc": "2.0", "id": document.get("id")}
    try:
        result = serve(request, document.get("params") or {})
        if result is not None:
            envelope["result"] = result
    except OdooError as error:
        envelope["error"] = _fault(request, error)
    except PYTHON_FAULTS as fault:
        envelope["error"] = _fault(request, as_odoo_shows(fault))
    return answer(envelope)


def _fault(request: Request, error: OdooError) -> dict[str, Any]:
    code = 0 if major_version(world(request)) >= 19 else 200
    return {"code": code, "message": "Odoo Server Error", "data": error.serialized()}


_MIME_TYPES = ("application/json", "application/json-rpc")


def _dispatched(request: Request, params: dict[str, Any]) -> Any:
    if set(params) != {"service", "method", "args"}:
        raise BadTypeError("RPC.jsonrpc() takes service, method and args")
    service, method, arguments = params["service"], params["method"], list(params["args"])
    if service == "common":
        return _common(world(request), method, arguments)
    if service == "object":
        return _object(request, method, arguments)
    raise BadKeyError(repr(service))


def _common(there: World, method: str, arguments: list[Any]) -> Any:
    if method == "version":
        return common_version(there)
    if method not in ("login", "authenticate"):
        raise BadKeyError(repr(method))
    wanted = 3 if method == "login" else 4
    if len(arguments) != wanted:
        raise BadTypeError(f"exp_{method}() takes {wanted} positional arguments but {len(arguments)} were given")
    _check_database(arguments[0])
    login, key = arguments[1:3]
    return user_id(there, login) if login_of(key) == login else False


def _check_database(name: Any) -> None:
    if name != DATABASE:
        raise DatabaseError(
            'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
            f'FATAL:  database "{name}" does not exist\n'
        )


def _object(request: Request, method: str, arguments: list[Any]) -> Any:
    if method not in ("execute_kw", "execute") or len(arguments) < 5:
        raise BadTypeError(f"{method}() takes database, uid, password, model, method and arguments")
    database, uid, password, model_name, name, *extras = arguments
    _check_database(database)
    login = login_of(password)
    if login is None or uid != user_id(world(request), login):
        raise AccessDeniedError("Access Denied")
    positional, named = list(extras), {}
    if method == "execute_kw":
        positional = list(extras[0]) if extras else []
        named = dict(extras[1] or {}) if len(extras) > 1 else {}
    inside = environment(request, login, named.pop("context", None))
    return _called(inside, model_name, name, positional, named)


def _called(inside: Environment, model_name: str, name: str, positional: list[Any], named: dict[str, Any]) -> Any:
    model = inside.model(model_name)
    if model is None:
        raise UserError(f"Object {model_name} doesn't exist")
    method = public_method(inside, model, name)
    ids: list[int] = []
    if not method.on_model:
        if not positional and "ids" not in named:
            raise BadTypeError(f"{name}() missing 1 required positional argument: 'ids'")
        given = named.pop("ids") if "ids" in named else positional.pop(0)
        ids = [given] if isinstance(given, int) else list(given)
    result = call(inside, method, fitting(method, Target(inside, model, ids), positional, named))
    if method is METHODS["create"] and isinstance((positional or [named.get("vals_list")])[0], dict):
        return result[0]
    return result
