"""Work that is done ahead of whoever asks for it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from integrations.core.pool import ahead


def test_each_item_is_made_while_the_one_before_is_worked_on_and_none_is_lost() -> None:
    made = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    seen = []
    for number in ahead(items()):
        seen.append(number)
        assert all(event.wait(10) for event in made[: number + 2])
        assert not any(event.is_set() for event in made[number + 3 :])
    assert seen == [0, 1, 2, 3]


def test_what_making_an_item_raises_comes_after_those_that_were_made() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="two"):
        next(found)


def test_who_stops_early_leaves_nothing_running() -> None:
    before = threading.active_count()
    found = ahead(iter(range(10)))
    assert next(found) == 0
    found.close()
    assert threading.active_count() == before


def test_old_objects_are_looked_at_seldom_while_anything_is_under_way_and_as_before_when_all_has_ended() -> None:
    before = gc.get_threshold()
    first, other = ahead(iter(range(10))), ahead(iter(range(10)))
    assert (next(first), next(other)) == (0, 0)
    first.close()
    assert gc.get_threshold()[:2] == before[:2]
    assert gc.get_threshold()[2] > before[2]
    other.close()
    assert gc.get_threshold() == before
