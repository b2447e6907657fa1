"""A Jira site in the sandbox, and how a test wants, sees and breaks things there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from integrations.core.change import Action, Change, FieldChange
from integrations.core.errors import Conflict, IntegrationError, Uncertain
from integrations.core.http import HttpContext, Sent
from integrations.core.plan.names import Names
from integrations.core.resource import Live, Lookup, Resource, Taken, Want
from integrations.core.system import System
from integrations.jira import Settings, connect
from integrations.jira.connection import Connection
from integrations.sandbox.pretend import ACCOUNT, TOKEN

LONGEST = 5.0
"""Seconds after which a test gives up what it is told to wait for."""


@dataclasses.dataclass
class Site:
    """The sandbox's Jira; `folder` is where locks live, the same for all systems connected to it."""

    url: str
    folder: Path

    def system(self, *, sent: Callable[[Sent], None] = lambda _: None, **changed: Any) -> System:
        """A new connection, as a new process would make it; `sent` is told of every request after its answer."""
        return connect("jira", self._settings(changed), HttpContext(self.folder / "run", sent=sent))

    def connection(self, **changed: Any) -> Connection:
        """As `system`, below its stores."""
        return Connection("jira", self._settings(changed), HttpContext(self.folder / "run"))

    def _settings(self, changed: Mapping[str, Any]) -> Settings:
        secret = self.folder / "token"
        if not secret.exists():
            secret.write_text(TOKEN)
        given = {
            "adapter": "jira",
            "url": f"{self.url}/jira",
            "account": ACCOUNT,
            "token": {"file": str(secret)},
            "service_desk": "1",
            "projects": {"technical": "OPS", "consulting": "HAND"},
            "rate": 0,
            "settle": 0.6,
            "patience": 2,
            **changed,
        }
        return Settings.model_validate(given)

    def objects(self, kind: str) -> list[dict[str, Any]]:
        """What the site holds."""
        found: list[dict[str, Any]] = self._get("state")["jira"].get(kind, [])
        return found

    def duplicates(self) -> list[str]:
        """Whatever is there twice though it is one thing."""
        found: list[str] = self._get("state")["duplicates"]
        return found

    def operations(self) -> list[str]:
        """Every request since the last look, by name."""
        found = [entry["operation"] for entry in self._get("requests")["requests"]]
        requests.delete(f"{self.url}/_sandbox/requests", timeout=5)
        return found

    def writes(self) -> list[str]:
        """Every writing request since the last look, by name."""
        found = [entry["operation"] for entry in self._get("requests")["requests"] if entry["writes"]]
        requests.delete(f"{self.url}/_sandbox/requests", timeout=5)
        return found

    def fault(self, **fault: Any) -> None:
        """Break one request."""
        self._post("faults", {"system": "jira", **fault})

    def call_off_faults(self) -> None:
        """Take back the faults that have not happened yet."""
        requests.delete(f"{self.url}/_sandbox/faults", timeout=5)

    def traps(self, **traps: Any) -> None:
        """Make the vendor nastier."""
        self._post("traps", traps)

    def lose_rights(self, *rights: str) -> None:
        """Take rights away from the account."""
        self._post("rights", {"system": "jira", "missing": list(rights)})

    def reset(self) -> None:
        """The seeded world again."""
        self._post("reset", {})

    def call(self, method: str, path: str, body: Any = None, *, person: str = ACCOUNT) -> Any:
        """Do something by hand, as a person in Jira would; by default with the product's own account."""
        answer = requests.request(method, f"{self.url}/jira{path}", json=body, auth=(person, TOKEN), timeout=5)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _get(self, what: str) -> Any:
        return requests.get(f"{self.url}/_sandbox/{what}", timeout=5).json()

    def _post(self, what: str, body: Any) -> None:
        requests.post(f"{self.url}/_sandbox/{what}", json=body, timeout=5).raise_for_status()


def find(system: System, resource: Resource, **known: Any) -> Live[Any] | Taken[Any] | None | IntegrationError:
    """What the store says about one resource."""
    try:
        return system.stores[resource.kind].find([Lookup(resource, **known)])[resource.key]
    except IntegrationError as error:
        return error


def change(
    resource: Resource, found: Live[Any] | None, *, action: Action | None = None, new: bool = False
) -> Change[Any]:
    """The change that core would make of it; only the service desk's link is ever compared."""
    names = [name for name in ("in_service_desk",) if name in type(resource).model_fields]
    fields = tuple(
        FieldChange(name, getattr(found.state, name) if found else None, getattr(resource, name))
        for name in names
        if found is None or getattr(found.state, name) != getattr(resource, name)
    )
    if action is None:
        action = "create" if found is None else "adopt" if not found.ours else "update" if fields else "keep"
    return Change("step", "jira", action, Want("step", "jira", resource), found=found, fields=fields, new=new)


def put(
    system: System, resource: Resource, found: Live[Any] | None, *, action: Action | None = None, new: bool = False
) -> Live[Any] | Taken[Any] | None | IntegrationError:
    """What the store says to one change."""
    return system.stores[resource.kind].put([change(resource, found, action=action, new=new)])[resource.key]


def reach(system: System, resource: Resource, *, new: bool = False, **known: Any) -> Live[Any]:
    """Find and, where something is left to do, write; again for as long as we are told to wait, or to plan again."""
    end = time.monotonic() + LONGEST
    while True:
        try:
            return _reached(system, resource, new=new, **known)
        except Uncertain as error:
            if error.retry_after is None or time.monotonic() > end:
                raise
            time.sleep(min(error.retry_after, 0.1))
        except Conflict:
            if time.monotonic() > end:
                raise


def named(system: System, resource: Resource, **known: Any) -> tuple[Any, Any]:
    """The resource with the names that core proposes, and what is there."""

    def read(wants: Sequence[Want[Any]]) -> dict[str, Any]:
        return {want.step: find(system, want.resource, **known) for want in wants}

    want = Want("step", "jira", resource)
    want = want.named("") if want.is_named else want
    names = Names({"jira": system}, read)
    names.settle([want], read([want]))
    return names.wants["step"].resource, names.found["step"]


def _reached(system: System, resource: Resource, *, new: bool, **known: Any) -> Live[Any]:
    resource, answer = named(system, resource, new=new, **known)
    if isinstance(answer, IntegrationError):
        raise answer
    if change(resource, answer).action == "keep":
        assert isinstance(answer, Live)
        return answer
    written = put(system, resource, answer, new=new)
    if isinstance(written, IntegrationError):
        raise written
    assert isinstance(written, Live)
    return written
