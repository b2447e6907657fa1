"""Odoo: it publishes no document of its wire format; its measured facts are tests of the sandbox."""

from __future__ import annotations

from integrations.sandbox.server import Exchange
from tests.contracts.verdict import Verdict, parsed

WHY = "Odoo publishes no document; its measured facts are tests of the sandbox"


class Odoo:
    """Names Odoo's operations for the table and checks none of them."""

    def judge(self, exchange: Exchange) -> Verdict:
        """The model's method that was called, by either transport."""
        return Verdict(_operation(exchange), unchecked=WHY)


def _operation(exchange: Exchange) -> str:
    parts = exchange.path.strip("/").split("/")
    if parts[:2] == ["json", "2"] and len(parts) == 4:
        return f"{parts[2]}.{parts[3]}"
    if exchange.path == "/jsonrpc":
        called = _called(parsed(exchange.body))
        if called:
            return called
    return f"{exchange.method} {exchange.path}"


def _called(body: object) -> str | None:
    parameters = body.get("params") if isinstance(body, dict) else None
    if not isinstance(parameters, dict):
        return None
    arguments = parameters.get("args")
    if parameters.get("method") == "execute_kw" and isinstance(arguments, list) and len(arguments) > 4:
        return f"{arguments[3]}.{arguments[4]}"
    return f"{parameters.get('service')}.{parameters.get('method')}"
