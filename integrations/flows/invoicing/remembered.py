"""What is remembered of an exception between runs, and the state that follows from it."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from integrations.core.calendar import day_of
from integrations.core.model import Person, plain
from integrations.flows.invoicing.judging import Finding
from integrations.flows.invoicing.rule import Evidence

State = Literal["new", "open", "acknowledged", "resolved"]


@dataclasses.dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That somebody knows of an exception and wants to hear no more of it for a while.

    Attributes:
        until: The last day on which it is left alone; None: without an end.
        amount: How much it was at risk then, in the finding's currency; None: no amount could be said.
    """

    fingerprint: str
    reason: str
    by: str
    at: datetime
    until: date | None = None
    amount: Decimal | None = None

    def covers(self, finding: Finding, today: date, growth: float) -> bool:
        """Whether it still holds: its day has not passed, and the amount has not grown by more than this share."""
        if self.until is not None and today > self.until:
            return False
        if self.amount is None or finding.amount is None:
            return True
        return abs(finding.amount) <= abs(self.amount) * (1 + Decimal(str(growth)))


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """An exception as it stands.

    Attributes:
        first_seen: When it was first found, with a time zone.
        resolved: When it was found to be gone; None: it is there.
        returned: When it was found again after that.
        acknowledged: Who knows of it, where that still holds.
    """

    finding: Finding
    state: State
    first_seen: datetime
    last_seen: datetime
    resolved: datetime | None = None
    returned: datetime | None = None
    acknowledged: Acknowledgement | None = None

    def said_state(self) -> str:
        """The state in words that tickets and digests compare: `acknowledged until 2026-12-31`, `open`."""
        if self.state == "acknowledged" and self.acknowledged is not None:
            until = self.acknowledged.until
            return "acknowledged" + (f" until {until}" if until is not None else "")
        if self.state == "resolved":
            return "resolved"
        return f"open again {day_of(self.returned)}" if self.returned is not None else "open"


def document(finding: Finding) -> dict[str, Any]:
    """A finding as the ledger keeps it."""
    kept = {name: getattr(finding, name) for name in Finding.__slots__ if name not in ("evidence", "fingerprint")}
    return {**plain(kept), "evidence": [[one.text, one.url] for one in finding.evidence]}


def finding(fingerprint: str, kept: dict[str, Any]) -> Finding:
    """The finding that was kept."""
    return Finding(
        **{
            **kept,
            "fingerprint": fingerprint,
            "person": Person(**kept["person"]) if kept["person"] else None,
            "amount": Decimal(kept["amount"]) if kept["amount"] is not None else None,
            "since": date.fromisoformat(kept["since"]) if kept["since"] else None,
            "evidence": tuple(Evidence(text, url) for text, url in kept["evidence"]),
        }
    )
