"""Runs of closedwon against a running sandbox, and what a test does to the sandbox meanwhile."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import requests

from integrations.core.apply import Applied, Apply
from integrations.core.change import Change, Result
from integrations.core.errors import IntegrationError
from integrations.core.http import HttpContext, Sent
from integrations.core.ledger import Ledger
from integrations.core.plan import Plan, Planner
from integrations.core.resource import Live, Lookup, Resource, Taken, Want
from integrations.core.system import Store
from integrations.registry import adapter
from integrations.sandbox.pretend import TOKEN
from integrations.sandbox.thread import Running
from tests.conformance.case import Case
from tests.contracts.driver import HEADERS
from tests.core.memory import approved_by_a_person

TIMEOUT = 10.0
VARIABLE = "CLOSEDWON_CONFORMANCE_TOKEN"
CREDENTIALS = {**HEADERS, "erp": {"Authorization": f"bearer {TOKEN}"}}
SETTINGS = {"mode": "write", "settle": 0.4, "patience": 1.0, "timeout": TIMEOUT, "rate": 0}
HASTY = {"patience": 0.0}
"""Nothing is tried again."""


class Side:
    """One run of closedwon, or the several of one process: connections of its own.

    What it remembers is in `ledger`, its locks are in `folder`; sides may share either.
    """

    def __init__(self, case: Case, url: str, folder: Path, ledger: str, settings: dict[str, Any]) -> None:
        """Contacts nothing."""
        self.case = case
        self.sent: list[Sent] = []
        self.waits: list[str] = []
        self.after_sending: Callable[[], None] = lambda: None
        package = adapter(case.adapter)
        chosen = {**SETTINGS, **case.settings, **settings, "adapter": case.adapter, "url": f"{url}/{case.system}"}
        wire = HttpContext(folder / "locks", self._heard, lambda _title, _seconds, why: self.waits.append(why))
        self.settings = package.Settings.model_validate(chosen)
        self.system = package.connect(case.system, self.settings, wire)
        self.path = folder / f"{ledger}.sqlite"
        self.ledger = Ledger(self.path)
        self.patient = True

    @property
    def store(self) -> Store[Any]:
        """The store under test."""
        return self.system.stores[self.case.kind]

    @property
    def planner(self) -> Planner:
        """Plans over this one system."""
        return Planner({self.case.system: self.system}, self.ledger, patient=self.patient)

    def plan(self, *resources: Resource) -> Plan:
        """The plan that would give these, each a step of its own."""
        return self.planner.plan([self.want(resource) for resource in resources])

    def want(self, resource: Resource) -> Want[Any]:
        """A want of it; the step is called by its key."""
        return Want(resource.key, self.case.system, resource)

    def apply(self, plan: Plan) -> Applied:
        """Carry it out."""
        return Apply(
            {self.case.system: self.system}, self.ledger, self.planner, "run", approved_by_a_person(plan)
        ).apply(plan)

    def run(self, *resources: Resource) -> list[Result]:
        """Plan and apply; the results in the wants' order."""
        return list(self.apply(self.plan(*resources)).results.values())

    def found(self, *resources: Resource) -> list[Live[Any] | Taken[Any] | None | IntegrationError]:
        """What `find` says of each, without any memory."""
        answers = self.store.find([Lookup(resource) for resource in resources])
        return [answers[resource.key] for resource in resources]

    def put(self, change: Change[Any]) -> Live[Any] | Taken[Any] | None | IntegrationError:
        """What `put` answers, or raises, for one change."""
        try:
            return self.store.put([change])[change.key]
        except IntegrationError as error:
            return error

    def choose(self, resource: Resource, answer: str) -> None:
        """A person has said which it is."""
        self.ledger.choose(self.case.system, self.case.kind, resource.key, answer, "")

    def close(self) -> None:
        """Give back connections and file."""
        if self.system.http is not None:
            self.system.http.close()
        self.ledger.close()

    def _heard(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.after_sending()


@dataclasses.dataclass
class Bench:
    """A case, the sandbox in its seeded state, and as many sides as a test wants."""

    case: Case
    sandbox: Running
    folder: Path

    def __post_init__(self) -> None:
        self._closing = contextlib.ExitStack()
        self._people = self._closing.enter_context(requests.Session())
        self.start_again()

    def start_again(self) -> None:
        """The seeded world, as this case needs it; nobody has done anything, and no ledger knows of it."""
        self.control("POST", "reset")
        self.case.arrange(self)
        self.traps(**{"jira_index_lag": 0.05, **self.case.traps})
        if self.sandbox.server.log:
            self.forget_requests()
        self.folder = self.folder / "again"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def side(self, ledger: str = "ledger", *, machine: str = "here", url: str = "", **settings: Any) -> Side:
        """A new side; by default with the ledger and the locks of all the others."""
        made = Side(self.case, url or self.sandbox.url, self.folder / machine, ledger, settings)
        self._closing.callback(made.close)
        return made

    def established(self, *resources: Resource) -> list[Live[Any]]:
        """Give these customers what they want, and a person's work where it is needed; the live objects."""
        side = self.side()
        results = side.run(*resources)
        for result in results:
            if result.change.action == "manual" and result.status == "waiting":
                assert self.case.completes is not None
                assert result.live is not None
                self.case.completes(self, result.live)
        if any(result.status == "waiting" for result in results):
            results = side.run(*resources)
        lives = [result.live for result in results if result.status in ("done", "kept")]
        assert all(lives), [(result.status, result.error) for result in results]
        return [live for live in lives if live is not None]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One of the sandbox's own endpoints."""
        answer = self._people.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=body, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def person(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """What somebody else does in the system, over its API."""
        url = f"{self.sandbox.url}/{self.case.system}{path}"
        credentials = {**CREDENTIALS[self.case.system], **headers}
        answer = self._people.request(method, url, json=body, headers=credentials, timeout=TIMEOUT)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def state(self) -> dict[str, Any]:
        """Everything that exists."""
        found: dict[str, Any] = self.control("GET", "state")
        return found

    def one(self, kind: str, number: str) -> dict[str, Any]:
        """One object of the system under test."""
        objects: list[dict[str, Any]] = self.state()[self.case.system][kind]
        return next(record for record in objects if str(record["id"]) == number)

    def requests(self) -> list[dict[str, Any]]:
        """The requests since the last `forget_requests`."""
        return list(self.sandbox.server.log)

    def writes(self) -> list[str]:
        """The operations of the writing requests."""
        return [entry["operation"] for entry in self.requests() if entry["writes"]]

    def forget_requests(self) -> None:
        """Begin the log anew."""
        self.control("DELETE", "requests")

    def fault(self, do: str, **fault: Any) -> None:
        """Something goes wrong with the next requests of this kind."""
        self.control("POST", "faults", {"do": do, **fault})

    def fix(self) -> None:
        """Take back what has not gone wrong yet."""
        self.control("DELETE", "faults")

    def asked_to_wait_no_more(self) -> None:
        """What a system asked us to wait is over."""
        for file in self.folder.glob("*/locks/*.wait"):
            file.unlink()

    def traps(self, **traps: Any) -> None:
        """Change how nasty the vendors are."""
        if traps:
            self.control("POST", "traps", traps)

    def forbid(self, *rights: str) -> None:
        """Take rights from our account; none given: it has all again."""
        self.control("POST", "rights", {"system": self.case.system, "missing": list(rights)})
