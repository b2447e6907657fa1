"""Many deals at once: those of one customer in turn, one's failure no other's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest

from integrations.core import several
from integrations.core.errors import ConfigError, Fault
from integrations.core.ledger import Ledger
from integrations.core.model import Customer, Deal, DealReference
from integrations.core.plan import Approval, Limits
from integrations.core.several import Several
from integrations.flows.setup import Outcome, in_turn


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path) -> Iterator[None]:
    """The ledger of the deals' runs."""
    global LEDGER  # noqa: PLW0603  (the tests below are about the order alone)
    LEDGER = Ledger(tmp_path / "ledger.sqlite")
    yield
    LEDGER.close()


LEDGER: Ledger


def set_up_many(deals: Sequence[Deal], operation: Callable[[Deal], Outcome], *, at_once: int) -> Iterator[Outcome]:
    """Each deal's outcome as it comes."""
    by_id = {deal.id: deal for deal in deals}
    groups, failed = in_turn(deals)
    assert not failed
    many = Several(
        run=lambda reference, _: operation(by_id[reference]),
        stopped=lambda reference, error: Outcome(reference, error=error),
        ledger=LEDGER,
        limits=Limits(),
        groups=groups,
        at_once=at_once,
    )
    return many.written(lambda _: Approval(yes=True))


def deal(number: int, customer: str | None = None, name: str = "") -> Deal:
    """A won deal; without a customer's id, of a company that the ERP does not have."""
    own = DealReference(id=str(number), title="x")
    company = Customer(id=customer, name=name or f"Muster {customer or number} AG", deals=(own,))
    return Deal(id=str(number), title="x", stage="won", customer=company)


def test_every_deal_has_one_outcome() -> None:
    deals = [deal(number) for number in range(1, 30)]
    found = list(set_up_many(deals, lambda deal: Outcome(deal.id, deal=deal), at_once=4))
    assert sorted(outcome.reference for outcome in found) == sorted(deal.id for deal in deals)


@pytest.mark.parametrize("shared", ["id", "name"])
def test_deals_of_one_customer_or_one_name_run_in_their_order_one_after_the_other(shared: str) -> None:
    """The names of a customer's objects depend on those that its namesakes have."""
    begun: list[str] = []
    under_way: set[str | None] = set()
    guard = threading.Lock()

    def one(given: Deal) -> Outcome:
        with guard:
            assert getattr(given.customer, shared) not in under_way
            under_way.add(getattr(given.customer, shared))
            begun.append(given.id)
        threading.Event().wait(0.002)
        with guard:
            under_way.discard(getattr(given.customer, shared))
        return Outcome(given.id, deal=given)

    ids = {number: str(number % 3 if shared == "id" else number) for number in range(1, 19)}
    deals = [deal(number, own, f"Muster {number % 3} AG") for number, own in ids.items()]
    found = list(set_up_many(deals, one, at_once=4))
    assert not [outcome for outcome in found if outcome.error is not None]
    for customer in range(3):
        mine = [number for number in begun if int(number) % 3 == customer]
        assert mine == sorted(mine, key=int)


def test_no_more_are_under_way_than_may_be_and_as_many_as_may_be_are() -> None:
    together = threading.Barrier(3, timeout=10)
    most = 0
    running: set[str] = set()
    guard = threading.Lock()

    def one(given: Deal) -> Outcome:
        nonlocal most
        with guard:
            running.add(given.id)
            most = max(most, len(running))
        together.wait()
        with guard:
            running.discard(given.id)
        together.wait()
        return Outcome(given.id, deal=given)

    list(set_up_many([deal(number) for number in range(1, 10)], one, at_once=3))
    assert most == 3


def test_what_nobody_foresaw_in_one_deal_fails_that_deal_alone() -> None:
    def one(given: Deal) -> Outcome:
        if given.id == "2":
            raise ZeroDivisionError("hunter2")
        return Outcome(given.id, deal=given)

    found = {o.reference: o for o in set_up_many([deal(n) for n in (1, 2, 3)], one, at_once=1)}
    assert {reference: outcome.ending for reference, outcome in found.items()} == {
        "1": "done",
        "2": "failed",
        "3": "done",
    }
    assert found["2"].exit_code == 1
    assert found["2"].error is not None
    assert "ZeroDivisionError" in found["2"].error.message
    assert "hunter2" not in found["2"].error.message


def test_a_later_deal_of_a_customer_whose_first_failed_has_its_turn() -> None:
    def one(given: Deal) -> Outcome:
        if given.id == "1":
            raise ValueError
        return Outcome(given.id, deal=given)

    found = [outcome.ending for outcome in set_up_many([deal(1, "7"), deal(2, "7")], one, at_once=4)]
    assert found == ["failed", "done"]


@pytest.mark.parametrize("error", [ConfigError(Fault("f", "p", "m")), KeyboardInterrupt()])
def test_wrong_settings_and_ctrl_c_concern_all(error: BaseException) -> None:
    begun: list[str] = []

    def one(given: Deal) -> Outcome:
        begun.append(given.id)
        raise error

    with pytest.raises(type(error)):
        list(set_up_many([deal(number) for number in range(1, 50)], one, at_once=1))
    assert len(begun) < 49


def test_ctrl_c_gives_what_was_under_way_and_begins_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []

    def interrupted(*_: Any, **__: Any) -> Any:
        monkeypatch.setattr(several, "wait", wait)
        raise KeyboardInterrupt

    def collect() -> None:
        deals = [deal(number) for number in range(1, 9)]
        for outcome in set_up_many(deals, lambda deal: Outcome(deal.id, deal=deal), at_once=2):
            found.append(outcome.reference)  # noqa: PERF401  (what came before the exception counts)

    monkeypatch.setattr(several, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        collect()
    assert sorted(found) == ["1", "2"]
