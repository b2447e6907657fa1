"""The company's days: of every moment, in zones east and west, over changes of the clocks, years and months."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.core import calendar
from integrations.core.calendar import Calendar
from integrations.core.pool import Pool

ZURICH, LORD_HOWE, SAMOA, HONOLULU = "Europe/Zurich", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Honolulu"


def of(zone: str, **given: object) -> Calendar:
    return Calendar(zone=ZoneInfo(zone), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-11-07T23:30", ZURICH, "2026-11-08"),
        ("2026-11-07T22:59:59", ZURICH, "2026-11-07"),
        ("2026-11-07T23:00", ZURICH, "2026-11-08"),
        ("2026-07-07T21:59", ZURICH, "2026-07-07"),  # summer time: two hours
        ("2026-07-07T22:00", ZURICH, "2026-07-08"),
        ("2026-12-31T23:30", ZURICH, "2027-01-01"),  # the year's end
        ("2027-01-01T00:30", HONOLULU, "2026-12-31"),
        ("2028-02-28T23:30", ZURICH, "2028-02-29"),  # the leap day
        ("2028-02-29T23:30", ZURICH, "2028-03-01"),
        ("2027-02-28T23:30", ZURICH, "2027-03-01"),
        ("2026-03-29T00:59", ZURICH, "2026-03-29"),  # the day that has 23 hours
        ("2026-03-29T21:59", ZURICH, "2026-03-29"),
        ("2026-03-29T22:00", ZURICH, "2026-03-30"),
        ("2026-10-24T22:00", ZURICH, "2026-10-25"),  # the day that has 25
        ("2026-10-25T22:59", ZURICH, "2026-10-25"),
        ("2026-10-25T23:00", ZURICH, "2026-10-26"),
        ("2026-11-07T10:00", "Pacific/Kiritimati", "2026-11-08"),  # fourteen hours east
        ("2026-11-07T11:59", "Pacific/Pago_Pago", "2026-11-07"),
        ("2026-11-07T10:59", "Pacific/Pago_Pago", "2026-11-06"),  # eleven hours west
        ("2026-11-07T18:14", "Asia/Kathmandu", "2026-11-07"),  # 5 h 45 min
        ("2026-11-07T18:15", "Asia/Kathmandu", "2026-11-08"),
        ("2026-11-07T03:29", "America/St_Johns", "2026-11-06"),  # minus 3 h 30 min
        ("2026-11-07T03:30", "America/St_Johns", "2026-11-07"),
        ("2011-12-30T09:59", SAMOA, "2011-12-29"),  # there was no 30 December there
        ("2011-12-30T10:00", SAMOA, "2011-12-31"),
        ("2026-11-07T23:30", "UTC", "2026-11-07"),
    ],
)
def test_a_moment_is_of_the_companys_day(moment: str, zone: str, day: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert str(of(zone).day(at)) == day
    assert str(of(zone).day(at.astimezone(ZoneInfo("Asia/Tokyo")))) == day, "whatever zone it is told in"


@pytest.mark.parametrize(
    ("day", "zone", "moment"),
    [
        ("2027-01-01", ZURICH, "2026-12-31T23:00"),
        ("2026-07-01", ZURICH, "2026-06-30T22:00"),
        ("2027-01-01", HONOLULU, "2027-01-01T10:00"),
        ("2017-10-15", "America/Sao_Paulo", "2017-10-15T03:00"),  # 00:00 did not exist: clocks went to 01:00
        ("2024-04-26", "Africa/Cairo", "2024-04-25T22:00"),
        ("0001-01-01", ZURICH, "0001-01-01T00:00"),
        ("9999-12-31", HONOLULU, "9999-12-31T10:00"),
        ("2026-11-01", "America/Havana", "2026-11-01T04:00"),  # 00:30 was there twice: from the first on
    ],
)
def test_a_day_begins_where_the_company_is(day: str, zone: str, moment: str) -> None:
    assert of(zone).begin(date.fromisoformat(day)) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@given(
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    st.sampled_from([ZURICH, LORD_HOWE, HONOLULU, "America/Sao_Paulo", "Africa/Cairo", "Asia/Kathmandu"]),
)
def test_the_beginning_of_a_day_is_its_first_moment(day: date, zone: str) -> None:
    company = of(zone)
    begins = company.begin(day)
    assert company.day(begins) == day
    assert company.day(begins - timedelta(microseconds=1)) == day - timedelta(days=1)


SWISS = Calendar(
    country="CH", part="ZH", off=((date(2026, 12, 24), date(2026, 12, 24)), (date(2027, 7, 19), date(2027, 7, 30)))
)
WEEKENDS = Calendar()
GULF = Calendar(weekdays=frozenset({6, 0, 1, 2, 3}))


@pytest.mark.parametrize(
    ("company", "day", "number", "last"),
    [
        (WEEKENDS, "2026-11-20", 1, "2026-11-23"),  # Friday
        (WEEKENDS, "2026-11-20", 0, "2026-11-20"),
        (WEEKENDS, "2026-11-21", 0, "2026-11-23"),  # Saturday
        (WEEKENDS, "2026-11-22", 1, "2026-11-23"),  # Sunday: Monday is the first day to work on it
        (WEEKENDS, "2026-11-22", 3, "2026-11-25"),
        (WEEKENDS, "2026-11-23", 5, "2026-11-30"),
        (WEEKENDS, "2026-12-24", 1, "2026-12-25"),  # nobody said that there is a holiday
        (SWISS, "2026-12-23", 1, "2026-12-28"),  # the own day off, two holidays, a Sunday
        (SWISS, "2026-12-31", 1, "2027-01-04"),  # the year's end
        (SWISS, "2028-02-28", 1, "2028-02-29"),
        (SWISS, "2028-02-28", 2, "2028-03-01"),
        (SWISS, "2026-04-02", 1, "2026-04-07"),  # Easter
        (SWISS, "2027-07-16", 1, "2027-08-02"),  # two weeks closed, then 1 August on a Sunday
        (GULF, "2026-11-19", 1, "2026-11-22"),  # Thursday to Sunday
        (Calendar(weekdays=frozenset({2})), "2026-11-25", 2, "2026-12-09"),  # Wednesdays only
    ],
)
def test_working_days_are_those_on_which_the_company_works(company: Calendar, day: str, number: int, last: str) -> None:
    assert str(company.working_days_after(date.fromisoformat(day), number)) == last


def test_a_canton_has_holidays_of_its_own() -> None:
    assumption = date(2028, 8, 15)
    assert Calendar(country="CH", part="ZH").is_working(assumption)
    assert not Calendar(country="CH", part="LU").is_working(assumption)
    assert Calendar().is_working(assumption)


@pytest.mark.parametrize(
    ("since", "days", "working", "until"),
    [
        ("2026-11-20T05:00", 3, False, "2026-11-23T05:00"),
        ("2026-03-27T05:00", 3, False, "2026-03-30T04:00"),  # clocks went forward: six in the morning all the same
        ("2026-10-23T04:00", 3, False, "2026-10-26T05:00"),
        ("2026-11-20T05:00", 0.25, False, "2026-11-20T11:00"),
        ("2026-11-20T05:00", 0, False, "2026-11-20T05:00"),
        ("2026-11-20T05:00", 3, True, "2026-11-25T05:00"),
        ("2026-11-20T23:30", 1, True, "2026-11-23T23:30"),  # Saturday in Zürich
    ],
)
def test_so_many_days_later_is_at_the_same_time_of_day(since: str, days: float, working: bool, until: str) -> None:
    begun, ends = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (since, until))
    assert of(ZURICH).later(begun, days, working=working) == ends


PAST_IT = re.compile(
    r"date\.today\(|\.astimezone\(|datetime\.now\(\)|(?:closed|date|seen|at|resolved|returned)\.date\(\)"
)
ON_PURPOSE = (
    "core/calendar.py",
    "core/clock.py",
    "core/http/",
    "core/ledger/",
    "core/lock.py",
    "sandbox/",
    "cli/init.py",
)
"""What stamps for itself, tells this machine's own time, or has no settings yet."""


