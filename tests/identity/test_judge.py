"""The judge of whose objects are sees what it is there to see; the objects are changed in the sandbox's state."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.sandbox.running import running
from tests.flows.contacts.world import Clock
from tests.identity.machine import Identity
from tests.identity.world import World
from tests.tables import put_back, taken

ONE, OTHER = "Atlas Werke AG", "Birke Handel GmbH"
Change = Callable[[World], None]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    """Two customers that are set up, with their people."""
    with running() as box, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Identity, "world", World(box, tmp_path_factory.mktemp("judge"), Clock()), raising=False)
        machine = Identity()
        machine.begin(names=[ONE, OTHER], set_up=True)
        yield machine
        machine._patch.undo()


def changed(system: str, kind: str, change: Callable[[Any, Any], Any]) -> Change:
    """Give the first object of ours another content, made of its own and of the second's."""

    def do(world: World) -> None:
        table = world.table(system, kind)
        own, other = [key for key, one in table.items() if "customer:" in str(one)][:2]
        table[own] = change(table[own], table[other])

    return do


def copied(world: World) -> None:
    """An organization once more."""
    table = world.table("jira", "organization")
    first = next(one for one in table.values() if one["properties"])
    table["99"] = {**first, "id": "99"}


def of_a_deal(world: World) -> None:
    """A project that says a deal and no customer."""
    table = world.table("jira", "project")
    first = next(iter(table.values()))
    table["99"] = {**first, "id": "99", "key": "XX", "description": "closedwon: deal:1001"}


CHANGES: dict[str, Change] = {
    "bears": changed("jira", "organization", lambda own, other: {**own, "properties": other["properties"]}),
    "no longer bear a mark": changed("jira", "organization", lambda own, _: {**own, "properties": {}}),
    "none of its contacts": changed("jira", "organization", lambda own, other: {**own, "users": _all(own, other)}),
    "were taken out of": changed("jira", "organization", lambda own, _: {**own, "users": []}),
    "is billed to": changed("panel", "organization", lambda own, other: {**own, "spec": _billed(own, other)}),
    "is called": changed("panel", "organization", lambda own, other: {**own, "spec": _named(own, other)}),
    "leads to the tickets": changed(
        "wiki", "page", lambda own, _: {**own, "body": own["body"].replace("OPS-2", "OPS-3")}
    ),
    "was made for": copied,
    "is nobody's": of_a_deal,
}
"""By what the judge says of it: something that may not be."""


def _all(own: Any, other: Any) -> Any:
    return [*own["users"], *other["users"]]


def _billed(own: Any, other: Any) -> Any:
    return {**own["spec"], "billingEntityRef": other["spec"]["billingEntityRef"]}


def _named(own: Any, other: Any) -> Any:
    return {**own["spec"], "displayName": other["spec"]["displayName"]}


@pytest.mark.parametrize("said", CHANGES)
def test_the_judge_sees_what_may_not_be(example: Identity, said: str) -> None:
    world, judge = example.world, example._judge
    before, belonging = pickle.dumps(taken(world.there)), judge.belonging()
    CHANGES[said](world)
    try:
        with pytest.raises(AssertionError, match=said):
            judge.look(frozenset(), belonging)
    finally:
        put_back(world.there, pickle.loads(before))  # noqa: S301  (our own, a moment ago)
