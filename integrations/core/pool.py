"""Threads that work for whoever gave them the work."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Item = TypeVar("Item")


class Pool(ThreadPoolExecutor):
    """A pool whose threads see the context variables of who submits: requests count for the run that wants them."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """As `ThreadPoolExecutor.submit`, in a copy of the caller's context."""
        context = contextvars.copy_context()
        return super().submit(lambda: context.run(fn, *args, **kwargs))


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay a Ctrl-C to the end of the block: work that is begun in it is also recorded as begun.

    Otherwise a thread might run without the knowledge of its pool and of the caller waiting for the work.
    Signals come to the main thread alone; elsewhere this does nothing.
    """
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield
        return
    pressed = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: pressed.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if pressed.is_set():
            signal.raise_signal(signal.SIGINT)


class _Passes:
    """The number of passes over very many items that are under way, over all threads."""

    SELDOM = 1000
    """How much more seldom than usual all objects are looked at."""

    def __init__(self) -> None:
        self._guard, self._number = threading.Lock(), 0
        self._usual = gc.get_threshold()

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        """Look for cycles among all objects seldom meanwhile.

        Millions of rows come and go, and none is in a cycle: to look for some takes a sixth of a pass. Among young
        objects it is done as usual.
        """
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def _change(self, by: int) -> None:
        with self._guard:
            if not self._number:
                self._usual = gc.get_threshold()
            self._number += by
            young, middle, old = self._usual
            gc.set_threshold(young, middle, old * self.SELDOM if self._number else old)


_passes = _Passes()


def ahead(items: Iterator[Item]) -> Generator[Item]:
    """The same items, each made in a thread of its own while whoever asks works on the one before; never more than one.

    What making one raises is raised where that one would have come. Who stops early waits for the one under way.
    """
    with _passes.one_more(), Pool(1, thread_name_prefix="ahead") as pool:
        coming = pool.submit(lambda: list(islice(items, 1)))
        while found := coming.result():
            coming = pool.submit(lambda: list(islice(items, 1)))
            yield from found
