"""The presentation of figures: rounded, beside their goal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any


def goal(
    value: float, *, at_most: float | None = None, at_least: float | None = None, digits: int = 3
) -> dict[str, Any]:
    """A figure, its goal, and whether it is met; the figure itself is compared, not what is shown of it."""
    met = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
    wanted = {"at_most": at_most} if at_most is not None else {"at_least": at_least}
    return {
        "value": round(value, digits),
        "goal": {k: round(v, digits) for k, v in wanted.items() if v is not None},
        "met": met,
    }


def median(values: Sequence[float]) -> float:
    """The value in the middle."""
    return statistics.median(values)
