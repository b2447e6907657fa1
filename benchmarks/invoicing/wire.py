"""`closedwon invoices check` against a sandbox in a process of its own: everything, then only what changed."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import requests

from benchmarks.figures import goal
from benchmarks.invoicing.recording import today
from benchmarks.machine import machine
from benchmarks.pretend import Sandbox, counted, sandbox
from benchmarks.process import CLOSEDWON, Ended, required
from integrations.sandbox.generated_invoices import EACH, FIRST_CUSTOMER
from integrations.sandbox.pretend import COLLEAGUE_TOKEN

FEW, MANY = 100_000, 1_000_000
PEAK_MB, FLAT = 300, 1.2
SHARE = 0.01
ONE_IN = 1000
"""What of the full run's time may be taken where one in so many changed."""
_ONCE = ("fields_get", "check_access_rights", "has_group")
_TIMEOUT = 60.0


@dataclasses.dataclass(frozen=True)
class Checked:
    """A finished check.

    Attributes:
        document: What `--json` printed.
        log: The requests that the sandbox received.
    """

    ended: Ended
    document: dict[str, Any]
    log: Sequence[dict[str, Any]]

    def figures(self) -> dict[str, Any]:
        """Return the figures that are reported of every run.

        `check_seconds` leaves out the start of the command.
        """
        return {
            "wall_seconds": round(self.ended.seconds, 2),
            "check_seconds": round(self.document["seconds"], 2),
            "processor_seconds": round(self.ended.processor_seconds, 2),
            "peak_mb": round(self.ended.peak_mb, 1),
            "requests": counted(self.log),
            "counts": self.document["counts"],
        }

    @property
    def operations(self) -> dict[str, int]:
        """The requests by what they ask for; what is asked once of each model stands together."""
        names = (str(entry["operation"]) for entry in self.log)
        once = (name.rpartition(".")[2] if name.endswith(_ONCE) else name for name in names)
        return dict(sorted(Counter(once).items()))


def measure() -> dict[str, Any]:
    """Few and many invoices, each in a world of its own; what changes, in the large one."""
    with sandbox("--no-billing", "--invoices", str(FEW), latency_ms=0) as place:
        few = _full(place, FEW)
    with sandbox("--no-billing", "--invoices", str(MANY), latency_ms=0) as place:
        many = _full(place, MANY)
        seconds = many["wall_seconds"]
        changes = _changes(place, MANY // EACH, seconds)
    peak = max(few["peak_mb"], many["peak_mb"])
    return {
        f"invoices_{FEW}": few,
        f"invoices_{MANY}": many,
        "peak_mb": goal(peak, at_most=PEAK_MB, digits=1),
        "growth": goal(many["peak_mb"] / few["peak_mb"], at_most=FLAT, digits=2),
        **changes,
    }


def _changes(place: Sandbox, customers: int, full: float) -> dict[str, Any]:
    """Measure three cases: nothing changed, one customer in a thousand, and one invoice in a thousand.

    Each changed invoice is another customer's. The customers of the second case are among those of the third,
    for what changed lately is read again.
    """
    invoices = customers * EACH // ONE_IN
    return {
        "nothing_changed": _changed(place, [], customers, full),
        "customers_changed": _changed(place, range(0, customers, ONE_IN), customers, full),
        "invoices_changed": _changed(place, range(0, customers, customers // invoices), customers, full),
    }


def _full(place: Sandbox, invoices: int) -> dict[str, Any]:
    run = check(place, "--full")
    return {
        **run.figures(),
        "invoices": invoices,
        "invoices_per_second": round(invoices / run.ended.seconds),
        "requests_per_1000_invoices": round(len(run.log) / invoices * 1000, 2),
        "operations": run.operations,
        "load": machine()["load"],
    }


def _changed(place: Sandbox, places: Sequence[int], customers: int, full: float) -> dict[str, Any]:
    """An invoice of each of these customers is written to, and a check looks for what that changed.

    Raises:
        RuntimeError: Everything was read instead: then the figures mean nothing.
    """
    write(place, places)
    run = check(place)
    if run.document["since"] is None:
        raise RuntimeError("this was to be reading what changed alone")
    share = goal(run.ended.seconds / full, at_most=SHARE, digits=4)
    named = {**run.figures(), "of_the_full_run": share, "operations": run.operations}
    return {"customers": len(places), "of_customers": customers, **named}


def write(place: Sandbox, places: Sequence[int]) -> None:
    """The newest invoice of each of these customers gets a reference, as a person would write one."""
    if not places:
        return
    ids = [FIRST_CUSTOMER + index for index in places]
    month = today().replace(day=1).isoformat()
    newest = [["commercial_partner_id", "in", ids], ["invoice_date", "=", month]]
    rows = _as_colleague(place, "search_read", domain=newest, fields=["commercial_partner_id"])
    invoices = {row["commercial_partner_id"][0]: row["id"] for row in rows}
    if len(invoices) != len(ids):
        raise RuntimeError("some of these customers have no invoice")
    _as_colleague(place, "write", ids=[*invoices.values()], vals={"ref": "PO 4711"})


def _as_colleague(place: Sandbox, method: str, **arguments: Any) -> Any:
    """Call an invoice method as a colleague who may write invoices: our own account may not."""
    answer = requests.post(
        f"{place.url}/erp/json/2/account.move/{method}",
        json=arguments,
        headers={"Authorization": f"bearer {COLLEAGUE_TOKEN}"},
        timeout=_TIMEOUT,
    )
    answer.raise_for_status()
    return answer.json()


def check(place: Sandbox, *arguments: str) -> Checked:
    """Run it to its end.

    Raises:
        RuntimeError: It failed: then its figures mean nothing.
    """
    place.forget_requests()
    ended = required([CLOSEDWON, "invoices", "check", *arguments, "--json"], place.folder)
    document = json.loads(ended.out)
    if document["error"] is not None or document["broken"]:
        raise RuntimeError(f"the check failed: {document['error']}, {document['broken']}")
    return Checked(ended, document, place.requests())
