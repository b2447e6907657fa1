"""Days counted from the world's own, so that it shows the same on whatever day it is made."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True)
class Calendar:
    """Days around `today`."""

    today: dt.date

    def ago(self, days: int) -> dt.date:
        """So many days before."""
        return self.today - dt.timedelta(days=days)

    def ahead(self, days: int) -> dt.date:
        """So many days after."""
        return self.today + dt.timedelta(days=days)

    def month(self, months: int) -> dt.date:
        """The first day of the month so many months from this one: -1 is the last month, 0 this one."""
        return later(self.today.replace(day=1), months)


def later(day: dt.date, months: int) -> dt.date:
    """So many months later; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
