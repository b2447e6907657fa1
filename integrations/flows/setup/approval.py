"""What a person is shown of a set-up, and how it is then allowed to write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from integrations.core.apply import Result
from integrations.core.model import Deal
from integrations.core.plan import Plan
from integrations.core.playbook import Playbook


@dataclasses.dataclass(frozen=True)
class Shown:
    """A plan as a person is shown it."""

    deal: Deal
    playbook: Playbook
    plan: Plan
    results: Mapping[str, Result]
    """What can be said of each step already: what nobody will write, what waits."""
    reference: str
    """What the command was given for the deal, and takes again."""
    named: str | None = None
    """The playbook, where the command named it."""


@dataclasses.dataclass(frozen=True)
class Approval:
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
