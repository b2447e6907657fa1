from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import requests

from integrations.sandbox.erp import PRETEND
from integrations.sandbox.pretend import ACCOUNT, TOKEN
from integrations.sandbox.thread import Running

TIMEOUT = 10


@dataclasses.dataclass
class Odoo:
    """A client that does nothing by itself: what the wire says is what the test sees."""

    running: Running

    @property
    def url(self) -> str:
        return f"{self.running.url}/erp"

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        return requests.post(f"{self.url}{path}", json=body, headers=headers, timeout=TIMEOUT)

    def json2(self, model: str, method: str, **arguments: Any) -> requests.Response:
        return self.post(f"/json/2/{model}/{method}", arguments, Authorization=f"bearer {TOKEN}")

    def ok(self, model: str, method: str, **arguments: Any) -> Any:
        answer = self.json2(model, method, **arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, model: str, method: str, **arguments: Any) -> tuple[int, str, str]:
        answer = self.json2(model, method, **arguments)
        error = answer.json()
        assert set(error) == {"name", "message", "arguments", "context", "debug"}
        return answer.status_code, error["name"], error["message"]

    def rpc(self, service: str, method: str, *arguments: Any) -> Any:
        params = {"service": service, "method": method, "args": list(arguments)}
        answer = self.post("/jsonrpc", {"jsonrpc": "2.0", "method": "call", "params": params, "id": 7})
        assert answer.status_code == 200, answer.text
        assert answer.json()["id"] == 7
        return answer.json()

    def execute(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        return self.rpc("object", "execute_kw", "odoo", self.uid, TOKEN, model, method, list(arguments), named)

    @property
    def uid(self) -> int:
        uid = self.rpc("common", "login", "odoo", ACCOUNT, TOKEN)["result"]
        assert isinstance(uid, int)
        return uid

    def control(self, path: str, body: Any) -> None:
        requests.post(f"{self.running.url}/_sandbox/{path}", json=body, timeout=TIMEOUT).raise_for_status()

    def version(self, version: str) -> None:
        self.control("traps", {"odoo_version": version})

    def lack(self, *rights: str) -> None:
        self.control("rights", {"system": "erp", "missing": list(rights)})

    def state(self) -> Any:
        return requests.get(f"{self.running.url}/_sandbox/state", timeout=TIMEOUT).json()


@pytest.fixture
def odoo(sandbox_server: Any) -> Odoo:
    """The seeded Odoo 19, with all rights."""
    client = Odoo(sandbox_server([PRETEND]))
    client.control("reset", {})
    return client
