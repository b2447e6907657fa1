"""The run that cron starts every few minutes: nothing has changed, or a little."""

from __future__ import annotations

import itertools
from typing import Any

from benchmarks.contacts.in_step import keep
from benchmarks.contacts.replay import Client
from benchmarks.contacts.syncing import Synced, sync, world
from benchmarks.figures import goal, median
from benchmarks.imports import loaded_by, seconds_to_import
from benchmarks.machine import machine
from benchmarks.pretend import Sandbox

CONTACTS, CUSTOMERS, CHANGED = 100_000, 2_000, 100
RUNS = 5
REQUESTS = 3
MIX = {"phone": 40, "function": 30, "email": 30}
"""Of a hundred changed contacts: whose phone, job position, or address is another."""


def measure() -> dict[str, Any]:
    """A hundred customers are synced for real, the others' people are put in step; see `in_step`."""
    with world(CUSTOMERS, CONTACTS) as (place, places):
        chosen = list(itertools.islice(places, 0, None, CUSTOMERS // CHANGED))
        sync(place, *chosen)
        keep(place.folder)
        nothing = [sync(place) for _ in range(RUNS)]
        load = machine()["load"]
        modules = loaded_by(["contacts", "sync", "--yes", "--json"], place.folder)
        importing = seconds_to_import(modules, place.folder)
        change(place, chosen)
        changed, again = sync(place), sync(place)
    last = nothing[-1]
    seconds = median([run.ended.seconds for run in nothing])
    return {
        "contacts": CONTACTS,
        "customers": CUSTOMERS,
        "nothing_changed": {
            **last.figures(),
            "runs": RUNS,
            "wall_seconds": round(seconds, 3),
            "quickest_seconds": round(min(run.ended.seconds for run in nothing), 3),
            "processor_seconds": round(median([run.ended.processor_seconds for run in nothing]), 3),
            "import_seconds": round(importing, 3),
            "modules": len(modules),
            "requests": goal(max(len(run.log) for run in nothing), at_most=REQUESTS),
            "operations": last.operations,
            "load": load,
        },
        "changed": {**_per_change(changed), "mix": MIX},
        "the_run_after": {**again.figures(), "operations": again.operations},
    }


def change(place: Sandbox, customers: list[str]) -> None:
    """Write to one contact of each of these customers in the ERP, as a person would."""
    ask = Client(place.url, place.folder)
    kinds = [kind for kind, number in MIX.items() for _ in range(number)]
    for number, (customer, kind) in enumerate(zip(customers, kinds, strict=True)):
        domain = [["commercial_partner_id", "=", int(customer)], ["type", "=", "contact"], ["email", "like", "@"]]
        options = {"domain": domain, "fields": list(MIX), "order": "id desc", "limit": 1}
        (row,) = ask("erp", "POST", "/json/2/res.partner/search_read", options)
        value = {
            "phone": f"+41 44 555 77 {number:02}",
            "function": "DevOps Engineer" if row[kind] != "DevOps Engineer" else "Buchhaltung",
            "email": f"new.{row['email']}",
        }[kind]
        ask("erp", "POST", "/json/2/res.partner/write", {"ids": [row["id"]], "vals": {kind: value}})


def _per_change(run: Synced) -> dict[str, Any]:
    return {
        **run.figures(),
        "changed": CHANGED,
        "requests_per_change": {name: round(number / CHANGED, 2) for name, number in run.requests.items()},
        "requests_per_change_in_all": round(len(run.log) / CHANGED, 2),
        "operations": run.operations,
    }
