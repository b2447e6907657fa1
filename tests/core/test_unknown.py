"""What could not be read, or went wrong in an unforeseen way, is neither there nor gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.core.change import Change
from integrations.core.errors import Ambiguous, Blocked, Rejected, Unavailable
from integrations.core.plan import Plan
from integrations.core.resource import Later
from integrations.core.system import Answer
from tests.core.memory import Bench, MemoryStore, Thing, later, system, want


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def actions(plan: Plan) -> dict[str, str]:
    return {change.step: change.action for change in plan.changes}


def page(**fields: Any) -> Any:
    """A page that tells of a ticket, or that there is none."""

    def told(outcomes: Any) -> str:
        return f"see {outcomes['ticket']['number']}" if outcomes["ticket"]["exists"] else "no ticket"

    heard = frozenset({"ticket"})
    return want("page", "b", later={"parent": Later(frozenset(), heard, "{% if … %}", told)}, **fields)


def test_what_could_not_be_read_does_not_vanish_from_what_tells_of_it(bench: Bench) -> None:
    """With a system down, the page that links to its object stays as it is."""
    bench.run(want("ticket", name="Ticket"), page(name="Page"))
    bench.a.find_errors["deal:1/ticket"] = Unavailable("down")
    plan = bench.plan(want("ticket", name="Ticket"), page(name="Page"))
    assert actions(plan) == {"ticket": "blocked", "page": "blocked"}
    assert isinstance(plan.changes[1].error, Blocked)
    assert plan.changes[1].error.step == "ticket"
    bench.apply(plan)
    assert bench.b.objects["1"][1].parent == "see N1"
    del bench.a.find_errors["deal:1/ticket"]
    assert bench.plan(want("ticket", name="Ticket"), page(name="Page")).is_empty


def test_what_is_written_once_waits_for_nothing_that_could_not_be_read(bench: Bench) -> None:
    later = Later(frozenset(), frozenset({"ticket"}), "{% if … %}", lambda outcomes: str(outcomes["ticket"]["exists"]))
    wants = [want("ticket", name="Ticket"), want("note", "b", name="Note", later={"made_with": later})]
    bench.run(*wants)
    bench.a.find_errors["deal:1/ticket"] = Unavailable("down")
    assert actions(bench.plan(*wants)) == {"ticket": "blocked", "note": "keep"}


def test_what_does_not_exist_yet_is_made_without_what_could_not_be_read(bench: Bench) -> None:
    bench.a.find_errors["deal:1/ticket"] = Unavailable("down")
    bench.run(want("ticket", name="Ticket"), page(name="Page"))
    assert bench.b.objects["1"][1].parent == "no ticket"


def test_an_open_choice_is_known_not_to_be_there(bench: Bench) -> None:
    bench.run(want("ticket", name="Ticket"), page(name="Page"))
    bench.a.find_errors["deal:1/ticket"] = Ambiguous("which?", candidates=())
    assert actions(bench.plan(want("ticket", name="Ticket"), page(name="Page")))["ticket"] == "choose"


def test_what_exists_is_told_of_although_its_own_change_is_held_up(bench: Bench) -> None:
    bench.run(want("ticket", name="Ticket"), page(name="Page"))
    held = want("ticket", name="Ticket", later={"parent": later("first", "id")})
    bench.b.find_errors["deal:1/first"] = Rejected("no")
    plan = bench.plan(want("first", "b", name="First"), held, page(name="Page"))
    assert actions(plan) == {"first": "blocked", "ticket": "blocked", "page": "keep"}


class Stumbling(MemoryStore):
    """Makes the object, then fails over the answer."""

    stumbles = True

    def put(self, changes: Sequence[Change[Thing]]) -> Answer:
        answer = super().put(changes)
        if self.stumbles:
            raise KeyError("an answer that the adapter does not understand")
        return answer


def test_an_unforeseen_end_leaves_the_intent_open(tmp_path: Path) -> None:
    """The vendor may have done it all the same: until its reads have settled, absent does not mean absent."""
    store = Stumbling()
    bench = Bench(tmp_path, a=store, patient=False)
    applied = bench.run(want("one", name="One"))
    assert applied.results["one"].status == "failed"
    made, store.objects, store.stumbles = store.objects, {}, False
    assert actions(bench.plan(want("one", name="One"))) == {"one": "blocked"}
    store.objects = made
    assert bench.plan(want("one", name="One")).is_empty
    bench.ledger.close()


def test_a_clock_that_was_set_back_holds_nothing_up_for_longer_than_settling_takes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.patient = False

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(days=1)

    monkeypatch.setattr("integrations.core.ledger.ledger.datetime", Ahead)
    bench.ledger.begin("killed", [Change("one", "a", "create", want("one", name="One"))])
    monkeypatch.undo()
    (change,) = bench.plan(want("one", name="One")).changes
    assert isinstance(change.error, Unavailable)
    assert change.error.retry_after is not None
    assert change.error.retry_after <= bench.systems["a"].settings.settle


def test_what_settles_slowly_is_waited_for_with_few_looks_and_told_once(bench: Bench) -> None:
    """Two minutes are usual: a look every quarter of a second, each told, would press the system and the reader."""
    bench.systems["a"] = system("a", bench.a, settle=1.6)
    bench.ledger.begin("killed", [Change("one", "a", "create", want("one", name="One"))])
    announcements: list[str] = []
    planner = bench.planner()
    planner.waiting = lambda _, __, why: announcements.append(why)
    (change,) = planner.plan([want("one", name="One")]).changes
    assert change.action == "create"
    assert len(announcements) == 1
    assert bench.a.finds <= 5
