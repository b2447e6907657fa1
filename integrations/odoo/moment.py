"""Times as Odoo writes them: UTC without saying so, in whole seconds."""

from __future__ import annotations

import datetime as dt
from typing import Any

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


def stamp(at: dt.datetime) -> str:
    """The time in a search, down to the whole second; an offset is refused by version 19."""
    return utc(at).replace(microsecond=0, tzinfo=None).isoformat(" ")


def utc(at: dt.datetime) -> dt.datetime:
    """The same moment in UTC; without a zone it is taken to be UTC, whatever zone this machine is in."""
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
