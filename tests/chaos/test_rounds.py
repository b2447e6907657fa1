"""A few rounds of `make chaos`, and that its judge sees what it is there to see."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.sandbox.thread import running
from tests.chaos.picture import difference, picture
from tests.chaos.rounds import play, script
from tests.chaos.world import SCENES, World, run

pytestmark = pytest.mark.crash

SEEDS = (305, 306)
"""A first set-up with pauses and lost answers; the second deal of a customer, with a kill."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One sandbox for all rounds."""
    with running() as box:
        yield World(box, tmp_path_factory.mktemp("chaos"))


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_round_two_undisturbed_runs_put_everything_right(world: World, seed: int) -> None:
    verdict = play(world, seed)
    assert verdict.wrong == [], f"\n{verdict}"


def test_a_seed_gives_the_same_round_each_time_and_seeds_give_all_there_is() -> None:
    """Every scene, fault and end, one machine and two: among the first two hundred."""
    scripts = [script(seed) for seed in range(1, 201)]
    assert scripts == [script(seed) for seed in range(1, 201)]
    assert {script.scene for script in scripts} == set(SCENES)
    steps = [step for script in scripts for step in script.steps]
    kinds = {(fault["do"], fault.get("status"), fault.get("retry_after")) for step in steps for fault in step.faults}
    statuses = {("status", status, pause) for status in (429, 500, 503) for pause in (None, 0.2)}
    assert kinds >= {(do, None, None) for do in ("drop_before", "drop_after", "cut")} | statuses
    assert {step.signal for step in steps} == {None, "kill", "stop"}
    assert {step.together for step in steps} == {step.lost for step in steps} == {False, True}


def test_the_judge_sees_a_text_a_link_a_member_and_an_object_that_differ(world: World) -> None:
    """And neither ids, times and versions, nor an object that is the same."""
    scene = SCENES[0]
    world.begin(scene)
    machine = world.machine(scene, knows=True)
    assert run(machine, scene.commands[0]).code == 0
    there = world.site.state()
    wanted = picture(there)
    assert difference(picture(copy.deepcopy(there)), wanted) == []
    for system, kind, changed, noticed in _changes():
        state = copy.deepcopy(there)
        changed(state[system][kind][-1])
        assert bool(difference(picture(state), wanted)) == noticed, (system, kind)
    state = copy.deepcopy(there)
    state["jira"]["issue"].append(copy.deepcopy(state["jira"]["issue"][-1]))
    assert difference(picture(state), wanted)[0].startswith("+ jira issue")


def _changes() -> list[tuple[str, str, Any, bool]]:
    """What is done to an object, and whether the judge is to see it."""
    return [
        ("jira", "issue", lambda document: document["description"]["content"].pop(), True),
        ("jira", "issue", lambda document: document["comments"].append({"body": "closed by hand"}), True),
        ("jira", "issue", lambda document: document.update(updated="2030-01-01T00:00:00.000+0000"), False),
        ("jira", "organization", lambda document: document["users"].pop(), True),
        ("jira", "organization", lambda document: document.update(created="2030-01-01T00:00:00.000+0000"), False),
        (
            "wiki",
            "page",
            lambda document: document.update(body=document["body"].replace("/browse/", "/browse/X")),
            True,
        ),
        ("wiki", "page", lambda document: document.update(version=99), False),
        ("panel", "organization", lambda document: document["spec"].update(billingEntityRef="be-102"), True),
        ("panel", "organization", lambda document: document["metadata"].update(uid="other"), False),
        ("erp", "res.partner", lambda document: document.update(parent_id=102), True),
    ]
