"""Figures beside their goals."""

from __future__ import annotations

from benchmarks.figures import goal


def test_a_goal_is_compared_with_the_figure_not_with_what_is_shown_of_it() -> None:
    assert goal(3.0004, at_most=3) == {"value": 3.0, "goal": {"at_most": 3}, "met": False}
    assert goal(3.0, at_most=3)["met"]
    assert goal(9.999, at_least=10, digits=2) == {"value": 10.0, "goal": {"at_least": 10}, "met": False}
