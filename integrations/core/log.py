"""The log: for the person who looks into a failure, never for the people who work with closedwon.

Standard `logging` below the logger `integrations`; a record bears the id of its run, as the ledger's audit lines do. No
record holds a customer's value, a body, a query or a secret. Of an exception it holds the type and the frames alone,
since the text may quote anything.
"""

from __future__ import annotations

import contextlib
import logging
import traceback
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TextIO

OUTSIDE = "-"
RUN: ContextVar[str] = ContextVar("run", default=OUTSIDE)
"""The id of the current run; `-` outside of one. Threads of `Pool` inherit it."""

PACKAGE = "integrations"

# Without a handler of its own, `logging` writes warnings to stderr, which people read.
logging.getLogger(PACKAGE).addHandler(logging.NullHandler())


def run_id() -> str:
    """Return a new id for a run."""
    return uuid.uuid4().hex[:12]


@contextlib.contextmanager
def running(run: str) -> Iterator[str]:
    """Log all records of the block with this run's id."""
    token = RUN.set(run)
    try:
        yield run
    finally:
        RUN.reset(token)


class RunFilter(logging.Filter):
    """Filter that adds the run's id to records, as `run`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.run = RUN.get()
        return True


@contextlib.contextmanager
def shown(stream: TextIO) -> Iterator[None]:
    """Write the log to a stream as long as the block lasts."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(run)s %(message)s"))
    handler.addFilter(RunFilter())
    logger = logging.getLogger(PACKAGE)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def described(error: BaseException) -> str:
    """Return the types and frames of an exception and of its causes, without their texts."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = "".join(traceback.format_tb(current.__traceback__)).rstrip()
        parts.append(f"{type(current).__module__}.{type(current).__qualname__}\n{frames}".rstrip())
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\nafter ".join(parts)
