"""What a person is shown of a set-up."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

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

    @property
    def changing(self) -> Sequence[str]:
        """The deal, as the command named it, where there is something to write."""
        return () if self.plan.is_empty else (self.reference,)
