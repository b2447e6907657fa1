"""The longest chain of requests that did not overlap: the round trips that had to follow one another."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping

Span = tuple[float, float]
"""When a request began and ended, in seconds."""


def longest_chain(spans: Iterable[Span]) -> list[Span]:
    """The most requests of which each began after the one before had ended.

    Of requests that ran at once one counts. What follows one another only for want of a free slot counts
    too: the log does not tell it from what needs the answer before it.
    """
    chain: list[Span] = []
    for begun, ended in sorted(spans, key=lambda span: (span[1], span[0])):
        if not chain or begun >= chain[-1][1]:
            chain.append((begun, ended))
    return chain


def depth(needs: Mapping[str, Iterable[str]]) -> int:
    """The number of steps on the longest way through a graph: each step with those that it needs.

    Raises:
        graphlib.CycleError: Steps need each other.
    """
    depths: dict[str, int] = {}
    for step in graphlib.TopologicalSorter(needs).static_order():
        depths[step] = 1 + max((depths[needed] for needed in needs.get(step, ())), default=0)
    return max(depths.values(), default=0)
