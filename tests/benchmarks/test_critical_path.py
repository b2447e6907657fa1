"""The longest chain of round trips."""

from __future__ import annotations

import graphlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.critical_path import Span, depth, longest_chain


def test_of_requests_that_ran_at_once_one_counts() -> None:
    assert len(longest_chain([(0.0, 1.0), (0.1, 1.1), (0.2, 1.2)])) == 1


def test_requests_that_follow_one_another_all_count_in_whatever_order_they_are_told() -> None:
    assert longest_chain([(2.0, 3.0), (0.0, 1.0), (1.0, 2.0)]) == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]


def test_a_long_request_does_not_hide_the_short_ones_beside_it() -> None:
    assert longest_chain([(0.0, 10.0), (0.0, 1.0), (2.0, 3.0), (4.0, 5.0)]) == [(0.0, 1.0), (2.0, 3.0), (4.0, 5.0)]


def test_without_requests_there_is_no_chain() -> None:
    assert longest_chain([]) == []


def longest(spans: list[Span]) -> int:
    """By trying: each request first, then the best of what began after its end."""
    return max((1 + longest([later for later in spans if later[0] >= span[1]]) for span in spans), default=0)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=7))
def test_no_chain_is_longer(pairs: list[tuple[int, int]]) -> None:
    spans = [(float(begun), float(begun + length)) for begun, length in pairs]
    assert len(longest_chain(spans)) == longest(spans)


def test_a_graph_is_as_deep_as_its_longest_way() -> None:
    assert depth({"a": (), "b": ("a",), "c": ("a", "b"), "d": ()}) == 3
    assert depth({}) == 0


def test_steps_that_need_each_other_are_refused() -> None:
    with pytest.raises(graphlib.CycleError):
        depth({"a": ("b",), "b": ("a",)})
