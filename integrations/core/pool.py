"""Threads that work for whoever gave them the work."""

from __future__ import annotations

import contextvars
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


def ahead(items: Iterator[Item]) -> Generator[Item]:
    """The same items, each made in a thread of its own while whoever asks works on the one before; never more than one.

    What making one raises is raised where that one would have come. Who stops early waits for the one under way.
    """
    with Pool(1, thread_name_prefix="ahead") as pool:
        coming = pool.submit(lambda: list(islice(items, 1)))
        while found := coming.result():
            coming = pool.submit(lambda: list(islice(items, 1)))
            yield from found
