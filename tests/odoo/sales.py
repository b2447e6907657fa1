"""Orders, contracts and time in the pretend Odoo, made as people make them, and the part of ours that reads them."""

from __future__ import annotations

import dataclasses
from typing import Any

import requests

from integrations.core.http import HttpContext
from integrations.odoo import Settings
from integrations.odoo.billing.server import Server
from integrations.odoo.connection import Connection
from integrations.odoo.facts import Facts
from integrations.sandbox.pretend import COLLEAGUE, COLLEAGUE_TOKEN
from tests.odoo.company import Company

HELVETIA, RESELLER, OTHER = 101, 102, 103


@dataclasses.dataclass
class Sales:
    """What a colleague sells."""

    company: Company

    def server(self, account_manager: Any = None, **billing: Any) -> Server:
        """A new connection, with these `[erp.billing]` settings."""
        settings = self.company.system(billing=billing, account_manager=account_manager or {}).settings
        assert isinstance(settings, Settings)
        connection = Connection("erp", settings, HttpContext(self.company.folder / "run"))
        return Server(connection, Facts(connection, {}))

    def make(self, model: str, **values: Any) -> int:
        """A new record's id."""
        return int(self._call(model, "create", [values])[0])

    def change(self, model: str, number: int, **values: Any) -> None:
        """Write to a record."""
        self._call(model, "write", [number], values)

    def product(self, name: str = "Managed service", **values: Any) -> int:
        """A new product's id."""
        return self.make("product.product", name=name, **values)

    def order(self, served: int = HELVETIA, payer: int | None = None, **values: Any) -> int:
        """A new confirmed order's id."""
        given = {"partner_id": served, "partner_invoice_id": payer or served, "partner_shipping_id": served}
        defaults = {"date_order": "2026-03-02 23:30:00", "state": "sale", "currency_id": 4}
        return self.make("sale.order", **given, **{**defaults, **values})

    def line(self, order: int, **values: Any) -> int:
        """A new order line's id."""
        return self.make("sale.order.line", order_id=order, **{"name": "Set-up", "price_unit": 100.0, **values})

    def contract(self, served: int = HELVETIA, payer: int | None = None, **values: Any) -> int:
        """A new contract's id."""
        given = {"partner_id": served, "invoice_partner_id": payer or served, "currency_id": 4}
        return self.make("contract.contract", **given, **{"name": "Hosting", **values})

    def contract_line(self, contract: int, **values: Any) -> int:
        """A new contract line's id."""
        defaults = {
            "name": "Hosting",
            "price_unit": 80.0,
            "date_start": "2026-01-31",
            "recurring_next_date": "2026-12-31",
        }
        return self.make("contract.line", contract_id=contract, **{**defaults, **values})

    def _call(self, model: str, method: str, *arguments: Any) -> Any:
        uid = self._rpc("common", "login", "odoo", COLLEAGUE, COLLEAGUE_TOKEN)
        return self._rpc("object", "execute_kw", "odoo", uid, COLLEAGUE_TOKEN, model, method, list(arguments), {})

    def _rpc(self, service: str, method: str, *arguments: Any) -> Any:
        params = {"service": service, "method": method, "args": list(arguments)}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        answer = requests.post(f"{self.company.url}/erp/jsonrpc", json=body, timeout=5).json()
        assert "error" not in answer, answer
        return answer["result"]
