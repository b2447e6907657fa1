"""Records of the ledger, as it hands them out."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal

from integrations.core.change import Change
from integrations.core.model import DealReference
from integrations.core.resource import Live

Trigger = Literal["hand", "cron", "hook"]
"""What began a run: a person, a schedule, or a system's call."""


@dataclasses.dataclass(frozen=True)
class Actor:
    """Person or program behind a run: kept with all that it approves, writes and decides.

    Attributes:
        person: The account of our staff; with `sudo`, who called it and as whom: `lena as closedwon`.
        reason: Why, as the person said.
        run: The id of the run; empty until it is kept.
    """

    person: str
    trigger: Trigger = "cron"
    reason: str = ""
    run: str = ""


@dataclasses.dataclass(frozen=True)
class Approved:
    """That a person approved a plan."""

    actor: Actor
    at: datetime


@dataclasses.dataclass(frozen=True)
class Base:
    """A field as we last wrote it: keyed hashes of what we wanted and of what the vendor then returned.

    Attributes:
        lacked: The steps that it was to tell of and that did not exist then; of fields that are written once.
    """

    wanted: str
    returned: str
    lacked: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Ended:
    """Outcome of one change.

    Attributes:
        live: The object as the vendor returned it; None where it answered none.
        outcome: `done`, `shown`, `uncertain`, or the error's name.
        open: Without an object: the vendor may have done something all the same, so that it has to be looked for.
    """

    change: Change[Any]
    live: Live[Any] | None
    outcome: str
    open: bool = False


@dataclasses.dataclass(frozen=True)
class Choice:
    """A person's decision about one resource.

    Attributes:
        answer: The object's id, `new` or `never`.
        by: The account of our staff who decided.
        customer: Of a deal's step: the key of the customer that the deal had then; empty where that is not known.
    """

    answer: str
    reason: str
    by: str
    at: datetime
    customer: str = ""

    def holds_for(self, customers: Collection[str]) -> bool:
        """Return whether it still holds where the deal's customer has these keys."""
        return not self.customer.startswith("customer:") or self.customer in customers


@dataclasses.dataclass(frozen=True)
class ResourceRecord:
    """All that is remembered about one resource.

    Attributes:
        id: The object's id when we last saw it; for a manual step the id that we showed.
        url: Its page for people.
        fields: How each field was last written.
        choice: What a person decided.
        open_since: When an intent was opened whose outcome is not known; None where there is none.
        begun: How that intent's creation was to write what is written once.
        inherited: What was known of a gone customer's, whose heir this one is; None where this one's own is known. It
            counts only where the heir turns out to have none of its own.
    """

    id: str | None = None
    url: str = ""
    fields: Mapping[str, Base] = dataclasses.field(default_factory=dict)
    choice: Choice | None = None
    open_since: datetime | None = None
    begun: Mapping[str, Base] = dataclasses.field(default_factory=dict)
    inherited: ResourceRecord | None = None

    def fields_of(self, number: str) -> Mapping[str, Base]:
        """Return how the fields of the object with this id were last written: nothing, if it was another object."""
        known = next((one for one in (self, self.inherited) if one is not None and one.id == number), None)
        return {**self.begun, **known.fields} if known is not None else self.begun

    def taken_over(self) -> ResourceRecord:
        """Return what is known where the gone customer's object is the heir's, who has none of its own."""
        other = self.inherited
        if other is None:
            return self
        return dataclasses.replace(self, id=other.id, url=other.url, fields=other.fields, choice=other.choice)


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """A run's end, as `status` shows it: the set-up document without amounts, fields and times.

    Attributes:
        elsewhere: What the customer's page says of a deal that no CRM knows; None for a CRM's.
        actor: Who stands behind it; None: it is being kept now, or an earlier version kept it.
    """

    deal: str
    customer: str
    outcome: str
    ended: datetime
    document: Mapping[str, Any]
    elsewhere: DealReference | None = None
    actor: Actor | None = None
