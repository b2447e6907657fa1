"""Under whose keys the ledger has filed what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.core.change import Change
from integrations.core.ledger import Ended, Ledger
from integrations.core.resource import Live, Want
from integrations.core.server import Server
from tests.core.memory import Thing


@pytest.fixture
def ledger(place: Path | Server) -> Iterator[Ledger]:
    made = Ledger(place)
    yield made
    made.close()


def file(ledger: Ledger, key: str, number: str) -> None:
    thing = Thing(key=key, name="a name")
    ledger.note([(Change("step", "a", "keep", Want("step", "a", thing)), Live(number, thing))])


def test_a_customer_has_what_is_filed_under_its_key_and_its_steps(ledger: Ledger) -> None:
    for key in ("customer:10", "customer:10/page", "customer:101", "customer:101/page", "customer:1", "deal:10/page"):
        file(ledger, key, key)
    found = ledger.object_index.objects("a", "thing", ["customer:10", "customer:7"])
    assert found == {
        "customer:10": {"customer:10": "customer:10", "customer:10/page": "customer:10/page"},
        "customer:7": {},
    }


def test_every_key_of_an_object_is_told(ledger: Ledger) -> None:
    file(ledger, "deal:43", "17")
    file(ledger, "customer:999", "17")
    file(ledger, "customer:5", "18")
    assert ledger.object_index.sharing("a", "thing", {"17", "99"}) == {"17": {"deal:43", "customer:999"}}


def test_the_rows_of_one_person_of_several_customers_are_found_by_their_end(ledger: Ledger) -> None:
    """An underscore in it stands for itself."""
    for key in ("customer:1/contact/a_b", "customer:2/contact/a_b", "customer:3/contact/axb"):
        file(ledger, key, "1")
    assert ledger.object_index.ending("a", "thing", "/contact/a_b") == [
        "customer:1/contact/a_b",
        "customer:2/contact/a_b",
    ]


def test_what_is_dropped_is_counted_no_more(ledger: Ledger) -> None:
    for key in ("customer:1", "customer:2"):
        file(ledger, key, "1")
    ledger.object_index.drop("a", "thing", ["customer:1", "customer:7"])
    assert ledger.object_index.count("a", "thing") == 1


def test_over_what_is_dropped_nothing_stays_open(ledger: Ledger) -> None:
    """A run was killed while it took somebody out; the next one saw that they are gone."""
    changes = [
        Change("step", "a", "archive", Want("step", "a", Thing(key=key))) for key in ("customer:1", "customer:2")
    ]
    ledger.begin("killed", changes)
    assert ledger.object_index.begun("a", "thing") == ["customer:1", "customer:2"]
    ledger.object_index.drop("a", "thing", ["customer:1"])
    known = ledger.recall("a", "thing", {change.key: [change.key] for change in changes})
    assert [known[change.key].open_since is None for change in changes] == [True, False]
    assert ledger.object_index.begun("a", "thing") == ["customer:2"]


def test_a_blanked_person_leaves_no_id_anywhere(ledger: Ledger) -> None:
    """That something was done stays in the audit; what it was called in that system does not."""
    thing = Thing(key="customer:1/contact/p")
    change = Change("step", "a", "create", Want("step", "a", thing))
    intents = ledger.begin("run", [change])
    ledger.finish("run", intents, [Ended(change, Live("chloe-favre", thing), "done")])
    ledger.choose("a", "thing", thing.key, "chloe-favre", "")
    ledger.object_index.blank("/contact/p")
    assert ledger.object_index.count("a", "thing") == 0
    assert ledger.object_index.choices("a", "thing", ["customer:1"]) == {"customer:1": {}}
    with ledger.reading() as transaction:
        lines = list(transaction.select("select action, id_there from audit"))
    assert lines == [{"action": "create", "id_there": ""}]
