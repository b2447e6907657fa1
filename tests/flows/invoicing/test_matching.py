"""Laws of matching invoice lines to contract lines, and of the rule that needs it most."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from integrations.core.billing import Account, Contract, ContractLine, Invoice, Line, Price
from integrations.flows.invoicing.matching import matched
from integrations.flows.invoicing.matching.netting import served_invoices
from integrations.flows.invoicing.periods import Period, billed_on, periods
from integrations.flows.invoicing.rule import Hit
from integrations.flows.invoicing.rules.contract_against_invoice import RULES
from integrations.flows.invoicing.rules.contract_against_invoice.period_not_invoiced import period_not_invoiced

TODAY = date(2026, 11, 22)
PRICE = Decimal(100)


def contract_line(**facts) -> ContractLine:
    return ContractLine("contract-line:3", **{"product": "55", "prices": (Price(None, PRICE),), **facts})


def account(line: ContractLine, invoices: list[Invoice]) -> Account:
    contract = Contract("contract:7", currency="CHF", served="101", payer="101", lines=(line,))
    ordered = sorted(invoices, key=lambda invoice: invoice.day or TODAY)
    return Account("101", contracts=(contract,), invoices=tuple(ordered))


def invoice(number: int, day: date, **line) -> Invoice:
    facts = {"product": "55", "price": PRICE, "amount": PRICE, **line}
    bills = Line("1", **facts)
    return Invoice(
        str(number), day=day, untaxed=bills.amount, currency="CHF", served="101", payer="101", lines=(bills,), sent=True
    )


@st.composite
def billings(draw) -> tuple[ContractLine, list[tuple[Period, Invoice]]]:
    """A contract line and an invoice for each of its periods, some days late, with or without saying for which days."""
    unit = draw(st.sampled_from(["week", "month", "month end", "quarter", "half year", "year"]))
    line = contract_line(
        start=draw(st.dates(date(2022, 1, 1), date(2025, 12, 31))),
        unit=unit,
        every=draw(st.integers(1, 2)),
        ahead=draw(st.booleans()),
        end=draw(st.none() | st.dates(date(2026, 1, 1), date(2026, 11, 1))),
    )
    named, dated = draw(st.booleans()), draw(st.booleans())
    late = draw(st.integers(0, 1 if unit == "week" else 5))
    found = []
    for number, period in enumerate(periods(line, date(2022, 1, 1), TODAY)):
        day = billed_on(line, period) + timedelta(days=draw(st.integers(0, late)) if number < 30 else 0)
        own = {"start": period.start, "end": period.end} if dated else {}
        bill = invoice(number, day, contract_line=line.id if named else "", **own)
        found.append((period, bill))
    # of two billing days within a few days of each other, an invoice that names no days may be either one's
    days = [billed_on(line, period) for period, _ in found]
    assume(dated or all((later - day).days > (2 if unit == "week" else 10) for day, later in pairwise(days)))
    return line, found


def missing(line: ContractLine, invoices: list[Invoice]) -> list[str]:
    """The periods that the rule finds unbilled."""
    judged = period_not_invoiced.judge(account(line, invoices), period_not_invoiced.settings(grace_days=0), TODAY)
    return [hit.subject.rsplit("/", 1)[1] for hit in judged if isinstance(hit, Hit)]


@settings(max_examples=60, deadline=None)
@given(billings(), st.data())
def test_exactly_the_period_whose_invoice_is_missing_is_unbilled(billing, data):
    """With an invoice for each period nothing is missing, however it names its period; without one, that period is."""
    line, found = billing
    assert missing(line, [bill for _, bill in found]) == []
    due = [number for number, (period, _) in enumerate(found) if billed_on(line, period) < TODAY]
    if not due:
        return
    gone = data.draw(st.sampled_from(due))
    left = [bill for number, (_, bill) in enumerate(found) if number != gone]
    assert missing(line, left) == [found[gone][0].start.isoformat()]


@settings(max_examples=40, deadline=None)
@given(billings(), st.data())
def test_a_credit_note_over_the_whole_makes_the_period_unbilled_and_a_new_invoice_mends_it(billing, data):
    """What was taken back bills nothing; what comes in its place bills the same period, whenever it comes."""
    line, found = billing
    due = [(period, bill) for period, bill in found if billed_on(line, period) < TODAY]
    if not due:
        return
    period, wrong = data.draw(st.sampled_from(due))
    wrong = dataclasses.replace(wrong, number="INV/1")
    others = [bill for _, bill in found if bill.id != wrong.id]
    back = dataclasses.replace(wrong, id="900", number="", kind="credit", reverses=wrong.id, day=TODAY)
    assert missing(line, [*others, wrong, back]) == [period.start.isoformat()]
    fixed = dataclasses.replace(wrong, id="901", number="INV/2", replaces="INV/1", day=TODAY)
    assert missing(line, [*others, wrong, back, fixed]) == []


@settings(max_examples=40, deadline=None)
@given(st.data(), st.booleans(), st.sampled_from(["week", "month", "month end", "quarter"]), st.booleans())
def test_a_line_without_days_bills_as_many_periods_as_its_quantity_or_price_says(data, ahead, unit, priced):
    """However the periods are billed together, nothing is missing; without one of the invoices, its periods are."""
    line = contract_line(start=data.draw(st.dates(date(2024, 1, 1), date(2025, 12, 31))), unit=unit, ahead=ahead)
    left = list(periods(line, line.start or TODAY, date(2026, 11, 21)))
    together: list[list[Period]] = []
    while left:
        number = data.draw(st.integers(1, 5))
        together.append(left[:number])
        left = left[number:]
    bills = []
    for number, several in enumerate(together):
        amount, count = PRICE * len(several), Decimal(1 if priced else len(several))
        facts = {"quantity": count, "price": amount / count, "amount": amount}
        bills.append(invoice(number, billed_on(line, several[0 if ahead else -1]), **facts))
    assert missing(line, bills) == []
    gone = data.draw(st.integers(0, len(bills) - 1))
    due = [period.start.isoformat() for period in together[gone] if billed_on(line, period) < TODAY]
    assert missing(line, bills[:gone] + bills[gone + 1 :]) == due


@settings(max_examples=40, deadline=None)
@given(billings())
def test_a_line_is_matched_once_or_is_loose(billing):
    """No line of an invoice is lost, and none bills two contract lines."""
    line, found = billing
    twin = dataclasses.replace(line, id="contract-line:4")
    facts = account(line, [*(bill for _, bill in found), invoice(900, TODAY, product="99")])
    both = dataclasses.replace(facts.contracts[0], lines=(line, twin))
    answer = matched(dataclasses.replace(facts, contracts=(both,)))
    billed = [billing.invoice.id for several in answer.billed.values() for billing in several]
    loose = [loose.invoice.id for loose in answer.loose]
    assert sorted(billed + loose) == sorted(invoice.id for invoice in facts.invoices)


def test_two_lines_of_one_product_share_the_invoices_by_amount():
    """The dearer invoice line is the dearer contract line's, whichever comes first."""
    small = contract_line(start=date(2026, 10, 1))
    large = dataclasses.replace(small, id="contract-line:4", prices=(Price(None, Decimal(250)),))
    facts = account(small, [invoice(1, date(2026, 10, 1), amount=Decimal(250)), invoice(2, date(2026, 10, 1))])
    both = dataclasses.replace(facts.contracts[0], lines=(small, large))
    billed = matched(dataclasses.replace(facts, contracts=(both,))).billed
    assert {key: [billing.invoice.id for billing in several] for key, several in billed.items()} == {
        "contract-line:3": ["2"],
        "contract-line:4": ["1"],
    }


