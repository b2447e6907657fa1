from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import requests

from integrations.sandbox.erp import PRETEND as ERP
from integrations.sandbox.panel import PRETEND
from integrations.sandbox.pretend import TOKEN, Pretend
from integrations.sandbox.thread import Running

TIMEOUT = 5.0
ORGANIZATIONS = "/apis/organization.appuio.io/v1/organizations"
ENTITIES = "/apis/billing.appuio.io/v1/billingentities"
MERGE = {"Content-Type": "application/merge-patch+json"}
APPLY = {"Content-Type": "application/apply-patch+yaml"}


def organization(name: str, *, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """An organization to be created."""
    return {
        "apiVersion": "organization.appuio.io/v1",
        "kind": "Organization",
        "metadata": {"name": name, "annotations": annotations or {}},
        "spec": {"displayName": name.title(), **spec},
    }


def billing_entity(country: str = "Switzerland") -> dict[str, Any]:
    """A billing entity to be created."""
    address = {"line1": "Bahnhofstrasse 1", "city": "Zürich", "postalCode": "8001", "country": country}
    return {
        "apiVersion": "billing.appuio.io/v1",
        "kind": "BillingEntity",
        "metadata": {"generateName": "be-"},
        "spec": {
            "name": "Alpina AG",
            "phone": "+41 44 555 01 01",
            "emails": ["a@alpina.example", "b@alpina.example"],
            "address": address,
            "accountingContact": {"name": "Accounting", "emails": ["bills@alpina.example"]},
            "languagePreference": "",
        },
    }


@dataclasses.dataclass(frozen=True)
class Panel:
    """A client of the pretend Control API, in the seeded world with the ERP beside it."""

    url: str
    http: requests.Session
    running: Running

    def call(self, line: str, body: Any = None, **more: Any) -> requests.Response:
        """Send one request, told as `METHOD PATH`."""
        method, path = line.split(" ", 1)
        return self.http.request(method, f"{self.url}/panel{path}", json=body, timeout=TIMEOUT, **more)

    def control(self, path: str, body: Any = None) -> None:
        """Use one of the tests' own endpoints."""
        assert self.http.post(f"{self.url}/_sandbox/{path}", json=body, timeout=TIMEOUT).ok

    def state(self) -> dict[str, Any]:
        """Everything that exists."""
        found: dict[str, Any] = self.http.get(f"{self.url}/_sandbox/state", timeout=TIMEOUT).json()
        return found

    def create(self, name: str, **more: Any) -> requests.Response:
        """Create an organization."""
        return self.call(f"POST {ORGANIZATIONS}", organization(name, **more))


@pytest.fixture
def panel(sandbox_server: Callable[[Sequence[Pretend]], Running]) -> Iterator[Panel]:
    running = sandbox_server([ERP, PRETEND])
    with requests.Session() as http:
        http.headers["Authorization"] = f"Bearer {TOKEN}"
        client = Panel(running.url, http, running)
        client.control("reset")
        yield client
