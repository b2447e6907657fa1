"""Who is read again although nothing was written: who lacked something that may be there now, and nobody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest

from integrations.core.billing import Account, Part
from integrations.flows.invoicing.answers import dispute
from tests.flows.invoicing.site import TODAY, Site, invoice, states


def import_the_bank(site: Site, day: date) -> None:
    """The newest statement is of this day."""
    site.books.company = dataclasses.replace(site.books.company, bank=day)


def test_who_was_named_while_the_bank_was_stale_is_judged_when_it_is_fresh(site: Site) -> None:
    """Also where the runs before and after that one saw a fresh bank: an invoice may have become due meanwhile."""
    site.tables["full_every_hours"] = 1000
    site.have("101", invoice(1, due=TODAY + timedelta(days=2)))
    site.run()
    site.settle()
    import_the_bank(site, TODAY - timedelta(days=8))
    assert [stale.rule for stale in site.run("101").stale] == ["owes"]
    import_the_bank(site, TODAY + timedelta(days=3))
    assert site.run().stale == ()
    site.wait(days=3)
    assert states(site.run()) == {"101 invoice:1": "new"}


def test_a_dispute_that_is_told_while_a_check_reads_is_heard_by_the_next_one(site: Site) -> None:
    """That check has judged the customer without it, and must not say that all is well."""
    site.tables["full_every_hours"] = 1000
    site.have("101", invoice(1))
    site.run()
    site.settle()
    site.have("101", invoice(1))
    read = site.books.accounts

    def telling(customers: Sequence[str], since: date) -> Iterator[Account]:
        yield from read(customers, since)
        if not site.check().decisions.disputes():
            dispute(site.check(), "INV/1", "Lena", "hours are contested")

    site.books.accounts = telling
    assert states(site.run()) == {"101 invoice:1": "open"}
    site.wait(hours=3)
    assert states(site.run()) == {"101 invoice:1": "resolved"}
    site.wait(hours=3)
    site.books.asked.clear()
    site.run()
    assert site.books.asked == []


def test_what_we_may_not_read_anywhere_makes_nobody_be_read_again_until_we_may(site: Site) -> None:
    """A missing right concerns every customer: they would all be read by every run."""
    site.tables["full_every_hours"] = 1000
    refused: dict[Part, str] = {"invoices": "we may not read invoices"}
    site.books.absent = dict(refused)
    site.have("101", invoice(1), unread=refused)
    site.run()
    site.settle()
    assert [stale.rule for stale in site.run().stale] == ["owes"]
    assert site.books.asked == []
    site.books.absent = {}
    site.books.have(dataclasses.replace(site.books.accounts_by_id["101"], unread={}), site.books.stamps["101"])
    assert states(site.run()) == {"101 invoice:1": "new"}


def test_of_a_customer_who_is_gone_nothing_is_said_to_be_stale(site: Site) -> None:
    """As soon as that is believed."""
    site.have("101", invoice(1), unread={"invoices": "we may not read invoices"})
    site.run()
    site.books.accounts_by_id.clear()
    site.books.stamps.clear()
    site.run(full=True)
    assert site.run(full=True).stale == ()


def test_a_check_of_some_customers_leaves_the_changes_of_others_to_the_next_one(site: Site) -> None:
    """However long after them it is, and however often it is made."""
    site.tables["full_every_hours"] = 1000
    site.have("101")
    site.have("102")
    site.run()
    site.settle()
    site.have("102", invoice(2, "102"))
    for hours in (5, 50):
        site.wait(hours=hours)
        assert states(site.run("101")) == {}
    site.books.asked.clear()
    assert states(site.run()) == {"102 invoice:2": "new"}
    assert site.books.asked == ["102"]


@pytest.mark.parametrize("behind", [1, 30, 59])
def test_a_change_under_a_clock_that_is_behind_is_not_missed(site: Site, behind: int) -> None:
    """Neither after the first full pass, which has read no change, nor after runs that read none or some."""
    site.tables |= {"full_every_hours": 1000, "overlap_minutes": 0}
    site.have("101")
    site.run()
    for number, pause in enumerate((1, 1, 300, 1), start=1):
        site.wait(minutes=pause)
        now = site.clock
        site.clock = now - timedelta(minutes=behind)
        site.have("101", *(invoice(index) for index in range(1, number + 1)))
        site.clock = now
        assert states(site.run())[f"101 invoice:{number}"] == "new"
        site.run()
