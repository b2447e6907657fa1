"""What people entered stays, whatever we write beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.core.errors import Uncertain
from tests.core.memory import Bench, Thing, later, want


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def by_hand(bench: Bench, number: str, **fields: Any) -> None:
    mark, thing = bench.a.objects[number]
    bench.a.objects[number] = (mark, thing.model_copy(update=fields))


def test_what_a_person_changed_stays_theirs_when_another_field_is_written(bench: Bench) -> None:
    """Our write beside it does not make their value one that we wrote."""
    bench.run(want("one", name="One", note="ours"))
    by_hand(bench, "1", note="theirs")
    bench.run(want("one", name="Two", note="ours"))
    plan = bench.plan(want("one", name="Two", note="newer"))
    assert plan.is_empty
    assert [(field.name, field.old) for field in plan.changes[0].theirs] == [("note", "theirs")]


def test_what_a_person_entered_stays_theirs_after_its_object_is_adopted(bench: Bench) -> None:
    bench.a.objects["9"] = (None, Thing(key="", note="theirs"))
    bench.ledger.choose("a", "thing", "deal:1/one", "9", "")
    bench.run(want("one", name="One", note="ours"))
    assert bench.plan(want("one", name="One", note="newer")).is_empty


def test_a_field_that_goes_back_to_what_we_wrote_is_ours_again(bench: Bench) -> None:
    bench.run(want("one", name="One", note="ours"))
    by_hand(bench, "1", note="theirs")
    bench.run(want("one", name="Two", note="ours"))
    by_hand(bench, "1", note="ours")
    bench.run(want("one", name="Two", note="newer"))
    assert bench.a.objects["1"][1].note == "newer"


def test_what_we_wrote_into_one_object_says_nothing_of_another(bench: Bench) -> None:
    """A person links another object, whose field happens to hold the same: they entered it there."""
    bench.run(want("one", name="One", note="same"))
    bench.a.objects = {"9": (None, Thing(key="", name="One", note="same"))}
    bench.ledger.choose("a", "thing", "deal:1/one", "9", "")
    (change,) = bench.plan(want("one", name="One", note="newer")).changes
    assert [field.name for field in change.fields] == []
    assert [field.name for field in change.theirs] == ["note"]


def test_what_another_playbook_wrote_is_remembered(bench: Bench) -> None:
    bench.run(want("one", name="One", note="ours"))
    bench.run(want("one", name="Two"))
    bench.run(want("one", name="Two", note="newer"))
    assert bench.a.objects["1"][1].note == "newer"


def test_a_value_that_another_step_does_not_have_empties_no_field(bench: Bench) -> None:
    wants = [want("one", name="One"), want("two", "b", name="Two", later={"parent": later("one", "note")})]
    bench.run(*wants)
    mark, thing = bench.b.objects["1"]
    bench.b.objects["1"] = (mark, thing.model_copy(update={"parent": "entered"}))
    assert bench.plan(*wants).is_empty


def test_what_is_found_after_a_lost_answer_is_remembered_and_its_intent_closed(bench: Bench) -> None:
    bench.a.put_errors = [(Uncertain("lost"), True)]
    bench.run(want("one", name="One"))
    memory = bench.ledger.recall("a", "thing", {"deal:1/one": ("deal:1/one",)})["deal:1/one"]
    assert (memory.id, memory.open_since) == ("1", None)


def test_what_is_found_is_remembered_although_people_changed_it(bench: Bench) -> None:
    bench.a.objects["7"] = ("deal:1/one", Thing(key="deal:1/one", note="theirs"))
    bench.plan(want("one", note="ours"))
    memory = bench.ledger.recall("a", "thing", {"deal:1/one": ("deal:1/one",)})["deal:1/one"]
    assert (memory.id, dict(memory.fields)) == ("7", {})
