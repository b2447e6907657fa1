"""Checks everything that went over the wire against what its vendor says.

The checker is an observer of the sandbox: while a test runs it only collects, so that no exchange becomes
slower and no error is raised inside the server; `problems` then judges what came.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from integrations.sandbox.server import Exchange, Server
from tests.contracts import documents
from tests.contracts.appuio.contract import Appuio
from tests.contracts.confluence import Confluence
from tests.contracts.jira import Jira
from tests.contracts.odoo import Odoo
from tests.contracts.verdict import Contract, Verdict
from tests.contracts.vshn_portal import Portal

CONTRACTS: Mapping[str, Contract] = {
    "erp": Odoo(),
    "jira": Jira(),
    "panel": Appuio(),
    "portal": Portal(),
    "wiki": Confluence(),
}
"""By the sandbox's names of the systems."""

BY_HAND = frozenset({"erp", "portal"})
"""Systems whose contracts need no document of the vendor's."""

CHECKED = "checked"


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing in one exchange that a vendor's contract does not allow."""

    system: str
    operation: str
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.system}: {self.operation}\n    {self.path}\n    {self.text}"


Coverage = Counter[tuple[str, str, str]]
"""How often each operation was seen, by system, operation, and `checked` or why not."""


class Checker:
    """Collects exchanges (call it, or let it `listen` to a sandbox) and judges them when asked."""

    def __init__(self, contracts: Mapping[str, Contract] = CONTRACTS) -> None:
        self._contracts = contracts
        self._waiting: list[Exchange] = []
        self._servers: list[Server] = []
        self.coverage: Coverage = Counter()

    def listen(self, server: Server) -> None:
        """Collect what this sandbox sends and receives, until `leave`."""
        self._servers.append(server)
        server.observers.append(self)

    def leave(self) -> None:
        """Listen to no sandbox any more."""
        for server in self._servers:
            server.observers.remove(self)
        self._servers.clear()

    def __call__(self, exchange: Exchange) -> None:
        """Take note of one exchange."""
        self._waiting.append(exchange)

    def check(self, exchange: Exchange) -> list[Problem]:
        """Judge one exchange now."""
        verdict = self._verdict(exchange)
        self.coverage[exchange.system, verdict.operation, verdict.unchecked or CHECKED] += 1
        place = f"{exchange.method} {exchange.path}" + (f"?{exchange.query}" if exchange.query else "")
        return [Problem(exchange.system, verdict.operation, place, text) for text in verdict.problems]

    def problems(self) -> list[Problem]:
        """Judge what was collected since the last time; equal problems of one operation are told once."""
        waiting, self._waiting = self._waiting, []
        found = {
            (problem.system, problem.operation, problem.text): problem
            for exchange in waiting
            for problem in self.check(exchange)
        }
        return list(found.values())

    def _verdict(self, exchange: Exchange) -> Verdict:
        contract = self._contracts.get(exchange.system)
        name = f"{exchange.method} {exchange.path}"
        if contract is None:
            return Verdict(name, unchecked="no contract is known for this system")
        absence = documents.absence()
        if absence is not None and exchange.system not in BY_HAND:
            return Verdict(name, unchecked=absence)
        try:
            return contract.judge(exchange)
        except FileNotFoundError as missing:
            return Verdict(name, unchecked=f"the vendor's document is absent: {Path(str(missing.filename)).name}")
