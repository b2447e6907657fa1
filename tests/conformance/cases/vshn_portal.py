"""The VSHN portal's store, whose creations are a person's work."""

from __future__ import annotations

from typing import Any

from integrations.core.resource import Live
from integrations.vshn_portal.organization import Organization
from tests.conformance.bench import VARIABLE, Bench
from tests.conformance.case import Case, State

_WRITES_NOTHING = "the portal has no call that writes: a person enters what we show"


def _named(number: int, name: str) -> Organization:
    return Organization(key=f"customer:{9000 + number}", former=(f"deal:{9000 + number}",), display_name=name)


def _want(number: int) -> Organization:
    return _named(number, f"Conformance {number} AG")


def _marked(state: State, key: str) -> list[str]:
    """The portal keeps no mark; the id that we proposed ends with the customer's number."""
    number = key.removeprefix("customer:")
    return [customer["id"] for customer in state["portal"]["customer"] if customer["id"].endswith(f"-{number}")]


def _entered(bench: Bench, live: Live[Any]) -> None:
    bench.control("POST", "portal", {"id": live.id})


CASES = (
    Case(
        name="vshn_portal.organization",
        system="portal",
        adapter="vshn_portal",
        kind="organization",
        settings={"token": {"env": VARIABLE}},
        want=_want,
        named=_named,
        name_field="display_name",
        marked=_marked,
        hiding=("list:servers",),
        completes=_entered,
        exempt={
            "forgotten": "a customer who was there before we showed its id is a choice, so a lost ledger asks",
            "archiving": _WRITES_NOTHING,
            "lost answers": _WRITES_NOTHING,
            "changed fields": _WRITES_NOTHING,
            "changed owners": _WRITES_NOTHING,
            "other changes": _WRITES_NOTHING,
            "updates": _WRITES_NOTHING,
            "creations": _WRITES_NOTHING,
            "faults of writes": _WRITES_NOTHING,
            "forbidding": _WRITES_NOTHING,
            "two at once": _WRITES_NOTHING,
            "two machines": _WRITES_NOTHING,
            "bad rows": _WRITES_NOTHING,
            "pages": "the portal lists all customers in one answer",
            "texts": "the portal never gets the name, only an id made of it",
        },
    ),
)
