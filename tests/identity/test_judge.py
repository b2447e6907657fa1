"""The judge of whose objects are sees what it is there to see; the objects are changed in the sandbox's state."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from integrations.core.system import System
from integrations.flows.setup import flow
from integrations.odoo.connection import Connection
from integrations.sandbox.thread import running
from tests.flows.contacts.world import Clock
from tests.identity.judge import OWN
from tests.identity.machine import Identity
from tests.identity.world import World
from tests.tables import put_back, taken

ONE, OTHER, THIRD = "Atlas Werke AG", "Birke Handel GmbH", "Cirrus Optik AG"
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


@contextlib.contextmanager
def restored(world: World) -> Iterator[None]:
    """Put everything in the sandbox back afterwards."""
    before = pickle.dumps(taken(world.there))
    try:
        yield
    finally:
        put_back(world.there, pickle.loads(before))  # noqa: S301  (our own, a moment ago)
        world.there.missing_rights.clear()


def changed(system: str, kind: str, change: Callable[[Any, Any], Any]) -> Change:
    """Give the first object of ours another content, made of its own and of the second's."""

    def do(world: World) -> None:
        table = world.table(system, kind)
        own, other = [key for key, record in table.items() if "customer:" in str(record)][:2]
        table[own] = change(table[own], table[other])

    return do


def copied(world: World) -> None:
    """An organization once more."""
    table = world.table("jira", "organization")
    first = next(record for record in table.values() if record["properties"])
    table["99"] = {**first, "id": "99"}


def namesake(world: World) -> None:
    """A company of our own that no opportunity stands for, beside one of its name."""
    _made_by_us(world, "1900")


def made_twice(world: World) -> None:
    """Two companies of our own for one opportunity, which has the second now."""
    for number in ("1900", "1901"):
        _made_by_us(world, number)
    deal = next(iter(world.leads))
    world.table("erp", "_companies_made_for")[deal] = {"ids": [1900, 1901]}


def _made_by_us(world: World, number: str) -> None:
    partners, users = world.table("erp", "res.partner"), world.table("erp", "res.users")
    account = next(int(key) for key, user in users.items() if user["login"] == OWN)
    first = next(partner for partner in partners.values() if partner["name"] == ONE)
    partners[number] = {**first, "id": int(number), "create_uid": account}


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
    "bear one name": namesake,
    "both made for opportunity": made_twice,
}
"""By what the judge says of it: something that may not be."""


def _all(own: Any, other: Any) -> Any:
    return [*own["users"], *other["users"]]


def _billed(own: Any, other: Any) -> Any:
    return {**own["spec"], "billingEntityRef": other["spec"]["billingEntityRef"]}


def _named(own: Any, other: Any) -> Any:
    return {**own["spec"], "displayName": other["spec"]["displayName"]}


@pytest.mark.parametrize("text", CHANGES)
def test_the_judge_sees_what_may_not_be(example: Identity, text: str) -> None:
    world, judge = example.world, example._judge
    with restored(world):
        belonging = judge.belonging()
        CHANGES[text](world)
        with pytest.raises(AssertionError, match=text):
            judge.look(frozenset(), belonging)


@pytest.fixture
def fresh(example: Identity) -> Iterator[Identity]:
    """The same two customers on machines of its own, and a third whose deal is about to be set up."""
    with restored(example.world):
        machine = Identity()
        machine.begin(names=[ONE, OTHER], set_up=True)
        machine._deal(machine._company(THIRD), "service")
        yield machine
        machine._patch.undo()


def test_the_judge_sees_one_that_is_hidden_taken_for_gone(fresh: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a product that does so: an answer about it is taken, and what it has becomes another's."""
    monkeypatch.setattr(Connection, "hidden", lambda *_, **__: {})
    hidden = fresh._customers[0]
    fresh.hide(pick=0, hidden=True)
    with pytest.raises(AssertionError, match=f"{hidden} is there, and"):
        fresh.take_one_that_is_there_for_gone(machine=0, pick=0, heir=2)
    with pytest.raises(AssertionError, match=f"belong to {hidden} and were taken out"):
        fresh.set_up(machine=0, pick=2)


@pytest.mark.parametrize(("system", "mode"), [("erp", "only"), ("jira", "read"), ("panel", "only")])
def test_the_judge_sees_what_is_written_where_it_may_not_be(
    fresh: Identity, monkeypatch: pytest.MonkeyPatch, system: str, mode: str
) -> None:
    """With a product that forgets its modes and pilots."""
    monkeypatch.setattr(System, "may_write", lambda *_: True)
    with pytest.raises(AssertionError, match=rf"and the ERP is {mode}|were written, and {system}"):
        fresh.set_up_restricted(machine=0, pick=2, system=system, mode=mode, pilot=0)


def test_the_judge_sees_that_an_old_plan_is_applied(fresh: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a product that does not plan again what was approved: the deal is given to another customer meanwhile."""
    monkeypatch.setattr(flow._Deal, "_plan", cache(flow._Deal._plan))
    with pytest.raises(AssertionError, match="was made for"):
        fresh.set_up_approved_meanwhile(machine=0, pick=2, event="move_deal", first=0, other=1)
