"""Which set-ups are killed, and where: found by letting each run undisturbed once."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.crash.census import census
from tests.crash.site import Machine, Site, site


@dataclasses.dataclass(frozen=True)
class Case:
    """A set-up to be disturbed.

    Attributes:
        deal: What is set up.
        before: What has been set up already.
        since: `deals_since` in the settings; picks what `--won` finds.
    """

    deal: str
    before: tuple[str, ...] = ()
    since: str = "2026-01-01"


CASES = {
    "service": Case("42"),
    "consulting": Case("43"),  # the company is made in the ERP: the customer's own key changes on the way
    "project": Case("44"),
    "reseller": Case("49"),
    "second": Case("53", before=("42",)),
    "won": Case("53", since="2026-11-11"),  # the only deal since then
}


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    """What a set-up comes to when nothing happens to it."""

    requests: int
    writes: int
    state: Mapping[str, Any]

    @property
    def there(self) -> Counter[str]:
        """Every object as one line."""
        return census(dict(self.state))


@dataclasses.dataclass(frozen=True)
class Share:
    """One test's part of a set-up's boundaries: every test has one, or few, whatever the set-up's length."""

    case: str
    number: int
    shares: int
    every: int
    """1: every boundary; 3: every third."""

    def boundaries(self, length: int) -> range:
        """The requests before which there were so many others."""
        return range(self.number * self.every, length, self.shares * self.every)

    def __str__(self) -> str:
        return f"{self.case}-{self.number * self.every}"


def shares(config: pytest.Config, *cases: str, every: int = 12) -> list[Share]:
    """Shares of some set-ups: all of them with every boundary, or the first with some."""
    if config.getoption("--every-boundary"):
        return [Share(case, number, 60, 1) for case in cases for number in range(60)]
    number_of = -(-51 // every)
    return [Share(cases[0], number, number_of, every) for number in range(number_of)]


_UNDISTURBED: dict[str, Undisturbed] = {}


def undisturbed(case: str) -> Undisturbed:
    """What this set-up comes to; measured once in each process."""
    if case not in _UNDISTURBED:
        with TemporaryDirectory() as folder, site(Path(folder)) as place:
            machine = prepared(place, case)
            place.forget_requests()
            assert machine.run("setup", CASES[case].deal, "--yes").outcome == (0, "done")
            _UNDISTURBED[case] = Undisturbed(place.arrived(), len(place.writes()), place.state())
    return _UNDISTURBED[case]


def prepared(place: Site, case: str) -> Machine:
    """A machine before the set-up, with what precedes it done."""
    machine = place.machine(deals_since=CASES[case].since)
    for deal in CASES[case].before:
        assert machine.run("setup", deal, "--yes").outcome == (0, "done")
    place.forget_requests()
    return machine


def assert_finished(place: Site, machine: Machine, case: str, *, without: frozenset[str] = frozenset()) -> None:
    """Everything is there as if nothing had happened, and there is nothing left to do.

    `without`: fields of objects that may differ.
    """
    state = place.state()
    assert state["duplicates"] == []
    wanted = census(dict(undisturbed(case).state), without=without)
    assert_same(census(state, without=without), wanted)
    place.forget_requests()
    again = machine.run("setup", CASES[case].deal, "-n")
    assert again.outcome == (0, "done"), again.words
    assert {step["result"] for step in again.document["steps"]} == {"kept"}
    assert place.writes() == []


def assert_same(there: Counter[str], wanted: Counter[str]) -> None:
    """Say only what is there too much and what is missing."""
    assert (list((there - wanted).elements()), list((wanted - there).elements())) == ([], [])
