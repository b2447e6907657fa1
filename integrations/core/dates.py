"""Days and times as people read them, in every flow and on every surface, whatever the machine's language.

Text that is read now has the day of the week, and the year only where it is not this one: `Mon 7 Dec 08:00`. Text that
is kept and read later (tickets, pages, letters, columns of a table) has the year: `7 Dec 2026`.
"""

from __future__ import annotations

from datetime import date, datetime

from integrations.core.calendar import local, today

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def day(when: date | None) -> str:
    """Format a day for text that is read now: `Mon 7 Dec`; with the year where it is not this one."""
    if when is None:
        return "on no known day"
    year = "" if when.year == today().year else f" {when.year}"
    return f"{WEEKDAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1][:3]}{year}"


def dated(when: date) -> str:
    """Format a day for text that is read later: `7 Dec 2026`."""
    return f"{when.day} {MONTHS[when.month - 1][:3]} {when.year}"


def month(when: date) -> str:
    """Format the month of a day: `December 2026`."""
    return f"{MONTHS[when.month - 1]} {when.year}"


def moment(when: datetime) -> str:
    """Format a moment for text that is read now: `Mon 7 Dec 08:05`."""
    shown = local(when)
    return f"{day(shown.date())} {shown:%H:%M}"


def lately(when: datetime, *, seconds: bool = False) -> str:
    """Format a moment close to now: `08:05`, with `seconds` `08:05:10`; with the day where it is not today."""
    shown = local(when)
    clock = f"{shown:%H:%M:%S}" if seconds else f"{shown:%H:%M}"
    return clock if shown.date() == today() else f"{day(shown.date())} {clock}"


def dated_moment(when: datetime, *, zone: bool = False) -> str:
    """Format a moment for text that is read later: `7 Dec 2026 08:05`, with `zone` `7 Dec 2026 08:05 CET`."""
    shown = local(when)
    return f"{dated(shown.date())} {shown:%H:%M}" + (f" {shown:%Z}" if zone else "")
