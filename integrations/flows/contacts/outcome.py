"""Outcome of a contact sync: the changes, the exit code, and the document that `--json` prints."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from integrations.core.change import Action, FieldChange, Result
from integrations.core.errors import IntegrationError, Unsafe
from integrations.core.member import Present
from integrations.core.model import Reference, plain
from integrations.core.outcome import Ending, Stamp, ending_of, envelope, error_document, exit_code, waits_for
from integrations.core.resource import about
from integrations.flows.contacts.memory import Problem
from integrations.flows.contacts.people import person_of


@dataclasses.dataclass(frozen=True)
class Stranger:
    """Somebody who is in a customer's place, and of whom nobody knows why.

    Attributes:
        known: The ERP has the address, but its functions give no membership here.
        contacts: Contacts of this customer who could be the same person: one may be chosen with `link`.
    """

    system: str
    customer: str
    present: Present
    known: bool
    contacts: tuple[str, ...] = ()


COUNTS = ("create", "update", "archive", "keep", "conflict", "rejected", "unknown")

Status = Literal["done", "kept", "failed", "blocked", "waiting", "planned"]


@dataclasses.dataclass(frozen=True)
class Line:
    """A change of one person in one system, planned or made.

    Attributes:
        title: What people call the system.
        company: The customer's name.
        manager: Its account manager, by name; empty where it has none.
        person: The name, or the address where there is no name: for people's eyes, never stored.
        contacts: The ERP's ids; empty for somebody whom only the ledger knows.
        functions: What the person is to us.
        reason: Why somebody is taken out.
        theirs: What differs and was left, with what the ERP says.
        unapproved: It waits only because nobody approved it.
    """

    system: str
    title: str
    customer: str
    company: str
    manager: str
    person: str
    contacts: tuple[str, ...]
    key: str
    action: Action
    status: Status
    reason: str = ""
    fields: tuple[FieldChange, ...] = ()
    theirs: tuple[FieldChange, ...] = ()
    error: IntegrationError | None = None
    url: str = ""
    unapproved: bool = False
    functions: tuple[str, ...] = ()
    kind: str = "member"
    id: str = ""

    @property
    def whose(self) -> tuple[str, str]:
        """The person of a customer, whichever of its places the line is about."""
        return self.customer, person_of(self.key)

    def document(self) -> dict[str, Any]:
        """The line as JSON: no address stands in it."""
        return {
            "subject": self.customer,
            "step": self.key,
            "system": self.system,
            "kind": self.kind,
            "customer": self.customer,
            "company": self.company,
            "contacts": list(self.contacts),
            "key": self.key,
            "action": self.action,
            "result": self.status,
            "reason": self.reason or None,
            "id": self.id or None,
            "name": None,
            "fields": [_field(field) for field in self.fields],
            "theirs": [{**_field(field), "theirs": plain(field.old), "erp": plain(field.new)} for field in self.theirs],
            "waits_for": waits_for(self.status, self.error, self.system, self.manager or "the account manager"),
            "url": self.url or None,
            "error": error_document(self.error),
        }


def _field(field: FieldChange) -> dict[str, Any]:
    return {"name": field.name, "old": plain(field.old), "new": plain(field.new)}


def shown_fields(result: Result, fields: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
    """The fields that people are shown."""
    resource = type(result.change.want.resource)
    return tuple(field for field in fields if field.name != "active" and not about(resource, field.name).hidden)


@dataclasses.dataclass(frozen=True)
class FailedRow:
    """A customer, or one of its contacts, that could not be worked on: all of it stays as it is.

    Attributes:
        customer: The ERP's id; empty where that is not known either.
        contact: The ERP's id; empty: the whole customer.
    """

    customer: str
    contact: str
    error: IntegrationError

    def document(self) -> dict[str, Any]:
        """The row as JSON."""
        return {
            "customer": self.customer or None,
            "contact": self.contact or None,
            "error": error_document(self.error),
        }


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Outcome of a contact sync.

    Attributes:
        since: From when on changes were read; None for a full pass or named customers.
        full: It was a full pass over all customers.
        lines: What was not simply as wanted.
        problems: Rows that can't be synced until somebody fixes them.
        names: Of the customers that are named in it.
        failed: Rows that could not be worked on; the next run reads them again.
        left: Customers that somebody else was working on: the next run takes them.
        approvals: Customers whose changes wait for a person, from this run or an earlier one.
        plan: The plan's id; empty where there is nothing to write or to show.
        is_read_only: This run may write none of its changes (mode `read`, outside the pilot): nobody can approve them.
        error: What stopped the whole of it.
        not_applied: Nothing was to be written, or nobody said yes.
        notes: What a person should know besides.
        unread: Systems in which somebody who is to be out could not be looked for, or not everywhere, and why.
        mentions: Where somebody who is to be forgotten still appears, and why.
        clock: Why nobody was taken out although it may be time: this machine's clock can't be believed.
    """

    since: datetime | None = None
    full: bool = False
    counts: Mapping[str, int] = dataclasses.field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    lines: tuple[Line, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    problems: tuple[Problem, ...] = ()
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    failed: tuple[FailedRow, ...] = ()
    customers: int = 0
    left: tuple[str, ...] = ()
    approvals: int = 0
    plan: str = ""
    is_read_only: bool = False
    error: IntegrationError | None = None
    not_applied: bool = False
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    unread: Mapping[str, IntegrationError] = dataclasses.field(default_factory=dict)
    mentions: tuple[Reference, ...] = ()
    clock: Unsafe | None = None
    stamp: Stamp = dataclasses.field(default_factory=Stamp)
    requests: Mapping[str, int] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ending(self) -> Ending:
        """The run's end in one word."""
        return ending_of(
            self.lines,
            self.error,
            is_shown=self.not_applied and bool(self.plan),
            is_read_only=self.is_read_only,
            is_waiting=self.clock is not None or bool(self.unread) or self._is_held,
            is_failed=bool(self.failed),
            interrupted=self.interrupted,
        )

    @property
    def exit_code(self) -> int:
        """Return what the command ends with."""
        others = {1} if self.failed or self._is_held or self.unread else set[int]()
        others |= {self.clock.exit_code} if self.clock is not None else set()
        is_shown = (self.not_applied and bool(self.plan)) or self.is_read_only
        return exit_code(self.lines, self.error, is_shown=is_shown, interrupted=self.interrupted, others=others)

    @property
    def has_written(self) -> bool:
        """Return whether anything was written."""
        return any(line.status == "done" for line in self.lines)

    @property
    def _is_held(self) -> bool:
        """Return whether a customer that was named is held; nobody waits for the others, the next run takes them."""
        return bool(self.left) and self.since is None and not self.full

    def document(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            **envelope(
                self.stamp,
                outcome=self.ending,
                plan=self.plan,
                changes=[line.document() for line in self.lines],
                counts={name: self.counts[name] for name in COUNTS},
                requests=self.requests,
                seconds=self.seconds,
                error=self.error or self.clock,
            ),
            "since": self.since.isoformat() if self.since is not None else None,
            "failed": [failure.document() for failure in self.failed],
            "unread": {name: error_document(error) for name, error in self.unread.items()},
        }


@dataclasses.dataclass(frozen=True)
class Request:
    """Selection of the people that a run looks at.

    Attributes:
        customers: Only these, by their ids in the ERP; empty: all that changed since the last run.
        full: All customers, whatever seems to have changed; with `customers`, all their people.
        retry: Also rows that were refused before and have not changed.
    """

    customers: tuple[str, ...] = ()
    full: bool = False
    retry: bool = False
