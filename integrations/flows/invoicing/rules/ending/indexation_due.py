"""Prices that were not adjusted when their contract said so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from pydantic import Field, field_validator

from integrations.core.billing import Account, Contract, ContractLine
from integrations.core.dates import dated
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import after, again, tagged
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule
from integrations.flows.invoicing.rules.ending.yearly import in_force, last_day, yearly_of


class IndexationDue(RuleSettings):
    """Days until an adjustment is late, and its worth."""

    window_days: int = Field(30, ge=0, le=365)
    """The notice window: the customer is told so many days ahead, so a new price may begin that much later."""
    percent: Mapping[str, Decimal] = Field(default_factory=dict)
    """By how much prices rise, by the index's name: for the amount at risk; without it no amount is given."""
    fixed_tags: tuple[str, ...] = ("fixed price", "no indexation", "Festpreis")
    """Tags of contracts whose prices stay."""

    @field_validator("percent")
    @classmethod
    def _possible(cls, percent: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
        if any(not 0 < value <= 100 for value in percent.values()):
            raise ValueError("must be per cent, more than 0 and at most 100")
        return percent


@rule(
    "indexation-due",
    group="end, renewal, index",
    title="Price adjustment due",
    severity="medium",
    who="account manager",
    action="Announce the new prices, enter them on the contract, and move its day of adjustment on",
    needs={"contracts"},
    settings=IndexationDue,
)
def indexation_due(account: Account, settings: IndexationDue, today: date) -> Iterator[Verdict]:
    """Contracts whose prices were to be adjusted from a day on, the notice window past, and none was.

    Adjusted is a contract one of whose lines has a new price, or a successor, from at most the window before that day
    on. The amount is what a year's adjustment comes to, where the settings tell the index's percentage. Contracts with
    one index share a cause.
    """
    known = {name.strip().casefold(): percent for name, percent in settings.percent.items()}
    for contract in account.contracts:
        due = contract.indexed
        if due is None or contract.state != "running" or contract.served != account.id:
            continue
        if tagged(contract.tags, settings.fixed_tags) or _is_adjusted(contract, due, settings.window_days):
            continue
        ends = _ends(contract, due)
        deadline = after(due, settings.window_days + settings.grace_days)
        yield from again(today, (deadline, after(ends, 1) if ends < date.max else None))
        if deadline <= today <= ends:
            yield _hit(contract, due, known.get(contract.index.strip().casefold()))


def _ends(contract: Contract, due: date) -> date:
    """The last day of its lines that are in force when prices are to be adjusted, and of those that follow them.

    Long ago: none is in force then.
    """
    lines = [line for line in contract.lines if in_force(contract, line, due)]
    products = {line.product for line in lines if line.product}
    lines += [
        line
        for line in contract.lines
        if line.product in products and line.start and line.start > due and in_force(contract, line, line.start)
    ]
    return max((last_day(contract, line) or date.max for line in lines), default=date.min)


def _is_adjusted(contract: Contract, due: date, window_days: int) -> bool:
    """Return whether a price took the place of another one around the day or later, on its line or on a successor."""
    first = after(due, -window_days)
    if any(price.since is not None and price.since >= first for line in contract.lines for price in line.prices[1:]):
        return True
    return any(
        line.start is not None and line.start >= first and any(_succeeds(line, former) for former in contract.lines)
        for line in contract.lines
    )


def _succeeds(line: ContractLine, former: ContractLine) -> bool:
    """Return whether a line begins when another one of its product has ended, at another price."""
    if line is former or not line.product or line.product != former.product or former.end is None:
        return False
    if line.start is None or former.end >= line.start or not line.prices or not former.prices:
        return False
    return line.prices[0].amount != former.prices[-1].amount


def _hit(contract: Contract, due: date, percent: Decimal | None) -> Hit:
    amount = None if percent is None else rounded(yearly_of(contract, due) * percent / 100, contract.currency)
    number = contract.number or contract.id
    by = f" by {contract.index.strip()}" if contract.index.strip() else ""
    worth = "" if not amount else f": {spelled(amount, contract.currency)} a year"
    return Hit(
        f"{contract.id}/{due.isoformat()}",
        f"Prices of contract {number} were to be adjusted{by} from {dated(due)} on{worth}",
        amount or None,
        contract.currency if amount else "",
        (Evidence(f"Contract {number}", contract.url),),
        since=due,
        cause=contract.index.strip(),
        payer=contract.payer,
        person=contract.manager,
    )
