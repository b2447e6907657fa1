"""Customers of a check: those written to, those whose day has come, all in a full pass, or those named."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from integrations.core.model import RecordChange
from integrations.core.rows import Failed
from integrations.core.system import Billing
from integrations.flows.invoicing.catalogue import Catalogue
from integrations.flows.invoicing.memory import FindingRepository
from integrations.flows.invoicing.settings import InvoiceSettings

CURSOR, FULL, RULES = "cursor", "full", "rules"
"""What is kept: how far changes were read, when the last full pass began, and under which rules."""
BEHIND = timedelta(hours=1)
"""How far the ERP's clock may be behind ours without a change being missed until the next full pass."""


@dataclasses.dataclass
class Selection:
    """Customers that a run reads.

    Attributes:
        pages: The customers' ids, some at a time.
        asked: Who was named, or may have changed: also who is no customer, or not any more; empty in a full pass.
        begun: When it was made, by our clock.
        full: All customers.
        since: From when on changes were read; None where that did not decide.
        newest: The newest change that was read, by the ERP's clock.
        failed: Records that were written to, and of which it can't be read whose they are.
    """

    pages: Iterator[Sequence[str | Failed]]
    begun: datetime
    asked: frozenset[str] = frozenset()
    full: bool = False
    since: datetime | None = None
    newest: datetime | None = None
    failed: tuple[Failed, ...] = ()

    @property
    def is_named(self) -> bool:
        """Return whether somebody named the customers: then nothing is known of the others."""
        return not self.full and self.since is None


@dataclasses.dataclass
class Selecting:
    """Selects customers."""

    memory: FindingRepository
    source: Billing
    settings: InvoiceSettings
    rules: str
    """What stands for the rules and their settings."""

    def select(self, named: Sequence[str], now: datetime, today: date, *, full: bool, lacks: str) -> Selection:
        """Return what a run reads. `lacks`: see `Memory.due`.

        Raises:
            IntegrationError: The changes could not be read to the end.
        """
        if named:
            return Selection(self.source.customers(named), now, frozenset(named))
        cursor = self.memory.moment(CURSOR)
        # No cursor is ahead of the clock that it was kept by: that clock was wrong, or is now.
        if full or cursor is None or cursor > now or self._is_full_due(now):
            return Selection(self.source.customers(), now, full=True)
        since = cursor - timedelta(minutes=self.settings.overlap_minutes)
        touched, newest, failed = self._touched(since)
        chosen = touched | self.memory.due(today, lacks)
        # Whoever the ERP writes to is not a customer by that: the same measure as in a full pass.
        pages = self.source.customers(sorted(chosen)) if chosen else iter(())
        newest = max(newest, cursor)
        return Selection(pages, now, frozenset(chosen), since=since, newest=newest, failed=failed)

    def _is_full_due(self, now: datetime) -> bool:
        """Return whether the last full pass is too old, in a wrong clock's future, or made under other rules."""
        last = self.memory.moment(FULL)
        if last is None or last > now or self.memory.value(RULES) != self.rules:
            return True
        return now - last >= timedelta(hours=self.settings.full_every_hours)

    def _touched(self, since: datetime) -> tuple[set[str], datetime, tuple[Failed, ...]]:
        touched: set[str] = set()
        failed: list[Failed] = []
        newest = since
        for page in self.source.changed(since):
            touches = [touch for touch in page if isinstance(touch, RecordChange)]
            touched.update(touch.customer for touch in touches)
            newest = max([newest, *(touch.changed for touch in touches)])
            failed += [failure for failure in page if isinstance(failure, Failed)]
        return touched, newest, tuple(failed)

    def finish(self, selection: Selection) -> None:
        """Remember how far a complete run came, so that the next begins there."""
        if selection.is_named or selection.failed:
            return  # what was written to since is read again until it can be told whose it is
        begun = selection.begun
        newest = max(selection.newest or begun - BEHIND, begun - BEHIND)
        kept = {CURSOR: min(newest, begun).isoformat()}
        if selection.full:
            kept |= {FULL: begun.isoformat(), RULES: self.rules}
        self.memory.keep(**kept)


def digest(catalogue: Catalogue, settings: InvoiceSettings) -> str:
    """Return what stands for the rules and everything that decides what they say."""
    known = {name: values.model_dump(mode="json") for name, values in sorted(catalogue.settings.items())}
    text = json.dumps([known, settings.history_months, settings.bank_days], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
