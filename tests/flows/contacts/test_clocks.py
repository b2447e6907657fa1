"""Clocks that are wrong, or are set right: nobody is taken out early, and no change is missed."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import pytest

from integrations.flows.contacts.selection import CURSOR, FULL
from tests.flows.contacts.customers import DAY
from tests.flows.contacts.site import EMAIL, NADJA, Site

EVA = "eva.muster@mueller-soehne.example"


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
    assert any("clock" in note for note in site.sync().notes)
    site.passed(3.1)
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.clock.behind = 0
    assert not any("clock" in note for note in site.sync().notes)
    site.passed(2.9)
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.passed(0.2)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()


@pytest.mark.parametrize("back", [300.0, 40 * DAY])
def test_a_clock_that_is_set_back_misses_no_change(site: Site, back: float) -> None:
    site.sync()
    site.add("Eva Muster", EVA)
    site.clock.behind = back
    assert site.sync().exit_code == 0
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
