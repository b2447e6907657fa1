"""How a run is allowed to write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Generic, TypeVar

Shown = TypeVar("Shown")
"""What a person is shown before being asked."""


@dataclasses.dataclass(frozen=True)
class Approval(Generic[Shown]):
    """How a run is allowed to write.

    Attributes:
        dry: Never.
        yes: Wherever the system's mode is `write`, without asking.
        plan: Exactly the plan with this id.
        ask: Asks a person, who sees the plan; None where there is nobody to ask.
    """

    dry: bool = False
    yes: bool = False
    plan: str | None = None
    ask: Callable[[Shown], bool] | None = None
