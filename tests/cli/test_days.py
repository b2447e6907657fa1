"""Days, as people give them to commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import click
import pytest

from cli.days import MONTH, SINCE, UNTIL, DayType
from cli.main import group
from integrations.core.calendar import today
from tests.cli.place import Place

TODAY = date(2026, 3, 31)
TELLING = {"since", "until", "from", "to", "month", "day", "first", "last", "date"}


def _parameters(command: click.Command) -> Iterator[click.Parameter]:
    yield from command.params
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _parameters(found)


def test_every_command_that_takes_a_day_takes_a_date_and_a_span() -> None:
    days = [
        parameter
        for parameter in _parameters(group)
        if parameter.name in TELLING or "DATE" in (parameter.metavar or "")
    ]
    assert len(days) >= 7
    assert [day.name for day in days if not isinstance(day.type, DayType)] == []


@pytest.mark.parametrize(
    ("word", "ago", "ahead"),
    [
        ("2026-11-30", date(2026, 11, 30), date(2026, 11, 30)),
        ("0d", TODAY, TODAY),
        ("30d", date(2026, 3, 1), date(2026, 4, 30)),
        (" 2W ", date(2026, 3, 17), date(2026, 4, 14)),
        ("1m", date(2026, 2, 28), date(2026, 4, 30)),
        ("36500d", TODAY - timedelta(36500), TODAY + timedelta(36500)),
    ],
)
def test_a_date_is_itself_and_a_span_counts_from_today(word: str, ago: date, ahead: date) -> None:
    assert SINCE.convert(word, None, None).of(TODAY) == ago
    assert UNTIL.convert(word, None, None).of(TODAY) == ahead


@pytest.mark.parametrize(
    "word", ["", "yesterday", "d", "-1d", "1.5d", "36501d", "99999m", "٣d", "30", "1y", "2026-02-30"]
)
def test_what_is_no_day_is_refused_with_an_example_of_each(word: str) -> None:
    with pytest.raises(click.BadParameter, match="such as 2026-11-30, and no span such as 30d, 2w or 3m"):
        SINCE.convert(word, None, None)


def test_a_month_is_told_by_itself_or_by_a_day_in_it() -> None:
    months = [MONTH.convert(word, None, None).of(TODAY).replace(day=1) for word in ("2026-01", "2026-01-15", "2m")]
    assert months == [date(2026, 1, 1)] * 3
    with pytest.raises(click.BadParameter):
        SINCE.convert("2026-01", None, None)


def test_each_command_goes_by_a_span(place: Place) -> None:
    for words in (
        ("deals", "--since", "3m"),
        ("status", "--since", "2w"),
        ("contacts", "problems", "--since", "2w"),
        ("contacts", "report", "--since", "1m"),
        ("invoices", "baseline", "1d"),
        ("invoices", "check", "--drafts", "--month", "0m"),
    ):
        assert place.run(*words).code in (0, 4), words


def test_what_began_to_wait_before_is_left_out_of_status(place: Place) -> None:
    place.setup("52", "--yes")
    assert "WAITING" in place.run("status", "--since", "0d").out
    ended = place.run("status", "--since", (today() + timedelta(days=1)).isoformat())
    assert "Nothing waits that began on " in ended.out
    assert place.run("status", "52", "--since", "0d").code == 2
