"""Plan and apply over stores in memory: the laws that everything else stands on."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, datetime

import pytest

from integrations.core.change import news
from integrations.core.errors import (
    Ambiguous,
    AuthError,
    Candidate,
    Conflict,
    LedgerError,
    Rejected,
    Unavailable,
    Uncertain,
    Unforeseen,
)
from integrations.core.ledger import Choice, ResourceRecord
from integrations.core.plan import Limits
from integrations.core.plan.planner import lookup
from integrations.core.resource import Live, Lookup
from tests.core.memory import Bench, MemoryStore, Thing, approved_by_a_person, later, over_limit, system, want


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def actions(plan):
    return {change.step: change.action for change in plan.changes}


def statuses(applied):
    return {step: result.status for step, result in applied.results.items()}


def test_applied_then_planned_is_empty(bench):
    wants = [want("one", name="One", flag=False), want("two", "b", name="Two", later={"parent": later("one", "id")})]
    assert statuses(bench.run(*wants)) == {"one": "done", "two": "done"}
    again = bench.plan(*wants)
    assert again.is_empty
    assert actions(again) == {"one": "keep", "two": "keep"}
    assert bench.b.objects["1"][1].parent == "1"


def test_planning_writes_nothing(bench):
    bench.plan(want("one", name="One"))
    assert bench.a.puts == []


def test_what_the_vendor_made_of_our_value_counts_as_that_value(bench):
    bench.a.normalise = True
    bench.run(want("one", name="  müller ag "))
    assert bench.a.objects["1"][1].name == "Müller Ag"
    assert bench.plan(want("one", name="  müller ag ")).is_empty
    assert actions(bench.plan(want("one", name="other"))) == {"one": "update"}


@pytest.mark.parametrize("field", ["note", "name"])
def test_a_field_that_people_own_is_shown_and_not_overwritten(bench, field):
    bench.run(want("one", **{field: "ours"}))
    mark, thing = bench.a.objects["1"]
    bench.a.objects["1"] = (mark, thing.model_copy(update={field: "theirs"}))
    plan = bench.plan(want("one", **{field: "ours"}))
    changed = [(difference.name, difference.old, difference.new) for difference in plan.changes[0].theirs]
    if field == "note":
        assert plan.is_empty
        assert changed == [("note", "theirs", "ours")]
    else:
        assert not changed
        assert actions(plan) == {"one": "update"}


def test_an_untouched_field_of_people_follows_a_changed_want(bench):
    bench.run(want("one", note="first"))
    bench.run(want("one", note="second"))
    assert bench.a.objects["1"][1].note == "second"


def test_without_memory_a_difference_counts_as_somebody_elses(bench):
    bench.a.objects["7"] = ("deal:1/one", Thing(key="deal:1/one", note="theirs", name="theirs"))
    plan = bench.plan(want("one", note="ours", name="ours"))
    assert [f.name for f in plan.changes[0].fields] == ["name"]
    assert [f.name for f in plan.changes[0].theirs] == ["note"]


def test_a_field_written_once_is_never_compared(bench):
    bench.run(want("one", name="One", made_with="first"))
    assert bench.plan(want("one", name="One", made_with="second")).is_empty


def test_false_is_a_value_and_not_empty(bench):
    bench.run(want("one", flag=True))
    plan = bench.plan(want("one", flag=False))
    assert [(f.name, f.old, f.new) for f in plan.changes[0].fields] == [("flag", True, False)]


def test_a_lost_answer_is_looked_for_and_makes_no_second_object(bench):
    bench.a.put_errors = [(Uncertain("lost"), True)]
    assert statuses(bench.run(want("one", name="One"))) == {"one": "done"}
    assert len(bench.a.objects) == 1
    assert bench.plan(want("one", name="One")).is_empty


def test_a_lost_request_is_sent_again_once_the_answer_has_settled(bench):
    bench.a.put_errors = [(Uncertain("lost"), False)]
    assert statuses(bench.run(want("one", name="One"))) == {"one": "done"}
    assert [action for action, _ in bench.a.puts] == ["create", "create"]
    assert len(bench.a.objects) == 1


def test_an_impatient_run_leaves_a_lost_answer_for_later(bench):
    bench.patient = False
    bench.a.put_errors = [(Uncertain("lost"), False)]
    assert statuses(bench.run(want("one", name="One"))) == {"one": "waiting"}
    plan = bench.plan(want("one", name="One"))
    assert isinstance(plan.changes[0].error, Uncertain)
    bench.patient = True
    assert statuses(bench.run(want("one", name="One"))) == {"one": "done"}
    assert len(bench.a.objects) == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AuthError("no"), "waiting"),
        (Rejected("no"), "waiting"),
        (Unavailable("down"), "waiting"),
        (Unforeseen("bug"), "failed"),
    ],
)
def test_a_failure_blocks_only_what_needs_it(bench, error, status):
    bench.a.put_errors = [(error, False)]
    applied = bench.run(
        want("one", name="One"),
        want("two", "b", name="Two", later={"parent": later("one", "id")}),
        want("three", "b", name="Three"),
    )
    assert statuses(applied) == {"one": status, "two": "blocked", "three": "done"}
    assert applied.results["two"].error.step == "one"


ERRORS = [
    (AuthError("no"), "AuthError"),
    (Rejected("no"), "Rejected"),
    (Ambiguous("two", candidates=()), "Ambiguous"),
    (Conflict("changed"), "Conflict"),
    (Unavailable("down"), "Unavailable"),
    (Uncertain("lost"), "uncertain"),
    (Unforeseen("bug"), "uncertain"),
]


@pytest.mark.parametrize(("error", "outcome"), ERRORS)
@pytest.mark.parametrize("action", ["create", "update", "archive"])
def test_the_audit_names_the_error_of_a_change_that_was_refused(bench, action, error, outcome):
    """Never `done`, whatever was to be done; and of those beside it that were written it says so."""
    bench.patient = False
    if action != "create":
        assert statuses(bench.run(want("one", name="One"))) == {"one": "done"}
    bench.a.put_errors = [(error, False)] * 5
    fields = {"name": "Another"} if action != "archive" else {"name": "One", "active": False}
    applied = bench.run(want("one", **fields), want("two", "b", name="Two"))
    assert applied.results["one"].status in ("waiting", "failed")
    with bench.ledger.reading() as transaction:
        lines = list(transaction.select("select key, outcome from audit"))
    before = ["done"] if action != "create" else []
    assert [line["outcome"] for line in lines if line["key"] == "deal:1/one"] == [*before, outcome]
    assert [line["outcome"] for line in lines if line["key"] == "deal:1/two"] == ["done"]


def test_what_only_asks_whether_a_step_exists_goes_on_without_it(bench):
    bench.a.put_errors = [(Rejected("no"), False)]
    wants = [
        want("one", name="One"),
        want("two", "b", name="Two", later={"parent": later("one", "id", runs_after=True)}),
    ]
    assert statuses(bench.run(*wants)) == {"one": "waiting", "two": "done"}
    assert bench.b.objects["1"][1].parent is None
    assert statuses(bench.run(*wants)) == {"one": "done", "two": "done"}
    assert bench.b.objects["1"][1].parent == "1"
    assert bench.plan(*wants).is_empty


def test_an_unknown_answer_never_creates(bench):
    bench.a.find_errors["deal:1/one"] = Unavailable("down")
    plan = bench.plan(want("one", name="One"))
    assert actions(plan) == {"one": "blocked"}
    bench.apply(plan)
    assert bench.a.puts == []


def test_several_that_could_be_it_are_for_a_person(bench):
    bench.a.find_errors["deal:1/one"] = Ambiguous("two", candidates=(Candidate("1", "A"), Candidate("2", "B")))
    assert actions(bench.plan(want("one"))) == {"one": "choose"}


def test_a_chosen_object_is_adopted_and_then_kept(bench):
    bench.a.objects["9"] = (None, Thing(key="", name="By hand"))
    bench.ledger.choose("a", "thing", "deal:1/one", "9", "")
    plan = bench.plan(want("one", name="By hand"))
    assert actions(plan) == {"one": "adopt"}
    bench.apply(plan)
    assert bench.a.objects["9"][0] == "deal:1/one"
    assert bench.plan(want("one", name="By hand")).is_empty


def test_never_means_no_step_nor_what_needs_it(bench):
    bench.ledger.choose("a", "thing", "deal:1/one", "never", "they have their own")
    plan = bench.plan(want("one", name="One"), want("two", "b", later={"parent": later("one", "id")}), want("three"))
    assert actions(plan) == {"three": "create"}
    assert plan.never == {"one": "they have their own", "two": "there is none without one"}


def test_an_alias_finds_what_an_older_key_marked(bench):
    bench.run(want("one", key="deal:1", name="One"))
    newer = want("one", key="customer:5", name="One")
    newer = type(newer)("one", "a", newer.resource.model_copy(update={"former": ("deal:1",)}))
    assert bench.plan(newer).is_empty
    assert bench.ledger.recall("a", "thing", {"customer:5": ("customer:5", "deal:1")})["customer:5"].id == "1"


def test_the_plans_id_does_not_depend_on_what_is_known_later(bench):
    wants = [want("one", name="One"), want("two", "b", name="Two", later={"parent": later("one", "id")})]
    first = bench.plan(*wants)
    bench.b.put_errors = [(Rejected("no"), False)]
    bench.apply(first)
    remainder = bench.plan(*wants)
    (change,) = (change for change in remainder.changes if change.action != "keep")
    assert approved_by_a_person(first).allows(change, bench.ledger.hash)
    assert remainder.id != first.id


def test_a_conflict_is_planned_again_and_written_if_it_is_the_same_change(bench):
    bench.run(want("one", name="One"))
    bench.a.put_errors = [(Conflict("changed"), False)]
    assert statuses(bench.run(want("one", name="Two"))) == {"one": "done"}
    assert bench.a.objects["1"][1].name == "Two"


def test_one_bad_row_among_many_fails_alone(bench):
    bench.a.batch = 100
    bench.a.put_errors = [(None, True)] * 5 + [(Rejected("bad"), False)]
    applied = bench.run(*(want(f"s{number}", name=str(number)) for number in range(20)))
    assert [step for step, status in statuses(applied).items() if status != "done"] == ["s5"]


def test_batches_are_filled_as_far_as_the_store_takes(bench):
    bench.a.batch = 8
    sizes = []
    put = bench.a.put
    bench.a.put = lambda changes: (sizes.append(len(changes)), put(changes))[1]
    bench.run(*(want(f"s{number}", name=str(number)) for number in range(20)))
    assert sorted(sizes) == [4, 8, 8]


def test_a_store_that_raises_by_mistake_stops_only_its_own_steps(bench):
    bench.a.find = lambda _: 1 / 0
    applied = bench.run(want("one"), want("two", "b", name="Two"))
    assert statuses(applied) == {"one": "failed", "two": "done"}
    assert "division" not in str(applied.results["one"].error)


def test_what_is_not_wanted_any_more_is_archived_once(bench):
    bench.run(want("one", name="One"))
    gone = want("one", active=False)
    assert statuses(bench.run(gone)) == {"one": "done"}
    assert bench.a.objects["1"][1].active is False
    assert bench.plan(gone).is_empty


@pytest.mark.parametrize(("number", "over"), [(50, False), (51, True)])
def test_more_than_fifty_creations_need_a_yes(bench, number, over):
    plan = bench.plan(*(want(f"s{n}", name=str(n)) for n in range(number)))
    assert (over_limit(plan, Limits()) is not None) is over
    assert over_limit(plan, Limits(creates=51)) is None


def test_what_a_run_may_not_write_counts_neither_in_the_plans_id_nor_in_a_limit(bench):
    """Only where there is nothing else does it make an id: one that stands for what is shown."""
    alone = bench.plan(want("one", name="One"))
    bench.systems["b"] = system("b", bench.b, mode="read")
    shown = [want(f"b{n}", "b", name=str(n)) for n in range(60)]
    mixed = bench.plan(want("one", name="One"), *shown)
    assert (mixed.id, mixed.hashes) == (alone.id, alone.hashes)
    assert not mixed.is_read_only
    assert over_limit(mixed, Limits(creates=1)) is None
    assert over_limit(mixed, Limits(creates=0)).message.endswith("1 creates of a.thing, 0 allowed")


def test_plans_of_what_may_only_be_shown_have_ids_of_their_own(bench):
    wants = [want("one", name="One"), want("two", "b", name="Two")]
    writable = {bench.plan(*some).id for some in (wants, wants[:1], wants[1:], [])}
    bench.systems = {name: system(name, getattr(bench, name), mode="read") for name in "ab"}
    plans = [bench.plan(*some) for some in (wants, wants[:1], wants[1:])]
    assert all(plan.is_empty and plan.is_read_only for plan in plans)
    assert len(writable | {plan.id for plan in plans}) == 7
    assert bench.plan(*wants).id == plans[0].id
    assert not bench.plan().is_read_only


def test_a_lost_ledger_is_said_and_makes_nothing_twice(bench, tmp_path):
    bench.run(want("one", name="One"))
    fresh = Bench(tmp_path / "new", a=bench.a, b=bench.b)
    plan = fresh.plan(want("one", name="One"))
    fresh.ledger.close()
    assert plan.is_empty
    assert "ledger is new" in plan.notes[0]


def test_a_manual_step_waits_for_its_person(tmp_path):
    bench = Bench(tmp_path, a=MemoryStore(writes="manual"))
    bench.a.put = lambda changes: {c.key: bench.a.live("1") for c in changes}
    bench.a.objects["1"] = ("other", Thing(key="other"))
    applied = bench.run(want("one", name="One"), want("two", "b", later={"parent": later("one", "id")}))
    assert statuses(applied) == {"one": "waiting", "two": "blocked"}
    bench.ledger.close()


def test_a_value_that_the_plan_knew_is_written_even_while_its_step_is_under_way(bench):
    """A step that exists and is only being completed holds nobody up, and loses nobody a field."""
    bench.run(want("one", name="One"))
    put_a, put_b = bench.a.put, bench.b.put
    held = threading.Event()
    bench.a.put = lambda changes: (held.wait(5), put_a(changes))[1]
    bench.b.put = lambda changes: (put_b(changes), held.set())[0]
    changed = want("one", name="Two")
    applied = bench.run(changed, want("two", "b", name="Two", later={"parent": later("one", "id")}))
    assert statuses(applied) == {"one": "done", "two": "done"}
    assert bench.b.objects["1"][1].parent == "1"


def test_two_that_bear_our_mark_are_reported_and_the_first_counts(bench):
    bench.run(want("one", name="One"))
    live = bench.a.live
    bench.a.live = lambda number: dataclasses.replace(live(number), twins=("9",))
    plan = bench.plan(want("one", name="One"))
    assert plan.is_empty
    assert "9 bears the same mark as 1" in plan.notes[0]


def test_what_is_written_once_waits_for_a_step_whose_answer_was_lost(bench):
    """A ticket's text is people's from then on: a link that is missing for a moment would be missing for good."""
    bench.patient = False
    bench.a.put_errors = [(Uncertain("lost"), True)]
    fields = {"made_with": later("one", "id", runs_after=True)}
    wants = [want("one", name="One"), want("two", "b", name="Two", later=fields)]
    assert statuses(bench.run(*wants)) == {"one": "waiting", "two": "blocked"}
    assert bench.b.objects == {}
    bench.a.find_errors["deal:1/one"] = Uncertain("not yet")
    assert statuses(bench.run(*wants)) == {"one": "waiting", "two": "blocked"}
    bench.a.find_errors.clear()
    assert statuses(bench.run(*wants)) == {"one": "kept", "two": "done"}
    assert bench.b.objects["1"][1].made_with == "1"


def test_a_step_that_only_looks_is_news_only_if_it_alone_tells_of_trouble(bench):
    looking = dataclasses.replace(want("look", name="Look"), look=True)
    assert news(bench.plan(want("one", name="One"), looking).changes) == {"one"}
    bench.a.find_errors["deal:1/look"] = AuthError("no")
    assert news(bench.plan(want("one", name="One"), looking).changes) == {"one", "look"}
    bench.a.find_errors["deal:1/one"] = AuthError("no")
    assert news(bench.plan(want("one", name="One"), looking).changes) == {"one"}


def _by_hand(lookups):
    """What a store says of objects that people made: each is there and bears no mark."""
    return {
        lookup.key: Live("7", Thing(key=lookup.key, name="By hand"), url="memory:7", ours=False) for lookup in lookups
    }


@pytest.mark.parametrize("answer", ["absent", "alike", "by hand"])
def test_a_step_that_only_looks_asks_no_person_and_takes_nothing_that_is_not_ours(bench, answer):
    """For the steps that refer to it nothing is there."""
    if answer == "alike":
        bench.a.find_errors = {"deal:1/one": Ambiguous("two could be it", candidates=(Candidate("7", "one"),))}
    elif answer == "by hand":
        bench.a.find = _by_hand
    look = dataclasses.replace(want("one", name="One"), look=True)
    wants = [look, want("two", "b", name="Two", later={"parent": later("one", "id", runs_after=True)})]
    plan = bench.plan(*wants)
    (looked,) = (change for change in plan.changes if change.step == "one")
    assert (looked.action, looked.error, looked.found) == ("keep", None, None)
    applied = bench.apply(plan)
    assert statuses(applied) == {"one": "kept", "two": "done"}
    assert bench.a.puts == []
    assert bench.b.objects["1"][1].parent is None


@pytest.mark.parametrize("batch", [1, 2, 10])
def test_of_steps_of_one_kind_of_which_one_needs_another_all_are_written(tmp_path, batch):
    """Though their batch is never full: it goes when nothing of its kind can become ready, or when all is idle."""
    bench = Bench(tmp_path, a=MemoryStore(batch=batch), b=MemoryStore(batch=batch))
    wants = [
        want("one", name="One"),
        want("two", name="Two", later={"parent": later("one", "id")}),
        want("three", "b", name="Three", later={"parent": later("two", "id")}),
        want("four", name="Four", later={"parent": later("three", "id")}),
        want("five", name="Five"),
    ]
    try:
        assert set(statuses(bench.run(*wants)).values()) == {"done"}
        assert bench.plan(*wants).is_empty
        numbers = {key: number for number, (key, _) in bench.a.objects.items()}
        assert bench.a.objects[numbers["deal:1/two"]][1].parent == numbers["deal:1/one"]
    finally:
        bench.ledger.close()


def failing(*_arguments, **_options):
    """A ledger whose disk is full."""
    raise LedgerError("the disk is full")


def test_what_no_intent_can_be_written_for_is_not_sent(bench, monkeypatch):
    """Nobody would know afterwards that it may have been done."""
    monkeypatch.setattr(bench.ledger, "begin", failing)
    applied = bench.run(want("one", name="One"), want("two", name="Two"))
    assert statuses(applied) == {"one": "failed", "two": "failed"}
    assert bench.a.objects == {}
    monkeypatch.undo()
    assert statuses(bench.run(want("one", name="One"))) == {"one": "done"}


def test_what_was_written_and_not_recorded_is_reported_and_found_by_the_next_run(bench, monkeypatch):
    """With its id; whatever needs it is not begun."""
    monkeypatch.setattr(bench.ledger, "finish", failing)
    applied = bench.run(want("one", name="One"))
    (result,) = applied.results.values()
    assert (result.status, result.open, result.error.message) == (
        "failed",
        True,
        "is written (1), but not recorded: the next run finds it",
    )
    monkeypatch.undo()
    assert statuses(bench.run(want("one", name="One"))) in ({"one": "kept"}, {"one": "done"})
    assert len(bench.a.objects) == 1


def test_never_is_no_id_by_which_anything_is_looked_up() -> None:
    """What a person never wants and is to be gone is looked for by what it bears, and by what was made."""
    never = Choice("never", "", "lena", datetime(2026, 12, 1, tzinfo=UTC))
    gone = want("a", active=False)
    assert lookup(gone, ResourceRecord(choice=never)) == Lookup(gone.resource)
    assert lookup(gone, ResourceRecord(id="7", choice=never)) == Lookup(gone.resource, id="7")
