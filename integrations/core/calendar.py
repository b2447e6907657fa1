"""The company's calendar: its time zone, its working days, and so the day of every moment, in every flow.

Systems give moments in UTC; a day is the company's. One calendar is in force for a whole command (`used`). Without
settings, days are those of this machine's time zone, and the working days are Monday to Friday.
"""

from __future__ import annotations

import calendar
import contextlib
import dataclasses
import functools
from collections.abc import Container, Iterator
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from integrations.core.meant import did_you_mean

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclasses.dataclass(frozen=True)
class Calendar:
    """A company's calendar.

    Attributes:
        zone: Its time zone; None: this machine's.
        weekdays: The days of the week on which it works, from Monday 0 on; at least one.
        country: Whose public holidays it has off, as ISO 3166-1 code; empty: nobody's.
        part: The canton, state or region of the country.
        off: What else it has off: first and last day.
    """

    zone: tzinfo | None = None
    weekdays: frozenset[int] = frozenset(range(5))
    country: str = ""
    part: str = ""
    off: tuple[tuple[date, date], ...] = ()

    def local(self, moment: datetime) -> datetime:
        """Return a moment in the company's time zone."""
        return moment.astimezone(self.zone)

    def day(self, moment: datetime) -> date:
        """Return the company's day in which a moment lies."""
        return self.local(moment).date()

    def begin(self, day: date) -> datetime:
        """Return the first moment of a day, in UTC; where clocks skip midnight, the moment that they skip to."""
        midnight = datetime.combine(day, time(), self.zone)
        try:
            return midnight.astimezone(UTC)
        except OverflowError:  # the first day of all, east of Greenwich
            return midnight.replace(tzinfo=UTC)

    def later(self, moment: datetime, days: float, *, working: bool = False) -> datetime:
        """Return the moment so many days later, at the same local time, also where clocks were changed between.

        Args:
            moment: The moment to count from, with a zone.
            days: The number of days; a fraction counts as so many hours.
            working: Count working days only. A start on a day off counts from the next working day.
        """
        local, whole = self.local(moment), int(days)
        day = local.date() + timedelta(days=0 if working else whole)
        if working:  # what begins on a Saturday has not used up a working day when it is Monday
            day = self.working_days_after(self.working_days_after(day, 0), whole)
        return datetime.combine(day, local.time(), self.zone).astimezone(UTC) + timedelta(days=days - whole)

    def is_working(self, day: date) -> bool:
        """Return whether the company works on a day."""
        if day.weekday() not in self.weekdays or any(first <= day <= last for first, last in self.off):
            return False
        return day not in self._holidays

    def working_days_after(self, day: date, number: int) -> date:
        """Return the working day `number` working days after a day; for 0 the day itself or the next working day."""
        while not number and not self.is_working(day):
            day += DAY
        for _ in range(number):
            day += DAY
            while not self.is_working(day):
                day += DAY
        return day

    @functools.cached_property
    def _holidays(self) -> Container[date]:
        return _holidays_of(self.country, self.part) if self.country else frozenset()


_MACHINE = Calendar()
_IN_FORCE: ContextVar[Calendar] = ContextVar("calendar", default=_MACHINE)


@contextlib.contextmanager
def used(calendar: Calendar) -> Iterator[None]:
    """Have this calendar in force as long as the block lasts, in the threads of its pools too."""
    token = _IN_FORCE.set(calendar)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def company() -> Calendar:
    """The calendar in force."""
    return _IN_FORCE.get()


def today() -> date:
    """The company's day now, by this machine's clock."""
    return company().day(datetime.now(UTC))


def day_of(moment: datetime) -> date:
    """The company's day in which a moment lies."""
    return company().day(moment)


def local(moment: datetime) -> datetime:
    """Return a moment in the company's time zone, for people to read."""
    return company().local(moment)


def zone(name: str) -> ZoneInfo:
    """Return the time zone of a name such as `Europe/Zurich`.

    Raises:
        ValueError: There is no such zone; the message has the names spelt most like it.
    """
    import zoneinfo  # noqa: PLC0415  (only where the settings name a zone)

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        meant = did_you_mean(name, sorted(zoneinfo.available_timezones()), most=2)
        raise ValueError(f"is no time zone, such as Europe/Zurich{meant}") from None


def prove_holidays(country: str, part: str = "") -> None:
    """Check that the public holidays of a country, or of its canton, state or region, are known.

    Raises:
        ValueError: They are not; the message has those that are, or those spelt most like it.
    """
    import holidays  # noqa: PLC0415  (a twentieth of a second, only where the settings name a country)

    parts = {code: some for code, some in holidays.list_supported_countries().items() if len(code) == 2}
    if country not in parts:
        raise ValueError(
            f"is no country whose holidays are known, such as CH{did_you_mean(country, sorted(parts), most=2)}"
        )
    if part and part not in parts[country]:
        known = f"there are: {', '.join(parts[country])}" if parts[country] else "there is none"
        raise ValueError(f"is no part of {country} whose holidays are known; {known}")


def _holidays_of(country: str, part: str) -> Container[date]:
    from holidays import country_holidays  # noqa: PLC0415  (as above)

    return country_holidays(country, subdiv=part or None)


@functools.lru_cache(maxsize=65_536)
def later(day: date, months: int) -> date:
    """Return the day so many months later, or that month's last one: one month after 31 January is 28 February.

    A day beyond the calendar's range becomes its last or first day.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
