"""Laws 4 and 8, every writing request against every fault: an intent stays open exactly where it may have been done.

Two runs later everything is as an undisturbed run leaves it, object by object.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
from collections import Counter
from typing import Any

import pytest

from tests.conformance.cases import CASES
from tests.conformance.laws import SLOW, applies, sampled
from tests.crash.census import census

FOR_LONG = 1000
"""Times that a fault happens: longer than anybody's patience."""

CLAIMING = frozenset({"project.property.put", "project.property.delete"})
"""Writes down what is about to be made, and makes nothing of it."""


@dataclasses.dataclass(frozen=True)
class Row:
    """What goes wrong with one writing request: one fault after the other."""

    name: str
    faults: tuple[dict[str, Any], ...]


def _status(status: int, retry_after: float | None = None) -> Row:
    name = f"{status}-and-when" if retry_after is not None else str(status)
    return Row(name, ({"do": "status", "status": status, "retry_after": retry_after, "times": FOR_LONG},))


ROWS = (
    Row("lost-before", ({"do": "drop_before", "times": FOR_LONG},)),
    Row("lost-after", ({"do": "drop_after", "times": FOR_LONG},)),
    Row("refused-after-lost", ({"do": "drop_after"}, {"do": "status", "status": 403, "times": FOR_LONG})),
    Row("refused-after-lost-before", ({"do": "drop_before"}, {"do": "status", "status": 403, "times": FOR_LONG})),
    _status(403),
    _status(429),
    _status(429, 60),
    _status(500),
    _status(503),
    _status(503, 60),
)

TURNS = 6
"""Of a request's faults, the usual run has every sixth; its neighbours have others."""

TABLE = [
    pytest.param(
        case,
        number,
        row,
        id=f"{case.name}-{number}-{operation}-{row.name}",
        marks=SLOW if (place + 5 * number + turn) % TURNS else (),
    )
    for place, case in enumerate(CASES)
    if applies("lost answers", case)
    for number, operation in sampled(case, enumerate(case.writes))
    for turn, row in enumerate(ROWS)
]

_UNDISTURBED: dict[str, Counter[str]] = {}


def undisturbed(bench, case) -> Counter[str]:
    """What a creation comes to, measured once in each process."""
    if case.name not in _UNDISTURBED:
        bench.established(case.want(1))
        _UNDISTURBED[case.name] = census(bench.state())
        bench.start_again()
    return _UNDISTURBED[case.name]


def may_have_been_done(entry: dict[str, Any]) -> bool:
    """What the sandbox knows of one request: it was done, or whoever sent it can't know that it was not."""
    if not entry["writes"] or entry["operation"] in CLAIMING:
        return False
    if entry["fault"] in ("drop_before", "drop_after"):
        return True
    return bool(entry["status"] < 300 or entry["status"] >= 500)


def open_intents(side) -> int:
    """Intents whose end nobody has written down, in the ledger's own file."""
    with contextlib.closing(sqlite3.connect(side.path)) as connection:
        (number,) = connection.execute("select count(*) from intents where closed is null").fetchone()
        return int(number)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("integrations.core.http.sender.FIRST_PAUSE", 0.02)
    monkeypatch.setattr("integrations.core.http.sender.LONGEST_PAUSE", 0.05)


@pytest.mark.parametrize(("case", "number", "row"), TABLE)
def test_an_intent_stays_open_exactly_where_it_may_have_been_done(bench, case, number, row):
    expected = undisturbed(bench, case)
    for fault in row.faults:
        bench.fault(**fault, writes=True, skip=number)
    side = bench.side(patience=0.15)
    side.patient = False
    bench.forget_requests()
    (result,) = side.run(case.want(1))
    is_answered = result.error is None
    begun = any(entry["writes"] for entry in bench.requests())
    touched = any(may_have_been_done(entry) for entry in bench.requests())
    assert begun
    assert open_intents(side) == int(touched and not is_answered), result
    assert result.open == (touched and not is_answered)
    bench.fix()
    bench.asked_to_wait_no_more()
    bench.established(case.want(1))
    after = bench.side()
    assert [again.status for again in after.run(case.want(1))] == ["kept"]
    assert open_intents(after) == 0
    assert census(bench.state()) == expected
