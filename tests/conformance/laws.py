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
