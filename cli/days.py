"""Days and months as people give them to a command: a date, or how far from today."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, datetime, timedelta
from typing import Literal

import click

_SPAN = re.compile(r"([0-9]{1,5})([dwm])", re.IGNORECASE)
_UNITS = {"d": "days", "w": "weeks", "m": "months"}
LONGEST = {"d": 36500, "w": 5200, "m": 1200}
"""A hundred years: further nobody looks."""


@dataclasses.dataclass(frozen=True)
class Day:
    """A date, or how far from today it is; which day that is, the company's calendar tells.

    Attributes:
        fixed: The date; None: it is so far from today.
        number: How many of its units lie between; negative: in the past.
    """

    fixed: date | None = None
    number: int = 0
    unit: str = "days"

    def of(self, today: date) -> date:
        """Return the day, seen from `today`."""
        if self.fixed is not None:
            return self.fixed
        from integrations.core.calendar import later

        return later(today, self.number) if self.unit == "months" else today + timedelta(**{self.unit: self.number})


class DayType(click.ParamType[Day]):
    """`2026-11-30`, or `30d`, `2w`, `3m`: so many days, weeks or months ago, or ahead."""

    name = "day"
    metavar = "DATE|30d"

    def __init__(self, direction: Literal["ago", "ahead"] = "ago", *, is_month: bool = False) -> None:
        self._sign = -1 if direction == "ago" else 1
        self._is_month = is_month

    def convert(self, value: str | Day, param: click.Parameter | None, ctx: click.Context | None) -> Day:
        """Return the day that somebody means.

        Raises:
            BadParameter: It is none.
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
