"""The records that the ledger returns."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal

from integrations.core.change import Change
from integrations.core.model import DealReference
from integrations.core.resource import Live

Trigger = Literal["hand", "cron", "hook"]
"""The origin of a run: a person, a schedule, or a system's call."""


@dataclasses.dataclass(frozen=True)
class Actor:
    """The person or trigger behind a run, kept with all that the run approves, writes and decides.

    Attributes:
        person: The account of our staff; with `sudo`, who called it and as whom: `lena as closedwon`.
        reason: The reason that the person gave.
        run: The id of the run; empty until it is kept.
    """

    person: str
    trigger: Trigger = "cron"
    reason: str = ""
    run: str = ""


@dataclasses.dataclass(frozen=True)
class Approved:
    """A person's approval of a plan."""

    actor: Actor
    at: datetime


@dataclasses.dataclass(frozen=True)
class Base:
    """A field as we last wrote it: keyed hashes of our wanted value and of the vendor's returned one.

    Attributes:
        lacked: For a field that is written once: the steps that it should have mentioned and that did not exist then.
    """

    wanted: str
    returned: str
    lacked: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Ended:
    """Result of one change, for the ledger.

    Attributes:
        live: The object as the vendor returned it; None where none was returned.
        outcome: `done`, `shown`, `uncertain`, or the error's name.
        open: Without an object: the vendor may have done something all the same, so a later run looks for it.
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
        customer: For a deal's step, the key of the customer that the deal had then; empty where that is not known.
    """

    answer: str
    reason: str
    by: str
    at: datetime
    customer: str = ""

    def holds_for(self, customers: Collection[str]) -> bool:
        """Return whether the choice still holds where the deal's customer has these keys."""
        return not self.customer.startswith("customer:") or self.customer in customers


@dataclasses.dataclass(frozen=True)
class ResourceRecord:
    """All that is remembered about one resource.

    Attributes:
        id: The object's id when we last saw it; for a manual step the id that was shown.
        url: The object's page for people.
        fields: The base of each field as last written.
        choice: A person's choice.
        open_since: The time of an open intent, whose outcome is not known; None where there is none.
        begun: The bases of the fields that the open intent's creation was to write once.
        inherited: The record of a gone customer's object, whose heir this one is; None where this one's own object is
            known. It counts only where the heir turns out to have none of its own.
    """

    id: str | None = None
    url: str = ""
    fields: Mapping[str, Base] = dataclasses.field(default_factory=dict)
    choice: Choice | None = None
    open_since: datetime | None = None
    begun: Mapping[str, Base] = dataclasses.field(default_factory=dict)
    inherited: ResourceRecord | None = None

    def fields_of(self, number: str) -> Mapping[str, Base]:
        """Return how the fields of the object with this id were last written.

        For another object than the known one, return only what an open creation was to write once.
        """
        known = next((record for record in (self, self.inherited) if record is not None and record.id == number), None)
        return {**self.begun, **known.fields} if known is not None else self.begun

    def taken_over(self) -> ResourceRecord:
        """Return the record for an heir without an object of its own, which takes over the gone customer's."""
        other = self.inherited
        if other is None:
            return self
        return dataclasses.replace(self, id=other.id, url=other.url, fields=other.fields, choice=other.choice)


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """The end of a run, as `status` shows it: the set-up document without amounts, fields and times.

    Attributes:
        elsewhere: For a deal that no CRM knows, the customer's page's line about it; None for a CRM's deal.
        actor: The person or trigger; None while it is being recorded, or where an earlier version recorded it.
    """

    deal: str
    customer: str
    outcome: str
    ended: datetime
    document: Mapping[str, Any]
    elsewhere: DealReference | None = None
    actor: Actor | None = None
