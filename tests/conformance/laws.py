"""Which cases a law is for."""

from __future__ import annotations

import pytest

from tests.conformance.case import LAWS
from tests.conformance.cases import CASES


def law(name: str) -> pytest.MarkDecorator:
    """Parametrise a test by every case that this law applies to."""
    assert name in LAWS, name
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES if applies(name, case)])


def applies(name: str, case) -> bool:
    """Whether the case is not exempt from the law."""
    return name not in case.exempt
