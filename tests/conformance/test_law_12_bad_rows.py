"""Law 12: one bad row among many fails alone."""

from __future__ import annotations

import dataclasses

import pytest

from integrations.core.change import WRITING
from integrations.core.errors import IntegrationError, Rejected, Unforeseen
from integrations.core.resource import Live
from tests.conformance.cases import CASES
from tests.conformance.laws import law

NUMBERS = (1, 2, 3, 4, 5)


@law("bad rows")
def test_one_bad_row_among_many_fails_alone(bench, case):
    wants = [case.want(number) for number in NUMBERS]
    wants[2] = case.spoiled(bench, wants[2])
    results = bench.side().run(*wants)
    failed = [result for result in results if result.status != "done"]
    assert len(failed) == 1
    assert isinstance(failed[0].error, Rejected), failed[0].error
    made = [result for result in results if result.status == "done"]
    state = bench.state()
    assert all(len(case.marked(state, result.change.key)) == 1 for result in made)
    assert case.marked(state, failed[0].change.key) == []


@law("bad rows")
def test_the_bad_row_is_made_once_it_is_mended(bench, case):
    wants = [case.want(number) for number in NUMBERS]
    bench.side().run(*wants[:2], case.spoiled(bench, wants[2]), *wants[3:])
    assert len(bench.established(*wants)) == len(NUMBERS)
    assert bench.state()["duplicates"] == []
    assert bench.side().plan(*wants).is_empty


@pytest.mark.parametrize("ledger", ["ledger", "another"])
@pytest.mark.parametrize(
    ("case", "right"),
    [pytest.param(case, right, id=case.name) for case in CASES for right in case.hiding if "{id}" in right],
)
def test_one_that_may_not_be_seen_does_not_hide_the_others(bench, case, right, ledger):
    wants = [case.want(number) for number in NUMBERS]
    lives = bench.established(*wants)
    bench.forbid(*right.format(id=lives[2].id).split("+"))
    changes = bench.side(ledger).plan(*wants).changes
    assert isinstance(changes[2].error, IntegrationError)
    seen = [change for change in changes if change is not changes[2]]
    assert [change.found and change.found.id for change in seen] == [live.id for live in lives if live is not lives[2]]
    assert not [change for change in changes if change.action in WRITING]


class Raising:
    """A resource that nothing but its key and its place can be read of, as a mistake of ours would have it."""

    def __init__(self, resource):
        self.__dict__.update(
            {name: getattr(resource, name) for name in ("key", "former", "place", "active") if hasattr(resource, name)}
        )

    def __getattr__(self, name):
        raise ZeroDivisionError(name)


@law("bad rows")
def test_a_row_that_raises_is_unknown_and_its_neighbours_are_found(bench, case):
    """It is never taken for absent, whatever raises while it is looked for; its id alone may tell that it is there."""
    wants = [case.want(number) for number in NUMBERS]
    lives = bench.established(*wants)
    side = bench.side()
    planned = [side.want(resource) for resource in wants]
    planned[2] = dataclasses.replace(planned[2], resource=Raising(wants[2]))
    planned[2].resource.__dict__["kind"] = wants[2].kind
    found = side.planner.read(planned, side.planner.recall(planned))
    seen = [found[want.step] for want in planned if want is not planned[2]]
    assert [live.id for live in seen] == [live.id for live in lives if live is not lives[2]]
    assert isinstance(found[planned[2].step], (Unforeseen, Live))
