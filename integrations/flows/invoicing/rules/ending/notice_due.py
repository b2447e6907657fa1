"""Contracts whose day of notice is near."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import Field, model_validator

from integrations.core.billing import Account, Contract
from integrations.core.dates import dated
from integrations.core.money import spelled
from integrations.flows.invoicing.facts import after, again, tagged
from integrations.flows.invoicing.periods import DAY
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Severity, Verdict, rule
from integrations.flows.invoicing.rules.ending.yearly import yearly_of


class NoticeDue(RuleSettings):
    """Days before the day of notice."""

    days: int = Field(60, ge=1, le=730)
    """So many days before the last day on which notice can be given it is reported."""
    urgent_days: int = Field(14, ge=0, le=730)
    """From so many days before on, it is of high severity."""
    settled_tags: tuple[str, ...] = ("notice given", "renewal agreed", "renewed", "gekündigt", "verlängert")
    """Tags of contracts about which the customer was asked."""

    @model_validator(mode="after")
    def _in_order(self) -> NoticeDue:
        if self.urgent_days > self.days:
            raise ValueError("urgent_days must not be more than days: it would be urgent before it is reported")
        if self.grace_days > self.days:
            raise ValueError("grace_days must not be more than days: it would never be reported")
        return self


@rule(
    "notice-due",
    group="end, renewal, index",
    title="Notice period ends soon",
    severity="medium",
    who="account manager",
    action="Ask the customer whether the contract goes on, then tag it as settled",
    needs={"contracts"},
    settings=NoticeDue,
)
def notice_due(account: Account, settings: NoticeDue, today: date) -> Iterator[Verdict]:
    """Running contracts whose last day to give notice comes within some days; that day itself is the last.

    Not those that end anyway, and not those about which a tag says that it is settled. The amount is what the contract
    brings in in the twelve months after.
    """
    for contract in account.contracts:
        if contract.notice is None or contract.state != "running" or contract.served != account.id:
            continue
        if contract.renews is False or tagged(contract.tags, settings.settled_tags):
            continue
        if contract.end is not None and contract.end < contract.notice:
            continue
        deadline = after(contract.notice, settings.grace_days - settings.days)
        urgent = after(contract.notice, -settings.urgent_days)
        yield from again(today, (deadline, urgent, after(contract.notice, 1)))
        if deadline <= today <= contract.notice:
            yield _hit(contract, contract.notice, deadline, "high" if today >= urgent else None)


def _hit(contract: Contract, notice: date, deadline: date, severity: Severity | None) -> Hit:
    amount = yearly_of(contract, notice + DAY if notice < date.max else notice)
    number = contract.number or contract.id
    worth = f": {spelled(amount, contract.currency)} a year" if amount > 0 else ""
    return Hit(
        f"{contract.id}/notice/{notice.isoformat()}",
        f"Notice on contract {number} can be given until {dated(notice)}{worth}",
        amount if amount > 0 else None,
        contract.currency if amount > 0 else "",
        (Evidence(f"Contract {number}", contract.url),),
        since=deadline,
        severity=severity,
        payer=contract.payer,
        person=contract.manager,
    )