def test_pieces_are_credited_at_their_price_and_prices_without_pieces():
    """Two of ten pieces back leave eight; something off the price leaves ten, cheaper."""
    bill = invoice(1, date(2026, 10, 1), quantity=Decimal(10), price=Decimal(10))
    pieces = Line("1", product="55", quantity=Decimal(2), price=Decimal(10), amount=Decimal(20))
    rebate = dataclasses.replace(pieces, quantity=Decimal(10), price=Decimal(2))
    for line, left in ((pieces, (8, 80)), (rebate, (10, 80))):
        back = dataclasses.replace(bill, id="2", kind="credit", reverses="1", untaxed=Decimal(20), lines=(line,))
        ((_, lines),) = served_invoices(account(contract_line(), [bill, back]))
        assert [net[1:] for net in lines] == [left]


def test_a_product_carried_on_by_another_contract_takes_over_the_invoices():
    """The last invoice of the old line is the old one's, the next the new one's, although none names a contract."""
    old = contract_line(start=date(2026, 8, 1), end=date(2026, 9, 30), ahead=False)
    new = contract_line(start=date(2026, 10, 1), ahead=False)
    new = dataclasses.replace(new, id="contract-line:4")
    facts = account(old, [invoice(number, date(2026, number, 1)) for number in (9, 10, 11)])
    both = dataclasses.replace(facts.contracts[0], lines=(old, new))
    billed = matched(dataclasses.replace(facts, contracts=(both,))).billed
    assert {key: [billing.day.month for billing in several] for key, several in billed.items()} == {
        "contract-line:3": [8, 9],
        "contract-line:4": [10],
    }


