"""`python -m benchmarks.many_resources NUMBER BATCH`: plan, apply, plan again; the figures as JSON."""

from __future__ import annotations

import itertools
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from integrations.core.apply import Apply
from integrations.core.change import Change
from integrations.core.ledger import Ledger
from integrations.core.plan import Approved, Planner
from integrations.core.resource import Live, Lookup, Resource, Want
from integrations.core.system import NUMBER, Answer, Report, System, SystemSettings


class Thing(Resource):
    """A resource with a few fields."""

    kind: ClassVar[str] = "thing"

    name: str | None = None
    email: str | None = None
    note: str | None = None
    flag: bool | None = None


class MemoryStore:
    """Objects by their mark."""

    resource = Thing
    writes: Literal["create", "send", "manual"] = "create"
    id_form = NUMBER

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self._objects: dict[str, Live[Any]] = {}
        self._ids = itertools.count(1)

    def find(self, lookups: Sequence[Lookup[Thing]]) -> Answer:
        """Return the stored things."""
        return {lookup.key: self._objects.get(lookup.key) for lookup in lookups}

    def put(self, changes: Sequence[Change[Thing]]) -> Answer:
        """Keep the wanted things."""
        answers: dict[str, Live[Any]] = {}
        for change in changes:
            number = change.found.id if change.found is not None else str(next(self._ids))
            answers[change.key] = self._objects[change.key] = Live(number, change.wanted(), url=f"memory:{number}")
        return answers


def wants(number: int) -> list[Want[Thing]]:
    """As many wants, all different."""
    return [
        Want(
            f"thing{index}",
            "memory",
            Thing(
                key=f"customer:{index}",
                name=f"Müller & Söhne {index} AG",
                email=f"info@company-{index}.example",
                note="zweimal geprüft",
                flag=index % 2 == 0,
            ),
        )
        for index in range(number)
    ]


def measure(number: int, batch: int, folder: Path) -> dict[str, float]:
    """Seconds for each part, and this process's peak.

    Raises:
        RuntimeError: Not everything was made, or the second plan is not empty: then the figures mean nothing.
    """
    settings = SystemSettings(adapter="memory", mode="write")
    store = MemoryStore(batch)
    systems = {"memory": System("memory", "Memory", settings, {"thing": store}, lambda _: Report(account="memory"))}
    ledger = Ledger(folder / "ledger.sqlite")
    planner = Planner(systems, ledger)
    moments = [time.perf_counter()]
    before = time.process_time()
    plan = planner.plan(wants(number))
    moments.append(time.perf_counter())
    applied = Apply(systems, ledger, planner, "run", Approved(plan.keys, by_person=True)).apply(plan)
    processor = time.process_time() - before
    made = all(result.status == "done" for result in applied.results.values())
    del plan, applied  # the next run would be a process of its own
    moments.append(time.perf_counter())
    again = planner.plan(wants(number))
    moments.append(time.perf_counter())
    ledger.close()
    if not made or not again.is_empty:
        raise RuntimeError("not all of it was made")
    planned, done, empty = (later - earlier for earlier, later in itertools.pairwise(moments))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"plan": planned, "apply": done, "again": empty, "processor": processor, "peak_mb": peak}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="closedwon-bench-") as name:
        print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), Path(name))))
