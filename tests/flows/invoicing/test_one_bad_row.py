"""What a row raises is that row's: the others are judged, the check says so, and no finding is gone because of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from integrations.core.billing import Account
from integrations.core.errors import Unforeseen
from integrations.core.rows import Failed
from integrations.flows.invoicing.drafts import check_drafts
from integrations.flows.invoicing.tickets import Wording
from tests.flows.invoicing.site import Site, invoice, states

SECRET = "hunter2"
BAD, GOOD = "101", "102"

LOOPS = {
    "completing": ("integrations.flows.invoicing.facts:Completing.complete", 1),
    "judging": ("integrations.flows.invoicing.check:judge", 0),
    "open items": ("integrations.flows.invoicing.check:open_items", 0),
    "deals": ("integrations.flows.invoicing.check:chain_progress", 0),
}


def broken(original: Callable[..., Any], argument: int) -> Callable[..., Any]:
    """A function that fails for the bad account."""

    def replaced(*given: Any, **named: Any) -> Any:
        if given[argument].id == BAD:
            raise ZeroDivisionError(SECRET)
        return original(*given, **named)

    return replaced


def break_(monkeypatch: pytest.MonkeyPatch, target: str, argument: int) -> None:
    module, _, path = target.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    monkeypatch.setattr(owner, name, broken(getattr(owner, name), argument))


def unread(site: Site) -> Callable[..., Iterator[Account | Failed]]:
    """An ERP in which the bad account can't be read."""
    read = site.books.accounts

    def accounts(customers: Sequence[str], since: date) -> Iterator[Account | Failed]:
        for account in read(customers, since):
            yield Failed(account.id, Unforeseen("erp: something unforeseen happened")) if account.id == BAD else account

    return accounts


@pytest.mark.parametrize("loop", [*LOOPS, "reading"])
def test_an_account_that_raises_is_named_and_its_findings_stay_and_the_others_are_judged(
    site: Site, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    """However often, and however much of it seems to be gone; once it can be judged again it is."""
    site.have(BAD, invoice(1, BAD))
    site.have(GOOD, invoice(2, GOOD))
    site.flag()
    tickets = site.tickets.open()
    assert len(tickets) == 2
    site.have(BAD)
    with monkeypatch.context() as patch:
        if loop == "reading":
            patch.setattr(site.books, "accounts", unread(site))
        else:
            break_(patch, *LOOPS[loop])
        site.have(GOOD, invoice(2, GOOD), invoice(3, GOOD))
        for full in (False, True, True, False):
            site.wait(hours=1)
            outcome = site.run(full=full)
            assert (outcome.exit_code, [failure.id for failure in outcome.failed]) == (1, [BAD])
            assert set(states(outcome)) == {"101 invoice:1", "102 invoice:2", "102 invoice:3"}
            assert "resolved" not in states(outcome).values()
            assert SECRET not in str(outcome)
        assert set(tickets) <= set(site.tickets.open())
    site.wait(hours=1)
    outcome = site.run()
    assert (outcome.exit_code, outcome.failed) == (0, ())
    assert states(outcome)["101 invoice:1"] == "resolved"


def test_a_record_of_nobody_knows_whom_lets_nobody_be_missing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the only one of a customer who was not seen: two full passes judge nobody gone."""
    site.have(BAD, invoice(1, BAD))
    site.have(GOOD, invoice(2, GOOD))
    site.run(full=True)
    failed = Failed("account.move,7", Unforeseen("erp: something unforeseen happened"))
    with monkeypatch.context() as patch:
        patch.setattr(site.books, "customers", lambda: iter([[GOOD, failed]]))
        for _ in range(3):
            site.wait(hours=1)
            outcome = site.run(full=True)
            assert (outcome.exit_code, outcome.failed) == (1, (failed,))
            assert states(outcome)["101 invoice:1"] == "open"


def test_a_change_of_nobody_knows_whom_is_read_again_until_it_can_be_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.have(GOOD, invoice(2, GOOD))
    site.settle()
    cursor = site.check().memory.moment("cursor")
    failed = Failed("account.move,7", Unforeseen("erp: something unforeseen happened"))
    with monkeypatch.context() as patch:
        patch.setattr(site.books, "changed", lambda _: iter([[failed]]))
        site.wait(hours=1)
        assert site.run().exit_code == 1
        assert site.check().memory.moment("cursor") == cursor
    assert site.run().exit_code == 0
    assert site.check().memory.moment("cursor") != cursor


def test_of_drafts_those_of_an_account_that_raises_are_not_judged_and_the_others_are(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.have(BAD)
    site.have(GOOD)
    break_(monkeypatch, "integrations.flows.invoicing.drafts:judge", 0)
    outcome = check_drafts(site.check(), date(2026, 11, 1))
    assert outcome.exit_code == 1
    assert [failure.id for failure in outcome.failed] == [BAD]
    assert [failure["id"] for failure in outcome.document()["failed"]] == [BAD]


def test_a_ticket_that_can_not_be_worded_fails_alone_and_is_not_closed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.have(BAD, invoice(1, BAD))
    site.have(GOOD, invoice(2, GOOD))
    site.flag()
    before = site.tickets.open()
    site.have(BAD, invoice(1, BAD), name="Bad AG")
    site.have(GOOD, invoice(2, GOOD), invoice(3, GOOD))
    want = Wording.want

    def worded(self: Wording, group: Any, today: date) -> Any:
        if group.account == BAD:
            raise ZeroDivisionError(SECRET)
        return want(self, group, today)

    monkeypatch.setattr(Wording, "want", worded)
    outcome = site.flag()
    assert outcome.exit_code == 1
    assert outcome.flagged is not None
    (error,) = [line.error for line in outcome.flagged.lines if line.error is not None]
    assert "something unforeseen happened (ZeroDivisionError)" in error.message
    assert set(before) < set(site.tickets.open())
    assert len(site.tickets.open()) == 3
