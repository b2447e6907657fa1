"""Billable time that waits too long for its invoice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field

from integrations.core.billing import Account, Work
from integrations.core.dates import dated
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import after, again
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule

SHOWN = 3
"""How many of the entries are shown."""


class TimeNotBilled(RuleSettings):
    """Days that time may wait."""

    days: int = Field(45, ge=0, le=3650)
    """An entry is late when it is older than this."""
    hours: Decimal = Field(Decimal(0), ge=0, le=1000)
    """So many hours in one project, or fewer, are not reported."""


@rule(
    "time-not-billed",
    group="unbilled work",
    title="Billable time not billed",
    severity="medium",
    who="project manager",
    action="Have the hours invoiced, or mark them as not billable",
    needs={"work"},
    settings=TimeNotBilled,
)
def time_not_billed(account: Account, settings: TimeNotBilled, today: date) -> Iterator[Verdict]:
    """Billable hours older than some days that no invoice has billed: one finding a project and currency.

    Included hours, work at a fixed price and internal work are billed by no hour. Corrections (negative hours) count
    against the others from their day on. The amount is what the hours are worth as far as the ERP has a price for them.
    """
    late: dict[tuple[str, str], list[Work]] = defaultdict(list)
    wait = settings.days + settings.grace_days + 1
    following: list[date] = []
    for work in account.work:
        if work.kind != "billable":
            continue
        deadline = after(work.day, wait) if work.hours >= 0 else work.day
        if deadline <= today:
            late[work.project, work.currency].append(work)
        else:
            following.append(deadline)
    yield from again(today, following)
    for (project, currency), several in late.items():
        hours = sum((work.hours for work in several), Decimal(0))
        if hours > settings.hours:
            yield _hit(project, currency, several, hours)


def _hit(project: str, currency: str, several: Sequence[Work], hours: Decimal) -> Hit:
    known = [work.amount for work in several if work.amount is not None]
    amount = sum(known, Decimal(0)) if known and currency else None
    several = sorted(several, key=lambda work: (work.day, work.id))
    first, last = several[0], several[-1]
    when = f"of {dated(first.day)}" if first.day == last.day else f"from {dated(first.day)} to {dated(last.day)}"
    worth = "" if amount is None else f": {spelled(amount, currency)}"
    return Hit(
        "/".join(part for part in (f"work:{_place(project)}", currency) if part),
        f"{hours.normalize():f} billable hours in one project {when} are not billed{worth}",
        amount,
        currency if amount is not None else "",
        tuple(Evidence(f"{work.hours.normalize():f} hours on {dated(work.day)}", work.url) for work in several[:SHOWN]),
        since=first.day,
        person=next((work.manager for work in reversed(several) if work.manager is not None), None),
    )


def _place(project: str) -> str:
    """Stands for a project, whose name may be a customer's, or a person's."""
    return hashlib.sha256(project.encode()).hexdigest()[:8] if project else "none"
