"""What the system of record owns: restored once it was written from there, never written over what was there first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.core.plan import Plan
from tests.core.memory import Bench, Thing, want


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def by_hand(bench: Bench, **fields: Any) -> None:
    mark, thing = bench.a.objects["1"]
    bench.a.objects["1"] = (mark, thing.model_copy(update=fields))


def theirs(plan: Plan) -> list[tuple[str, Any, Any]]:
    return [(field.name, field.old, field.new) for field in plan.changes[0].theirs]


def there_before(bench: Bench, **fields: Any) -> None:
    bench.a.objects["1"] = ("deal:1/one", Thing(key="deal:1/one", **fields))


def test_what_was_there_first_is_a_conflict_and_is_not_written_over(bench: Bench) -> None:
    there_before(bench, owned="theirs")
    plan = bench.plan(want("one", owned="ours"))
    assert plan.is_empty
    assert theirs(plan) == [("owned", "theirs", "ours")]


def test_equal_values_on_both_sides_become_the_base(bench: Bench) -> None:
    """Afterwards the source's change is written, although we never wrote the field."""
    there_before(bench, owned="same")
    bench.run(want("one", owned="same"))
    assert bench.run(want("one", owned="newer")).results["one"].status == "done"
    assert bench.a.objects["1"][1].owned == "newer"


def test_values_that_became_equal_later_become_the_base(bench: Bench) -> None:
    there_before(bench, owned="theirs")
    bench.run(want("one", owned="ours"))
    by_hand(bench, owned="ours")
    bench.run(want("one", owned="ours"))
    assert bench.run(want("one", owned="newer")).results["one"].status == "done"


def test_what_somebody_else_changed_is_restored(bench: Bench) -> None:
    bench.run(want("one", owned="ours"))
    by_hand(bench, owned="theirs")
    assert [field.name for field in bench.plan(want("one", owned="ours")).changes[0].fields] == ["owned"]


def test_where_both_changed_the_source_wins_and_the_other_value_is_told(bench: Bench) -> None:
    bench.run(want("one", owned="ours"))
    by_hand(bench, owned="theirs")
    (change,) = bench.plan(want("one", owned="newer")).changes
    assert [(field.old, field.new) for field in change.fields] == [("theirs", "newer")]


def test_empty_in_the_source_is_no_deletion(bench: Bench) -> None:
    bench.run(want("one", owned="ours"))
    assert bench.plan(want("one", owned="")).is_empty
    assert bench.a.objects["1"][1].owned == "ours"
