"""What a contact sync is asked to do, and how it may write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from integrations.flows.contacts.outcome import Outcome


@dataclasses.dataclass(frozen=True)
class Request:
    """What a run is to look at.

    Attributes:
        customers: Only these, by their ids in the ERP; empty: all that changed since the last run.
        full: All customers, whatever seems to have changed; with `customers`, all their people.
        retry: Also rows that were refused before and have not changed.
    """

    customers: tuple[str, ...] = ()
    full: bool = False
    retry: bool = False


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
    ask: Callable[[Outcome], bool] | None = None
