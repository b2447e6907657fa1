"""Whose a mark is that names a deal: what proves it, and what does not."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.core.change import Change
from integrations.core.heirs import gone_among
from integrations.core.identity import bind, former, is_of
from integrations.core.ledger import Ledger, RunRecord
from integrations.core.ledger.heirs import Gone
from integrations.core.resource import Live, Want
from integrations.core.system import System
from tests.core.memory import Bench, Thing


class Customer(Thing):
    """A customer in memory."""

    kind = "customer"


class Record:
    """A system of record, and what it was asked."""

    def __init__(self, **made: str) -> None:
        self.made, self.asked = {customer: frozenset(deals.split()) for customer, deals in made.items()}, list[str]()

    def former(self, customers: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The deals that made these; only of those that there are."""
        self.asked += customers
        return {customer: self.made[f"c{customer}"] for customer in customers if f"c{customer}" in self.made}


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


def as_first_release(bench: Bench) -> None:
    """Take for the first release's what is in the ledger: it is brought to the present schema anew."""
    path = bench.folder / "ledger.sqlite"
    bench.ledger.close()
    with contextlib.closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("drop table old_marks")
        ledger.execute("update meta set value = '7' where name = 'schema'")
    bench.ledger = Ledger(path)


def test_a_ledger_of_the_first_release_proves_what_its_own_runs_made(bench: Bench) -> None:
    """A run that was recorded for the customer later proves nothing: the deal may have been corrected by then."""
    led(bench.ledger, "43", "200")
    led(bench.ledger, "43/step", "200")
    as_first_release(bench)
    assert former(bench.ledger, systems(bench, None), ["200", "102"]) == {"200": ("43",), "102": ()}


def test_a_choice_in_the_first_release_proves_whose_a_deal_is_unless_its_step_led_elsewhere(bench: Bench) -> None:
    bench.ledger.choose("a", "customer", "deal:44", "102", "")
    bench.ledger.choose("a", "customer", "deal:43", "102", "")
    bench.ledger.choose("a", "customer", "deal:45", "new", "")
    led(bench.ledger, "43", "200")
    as_first_release(bench)
    assert former(bench.ledger, systems(bench, None), ["200", "102", "new"]) == {
        "200": ("43",),
        "102": ("44",),
        "new": (),
    }


def test_what_a_deal_makes_or_chooses_now_proves_nothing_of_the_first_releases_marks(bench: Bench) -> None:
    """The company for which they were made may have been deleted since."""
    led(bench.ledger, "43", "200")
    as_first_release(bench)
    led(bench.ledger, "43", "300")
    led(bench.ledger, "44", "300")
    bench.ledger.choose("a", "customer", "deal:45", "300", "")
    assert former(bench.ledger, systems(bench, None), ["200", "300"]) == {"200": ("43",), "300": ()}


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


def test_the_marks_of_a_customer_that_is_back_are_its_own_again(bench: Bench) -> None:
    """While it was merged, its external id named the survivor, and the ledger recorded that one."""
    record = Record(c200="43")
    known = systems(bench, record)
    known["a"].successions = dict.fromkeys
    assert former(bench.ledger, known, ["200"]) == {"200": ("43",)}
    record.made = {"c300": frozenset({"43"})}
    assert former(bench.ledger, known, ["300"]) == {"300": ("43",)}
    bench.ledger.heirs.keep([Gone("200", "300", "merged")])
    record.made = {"c200": frozenset({"43"}), "c300": frozenset()}
    assert gone_among(bench.ledger, known, ["200"]) == {}
    assert former(bench.ledger, known, ["200", "300"]) == {"200": ("43",), "300": ()}
    assert bench.ledger.heirs.known() == {}


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


def test_what_the_first_release_made_of_a_deal_without_a_company_is_the_companys_that_it_gets(bench: Bench) -> None:
    """Its ledger proves that nobody had it before: such a set-up is completed, also after a run that was killed."""
    known = systems(bench, None)
    bench.ledger.record(RunRecord("43", "deal:43", "waiting", datetime.now(UTC), {"steps": []}))
    assert is_of(bench.ledger, known, "43", None)
    assert not is_of(bench.ledger, known, "44", None)
    led(bench.ledger, "43", "200")
    assert not is_of(bench.ledger, known, "43", None)
    bind(bench.ledger, known, "43", "200", is_led_to=False)
    assert former(bench.ledger, known, ["200"]) == {"200": ("43",)}


def test_what_a_deal_without_a_company_has_is_not_proven_once_it_made_one(bench: Bench) -> None:
    known = systems(bench, None)
    ran(bench.ledger, "43", "200")
    assert not is_of(bench.ledger, known, "43", None)
    led(bench.ledger, "43", "300")
    bind(bench.ledger, known, "43", "300", is_led_to=True)
    assert former(bench.ledger, known, ["300"]) == {"300": ()}


@pytest.mark.parametrize(
    ("customer", "is_led_to", "is_kept"), [("200", False, True), ("300", True, True), ("300", False, False)]
)
def test_a_choice_for_a_customer_that_is_yet_to_be_made_is_for_the_one_that_the_deal_makes(
    bench: Bench, customer: str, is_led_to: bool, is_kept: bool
) -> None:
    """It is void where somebody gives the deal another company."""
    known = systems(bench, None)
    for key in ("new:43", "new:43/page", "new:430"):
        bench.ledger.choose("a", "thing", key, "7", "")
    bench.ledger.choose("a", "thing", f"customer:{customer}", "8", "")
    led(bench.ledger, "43", "200")
    bind(bench.ledger, known, "43", customer, is_led_to=is_led_to)
    subject = f"customer:{customer}"
    found = bench.ledger.object_index.choices("a", "thing", [subject, "new:43", "new:430"])
    assert found["new:43"] == {}
    assert found["new:430"] == {"new:430": "7"}
    assert found[subject] == {subject: "8", **({f"{subject}/page": "7"} if is_kept else {})}
