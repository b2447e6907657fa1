"""`contacts sync`: what it works with, and what became of it."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from integrations.core import log
from integrations.core.clock import Clock
from integrations.core.errors import IntegrationError
from integrations.core.http import REQUESTS
from integrations.core.ledger import Ledger
from integrations.core.lock import Locks
from integrations.core.plan import Limits
from integrations.core.rows import attempt
from integrations.core.store import Contacts
from integrations.core.system import System
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.request import Approval, Request
from integrations.flows.contacts.running import Run, stopped
from integrations.flows.contacts.settings import ContactSettings


def _now() -> datetime:
    return datetime.now(UTC)


@dataclasses.dataclass
class ContactSync:
    """Keeps the customers' people in step.

    Attributes:
        source: Where contacts are read.
        patient: Wait out, visibly, what a lost answer leaves open.
        lock_wait: Seconds that a customer on whom somebody else is working is waited for.
        now: The time, with a zone.
        waiting: Told, in words, what is waited for.
        progress: Told how many customers of how many are done.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    locks: Locks
    source: Contacts
    settings: ContactSettings
    limits: Limits = dataclasses.field(default_factory=Limits)
    patient: bool = False
    lock_wait: float = 0.0
    now: Callable[[], datetime] = _now
    waiting: Callable[[str, float, str], None] = lambda *_: None
    progress: Callable[[int, int | None], None] = lambda *_: None

    def run(self, request: Request, approval: Approval) -> Outcome:
        """Bring the people in step, as far as it may; raises only for what is wrong in the settings.

        Twice: the second run finds nothing to do. Interrupted anywhere, the next run goes on from what is there.
        """
        return self.counted(lambda: Run(self, request, approval).outcome())

    @property
    def clock(self) -> Clock:
        """This machine's clock, and whether it can be believed."""
        return Clock(self.ledger, self.limits, self.now)

    def counted(self, run: Callable[[], Outcome]) -> Outcome:
        """What a run came to, with its requests and its time; whatever went wrong is an outcome too."""
        begun = time.monotonic()
        sent = Counter({name: 0 for name, system in self.systems.items() if system.http is not None})
        counting = REQUESTS.set(sent)
        try:
            with log.running(log.run_id()):
                ended = attempt("", self._watched, run)
        finally:
            REQUESTS.reset(counting)
        outcome = stopped(ended) if isinstance(ended, IntegrationError) else ended
        return dataclasses.replace(outcome, requests=dict(sent), seconds=time.monotonic() - begun)

    def _watched(self, run: Callable[[], Outcome]) -> Outcome:
        with self.clock.watching():
            return run()
