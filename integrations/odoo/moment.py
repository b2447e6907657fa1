"""Moments and days as Odoo writes them: moments in UTC without a zone, in whole seconds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from integrations.core.calendar import day_of
from integrations.core.errors import Rejected


def moment(value: Any) -> dt.datetime:
    """A time with its zone: `2026-11-22 00:17:30` is UTC; a `T`, an offset and microseconds are understood too.

    Raises:
        Rejected: It is no time.
    """
    try:
        found = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Rejected("Odoo: a record was last written at something that is no time") from None
    return utc(found)


def day(value: Any) -> dt.date | None:
    """The company's day of a date or a moment; None where it is not set.

    Raises:
        Rejected: It is neither.
    """
    if not value:
        return None
    try:
        found = dt.datetime.fromisoformat(value)
        # A date has no zone: a person entered that day, and shifting it would make it another.
        return found.date() if len(value) == len("2026-11-22") else day_of(utc(found))
    except (TypeError, ValueError, OverflowError):
        raise Rejected("Odoo: a record holds a day that is none") from None


def stamp(at: dt.datetime) -> str:
    """The time as a search takes it: UTC, cut to whole seconds, without an offset, which version 19 refuses."""
    return utc(at).replace(microsecond=0, tzinfo=None).isoformat(" ")


def utc(at: dt.datetime) -> dt.datetime:
    """The same moment in UTC; without a zone it is taken to be UTC, whatever zone this machine is in."""
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
