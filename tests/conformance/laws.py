"""Which cases a law is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import pytest

from tests.conformance.case import LAWS, Case
from tests.conformance.cases import CASES

T = TypeVar("T")
EVERY = 4
"""Of a long row, a case that is made as another gets every fourth."""
SLOW = pytest.mark.slow
WHOLE = [case for case in CASES if not case.made_as]
"""Who is put to all of a long row, if not in every run."""
NUMBERS = {case.name: number for number, case in enumerate(WHOLE)}


def law(name: str) -> pytest.MarkDecorator:
    """Parametrise a test by every case that this law applies to."""
    assert name in LAWS, name
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES if applies(name, case)])


def applies(name: str, case) -> bool:
    """Whether the case is not exempt from the law."""
    return name not in case.exempt


def sampled(case: Case, row: Iterable[T]) -> list[T]:
    """All of a row of faults, texts or boundaries; for a case that is made as another, a few."""
    listed = list(row)
    return listed[1::EVERY] if case.made_as else listed


def in_turn(case: Case, *places: int) -> tuple[pytest.MarkDecorator, ...]:
    """The marks of a test at these places of its rows: of neighbours, the usual run has one.

    The next case has the other one, so that together a system's cases meet the whole of a row that all have; with
    `--every-boundary` each case does. A case that is put to a few of a row anyway keeps those, and the only case of
    its system the whole.
    """
    is_alone = [case.system for case in WHOLE].count(case.system) == 1
    if case.made_as or is_alone or (NUMBERS[case.name] + sum(places)) % 2 == 0:
        return ()
    return (SLOW,)
