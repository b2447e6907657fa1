from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import requests

from integrations.sandbox.pretend import ACCOUNT, TOKEN, Pretend
from integrations.sandbox.thread import Running
from integrations.sandbox.wiki import PRETEND

TIMEOUT = 5.0
V2 = "/wiki/api/v2"


@dataclasses.dataclass(frozen=True)
class Wiki:
    """A client of the pretend Confluence, in the seeded world."""

    url: str
    http: requests.Session
    running: Running

    def call(self, line: str, body: Any = None, **more: Any) -> requests.Response:
        """Send one request, told as `METHOD PATH`."""
        method, path = line.split(" ", 1)
        address = path if path.startswith("http") else f"{self.url}/wiki{path}"
        return self.http.request(method, address, json=body, timeout=TIMEOUT, **more)

    def control(self, path: str, body: Any = None) -> None:
        """Use one of the tests' own endpoints."""
        assert self.http.post(f"{self.url}/_sandbox/{path}", json=body, timeout=TIMEOUT).ok

    def duplicates(self) -> list[str]:
        """What the sandbox says is there twice."""
        found: list[str] = self.http.get(f"{self.url}/_sandbox/state", timeout=TIMEOUT).json()["duplicates"]
        return found

    @property
    def space(self) -> dict[str, Any]:
        """The seeded space."""
        found: dict[str, Any] = self.call(f"GET {V2}/spaces?keys=KUNDEN").json()["results"][0]
        return found

    @property
    def parent(self) -> str:
        """Id of the seeded parent page."""
        found: str = self.call(f"GET {V2}/pages?title=Kunden").json()["results"][0]["id"]
        return found

    def create(self, title: str, value: str = "<p>x</p>", parent: str | None = None) -> requests.Response:
        """Create a page below the parent page."""
        body = {"representation": "storage", "value": value}
        wanted = {
            "spaceId": self.space["id"],
            "status": "current",
            "title": title,
            "parentId": parent or self.parent,
            "body": body,
        }
        return self.call(f"POST {V2}/pages", wanted)

    def read(self, page_id: str) -> dict[str, Any]:
        """A page with its body."""
        found: dict[str, Any] = self.call(f"GET {V2}/pages/{page_id}?body-format=storage").json()
        return found

    def update(self, page: dict[str, Any], value: str, number: int, **changes: Any) -> requests.Response:
        """Send a page's next version."""
        wanted = {
            "id": page["id"],
            "status": "current",
            "title": page["title"],
            "body": {"representation": "storage", "value": value},
            "version": {"number": number},
        }
        return self.call(f"PUT {V2}/pages/{page['id']}", {**wanted, **changes})


@pytest.fixture
def wiki(sandbox_server: Callable[[Sequence[Pretend]], Running]) -> Iterator[Wiki]:
    running = sandbox_server([PRETEND])
    with requests.Session() as http:
        http.auth = (ACCOUNT, TOKEN)
        client = Wiki(running.url, http, running)
        client.control("reset")
        yield client
