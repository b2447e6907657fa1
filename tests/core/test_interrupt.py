"""Ctrl-C while a plan is applied."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest

from integrations.core.change import Change
from integrations.core.system import Answer
from tests.core.memory import Bench, MemoryStore, Thing, later, want


class SlowStore(MemoryStore):
    """Writes when it is told to go on."""

    go_on = threading.Event()

    def put(self, changes: Sequence[Change[Thing]]) -> Answer:
        assert self.go_on.wait(10)
        return super().put(changes)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, a=MemoryStore(batch=10), b=SlowStore())
    yield made
    made.ledger.close()


def test_ctrl_c_ends_what_is_under_way_and_begins_nothing_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what was ready and only waited for its batch to be full."""
    calls: list[str] = []

    def interrupted(*arguments: Any, **options: Any) -> Any:
        calls.append("wait")
        if len(calls) == 1:
            raise KeyboardInterrupt
        SlowStore.go_on.set()
        return wait(*arguments, **options)

    monkeypatch.setattr("integrations.core.apply.wait", interrupted)
    wants = [
        want("slow", "b", name="Slow"),
        want("ready", "a", name="Ready"),
        want("needy", "a", name="Needy", later={"parent": later("slow", "id")}),
    ]
    applied = bench.run(*wants)
    assert applied.interrupted
    assert {step: result.status for step, result in applied.results.items()} == {
        "slow": "done",
        "ready": "planned",
        "needy": "planned",
    }
    assert bench.a.puts == []
    monkeypatch.undo()
    assert {result.status for result in bench.run(*wants).results.values()} == {"kept", "done"}
