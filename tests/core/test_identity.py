"""Whose a mark is that names a deal: what proves it, and what does not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.core.change import Change
from integrations.core.identity import former, is_of
from integrations.core.ledger import Ledger, RunRecord
from integrations.core.resource import Live, Want
from integrations.core.system import System
from tests.core.memory import Bench, Thing


class Customer(Thing):
    """A customer in memory."""

    kind = "customer"


class Record:
    """A system of record, and what it was asked."""

    def __init__(self, **made: str) -> None:
        self.made, self.asked = {one: frozenset(deals.split()) for one, deals in made.items()}, list[str]()

    def former(self, customers: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The deals that made these; only of those that there are."""
        self.asked += customers
        return {one: self.made[f"c{one}"] for one in customers if f"c{one}" in self.made}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def systems(bench: Bench, record: Record | None) -> Mapping[str, System]:
    system = bench.systems["a"]
    system.customers = lambda _: None
    system.former = record.former if record is not None else None
    return bench.systems


def led(ledger: Ledger, deal: str, customer: str) -> None:
    """Keep that the customer step of a deal led to a customer."""
    thing = Customer(key=f"deal:{deal}", name="a name")
    ledger.note([(Change("customer", "a", "keep", Want("customer", "a", thing)), Live(customer, thing))])


def test_a_ledger_of_the_first_release_proves_what_its_own_runs_made(bench: Bench) -> None:
    """A run that was recorded for the customer later proves nothing: the deal may have been corrected by then."""
    led(bench.ledger, "43", "200")
    led(bench.ledger, "43/step", "200")
    assert former(bench.ledger, systems(bench, None), ["200", "102"]) == {"200": ("43",), "102": ()}


def test_a_choice_proves_whose_a_deal_is_until_its_step_has_led_elsewhere(bench: Bench) -> None:
    bench.ledger.choose("a", "customer", "deal:44", "102", "")
    bench.ledger.choose("a", "customer", "deal:43", "102", "")
    led(bench.ledger, "43", "200")
    assert former(bench.ledger, systems(bench, None), ["200", "102"]) == {"200": ("43",), "102": ("44",)}


def test_the_system_of_record_is_asked_once_and_its_word_is_kept(bench: Bench) -> None:
    """A lost ledger: what another machine made is known again. Whoever may not be read is asked about again."""
    record = Record(c200="43", c102="")
    found = [former(bench.ledger, systems(bench, record), ["200", "102", "999"]) for _ in range(2)]
    assert found == [{"200": ("43",), "102": (), "999": ()}] * 2
    assert record.asked == ["102", "200", "999", "999"]
    assert former(bench.ledger, systems(bench, record), ["200"], asking=False) == {"200": ("43",)}


def test_after_a_merge_the_word_of_the_system_of_record_counts(bench: Bench) -> None:
    """Its external id names the survivor by then."""
    led(bench.ledger, "43", "200")
    record = Record(c300="43")
    assert former(bench.ledger, systems(bench, record), ["300"]) == {"300": ("43",)}
    assert former(bench.ledger, systems(bench, record), ["200"]) == {"200": ()}


def test_without_a_system_of_record_nothing_is_proven(bench: Bench) -> None:
    led(bench.ledger, "43", "200")
    assert former(bench.ledger, bench.systems, ["200"]) == {"200": ()}


def ran(ledger: Ledger, deal: str, customer: str, **document: bool) -> None:
    ledger.record(RunRecord(deal, f"customer:{customer}", "done", datetime.now(UTC), {"steps": [], **document}))


def test_what_a_deal_has_is_its_customers_by_the_first_releases_record_alone(bench: Bench) -> None:
    """A newer one says what it saw: a corrected deal proves nothing by being set up once more."""
    known = systems(bench, None)
    ran(bench.ledger, "44", "102")
    ran(bench.ledger, "45", "102", is_proven=False)
    ran(bench.ledger, "46", "102", is_proven=True)
    found = {deal: is_of(bench.ledger, known, deal, "102", ()) for deal in ("44", "45", "46", "47")}
    assert found == {"44": True, "45": False, "46": True, "47": False}
    assert not is_of(bench.ledger, known, "44", "103", ())


def test_what_a_deal_has_that_made_a_customer_is_that_ones(bench: Bench) -> None:
    """Whatever was recorded of it since."""
    known = systems(bench, None)
    led(bench.ledger, "43", "200")
    ran(bench.ledger, "43", "102")
    assert is_of(bench.ledger, known, "43", "200", ("43",))
    assert not is_of(bench.ledger, known, "43", "102", ())
