"""An Odoo in the sandbox, and how a test wants, sees and breaks things there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import requests

from integrations.core.change import Change, FieldChange
from integrations.core.errors import IntegrationError
from integrations.core.http import HttpContext
from integrations.core.resource import Live, Lookup, Want, about
from integrations.core.rows import Failed
from integrations.core.system import System
from integrations.odoo import Settings, connect
from integrations.odoo.customer import Customer
from integrations.sandbox.pretend import ACCOUNT, TOKEN

Answer = Live[Customer] | IntegrationError | None
T = TypeVar("T")


def sound(rows: Iterable[T | Failed]) -> list[T]:
    """All of these rows, none of which failed."""
    read = list(rows)
    assert not [customer for customer in read if isinstance(customer, Failed)], read
    return [customer for customer in read if not isinstance(customer, Failed)]


@dataclasses.dataclass
class Company:
    """The sandbox's Odoo; `folder` is where locks live, the same for all systems connected to it."""

    url: str
    folder: Path

    def system(self, **changed: Any) -> System:
        """A new connection, as a new process would make it."""
        secret = self.folder / "key"
        if not secret.exists():
            secret.write_text(TOKEN)
        given = {
            "adapter": "odoo",
            "url": f"{self.url}/erp",
            "database": "odoo",
            "account": ACCOUNT,
            "key": {"file": str(secret)},
            "engagement": {
                "field": "tag",
                "map": {"Service": "service", "Consulting": "consulting", "Project": "project"},
            },
            "segments": {"service": "Managed services"},
            "timeout": 2,
            "patience": 2,
            **changed,
        }
        return connect("erp", Settings.model_validate(given), HttpContext(self.folder / "run"))

    def find(self, wanted: Customer, system: System | None = None, **known: Any) -> Any:
        """What there is of one customer."""
        return (system or self.system()).stores["customer"].find([Lookup(wanted, **known)])[wanted.key]

    def plan(self, wanted: Customer, found: Live[Customer] | None, *, new: bool = False) -> Change[Customer] | None:
        """The change that core would make of it; None where there is nothing to do."""
        want = Want("customer", "erp", wanted)
        if found is None:
            return Change("customer", "erp", "create", want, new=new)
        fields = tuple(
            FieldChange(name, getattr(found.state, name), getattr(wanted, name))
            for name in want.fields()
            if not (about(Customer, name).once or about(Customer, name).looked_up)
            and getattr(found.state, name) != getattr(wanted, name)
        )
        if not fields and found.ours:
            return None
        return Change("customer", "erp", "update" if found.ours else "adopt", want, found=found, fields=fields)

    @staticmethod
    def archiving(wanted: Customer, found: Live[Customer]) -> Change[Customer]:
        """The change that archives it."""
        gone = (FieldChange("active", True, False),)
        return Change("customer", "erp", "archive", Want("customer", "erp", wanted), found=found, fields=gone)

    def apply(self, *wanted: Customer, system: System | None = None, **known: Any) -> dict[str, Any]:
        """Find, then put what differs."""
        system = system or self.system()
        store = system.stores["customer"]
        answers: dict[str, Any] = dict(store.find([Lookup(customer, **known) for customer in wanted]))
        changes = []
        for customer in wanted:
            if not isinstance(answers[customer.key], IntegrationError):
                change = self.plan(customer, answers[customer.key], new=known.get("new", False))
                changes += [change] if change else []
        return {**answers, **store.put(changes)}

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        """Do something by hand, as a person in Odoo would."""
        positional = [arguments.pop(name) for name in ("ids", "vals_list", "vals") if name in arguments]
        call = ["odoo", self._uid(), TOKEN, model, method, positional, arguments]
        return self._rpc("object", "execute_kw", call)

    def _uid(self) -> int:
        return int(self._rpc("common", "login", ["odoo", ACCOUNT, TOKEN]))

    def _rpc(self, service: str, method: str, arguments: list[Any]) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        answer = requests.post(f"{self.url}/erp/jsonrpc", json=body, timeout=5).json()
        assert "error" not in answer, answer
        return answer.get("result")

    def partner(self, number: int | str) -> dict[str, Any]:
        """A partner with all its fields."""
        found: list[dict[str, Any]] = self.call("res.partner", "read", ids=[int(number)])
        return found[0]

    def opportunity(self, name: str, **values: Any) -> str:
        """A new opportunity's id."""
        made = self.call("crm.lead", "create", vals_list=[{"name": name, "type": "opportunity", **values}])
        return str(made[0])

    def objects(self, kind: str) -> list[dict[str, Any]]:
        """What Odoo holds."""
        found: list[dict[str, Any]] = self._get("state")["erp"].get(kind, [])
        return found

    def duplicates(self) -> list[str]:
        """Whatever is there twice though it is one thing."""
        found: list[str] = self._get("state")["duplicates"]
        return found

    def operations(self, *, writing: bool = False) -> list[str]:
        """Every request since the last look, by name."""
        found = [entry["operation"] for entry in self._get("requests")["requests"] if entry["writes"] or not writing]
        requests.delete(f"{self.url}/_sandbox/requests", timeout=5)
        return found

    def fault(self, **fault: Any) -> None:
        """Break one request."""
        self._post("faults", {"system": "erp", **fault})

    def reset_faults(self) -> None:
        """Take back the faults that have not happened yet."""
        requests.delete(f"{self.url}/_sandbox/faults", timeout=5)

    def version(self, version: str) -> None:
        """Be another version."""
        self._post("traps", {"odoo_version": version})

    def lose_rights(self, *rights: str) -> None:
        """Take rights away from the account."""
        self._post("rights", {"system": "erp", "missing": list(rights)})

    def reset(self) -> None:
        """The seeded world again."""
        self._post("reset", {})

    def _get(self, what: str) -> Any:
        return requests.get(f"{self.url}/_sandbox/{what}", timeout=5).json()

    def _post(self, what: str, body: Any) -> None:
        requests.post(f"{self.url}/_sandbox/{what}", json=body, timeout=5).raise_for_status()


def wanted(deal: str, **values: Any) -> Customer:
    """A customer that the ERP does not have yet, made by a deal."""
    return Customer(**{"key": f"deal:{deal}", "deal": deal, "lead": deal, "name": "Käserei Emmental AG", **values})


def existing(partner: str, deals: Iterable[str] = (), **values: Any) -> Customer:
    """A customer that the ERP has."""
    former = tuple(f"deal:{deal}" for deal in deals)
    return Customer(**{"key": f"customer:{partner}", "former": former, "partner": partner, **values})
