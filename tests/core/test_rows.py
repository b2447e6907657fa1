"""Rows that raise: found among many in few readings, blocked alone, and nothing is believed to be gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from integrations.core.errors import Blocked, Unavailable, Unforeseen
from integrations.core.plan.approval import Fingerprint, fingerprint
from integrations.core.rows import MOST, Failed, in_halves
from tests.core.memory import Bench, later, want


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


class Reading:
    """A reading that raises for these rows."""

    def __init__(self, *bad: int) -> None:
        self.bad, self.times = set(bad), 0

    def __call__(self, rows: Sequence[int]) -> list[int]:
        self.times += 1
        if self.bad & set(rows):
            raise ZeroDivisionError
        return list(rows)


@pytest.mark.parametrize("bad", [(), (0,), (99,), (3, 4, 77)])
def test_the_rows_that_raise_are_found_in_few_readings_and_all_others_are_read(bad: tuple[int, ...]) -> None:
    """In their order, each once."""
    reading = Reading(*bad)
    found = list(in_halves("erp", range(100), reading))
    assert [int(row.id) if isinstance(row, Failed) else row for row in found] == list(range(100))
    assert [int(row.id) for row in found if isinstance(row, Failed)] == list(bad)
    assert reading.times <= 1 + 2 * 8 * len(bad)


def test_where_every_row_raises_they_are_not_looked_for_one_by_one() -> None:
    """A mistake in the code is no matter of rows: very many are given up with few readings."""
    reading = Reading(*range(10_000))
    found = list(in_halves("erp", range(10_000), reading))
    assert len(found) == 10_000
    assert all(isinstance(row, Failed) for row in found)
    assert reading.times < 100 * MOST


def test_what_is_foreseen_is_about_all_rows_and_is_raised() -> None:
    def down(_: Sequence[int]) -> list[int]:
        raise Unavailable("down")

    with pytest.raises(Unavailable):
        list(in_halves("erp", range(3), down))


def test_a_step_whose_decision_raises_is_blocked_alone_and_those_that_need_it_with_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(change: Any, *given: Any) -> Fingerprint:
        if change.step == "ticket":
            raise ZeroDivisionError
        return fingerprint(change, *given)

    monkeypatch.setattr("integrations.core.plan.planner.fingerprint", broken)
    plan = bench.plan(
        want("page", name="Page"),
        want("ticket", name="Ticket"),
        want("note", "b", name="Note", later={"parent": later("ticket", "id")}),
    )
    assert {change.step: change.action for change in plan.changes} == {
        "page": "create", "ticket": "blocked", "note": "blocked",
    }  # fmt: skip
    assert isinstance(plan.changes[1].error, Unforeseen)
    assert isinstance(plan.changes[2].error, Blocked)
    assert set(plan.hashes) == {"page"}


def test_a_store_that_answers_with_something_else_stops_its_own_steps_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a plug-in may: no mapping at all, or an answer that is neither an object nor an error."""
    wants = (want("page", name="Page"), want("note", "b", name="Note"))
    for answer in (None, ["nothing"], {"deal:1/page": "there"}):
        monkeypatch.setattr(bench.a, "find", lambda _, answer=answer: answer)
        page, note = bench.plan(*wants).changes
        assert isinstance(page.error, Unforeseen)
        assert note.action == "create"
