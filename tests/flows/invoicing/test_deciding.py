"""What people decide: that something is known, that an invoice is disputed; and what they are told once."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest

from integrations.core.errors import Ambiguous, Rejected
from integrations.flows.invoicing.answers import acknowledge, baseline, dispute, settle
from integrations.flows.invoicing.digest import digests, key
from tests.flows.invoicing.site import TODAY, Site, invoice, states


def fingerprints(site: Site) -> list[str]:
    return [known.finding.fingerprint for known in site.run().findings]


def test_an_acknowledged_finding_keeps_who_and_why_and_comes_back_after_its_day(site: Site) -> None:
    """On the day itself it is still left alone."""
    site.have("101", invoice(1))
    (known,) = acknowledge(site.check(), fingerprints(site), "paid by Friday", TODAY + timedelta(days=2))
    acknowledgement = known.acknowledged
    assert acknowledgement is not None
    assert (known.state, acknowledgement.reason, acknowledgement.by) == (
        "acknowledged",
        "paid by Friday",
        site.ledger.actor.person,
    )
    site.wait(days=2)
    assert states(site.run()) == {"101 invoice:1": "acknowledged"}
    site.wait(days=1)
    assert states(site.run()) == {"101 invoice:1": "open"}


def test_it_comes_back_when_the_amount_grows_by_more_than_the_share(site: Site) -> None:
    """A fifth by default; exactly a fifth is not more."""
    site.have("101", invoice(1, amount="100.00"))
    acknowledge(site.check(), fingerprints(site), "known", None)
    site.have("101", invoice(1, amount="120.00"))
    assert states(site.run()) == {"101 invoice:1": "acknowledged"}
    site.have("101", invoice(1, amount="120.01"))
    assert states(site.run()) == {"101 invoice:1": "open"}


def test_what_was_acknowledged_without_an_end_is_told_again_when_it_was_gone_meanwhile(site: Site) -> None:
    """Somebody knew of that one; until a day that was named it is left alone all the same."""
    site.have("101", invoice(1), invoice(2))
    found = {known.finding.subject: known.finding.fingerprint for known in site.run().findings}
    acknowledge(site.check(), [found["invoice:1"]], "known", None)
    acknowledge(site.check(), [found["invoice:2"]], "known", TODAY + timedelta(days=9))
    for number, invoices in enumerate(((), (invoice(1), invoice(2)))):
        site.wait(days=1)
        site.have("101", *invoices)
        assert site.run().error is None, number
    assert states(site.run()) == {"101 invoice:1": "open", "101 invoice:2": "acknowledged"}


def test_what_nobody_can_mean_is_refused(site: Site) -> None:
    """A fingerprint that is none, one that is several, a day that has passed."""
    site.have("101", *(invoice(number) for number in range(40)))
    found = fingerprints(site)
    with pytest.raises(Rejected):
        acknowledge(site.check(), ["zzzz"], "?", None)
    with pytest.raises(Rejected):
        acknowledge(site.check(), [""], "?", None)
    with pytest.raises(Rejected):
        acknowledge(site.check(), found[:1], "?", TODAY - timedelta(days=1))
    shared = next(known[0] for known in found if sum(other[0] == known[0] for other in found) > 1)
    with pytest.raises(Ambiguous):
        acknowledge(site.check(), [shared], "?", None)
    assert set(states(site.run()).values()) == {"open"}


def test_a_baseline_acknowledges_what_is_there_on_the_first_day_and_nothing_later(site: Site) -> None:
    """It has no end; what is found afterwards is told."""
    with pytest.raises(Rejected):
        baseline(site.check(), TODAY)
    site.have("101", invoice(1))
    site.run()
    site.wait(days=1)
    site.have("101", invoice(1), invoice(2))
    site.run()
    assert len(baseline(site.check(), TODAY)) == 1
    assert states(site.run()) == {"101 invoice:1": "acknowledged", "101 invoice:2": "open"}
    with pytest.raises(Rejected):
        baseline(site.check(), date(2030, 1, 1))


def test_a_disputed_invoice_is_not_said_to_be_unpaid_until_the_dispute_is_settled(site: Site) -> None:
    """The account is read again although nothing was written in the ERP."""
    site.have("101", invoice(1))
    site.run()
    site.settle()
    answer = dispute(site.check(), "INV/1", "Lena", "hours are contested")
    assert (answer.invoice, answer.account, answer.since) == ("1", "101", site.clock.date())
    assert states(site.run()) == {"101 invoice:1": "resolved"}
    settle(site.check(), "INV/1")
    assert states(site.run()) == {"101 invoice:1": "open"}


def test_a_dispute_said_again_is_news_of_the_same_one(site: Site) -> None:
    """Its age stays; who clears it up may change."""
    site.have("101", invoice(1))
    dispute(site.check(), "INV/1", "Lena", "hours are contested")
    site.wait(days=5)
    answer = dispute(site.check(), "1", "Sandro", "")
    assert (answer.owner, answer.reason) == ("Sandro", "hours are contested")
    assert answer.news - answer.since == timedelta(days=5)


def test_a_dispute_needs_an_invoice_that_is_one_an_owner_and_a_reason(site: Site) -> None:
    """Otherwise nothing is kept."""
    site.have("101", invoice(1), dataclasses.replace(invoice(2), number="INV/1"), invoice(3))
    for number, owner, reason in (("INV/9", "Lena", "?"), ("", "Lena", "?"), ("INV/3", "", "?"), ("INV/3", "Lena", "")):
        with pytest.raises(Rejected):
            dispute(site.check(), number, owner, reason)
    with pytest.raises(Ambiguous):
        dispute(site.check(), "INV/1", "Lena", "?")
    with pytest.raises(Rejected):
        settle(site.check(), "INV/3")
    assert site.check().decisions.disputes() == {}


def test_a_digest_tells_each_change_once(site: Site) -> None:
    """New, changed and gone, to the customer's own account manager."""

    def told() -> tuple[int, int, int]:
        (digest,) = digests(site.check())
        site.check().decisions.tell("lena.gerber@acme.example", digest.states)
        return len(digest.new), len(digest.changed), len(digest.gone)

    site.have("101", invoice(1), invoice(2))
    found = fingerprints(site)
    assert told() == (2, 0, 0)
    assert told() == (0, 0, 0)
    acknowledge(site.check(), found[:1], "known", None)
    site.run()
    assert told() == (0, 1, 0)
    site.have("101")
    site.run()
    site.run()
    assert told() == (0, 0, 2)
    assert told() == (0, 0, 0)


def test_whoever_was_told_of_an_exception_is_told_that_its_customer_is_gone(site: Site) -> None:
    """Also when the customer is forgotten by then, and with it who looked after it."""
    site.have("101", invoice(1))
    site.run()
    (first,) = digests(site.check())
    site.check().decisions.tell(key(first.manager), first.states)
    site.books.accounts_by_id.clear()
    site.books.stamps.clear()
    site.run(full=True)
    site.run(full=True)
    (second,) = digests(site.check())
    assert (key(second.manager), len(second.gone)) == (key(first.manager), 1)
    site.check().decisions.tell(key(second.manager), second.states)
    assert all(digest.is_empty for digest in digests(site.check()))
