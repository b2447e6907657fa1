"""Clocks that are wrong, or are set right: nobody is taken out early, and no change is missed."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import pytest

from integrations.core.errors import Unsafe
from integrations.flows.contacts.selection import CURSOR, FULL
from tests.flows.contacts.customers import DAY
from tests.flows.contacts.site import DRY, EMAIL, NADJA, Site
from tests.limits import lenient, lifted

EVA = "eva.muster@mueller-soehne.example"


def trouble(wrong: Unsafe | None) -> str:
    """What is said of a clock that is wrong."""
    assert wrong is not None
    return wrong.message


@pytest.fixture(params=["America/St_Johns"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine stands in another time zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_while_the_clock_is_behind_the_erps_dates_nobody_leaves_and_it_is_told(site: Site) -> None:
    """Nor is anything noted by it that would make somebody leave early when the clock is right again."""
    site.sync()
    site.edit(NADJA, active=False)
    site.clock.behind = 10 * DAY
    outcome = site.sync()
    assert (outcome.ending, outcome.exit_code) == ("waiting", 6)
    text = trouble(outcome.clock)
    assert all(f"{when:%-d %b %Y}" in text for when in (site.clock.now(), site.clock.now() + dt.timedelta(days=10)))
    site.passed(3.1)
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.clock.behind = 0
    assert site.sync().clock is None
    site.passed(2.9)
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.passed(0.2)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()


@pytest.mark.parametrize("wrong", [10 * DAY, -30 * DAY])
def test_a_wrong_clock_neither_ends_a_grace_period_nor_begins_it_anew(site: Site, wrong: float) -> None:
    """Whoever is on the way out stays as long as told, and no longer."""
    site.sync()
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(2)
    site.clock.behind = wrong
    for full in (False, True, True):
        outcome = site.sync(full=full)
        assert (outcome.exit_code, outcome.counts["archive"]) == (6, 0)
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.clock.behind = 0
    site.passed(0.9)
    assert site.sync().counts["archive"] == 0
    site.passed(0.2)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()


def test_who_knows_that_the_clock_is_right_says_so_by_the_option_in_the_message(site: Site) -> None:
    """No other number lifts it; from then on that clock counts."""
    site.sync()
    site.edit(NADJA, active=False)
    site.sync()
    site.clock.behind = -30 * DAY
    site.limits = lenient(1000)
    wrong = site.sync().clock
    assert wrong is not None
    assert EMAIL[NADJA] in site.everywhere()
    site.limits = lifted(wrong.next)
    assert site.sync().exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()


def test_a_run_that_only_shows_keeps_no_time(site: Site) -> None:
    before = site.ledger.last_run()
    site.passed(1)
    site.sync(approval=DRY)
    assert site.ledger.last_run() == before
    site.sync()
    assert site.ledger.last_run() != before


@pytest.mark.parametrize("back", [300.0, 40 * DAY])
def test_a_clock_that_is_set_back_misses_no_change(site: Site, back: float) -> None:
    site.sync()
    site.add("Eva Muster", EVA)
    site.clock.behind = back
    assert site.sync().exit_code == (6 if back > DAY else 0)
    assert EVA in site.jira()
    site.edit(NADJA, phone="+41 52 555 09 09")
    site.sync()
    assert site.wiki()[EMAIL[NADJA]].phone == "+41525550909"


@pytest.mark.parametrize("ahead", [3000.0, 30 * DAY])
def test_a_clock_that_was_ahead_and_is_set_right_misses_no_change(site: Site, ahead: float) -> None:
    site.clock.behind = -ahead
    site.sync(full=True)
    site.sync()
    site.clock.behind = 0
    site.add("Eva Muster", EVA)
    site.sync()
    assert EVA in site.jira()


@pytest.mark.parametrize("name", [CURSOR, FULL])
def test_a_date_from_the_future_means_a_full_pass_and_is_mended_by_it(site: Site, name: str) -> None:
    site.memory.keep(name, site.clock.now() + dt.timedelta(days=300))
    site.add("Eva Muster", EVA)
    outcome = site.sync()
    assert outcome.full
    assert EVA in site.jira()
    date = site.memory.date(name)
    assert date is not None
    assert date <= site.clock.now()
    assert not site.sync().full


def test_a_full_pass_is_due_a_day_after_the_last_and_not_before(site: Site) -> None:
    site.passed(hours=20)
    assert not site.sync().full
    site.passed(hours=5)
    assert site.sync().full
    assert not site.sync().full


@pytest.mark.usefixtures("elsewhere")
def test_times_without_an_offset_are_no_local_times(site: Site) -> None:
    """Odoo writes UTC without saying so."""
    site.add("Eva Muster", EVA)
    outcome = site.sync()
    assert not outcome.full
    assert EVA in site.jira()
    site.passed(hours=2)
    site.edit(NADJA, phone="+41 52 555 09 09")
    outcome = site.sync()
    assert site.wiki()[EMAIL[NADJA]].phone == "+41525550909"
    assert outcome.since is not None
    assert outcome.since.utcoffset() is not None


def test_an_erp_whose_clock_is_half_an_hour_behind_loses_no_change(site: Site) -> None:
    site.clock.behind = -1800
    for phone in ("+41525550909", "+41525550910"):
        site.passed(hours=2)
        site.sync()
        site.edit(NADJA, phone=phone)
        site.sync()
        assert site.wiki()[EMAIL[NADJA]].phone == phone


def test_an_erp_whose_clock_is_ahead_loses_no_change_and_needs_no_full_pass_each_time(site: Site) -> None:
    site.clock.behind = 1800
    site.sync(full=True)
    for phone in ("+41525550909", "+41525550910"):
        site.edit(NADJA, phone=phone)
        assert not site.sync().full
        assert site.wiki()[EMAIL[NADJA]].phone == phone
