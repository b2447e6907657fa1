"""Schedules: lines as in a crontab, by the company's clocks, and the tick of each that is due.

A tick has a name, and a run of it is made once. A line with an hour fires by what the clocks on the wall show: once
where they are set back, and at once where its time was left out. A line for every hour goes on through both.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EVERY = ("*", "*/1")
"""Hours of a line that fires in each of them."""


def prove_line(line: str) -> str:
    """Return a line, proven to be one.

    Raises:
        ValueError: It is none, or never fires.
    """
    if line and len(line.split()) != 5:
        raise ValueError('is no schedule: minute hour day month weekday, such as "*/5 * * * *"; "" for never')
    if line:
        try:
            _before(line, datetime(2028, 12, 31))  # noqa: DTZ001  (what clocks on a wall show)
        except ValueError:
            raise ValueError('is no schedule that ever fires, such as "0 7 * * mon-fri"; "" for never') from None
    return line


def tick(line: str, moment: datetime) -> str:
    """Return the name of the newest tick at a moment, which has the company's zone; a later one's comes after it."""
    local = moment.replace(tzinfo=None, fold=0)
    found = _before(line, local + timedelta(seconds=1))
    if line.split()[1] not in EVERY:
        return found.isoformat(timespec="minutes")
    # The same hour comes twice when clocks are set back: it is told apart by what it is in UTC.
    aware = found.replace(tzinfo=moment.tzinfo, fold=moment.fold).astimezone(UTC)
    return f"{aware.replace(tzinfo=None).isoformat(timespec='minutes')}Z"


def _before(line: str, local: datetime) -> datetime:
    from croniter import croniter  # noqa: PLC0415  (only for those who have a schedule)

    found: datetime = croniter(line, local).get_prev(datetime)
    return found
