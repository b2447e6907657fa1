"""Services that go on after their contract has ended."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pydantic import Field

from integrations.core.billing import Account, Contract, ContractLine, Usage, Work
from integrations.core.dates import dated
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import after, again, tagged
from integrations.flows.invoicing.periods import DAY
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule
from integrations.flows.invoicing.rules.ending.yearly import in_force, last_day, yearly

SHOWN = 3
"""How many of the deliveries are shown."""


class EndedStillDelivered(RuleSettings):
    """Days that off-boarding takes."""

    grace_days: int = Field(30, ge=0, le=3650)
    """Off-boarding: so many days after its last day a service may still be seen."""
    ignored_tags: tuple[str, ...] = ("off-boarding", "offboarding", "archive", "test")
    """Tags of deliveries that are agreed without a contract."""


class Agreed(NamedTuple):
    """A contract's line with its last day."""

    contract: Contract
    line: ContractLine
    end: date | None


@dataclasses.dataclass(frozen=True, slots=True)
class _Terms:
    """The account's contract lines, as deliveries are looked up in them."""

    by_id: Mapping[str, Agreed]
    by_product: Mapping[str, Sequence[Agreed]]
    ordered: Mapping[str, date]
    """By product, the day of the newest confirmed order."""


@rule(
    "ended-still-delivered",
    group="end, renewal, index",
    title="Contract ended, still delivered",
    severity="high",
    who="service manager",
    action="Switch the service off, or renew the contract and bill the days since its end",
    needs={"orders", "contracts", "usage", "work"},
    settings=EndedStillDelivered,
)
def ended_still_delivered(account: Account, settings: EndedStillDelivered, today: date) -> Iterator[Verdict]:
    """Usage after a contract line's last day and the time for off-boarding; included hours after all contracts' end.

    Not where another contract line of that product is in force on the day, a newer order is for it, or an order's line
    bills it. An end that the ERP does not date ends nothing here. The amount is what the days since the end come to at
    the last price.
    """
    terms = _terms(account)
    if not terms.by_id:
        return
    found: dict[tuple[str, str], list[Usage | Work]] = defaultdict(list)
    ended: dict[tuple[str, str], Agreed] = {}
    deliveries: tuple[Usage | Work, ...] = (*account.usage, *account.work)
    for delivery in deliveries:
        if delivery.day > today:
            yield from again(today, (delivery.day,))
            continue
        over = _over(delivery, terms, settings)
        if over is not None:
            place = (over.contract.id, over.line.id if isinstance(delivery, Usage) else "")
            found[place].append(delivery)
            ended[place] = over
    for place, late in found.items():
        yield _hit(ended[place], late, is_usage=bool(place[1]))


def _terms(account: Account) -> _Terms:
    by_id: dict[str, Agreed] = {}
    by_product: dict[str, list[Agreed]] = defaultdict(list)
    for contract in account.contracts:
        if contract.served == account.id and contract.state != "draft":
            for line in contract.lines:
                agreed = Agreed(contract, line, last_day(contract, line))
                by_id[line.id] = agreed
                if line.product:
                    by_product[line.product].append(agreed)
    ordered: dict[str, date] = {}
    for order in account.orders:
        if order.state == "confirmed" and order.served == account.id and order.day is not None:
            for sold in order.lines:
                ordered[sold.product] = max(order.day, ordered.get(sold.product, order.day))
    return _Terms(by_id, by_product, ordered)


def _over(delivery: Usage | Work, terms: _Terms, settings: EndedStillDelivered) -> Agreed | None:
    """The agreement after whose end something was delivered; None: it is agreed, or that is not known."""
    if isinstance(delivery, Work):
        is_told = delivery.kind == "included" and delivery.hours > 0
        several: Sequence[Agreed] = tuple(terms.by_id.values()) if is_told else ()
    elif _is_billed_by_order(delivery, terms) or delivery.quantity <= 0 or tagged(delivery.tags, settings.ignored_tags):
        return None
    else:
        several = _lines(delivery, terms)
    last = max((contract for contract in several if contract.end is not None), key=_end, default=None)
    if last is None or delivery.day <= after(_end(last), settings.grace_days):
        return None
    if any(_going_on(contract, delivery.day) for contract in several):
        return None
    newer = terms.ordered.get(last.line.product) if isinstance(delivery, Usage) else None
    return None if newer is not None and newer > _end(last) else last


def _is_billed_by_order(usage: Usage, terms: _Terms) -> bool:
    """Return whether an order's line bills it; a subscription's line is judged as such: it may have ended."""
    return bool(usage.order_line) and usage.order_line not in terms.by_id


def _lines(usage: Usage, terms: _Terms) -> Sequence[Agreed]:
    """The contract lines that a usage may be of: those of its product, else the one that it names."""
    named = terms.by_id.get(usage.contract_line)
    product = usage.product or (named.line.product if named else "")
    return terms.by_product.get(product) or ((named,) if named else ())


def _going_on(agreed: Agreed, day: date) -> bool:
    """Return whether a line is in force on a day, or ended on a day that the ERP does not say."""
    if agreed.end is None and (agreed.line.ended or agreed.contract.state == "ended"):
        return True
    return in_force(agreed.contract, agreed.line, day)


def _end(agreed: Agreed) -> date:
    return agreed.end or date.max


def _hit(agreed: Agreed, deliveries: Sequence[Usage | Work], *, is_usage: bool) -> Hit:
    contract, line, end = agreed.contract, agreed.line, _end(agreed)
    days = sorted(delivery.day for delivery in deliveries)
    number = contract.number or contract.id
    amount = rounded(yearly(line, end) * (days[-1] - end).days / 365, contract.currency) if is_usage else None
    worth = f", worth {spelled(amount, contract.currency)}" if amount is not None and amount > 0 else ""
    what = "the service was used" if is_usage else "included hours were worked"
    newest = sorted(deliveries, key=lambda delivery: (delivery.day, delivery.id), reverse=True)
    return Hit(
        f"{contract.id}/{line.id}" if is_usage else f"{contract.id}/work",
        f"Contract {number} ended on {dated(end)}, but {what} until {dated(days[-1])}{worth}",
        amount if worth else None,
        contract.currency if worth else "",
        (
            Evidence(f"Contract {number}", contract.url),
            *(Evidence(f"Delivered on {dated(delivery.day)}", delivery.url) for delivery in newest[:SHOWN]),
        ),
        since=end + DAY,
        payer=contract.payer,
    )
