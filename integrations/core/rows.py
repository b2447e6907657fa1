"""Work on one row of many: its error is its own, and no evidence that anything is gone."""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from typing import ParamSpec, TypeVar

from integrations.core.errors import ClosedwonError, ConfigError, IntegrationError, Unforeseen
from integrations.core.log import described

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Row = TypeVar("Row")

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Failed:
    """A row that could not be read or worked on: it is unknown, neither existing nor gone.

    Attributes:
        id: The id in its system; empty where not even that could be read.
    """

    id: str
    error: IntegrationError


def attempt(
    system: str, work: Callable[Arguments, Result], /, *arguments: Arguments.args, **options: Arguments.kwargs
) -> Result | IntegrationError:
    """Do one row's work, and return its result or its error, which affects this row alone.

    Args:
        system: The section of the system whose row it is, for the message.
        work: The work, called with all other arguments.
        *arguments: For `work`.
        **options: For `work`.

    Raises:
        ConfigError: The settings are wrong, which concerns every row.
    """
    try:
        return work(*arguments, **options)
    except IntegrationError as error:
        return error
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001  (the one place where a mistake in one row is kept from its neighbours)
        return unforeseen(system, error)


MOST = 8
"""Rows that are isolated one by one when a read raises: with more of them, the cause is no single row."""


def in_halves(
    system: str,
    rows: Sequence[Row],
    work: Callable[[Sequence[Row]], Iterable[Result]],
    *,
    name: Callable[[Row], str] = str,
) -> Iterator[Result | Failed]:
    """Do the work for many rows together; after an unforeseen error repeat it in halves.

    Args:
        system: The section of the system whose rows they are.
        rows: The rows, or the keys by which they are read.
        work: Reads or makes them together; it is repeated for fewer rows, so it must not write.
        name: Returns the name of a row that fails.

    Raises:
        IntegrationError: A foreseen error of `work`, which is not about single rows.
    """
    parts, found = [rows], 0
    while parts:
        part = parts.pop()
        made: list[Result | Failed]
        try:
            made = list(work(part))
        except ClosedwonError:
            raise
        except Exception as error:  # noqa: BLE001  (as in `attempt`)
            half = len(part) // 2
            if half and found < MOST:
                parts += [part[half:], part[:half]]
                continue
            found += 1
            failed = unforeseen(system, error)
            made = [Failed(name(row), failed) for row in part]
        yield from made


def unforeseen(system: str, error: Exception) -> Unforeseen:
    """Return the error for an unforeseen exception; the traceback goes to the log alone."""
    logger.error("%s: unforeseen %s", system or "closedwon", described(error))
    return Unforeseen(
        f"{system or 'closedwon'}: something unforeseen happened ({type(error).__name__})",
        system=system,
        next=f"Run the command again; if it happens again, {reporting()}.",
    )


@functools.cache
def reporting() -> str:
    """Return, in words, how to report a mistake: the address in this installation's metadata, and what to include."""
    try:
        entries = metadata("closedwon").get_all("Project-URL") or []
    except PackageNotFoundError:
        entries = []
    named = dict(entry.split(", ", 1) for entry in entries)
    address = named.get("Documentation", "")
    return f"report it{f' at {address}' if address else ''} with what -v shows"
