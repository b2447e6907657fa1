"""Endings of runs: in one word, as an exit code, with an error as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from integrations.core.errors import ClosedwonError, IntegrationError

Ending = Literal["done", "waiting", "failed", "planned"]

INTERRUPTED = 130
"""The exit code after Ctrl-C."""

PRECEDENCE = (INTERRUPTED, 1, 2, 6, 5, 4, 3)


def exit_code_of(codes: Iterable[int]) -> int:
    """The exit code of what ended in several ways: of these the one that says most."""
    found = set(codes)
    return next((code for code in PRECEDENCE if code in found), 0)


class Piece(Protocol):
    """The result of one change."""

    @property
    def status(self) -> str:
        """`done`, `kept`, `planned`, `waiting`, `blocked` or `failed`."""

    @property
    def error(self) -> IntegrationError | None:
        """The reason why the change was not done; None where there is none."""


def ending_of(
    pieces: Iterable[Piece],
    error: IntegrationError | None = None,
    *,
    is_shown: bool = False,
    is_read_only: bool = False,
    is_waiting: bool = False,
    is_failed: bool = False,
    interrupted: bool = False,
) -> Ending:
    """Return a run's ending in one word.

    Args:
        pieces: The results of the changes; without those that are blocked by what this run may not write.
        error: The error that stopped the whole run.
        is_shown: There is a plan, and it was only shown.
        is_read_only: There are changes, and this run may write none of them.
        is_waiting: Something else waits.
        is_failed: Something else has failed.
        interrupted: What is still planned was not begun.
    """
    if error is not None:
        return "waiting" if error.waits else "failed"
    statuses = {piece.status for piece in pieces}
    if is_failed or "failed" in statuses:
        return "failed"
    if is_shown:
        return "planned"
    if is_waiting or statuses & {"waiting", "blocked"} or (interrupted and "planned" in statuses):
        return "waiting"
    return "planned" if is_read_only else "done"


def exit_code(
    pieces: Iterable[Piece],
    error: IntegrationError | None = None,
    *,
    is_shown: bool = False,
    interrupted: bool = False,
    others: Iterable[int] = (),
) -> int:
    """Return the exit code of a run; the arguments are as for `ending_of`.

    `is_shown` is set also where the plan may only be shown. `others` are exit codes of other parts.
    """
    if interrupted:
        return INTERRUPTED
    listed = list(pieces)
    codes = {piece.error.exit_code for piece in listed if piece.error is not None} | set(others)
    codes |= {error.exit_code} if error is not None else set()
    codes |= {4} if any(piece.status == "waiting" and piece.error is None for piece in listed) else set()
    return exit_code_of(codes | {3} if is_shown else codes)


class HasEnded(Protocol):
    """The ending of one subject of a command."""

    @property
    def exit_code(self) -> int:
        """The exit code that the command would have with this subject alone."""

    @property
    def is_read_only(self) -> bool:
        """Return whether there are changes and this run may write none of them."""

    @property
    def has_written(self) -> bool:
        """Return whether anything was written."""


def exit_code_of_all(ended: Sequence[HasEnded]) -> int:
    """The exit code of a command for several: what may only be shown of one does not hold up what others wrote."""
    is_done = any(outcome.has_written for outcome in ended)
    return exit_code_of(
        0 if is_done and outcome.is_read_only and outcome.exit_code == 3 else outcome.exit_code for outcome in ended
    )


def error_document(error: ClosedwonError | None) -> dict[str, str] | None:
    """An error as JSON."""
    if error is None:
        return None
    return {"type": error.type, "message": error.message, "next": error.next}
