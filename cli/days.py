"""Days and months as people type them: a date, or a distance from today."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, datetime, timedelta
from typing import Literal

import click

_SPAN = re.compile(r"([0-9]{1,5})([dwm])", re.IGNORECASE)
_UNITS = {"d": "days", "w": "weeks", "m": "months"}
LONGEST = {"d": 36500, "w": 5200, "m": 1200}
"""A hundred years in each unit: nobody looks further."""


@dataclasses.dataclass(frozen=True)
class Day:
    """A date, or a distance from today, which is the company's day and known only once the settings are read.

    Attributes:
        fixed: The date; None where a distance was given.
        number: The distance in units; negative in the past.
    """

    fixed: date | None = None
    number: int = 0
    unit: str = "days"

    def of(self, today: date) -> date:
        """The date, counted from `today`."""
        if self.fixed is not None:
            return self.fixed
        from integrations.core.calendar import later

        return later(today, self.number) if self.unit == "months" else today + timedelta(**{self.unit: self.number})


class DayType(click.ParamType[Day]):
    """Type of an option: `2026-11-30`, or `30d`, `2w`, `3m` for days, weeks or months ago (or ahead)."""

    name = "day"
    metavar = "DATE|30d"

    def __init__(self, direction: Literal["ago", "ahead"] = "ago", *, is_month: bool = False) -> None:
        self._sign = -1 if direction == "ago" else 1
        self._is_month = is_month

    def convert(self, value: str | Day, param: click.Parameter | None, ctx: click.Context | None) -> Day:
        """Parse a date or a distance.

        Raises:
            BadParameter: The text is neither, or more than a hundred years away.
        """
        if isinstance(value, Day):
            return value
        text = value.strip()
        span = _SPAN.fullmatch(text)
        if span is not None and int(span[1]) <= LONGEST[span[2].lower()]:
            return Day(number=self._sign * int(span[1]), unit=_UNITS[span[2].lower()])
        for form in ("%Y-%m-%d", *(["%Y-%m"] if self._is_month else [])):
            try:
                return Day(datetime.strptime(text, form).date())  # noqa: DTZ007  (a day has no time zone)
            except ValueError:
                continue
        from cli.render.words import safe

        example = "month such as 2026-11, no day such as 2026-11-30" if self._is_month else "day such as 2026-11-30"
        named = safe(value, 40) or "nothing"
        return self.fail(f"{named} is no {example}, and no span such as 30d, 2w or 3m", param, ctx)


SINCE = DayType()
UNTIL = DayType("ahead")
MONTH = DayType(is_month=True)
