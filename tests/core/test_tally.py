"""Safety limits over several plans of one run."""

from __future__ import annotations

from integrations.core.change import Action, Change
from integrations.core.plan import Limits, Plan, Tally
from integrations.core.resource import Live, Want
from tests.core.memory import Thing


def plan(action: Action, number: int, *, found: bool = True) -> Plan:
    """A plan of so many changes that would all be written."""
    changes = []
    for index in range(number):
        thing = Thing(key=f"customer:{index}")
        live = Live(str(index), thing) if found else None
        changes.append(Change(f"step {index}", "a", action, Want(f"step {index}", "a", thing), found=live))
    return Plan(tuple(changes), "id", {change.step: change.step for change in changes})


def test_the_limits_hold_for_all_plans_together() -> None:
    tally = Tally()
    for _ in range(3):
        tally.add(plan("create", 20, found=False))
        over = tally.over(Limits(creates=50))
    assert over is not None
    assert "60 creates" in over.message
    assert "--limit 60" in over.next


def test_the_share_of_archives_is_of_all_that_exist_not_of_those_looked_at() -> None:
    tally = Tally({("a", "thing"): 100})
    tally.add(plan("archive", 8))
    assert tally.over(Limits()) is None
    small = Tally({("a", "thing"): 20})
    small.add(plan("archive", 8))
    assert small.over(Limits()) is not None


def test_one_number_replaces_every_limit() -> None:
    tally = Tally({("a", "thing"): 20})
    tally.add(plan("archive", 20))
    assert tally.over(Limits(all=20)) is None
    assert tally.over(Limits(all=19)) is not None


def test_many_small_runs_may_not_archive_what_one_may_not() -> None:
    """What earlier runs archived lately counts, together with what there was before."""
    tally = Tally({("a", "thing"): 45}, {("a", "thing"): 9})
    tally.add(plan("archive", 1))
    assert tally.over(Limits()) is None
    tally.add(plan("archive", 1))
    assert tally.over(Limits()) is not None
