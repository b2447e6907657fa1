"""Selection of the customers of a run: those with something new, all in a full pass, or those that were named."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from integrations.core.errors import Rejected
from integrations.core.model import RecordChange
from integrations.core.rows import Failed
from integrations.core.system import Contacts, System
from integrations.flows.contacts.leaving import is_due
from integrations.flows.contacts.memberships import Containers
from integrations.flows.contacts.memory import ContactRepository, Leaving, Why
from integrations.flows.contacts.outcome import Request
from integrations.flows.contacts.people import CUSTOMER
from integrations.flows.contacts.settings import ContactSettings

CURSOR, FULL, NEWEST = "cursor", "full", "newest"
"""The dates that are kept: how far changes were read, when a full pass began by our clock, the ERP's newest date."""


@dataclasses.dataclass(frozen=True)
class Selection:
    """Customers that a run looks at.

    Attributes:
        customers: By their ids in the ERP.
        since: From when on changes were read; None where not that decided.
        full: All customers, so that who is not seen is missing.
        begun: When it was made, by our clock.
        newest: The newest change read, by the ERP's clock.
        marks: Of those that an earlier run postponed.
        failed: Contacts that were written to, and of which it can't be read whose they are.
    """

    customers: list[str]
    begun: datetime
    since: datetime | None = None
    full: bool = False
    newest: datetime | None = None
    marks: dict[str, str] = dataclasses.field(default_factory=dict)
    failed: tuple[Failed, ...] = ()

    @property
    def is_named(self) -> bool:
        """Return whether somebody named the customers: then nothing is known of the others."""
        return self.since is None and not self.full


@dataclasses.dataclass
class Selecting:
    """Selects customers.

    Attributes:
        approving: A person may approve in this run: customers that wait for that are looked at again.
    """

    memory: ContactRepository
    places: Containers
    systems: Mapping[str, System]
    source: Contacts
    settings: ContactSettings
    approving: bool

    def select(self, request: Request, now: datetime) -> Selection:
        """Return what a run looks at; reads changes where that decides.

        Raises:
            Rejected: A customer was named that has no place anywhere.
            IntegrationError: The changes could not be read to the end.
        """
        known = self.places.customers()
        marks = {customer: mark for customer, (_, mark) in self.memory.pending().items()}
        if request.customers:
            return Selection(self._named(request.customers, known), now, marks=marks)
        cursor = self.memory.date(CURSOR)
        overlap = timedelta(minutes=self.settings.overlap_minutes)
        # No cursor is ahead of the clock that it was kept by: that clock was wrong, or is now.
        if request.full or cursor is None or cursor > now or self._is_full_due(now):
            return Selection(known, now, full=True, marks=marks)
        since = cursor - overlap
        touched, newest, failed = self._touched(since)
        chosen = touched | self._postponed(now) | (set(known) - self.memory.looked_at())
        if request.retry:
            chosen |= {problem.customer for problem in self.memory.problems()}
        customers = [customer for customer in known if customer in chosen]
        return Selection(customers, now, since=since, newest=max(newest, cursor), marks=marks, failed=failed)

    def _is_full_due(self, now: datetime) -> bool:
        """Return whether the last full pass is too old, in a wrong clock's future, or made under other rules."""
        last = self.memory.date(FULL)
        return last is None or last > now or now - last >= timedelta(hours=self.settings.full_every_hours)

    def _touched(self, since: datetime) -> tuple[set[str], datetime, tuple[Failed, ...]]:
        touched: set[str] = set()
        failed: list[Failed] = []
        newest = since
        for page in self.source.changed(since):
            touches = [touch for touch in page if isinstance(touch, RecordChange)]
            unread = [failure for failure in page if isinstance(failure, Failed)]
            touched |= {touch.customer for touch in touches}
            touched |= self.memory.customers_of(
                [*(touch.contact for touch in touches), *(failure.id for failure in unread)]
            )
            newest = max([newest, *(touch.changed for touch in touches)])
            failed += unread
        return touched, newest, tuple(failed)

    def _postponed(self, now: datetime) -> set[str]:
        """Those that an earlier run left, and those of whom somebody is to be taken out now."""
        waiting = self.memory.pending()
        due = {
            leaver.customer
            for leaver in self.memory.leavers()
            if is_due(leaver, now, self.settings, confirming=False) and self._may_leave(leaver, waiting)
        }
        return due | {customer for customer, (why, _) in waiting.items() if why == "again" or self.approving}

    def _may_leave(self, leaver: Leaving, waiting: Mapping[str, tuple[Why, str]]) -> bool:
        """Return whether this run may take somebody out: else every run would look at them for nothing."""
        system = self.systems.get(leaver.system)
        if system is None or not system.may_write(leaver.customer):
            return False
        is_asked = leaver.customer in waiting and not self.approving
        return system.settings.mode != "ask" or not is_asked

    @staticmethod
    def _named(customers: Iterable[str], known: Iterable[str]) -> list[str]:
        chosen = list(dict.fromkeys(customer.strip().removeprefix(CUSTOMER) for customer in customers))
        unknown = sorted(set(chosen) - set(known))
        if unknown:
            raise Rejected(
                f"the customer {unknown[0]} has no organization or page that closedwon knows of",
                who="the caller",
                next="Name it by its number in the ERP, its link there, or a part of its name. A customer is made by "
                "its deal: closedwon setup DEAL",
            )
        return chosen
