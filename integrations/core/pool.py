"""Threads that work in the context of the caller."""

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
    """A pool whose threads see the caller's context variables: requests count for the run that needs them."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Submit as `ThreadPoolExecutor` does, in a copy of the caller's context."""
        context = contextvars.copy_context()
        return super().submit(lambda: context.run(fn, *args, **kwargs))


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay Ctrl-C until the end of the block, so that work that is started in it is also recorded as started.

    Otherwise a thread might run without the knowledge of its pool and of the caller who waits for it. Signals reach the
    main thread alone; in other threads this does nothing.
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
    """The number of passes over very many items at this moment, over all threads."""

    SELDOM = 1000
    """The factor by which full garbage collections become rarer."""

    def __init__(self) -> None:
        self._guard, self._number = threading.Lock(), 0
        self._usual = gc.get_threshold()

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        """Collect garbage among old objects rarely for the duration of the block.

        Millions of rows come and go, and none is part of a cycle: looking for cycles takes a sixth of a pass. Young
        objects are collected as usual.
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
    """Yield the items, each made in another thread while the caller works on the one before; never more than one ahead.

    An error is raised where its item would have come. A caller that stops early waits for the item under way.
    """
    with _passes.one_more(), Pool(1, thread_name_prefix="ahead") as pool:
        coming = pool.submit(lambda: list(islice(items, 1)))
        while found := coming.result():
            coming = pool.submit(lambda: list(islice(items, 1)))
            yield from found