def test_what_names_its_contract_line_is_never_another_ones():
    """Billed late for a line, although another of the same product waits for a nearer day."""
    line = contract_line(start=date(2026, 10, 1))
    other = dataclasses.replace(line, id="contract-line:4", start=date(2026, 10, 10))
    facts = account(line, [invoice(1, date(2026, 10, 20), contract_line=line.id)])
    both = dataclasses.replace(facts.contracts[0], lines=(line, other))
    (billing,) = matched(dataclasses.replace(facts, contracts=(both,))).billed[line.id]
    assert billing.service == Period(date(2026, 10, 1), date(2026, 10, 31))


def test_nothing_is_billed_late_for_what_lies_before_the_horizon():
    """An October invoice of before the horizon is not here: one that is made in the meantime is November's."""
    facts = account(contract_line(start=date(2026, 1, 1)), [invoice(1, date(2026, 10, 20))])
    for since, start in ((None, date(2026, 10, 1)), (date(2026, 10, 15), date(2026, 11, 1))):
        (billing,) = matched(dataclasses.replace(facts, since=since)).billed["contract-line:3"]
        assert billing.service
        assert billing.service.start == start


def test_a_second_invoice_of_a_period_is_that_periods_too():
    """Nothing is left that it could be for."""
    line = contract_line(start=date(2026, 11, 1), end=date(2026, 11, 30))
    facts = account(line, [invoice(1, date(2026, 11, 1)), invoice(2, date(2026, 11, 1))])
    assert [billing.service for billing in matched(facts).billed[line.id]] == [
        Period(date(2026, 11, 1), date(2026, 11, 30))
    ] * 2


def test_ten_thousand_invoices_of_one_customer_are_each_their_days():
    """A line that is billed daily for decades: every invoice finds its day, and no rule finds anything."""
    first = TODAY - timedelta(days=9_999)
    line = contract_line(start=first, unit="day")
    facts = account(line, [invoice(number, first + timedelta(days=number)) for number in range(10_000)])
    assert all(
        billing.service == Period(billing.invoice.day, billing.invoice.day)
        for billing in matched(facts).billed[line.id]
    )
    for rule in RULES:
        assert not [hit for hit in rule.judge(facts, rule.settings(), TODAY) if isinstance(hit, Hit)], rule.id
