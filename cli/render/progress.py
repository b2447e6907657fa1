"""A progress bar for long work, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

Item = TypeVar("Item")

WONDERING = 0.5
"""Seconds after which a bar appears: before, nobody wonders whether anything happens."""


def tracked(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """The items as they come, with a bar on stderr while there are more than one and somebody is watching.

    Nothing else may be printed meanwhile.
    """
    if total < 2 or not sys.stderr.isatty():
        yield from items
        return
    with _progress(what) as progress:
        yield from progress.track(items, total=total)


def _progress(what: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)


class Bar:
    """A bar on stderr for work that tells how far it is, if somebody is watching and it takes long enough to wonder."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = time.monotonic()
        self._progress: Any = None

    def __enter__(self) -> Self:
        """Nothing is shown yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self.pause()

    def tell(self, done: int, total: int | None) -> None:
        """Show the progress; `total` is None where it is not known."""
        if self._progress is None:
            if not sys.stderr.isatty() or time.monotonic() - self._begun < WONDERING:
                return
            self._progress = _progress(self._what)
            self._progress.start()
            self._progress.add_task(self._what, total=total)
        self._progress.update(self._progress.task_ids[0], completed=done, total=total)

    def pause(self) -> None:
        """Remove the bar, so that something else can be printed; the next progress shows it again."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
