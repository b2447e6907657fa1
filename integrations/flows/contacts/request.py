"""What a contact sync is asked to do, and how it may write."""

from __future__ import annotations

import dataclasses

from integrations.core import plan
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


Approval = plan.Approval[Outcome]
"""How a contact sync is allowed to write."""
