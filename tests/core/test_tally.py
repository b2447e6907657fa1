"""Safety limits over several plans of one run."""

from __future__ import annotations

import dataclasses

import pytest

from integrations.core.change import Action, Change
from integrations.core.plan import ChangeCounter, Limits, Plan
from integrations.core.resource import Live, Want
from tests.core.memory import Thing
from tests.limits import lifted, options


def plan(action: Action, number: int, *, found: bool = True) -> Plan:
    """A plan of so many changes that would all be written."""
    changes = []
    for index in range(number):
        thing = Thing(key=f"customer:{index}")
        live = Live(str(index), thing) if found else None
        changes.append(Change(f"step {index}", "a", action, Want(f"step {index}", "a", thing), found=live))
    return Plan(tuple(changes), {change.step: frozenset({change.step}) for change in changes})


def test_the_limits_hold_for_all_plans_together() -> None:
    tally = ChangeCounter()
    for _ in range(3):
        tally.add(plan("create", 20, found=False))
        over = tally.over_limit(Limits(creates=50))
    assert over is not None
    assert "60 creates" in over.message
    assert "--limit creates=60." in over.next


def test_the_share_of_archives_is_of_all_that_exist_not_of_those_looked_at() -> None:
    tally = ChangeCounter({("a", "thing"): 100})
    tally.add(plan("archive", 8))
    assert tally.over_limit(Limits()) is None
    small = ChangeCounter({("a", "thing"): 20})
    small.add(plan("archive", 8))
    assert small.over_limit(Limits()) is not None


@pytest.mark.parametrize(("existing", "earlier", "number"), [(45, 9, 2), (20, 0, 20), (100, 0, 30), (1000, 0, 11)])
def test_the_options_in_the_message_lift_exactly_what_is_over(existing: int, earlier: int, number: int) -> None:
    """One less of any of them is too little; and no option stands there that is not needed."""
    tally = ChangeCounter({("a", "thing"): existing}, {("a", "thing"): earlier})
    tally.add(plan("archive", number))
    over = tally.over_limit(Limits())
    assert over is not None
    enough = lifted(over.next)
    assert tally.over_limit(enough) is None
    for name in enough.lifted:
        less = getattr(enough, name) - (0.01 if name == "archive_share" else 1)
        assert tally.over_limit(dataclasses.replace(enough, **{name: less})) is not None
        assert tally.over_limit(dataclasses.replace(enough, **{name: getattr(Limits(), name)})) is not None


def test_a_limit_that_is_lifted_lifts_no_other() -> None:
    tally = ChangeCounter({("a", "thing"): 45})
    tally.add(plan("create", 60, found=False))
    tally.add(plan("archive", 12))
    over = tally.over_limit(Limits().lift({"creates": 60}))
    assert over is not None
    assert over.message == "over a safety limit: 12 archives of a.thing, 9 allowed"
    assert options(over.next) == ["--limit", "archives=12", "--limit", "archive_share=0.27"]


def test_a_share_is_reckoned_as_people_do() -> None:
    """29 % of 100 are 29, though 100 * 0.29 is a little less in binary fractions."""
    tally = ChangeCounter({("a", "thing"): 100})
    tally.add(plan("archive", 29))
    assert tally.over_limit(Limits(archives=50, archive_share=0.29)) is None


def test_many_small_runs_may_not_archive_what_one_may_not() -> None:
    """What earlier runs archived lately counts, together with what there was before."""
    tally = ChangeCounter({("a", "thing"): 45}, {("a", "thing"): 9})
    tally.add(plan("archive", 1))
    assert tally.over_limit(Limits()) is None
    tally.add(plan("archive", 1))
    assert tally.over_limit(Limits()) is not None


def test_a_lifted_limit_is_shown_as_it_was_given() -> None:
    """`--limit creates=2` is read as a number like 0.2; nobody is to read “2.0 allowed”."""
    lifted = Limits().lift({"creates": 2.0, "archive_share": 0.5})
    assert (repr(lifted.creates), repr(lifted.archive_share)) == ("2", "0.5")
