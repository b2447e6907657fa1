"""`closedwon deals`, as a person reads it."""

from __future__ import annotations

import pytest

from cli.render.words import cells
from tests.cli.place import Place


def test_every_deal_stands_in_a_line_with_its_stage_and_how_far_it_is(place: Place) -> None:
    place.setup("42", "--yes")
    ended = place.run("deals")
    lines = {line.split()[0]: line for line in ended.out.splitlines()}
    assert ended.code == 0
    assert lines["42"].split()[-1] == "done"
    assert lines["43"].split()[-1] == "none"
    assert " open " in lines["50"]
    assert " lost " in lines["51"]
    assert "9 won and not set up.  Next: closedwon setup 43" in ended.out
    assert place.nothing_was_written() is False


def test_on_a_narrow_terminal_names_are_shortened_but_never_a_day_or_an_amount(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = place.run("deals").out
    assert max(map(cells, out.splitlines())) <= 60
    assert "10 Nov 2026" in out
    assert "240'000" in out


def test_listing_writes_nothing(place: Place) -> None:
    place.run("deals")
    assert place.nothing_was_written()


def test_open_deals_are_listed_whatever_the_day(place: Place) -> None:
    out = place.run("deals", "--since", "2030-01-01").out
    assert [line.split()[0] for line in out.splitlines()] == ["Deal", "50"]


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01"])
def test_a_day_that_is_none_is_refused(place: Place, day: str) -> None:
    assert place.run("deals", "--since", day).code == 2


def test_a_company_with_a_long_or_wide_name_breaks_no_column(place: Place) -> None:
    place.erp("res.partner", "write", ids=[101], vals={"name": "株式会社" * 40})
    place.erp("res.partner", "write", ids=[102], vals={"name": "W" * 290})
    place.erp("res.partner", "write", ids=[103], vals={"name": "<script>\n\t\x1b[31m😀"})
    assert place.run("deals").code == 0


@pytest.mark.parametrize(
    ("zone", "day", "listed"), [("Europe/Zurich", "1 Jan 2027", True), ("UTC", "31 Dec 2026", False)]
)
def test_a_deal_that_was_won_around_midnight_is_of_the_companys_day(
    place: Place, zone: str, day: str, *, listed: bool
) -> None:
    """Half past midnight on 1 January in Zürich is the year before elsewhere."""
    place.edit("[erp]", f'[calendar]\nzone = "{zone}"\n\n[erp]')
    place.erp("crm.lead", "write", ids=[42], vals={"date_closed": "2026-12-31 23:30:00"})
    everything = {line.split()[0]: line for line in place.run("deals").out.splitlines()}
    assert day in everything["42"]
    since = {line.split()[0] for line in place.run("deals", "--since", "2027-01-01").out.splitlines()}
    assert ("42" in since) is listed
    assert "50" in since
