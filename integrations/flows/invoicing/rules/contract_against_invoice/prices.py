"""Invoices that bill another price than the contract agrees, or a discount that is past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from integrations.core.billing import Account, ContractLine
from integrations.core.dates import dated
from integrations.core.money import price as price_of
from integrations.core.money import rounded, spelled
from integrations.flows.invoicing.facts import titled
from integrations.flows.invoicing.matching import Billed, matched
from integrations.flows.invoicing.matching.model import discount_on, unit_price
from integrations.flows.invoicing.periods import Period, count_of, price_on
from integrations.flows.invoicing.rule import Hit, Verdict, rule
from integrations.flows.invoicing.rules.contract_against_invoice.comparison import (
    GROUP,
    Tolerant,
    agreed_price,
    amount_fits,
    comparable,
    evidence,
    is_reduced,
    line_subject,
    span,
    wrongly_billed,
)


@rule(
    "price-differs",
    group=GROUP,
    title="Price differs from the contract",
    severity="medium",
    who="finance",
    action="Correct the invoice, or the price in the contract",
    needs={"contracts", "invoices"},
    settings=Tolerant,
)
def price_differs(account: Account, settings: Tolerant, _today: date) -> Iterator[Verdict]:
    """Invoice lines whose price of a unit, after discounts, is not what the contract agrees.

    Prices are those of the first day of service. One finding per invoice line; the amount is the difference, in the
    invoice's currency. No difference: what rounding explains, a total that is right, prices that were in force within
    the period where it is billed by the day, a part of a period at its share, a tax that is in the price. A discount
    that is past is `discount-past-end`'s. Where the contract keeps no history of its price, what was billed before
    today's price was first used counts as an older price.
    """
    found = matched(account)
    for terms in found.terms:
        undated = len(terms.line.prices) == 1 and terms.line.prices[0].since is None
        billings = ((billing,) for billing in found.billed.get(terms.line.id, ()))
        for (billing,) in wrongly_billed(billings, lambda same: _price_fits(same[0], settings), history=not undated):
            yield _price_hit(billing)


def _price_hit(billing: Billed) -> Hit:
    price, agreed = billing.amount / billing.quantity, agreed_price(billing)
    currency = billing.invoice.currency
    period = span(billing.service) if billing.service else dated(billing.day)
    return Hit(
        subject=line_subject(billing),
        message=f"{titled(billing.invoice)} bills {price_of(price, currency)} a unit for {period}: "
        f"the contract says {price_of(agreed, currency)}",
        amount=rounded(abs(price - agreed) * abs(billing.quantity), currency),
        currency=currency,
        evidence=evidence(billing),
        since=billing.invoice.day,
        payer=billing.invoice.payer,
    )


def _price_fits(billing: Billed, settings: Tolerant) -> bool | None:
    """Return whether a line's price is right; None: that is not known."""
    line, service, quantity = billing.terms.line, billing.service, billing.quantity
    agreed = unit_price(line, billing.day)
    if agreed is None or service is None or not quantity or not comparable(billing):
        return None
    if abs(billing.amount - agreed * quantity) <= settings.tolerance or amount_fits((billing,), agreed, settings):
        return True
    if _is_copied(billing):
        return True
    near = settings.tolerance / abs(quantity)
    price = billing.amount / quantity
    low, high = _range(line, service, agreed)
    number = count_of(line, service)
    if low * number - near <= price <= high * number + near:
        return True
    past = price_on(line, billing.day)
    return past is not None and discount_on(line, billing.day) != line.discount and is_reduced(price, past, line, near)


def _is_copied(billing: Billed) -> bool:
    """Return whether a line has the contract's price and discount; with a tax in the price, it comes to less."""
    line, price = billing.line, price_on(billing.terms.line, billing.day)
    same = line.price == price and line.discount == discount_on(billing.terms.line, billing.day)
    return same and bool(price) and billing.amount == line.amount and any(tax.percent for tax in line.taxes)


def _range(line: ContractLine, service: Period, agreed: Decimal) -> tuple[Decimal, Decimal]:
    """The lowest and highest price in force in a period that is billed by the day; else that of its first day."""
    if not line.prorated:
        return agreed, agreed
    days = [price.since for price in line.prices if price.since and service.start < price.since <= service.end]
    days += [service.end] if line.discount_until and line.discount_until <= service.end else []
    prices = [agreed, *(price for day in days if (price := unit_price(line, day)) is not None)]
    return min(prices), max(prices)


@rule(
    "discount-past-end",
    group=GROUP,
    title="Discount given past its end",
    severity="medium",
    who="account manager",
    action="End the discount, or agree a longer one in the contract",
    needs={"contracts", "invoices"},
    settings=Tolerant,
)
def discount_past_end(account: Account, settings: Tolerant, _today: date) -> Iterator[Verdict]:
    """Invoice lines that still have the contract's discount although their service begins after its last day.

    One finding per invoice line; the amount is what was taken off, in the invoice's currency. The discount may stand
    on the line, or be in its price. A discount that was extended has a later last day in the contract.
    """
    found = matched(account)
    for terms in found.terms:
        until = terms.line.discount_until
        if until is None or terms.line.discount <= 0:
            continue
        for billing in found.billed.get(terms.line.id, ()):
            lacking = _taken_off(billing, settings) if billing.day > until and comparable(billing) else Decimal(0)
            if lacking > settings.tolerance:
                yield _discount_hit(billing, until, lacking)


def _taken_off(billing: Billed, settings: Tolerant) -> Decimal:
    """Return the discount by which a line is billed under its price: by its own word, or as much as was agreed."""
    line = billing.terms.line
    price = price_on(line, billing.day)
    if price is None or not billing.quantity:
        return Decimal(0)
    near = settings.tolerance / abs(billing.quantity)
    given = billing.line.discount > 0 or is_reduced(billing.amount / billing.quantity, price, line, near)
    return price * billing.quantity - billing.amount if given else Decimal(0)


def _discount_hit(billing: Billed, until: date, lacking: Decimal) -> Hit:
    currency = billing.invoice.currency
    return Hit(
        subject=line_subject(billing),
        message=f"{titled(billing.invoice)} gives a discount of {spelled(lacking, currency)} that ended on "
        f"{dated(until)}",
        amount=rounded(lacking, currency),
        currency=currency,
        evidence=evidence(billing),
        since=billing.invoice.day,
        payer=billing.invoice.payer,
    )
