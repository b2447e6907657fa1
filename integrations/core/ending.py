"""How runs end: in one word, as an exit code, with an error as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from integrations.core.errors import ClosedwonError

Ending = Literal["done", "waiting", "failed", "planned"]

INTERRUPTED = 130
"""The exit code after Ctrl-C."""

PRECEDENCE = (INTERRUPTED, 1, 2, 6, 5, 4, 3)


def exit_code_of(codes: Iterable[int]) -> int:
    """The exit code of what ended in several ways: of these the one that says most."""
    found = set(codes)
    return next((code for code in PRECEDENCE if code in found), 0)


class HasEnded(Protocol):
    """How one subject of a command ended."""

    @property
    def exit_code(self) -> int:
        """What the command would end with were there nothing else."""

    @property
    def is_read_only(self) -> bool:
        """Whether there are changes, and this run may write none of them."""

    @property
    def has_written(self) -> bool:
        """Whether anything was written."""


def exit_code_of_all(ended: Sequence[HasEnded]) -> int:
    """The exit code of a command for several: what may only be shown of one does not hold up what others wrote."""
    is_done = any(one.has_written for one in ended)
    return exit_code_of(0 if is_done and one.is_read_only and one.exit_code == 3 else one.exit_code for one in ended)


def error_document(error: ClosedwonError | None) -> dict[str, str] | None:
    """An error as JSON."""
    if error is None:
        return None
    return {"type": error.type, "message": error.message, "next": error.next}
