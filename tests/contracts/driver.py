"""Speaks plain HTTP to one system of a running sandbox, while a checker listens."""

from __future__ import annotations

import base64
from typing import Any

import requests

from integrations.sandbox.pretend import ACCOUNT, TOKEN
from integrations.sandbox.thread import Running
from tests.contracts.checker import Checker

TIMEOUT = 10.0
BASIC = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
HEADERS = {
    "jira": {"Authorization": BASIC, "X-ExperimentalApi": "opt-in"},
    "wiki": {"Authorization": BASIC},
    "panel": {"Authorization": f"Bearer {TOKEN}"},
    "portal": {"X-AccessToken": TOKEN},
}


class Driver:
    """One system as a careful hand-written script would use it."""

    def __init__(self, sandbox: Running, system: str) -> None:
        """Attach a checker of its own to the sandbox; requests before this one are not judged."""
        self._sandbox, self._system = sandbox, system
        self._checker = Checker()
        self._checker.listen(sandbox.server)
        self._session = requests.Session()
        self._session.headers.update(HEADERS[system])

    def call(self, target: str, body: Any = None, *, wanted: int = 200, headers: dict[str, str] | None = None) -> Any:
        """`target` is `METHOD /path?query`; the answer as JSON, else text; its status must be `wanted`."""
        method, _, path = target.partition(" ")
        answer = self._session.request(
            method, f"{self._sandbox.url}/{self._system}{path}", json=body, headers=headers, timeout=TIMEOUT
        )
        assert answer.status_code == wanted, f"{target}: {answer.status_code} {answer.text[:400]}"
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return answer.text
        return answer.json() if answer.content else None

    def without_credentials(self) -> None:
        """Forget the credentials."""
        self._session.headers.clear()

    def with_wrong_credentials(self) -> None:
        """Keep the headers, spoil what they say."""
        for name in ("Authorization", "X-AccessToken"):
            if name in self._session.headers:
                scheme, space, _ = str(self._session.headers[name]).rpartition(" ")
                self._session.headers[name] = f"{scheme}{space}d3Jvbmc6d3Jvbmc="

    def forbid(self, *rights: str) -> None:
        """Take rights, as the vendor calls them, from the sandbox's account."""
        wanted = {"system": self._system, "missing": list(rights)}
        requests.post(f"{self._sandbox.url}/_sandbox/rights", json=wanted, timeout=TIMEOUT).raise_for_status()

    def told(self) -> list[str]:
        """Everything that the checker has against what was sent and answered so far."""
        return [str(problem) for problem in self._checker.problems()]

    def close(self) -> None:
        """Give the connections back, and stop listening."""
        self._session.close()
        self._checker.leave()
