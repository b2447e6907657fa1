"""Laws of a contract line's periods."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.billing import ContractLine, Price
from integrations.core.calendar import later
from integrations.flows.invoicing.periods import DAY, Period, billed_on, part_of, periods, price_on, whole_of

UNITS = ("day", "week", "month", "month end", "quarter", "half year", "year")
DAYS = st.dates(date(2019, 12, 1), date(2029, 3, 31))


@st.composite
def lines(draw):
    start = draw(DAYS)
    return ContractLine(
        "contract-line:1",
        start=start,
        end=draw(st.none() | st.dates(start, start + timedelta(days=1500))),
        every=draw(st.integers(1, 4)),
        unit=draw(st.sampled_from(UNITS)),
        ahead=draw(st.booleans()),
        next=draw(st.none() | DAYS),
    )


def spans(line: ContractLine, since: str, until: str) -> list[str]:
    found = periods(line, date.fromisoformat(since), date.fromisoformat(until))
    return [f"{period.start:%y%m%d}-{period.end:%y%m%d}" for period in found]


@settings(max_examples=150, deadline=None)
@given(lines(), DAYS, st.integers(0, 800))
def test_periods_tile_the_lines_days_without_gap_or_overlap(line, since, length):
    """Whatever the rhythm: one period follows the other, from the line's first day to its last."""
    until = since + timedelta(days=length)
    found = list(periods(line, since, until))
    for period, following in pairwise(found):
        assert following.start == period.end + DAY
    for period in found:
        assert line.start <= period.start <= period.end
        assert period.end >= since
        assert period.start <= until
        assert line.end is None or period.end <= line.end
    first, last = max(since, line.start), min(until, line.end or until)
    assert bool(found) is (first <= last)
    if found:
        assert found[0].start <= first
        assert found[-1].end >= last


@settings(max_examples=150, deadline=None)
@given(lines(), DAYS, DAYS)
def test_a_period_is_the_same_from_wherever_one_looks(line, day, other):
    """What is seen from two days on begins and ends alike: subjects of findings depend on it."""
    until = date(2030, 1, 1)
    if day > other:
        day, other = other, day
    near = list(islice(periods(line, other, until), 5))
    if near:
        far = {period.start: period for period in periods(line, day, near[-1].start)}
        assert all(far[period.start] == period for period in near)


@settings(max_examples=100, deadline=None)
@given(lines())
def test_the_day_that_is_billed_next_begins_a_period(line):
    """The ERP's next invoice date tells the rhythm, whatever day the line began on."""
    if line.unit == "month end" or line.next is None or line.next <= line.start or (line.end or line.next) < line.next:
        return
    assert next(periods(line, line.next, line.next)).start == line.next


@settings(max_examples=100, deadline=None)
@given(lines(), DAYS)
def test_only_the_first_and_the_last_period_are_parts(line, since):
    """A period is less than a whole one only where the line begins or ends in it."""
    for period in islice(periods(line, since, date(2030, 1, 1)), 6):
        part, whole = part_of(line, period), whole_of(line, period.start)
        assert 0 < part <= 1
        assert whole.start <= period.start <= period.end <= whole.end
        assert (part == 1) is (period == whole)
        assert period == whole or line.start == period.start or line.end == period.end


@pytest.mark.parametrize(
    ("line", "since", "until", "expected"),
    [
        (
            ContractLine("l", start=date(2028, 1, 31)),
            "2028-01-01",
            "2028-04-01",
            ["280131-280228", "280229-280330", "280331-280429"],
        ),
        (ContractLine("l", start=date(2026, 1, 31)), "2026-02-27", "2026-02-28", ["260131-260227", "260228-260330"]),
        (
            ContractLine("l", start=date(2028, 2, 29), unit="year"),
            "2028-01-01",
            "2030-01-01",
            ["280229-290227", "290228-300227"],
        ),
        (
            ContractLine("l", start=date(2026, 1, 15), unit="month end", end=date(2026, 3, 10)),
            "2026-01-01",
            "2026-12-31",
            ["260115-260131", "260201-260228", "260301-260310"],
        ),
        (
            ContractLine("l", start=date(2026, 1, 15), next=date(2026, 12, 1)),
            "2026-01-01",
            "2026-02-15",
            ["260115-260131", "260201-260228"],
        ),
        (
            ContractLine("l", start=date(2026, 1, 31), next=date(2026, 3, 31), unit="month"),
            "2026-02-01",
            "2026-02-28",
            ["260131-260227", "260228-260330"],
        ),
        (ContractLine("l", start=date(2026, 1, 1), end=date(2025, 12, 31)), "2020-01-01", "2030-01-01", []),
        (ContractLine("l"), "2020-01-01", "2030-01-01", []),
        (ContractLine("l", start=date(9999, 12, 31)), "2020-01-01", "2030-01-01", []),
        (ContractLine("l", start=date(2026, 1, 1), every=0), "2026-01-01", "2026-01-31", ["260101-260131"]),
    ],
)
def test_month_ends_leap_days_and_cut_offs(line, since, until, expected):
    """The calendar's odd days, spelled out."""
    assert spans(line, since, until) == expected


def test_rhythms_beyond_the_calendar_do_no_harm():
    """What was typed in by mistake gives one endless period, not an error."""
    line = ContractLine("l", start=date(2026, 1, 1), unit="year", every=10**9)
    assert [period.start for period in periods(line, date(2026, 1, 1), date(2030, 1, 1))] == [date(2026, 1, 1)]
    assert later(date(9999, 6, 1), 12) == date.max
    assert later(date(1, 6, 1), -12) == date.min
    assert list(periods(ContractLine("l", start=date(9998, 12, 1)), date(9999, 10, 1), date.max))


def test_ahead_is_billed_on_the_first_day_else_on_the_day_after_the_last():
    """Pre-paid and post-paid."""
    period = Period(date(2028, 2, 1), date(2028, 2, 29))
    assert billed_on(ContractLine("l", ahead=True), period) == date(2028, 2, 1)
    assert billed_on(ContractLine("l", ahead=False), period) == date(2028, 3, 1)


def test_a_price_holds_from_its_day_on():
    """On the very day the new price is the price; before the first there is none."""
    prices = (Price(date(2026, 1, 1), Decimal(100)), Price(date(2026, 7, 1), Decimal(105)))
    line = ContractLine("l", prices=prices)
    assert price_on(line, date(2025, 12, 31)) is None
    assert price_on(line, date(2026, 6, 30)) == 100
    assert price_on(line, date(2026, 7, 1)) == 105