def test_nothing_takes_a_day_past_the_calendar() -> None:
    """A day of this machine's, or of UTC, is another one for an hour or two each night."""
    root = Path(__file__).parents[2]
    files = [file for name in ("integrations", "cli", "config") for file in (root / name).rglob("*.py")]
    found = [
        f"{file.relative_to(root)}: {line.strip()}"
        for file in files
        if not any(part in file.as_posix() for part in ON_PURPOSE)
        for line in file.read_text(encoding="utf-8").splitlines()
        if PAST_IT.search(line) and "UTC)" not in line
    ]
    assert len(files) > 100
    assert found == []


def test_one_calendar_is_in_force_at_a_time_in_the_threads_of_its_pools_too() -> None:
    at = datetime(2026, 11, 7, 23, 30, tzinfo=UTC)
    before = calendar.day_of(at)
    for zone, day in ((ZURICH, 8), (HONOLULU, 7)):
        with calendar.used(of(zone)), Pool(1) as pool:
            assert pool.submit(calendar.day_of, at).result() == calendar.day_of(at) == date(2026, 11, day)
    assert calendar.day_of(at) == before


@pytest.mark.parametrize(("zone", "day"), [("Europe/Zurich", "2026-11-08"), ("America/New_York", "2026-11-07")])
def test_without_settings_days_are_this_machines(zone: str, day: str) -> None:
    code = (
        "from datetime import *; from integrations.core import calendar as c; "
        "at = datetime(2026, 11, 7, 23, 30, tzinfo=UTC); "
        "assert c.company().day(c.company().begin(date(2026, 3, 29))) == date(2026, 3, 29); print(c.day_of(at))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == day
