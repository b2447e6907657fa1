"""What every flow gets from the run: a flow of a few lines is shown, approved, limited, held, written and reported."""

from __future__ import annotations

import dataclasses
import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from integrations.core import apply
from integrations.core.clock import Clock
from integrations.core.errors import LedgerError, Rejected, Unavailable
from integrations.core.lock import FileLocks
from integrations.core.plan import Approval, Limits
from integrations.core.pool import Pool
from integrations.core.quiet import Quiet
from integrations.core.run import Ended, Run, Session
from tests.core.double import NoteFlow, Notes
from tests.core.memory import Bench, system

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "envelope.schema.json").read_text())
NOTES = {"one": "One", "two": "Two", "three": "Three"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.ledger.close()


@pytest.fixture
def ctrl_c_interrupts() -> Iterator[None]:
    """Let a SIGINT interrupt this process, also where it was started in the background and ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def go(bench: Bench, notes: Mapping[str, str] = NOTES, limits: Limits | None = None, **how: Any) -> Notes:
    """Run the flow, allowed to write as `how` says."""
    limits = limits or Limits()
    locks = FileLocks(bench.folder / "locks")
    session = Session(bench.systems, bench.ledger, locks, Clock(bench.ledger, limits, lambda: datetime.now(UTC)))
    a_run = Run(session, NoteFlow(bench, notes), Approval(**how), limits)

    def stopped(error: Any) -> Notes:
        raise error

    outcome: Notes = session.run(a_run.outcome, stopped)
    return outcome


def names(bench: Bench) -> list[str]:
    """The notes that there are."""
    return sorted(str(thing.name) for _, thing in bench.a.objects.values())


def test_a_dry_run_shows_the_plan_and_writes_nothing(bench: Bench) -> None:
    shown = go(bench, dry=True)
    assert (shown.exit_code, shown.ending, names(bench)) == (3, "planned", [])
    assert shown.ended.plan


@pytest.mark.parametrize(("how", "is_kept"), [({"dry": True}, False), ({"yes": True}, False), ({"plan": "x"}, True)])
def test_fingerprints_are_kept_only_where_somebody_may_approve_them(
    bench: Bench, how: dict[str, Any], is_kept: bool
) -> None:
    limits = Limits()
    session = Session(
        bench.systems,
        bench.ledger,
        FileLocks(bench.folder / "locks"),
        Clock(bench.ledger, limits, lambda: datetime.now(UTC)),
    )
    a_run = Run(session, NoteFlow(bench, NOTES), Approval(**how), limits)
    assert a_run.outcome().ended.plan
    assert bool(a_run.summary.keys) is is_kept


def test_yes_writes_and_twice_is_once(bench: Bench) -> None:
    assert (go(bench, yes=True).exit_code, names(bench)) == (0, ["One", "Three", "Two"])
    again = go(bench, yes=True)
    assert (again.exit_code, again.ending, again.ended.plan, len(bench.a.objects)) == (0, "done", "", 3)


def test_a_person_is_asked_once_and_a_no_writes_nothing(bench: Bench) -> None:
    asked: list[str] = []

    def answering(answer: bool) -> Callable[[Notes], bool]:
        def ask(shown: Notes) -> bool:
            asked.append(shown.ended.plan)
            return answer

        return ask

    assert (go(bench, ask=answering(False)).exit_code, names(bench)) == (3, [])
    assert (go(bench, ask=answering(True)).exit_code, len(names(bench))) == (0, 3)
    assert asked[0] == asked[1]
    assert go(bench, ask=answering(True)).exit_code == 0
    assert len(asked) == 2, "nothing to do: nobody is asked"


def test_a_plan_is_approved_by_its_id_and_no_other(bench: Bench) -> None:
    plan = go(bench, dry=True).ended.plan
    wrong = go(bench, plan="00000000")
    assert (wrong.exit_code, names(bench)) == (5, [])
    assert f"--plan {plan}" in wrong.ended.error.next  # type: ignore[union-attr]
    assert (go(bench, plan=plan).exit_code, len(names(bench))) == (0, 3)


def test_what_changed_after_it_was_shown_is_not_written_and_the_others_are(bench: Bench) -> None:
    notes = dict(NOTES)

    def ask(_: Notes) -> bool:
        notes["two"] = "Changed meanwhile"
        return True

    outcome = go(bench, notes, ask=ask)
    assert (outcome.exit_code, names(bench)) == (5, ["One", "Three"])


def test_what_remains_of_an_approved_plan_is_covered_by_it(bench: Bench) -> None:
    plan = go(bench, dry=True).ended.plan
    bench.a.put_errors = [(Rejected("no"), False)]
    assert (go(bench, plan=plan).exit_code, len(names(bench))) == (4, 2)
    assert (go(bench, plan=plan).exit_code, len(names(bench))) == (0, 3)


@pytest.mark.parametrize("how", [{"yes": True}, {"ask": lambda _: True}])
def test_more_than_a_limit_is_refused_by_its_name(bench: Bench, how: dict[str, Any]) -> None:
    over = go(bench, limits=Limits(creates=2), **how)
    assert (over.exit_code, names(bench)) == (6, [])
    assert "--limit creates=3" in over.ended.error.next  # type: ignore[union-attr]
    assert go(bench, limits=Limits(creates=2).lift({"creates": 3}), **how).exit_code == 0


def test_a_system_that_asks_waits_for_a_person_and_one_that_is_read_is_only_shown(bench: Bench) -> None:
    for mode, code in (("ask", 4), ("read", 3)):
        bench.systems["a"] = system("a", bench.a, mode=mode)
        outcome = go(bench, yes=True)
        assert (outcome.exit_code, names(bench)) == (code, [])
    assert go(bench, plan=outcome.ended.plan).ended.is_read_only


def test_the_document_is_the_envelope_and_says_who_is_waited_for(bench: Bench) -> None:
    bench.a.put_errors = [(Rejected("no"), False)]
    document = go(bench, yes=True).document()
    Draft202012Validator(SCHEMA).validate(document)
    waiting = {
        change["subject"]: change["waits_for"] for change in document["changes"] if change["result"] == "waiting"
    }
    assert list(waiting.values()) == [[{"kind": "person", "name": "Lena"}]]
    assert document["run"]


def test_a_quiet_run_reports_what_waits_once(bench: Bench) -> None:
    bench.systems["a"] = system("a", bench.a, mode="ask")
    news = []
    for _ in range(2):
        quiet = Quiet(bench.ledger, "notes")
        news.append(quiet.is_news(go(bench, yes=True).document()))
        quiet.keep()
    assert news == [True, False]


def test_what_somebody_else_holds_is_waited_for_and_then_named(bench: Bench) -> None:
    held = FileLocks(bench.folder / "locks").hold("two")
    with held, pytest.raises(Unavailable, match="two is being worked on by process"):
        go(bench, {"two": "Two"}, yes=True)
    assert names(bench) == []


@pytest.mark.usefixtures("ctrl_c_interrupts")
def test_ctrl_c_ends_what_is_under_way_and_begins_no_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    put, begun, halted = bench.a.put, threading.Event(), threading.Event()
    halt = apply._Course._halt

    def halting(course: Any) -> None:
        halt(course)
        halted.set()

    def interrupted(changes: Any) -> Any:
        if not begun.is_set():
            begun.set()
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert halted.wait(10)
        return put(changes)

    monkeypatch.setattr(apply._Course, "_halt", halting)
    monkeypatch.setattr(bench.a, "put", interrupted)
    many = {f"n{number}": f"N{number}" for number in range(40)}
    outcome = go(bench, many, yes=True)
    assert (outcome.exit_code, outcome.ended.interrupted) == (130, True)
    assert 0 < len(bench.a.objects) < 40
    monkeypatch.undo()
    assert go(bench, many, yes=True).exit_code == 0
    assert len(bench.a.objects) == 40


def test_ctrl_c_between_two_batches_ends_with_what_was_done(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the next one is read: what was written before is in the outcome all the same."""
    batches = NoteFlow.batches

    def interrupted(flow: NoteFlow, ids: Any, *, held: bool) -> Any:
        if held and bench.a.objects:
            raise KeyboardInterrupt
        return batches(flow, ids, held=held)

    monkeypatch.setattr(NoteFlow, "batches", interrupted)
    many = {f"n{number}": f"N{number}" for number in range(40)}
    outcome = go(bench, many, yes=True)
    assert (outcome.exit_code, outcome.ended.interrupted, outcome.ended.error) == (130, True, None)
    assert sum(result.status == "done" for result in outcome.results) == len(bench.a.objects) == NoteFlow.at_once
    monkeypatch.undo()
    assert go(bench, many, yes=True).exit_code == 0


def test_a_ledger_that_fails_before_anything_is_read_stops_the_run_in_its_session(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making a run reads nothing, so that whatever fails is reported by the session."""

    def failing(_: str) -> Any:
        raise LedgerError("the disk is gone")

    monkeypatch.setattr(bench.ledger, "approved", failing)
    limits, locks = Limits(), FileLocks(bench.folder / "locks")
    session = Session(bench.systems, bench.ledger, locks, Clock(bench.ledger, limits, lambda: datetime.now(UTC)))
    a_run = Run(session, NoteFlow(bench, NOTES), Approval(plan="x"), limits)
    ended = Ended("", is_read_only=False)
    outcome = session.run(a_run.outcome, lambda error: Notes((), dataclasses.replace(ended, error=error)))
    assert (outcome.exit_code, str(outcome.ended.error)) == (1, "the disk is gone")


@pytest.mark.usefixtures("ctrl_c_interrupts")
def test_ctrl_c_while_a_write_is_begun_does_not_lose_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread runs already, and the run does not know of it yet."""
    ended = threading.Event()

    class Interrupted(Pool):
        def submit(self, *work: Any, **options: Any) -> Any:
            future = super().submit(*work, **options)
            if not ended.is_set():
                future.result()
                ended.set()
                signal.raise_signal(signal.SIGINT)
            return future

    monkeypatch.setattr(apply, "Pool", Interrupted)
    outcome = go(bench, yes=True)
    assert (outcome.exit_code, outcome.ended.interrupted) == (130, True)
    assert [result.status for result in outcome.results].count("done") == len(bench.a.objects) == 1


def test_killed_after_the_write_the_next_run_finds_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(bench.ledger, "finish", kill)
    with pytest.raises(Killed):
        go(bench, {"one": "One"}, yes=True)
    monkeypatch.undo()
    assert go(bench, {"one": "One"}, yes=True).exit_code == 0
    assert names(bench) == ["One"]


def test_the_time_that_a_person_takes_is_not_the_runs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    monkeypatch.setattr("integrations.core.run.time.monotonic", lambda: passed[0])

    def ask(_: Notes) -> bool:
        passed[0] += 100
        return True

    assert go(bench, ask=ask).seconds == 0
    assert passed == [100]


def test_the_flow_is_short() -> None:
    """At most sixty lines for the flow, with what people read of it."""
    text = (Path(__file__).parent / "double.py").read_text().partition("@dataclasses")[2]
    assert len([line for line in text.splitlines() if line.strip() and '"""' not in line]) <= 60
