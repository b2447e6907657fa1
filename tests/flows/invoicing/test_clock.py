"""A clock that is wrong destroys nothing that people said, and settles nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from integrations.core.errors import Unsafe
from integrations.flows.invoicing.answers import acknowledge, baseline, dispute
from integrations.flows.invoicing.drafts import check_drafts
from tests.flows.invoicing.site import Site, invoice, states
from tests.limits import lenient, lifted

WRONG = [timedelta(days=-365), timedelta(days=400)]


def fingerprints(site: Site) -> list[str]:
    return [finding.finding.fingerprint for finding in site.run().findings]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("until", [None, date(2026, 12, 31)])
def test_an_acknowledgement_outlives_a_wrong_clock(site: Site, wrong: timedelta, until: date | None) -> None:
    """By a year that is past nothing is due: what was found would be gone, and back again as news."""
    site.have("101", invoice(1))
    acknowledge(site.check(), fingerprints(site), "as agreed", until)
    before = states(site.run())
    assert before == {"101 invoice:1": "acknowledged"}
    site.wrong_by = wrong
    for full in (False, True, True):
        outcome = site.run(full=full)
        assert (outcome.exit_code, states(outcome)) == (6, before)
    site.wrong_by = timedelta()
    outcome = site.run(full=True)
    assert (outcome.exit_code, states(outcome)) == (0, before)
    assert [finding.returned for finding in outcome.findings] == [None]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_clock_makes_and_closes_no_ticket(site: Site, wrong: timedelta) -> None:
    site.have("101", invoice(1))
    site.flag()
    site.have("102", invoice(2, "102", due=site.today() + timedelta(days=30)))
    site.tickets.puts.clear()
    site.wrong_by = wrong
    assert site.flag().exit_code == 6
    assert site.tickets.puts == []
    site.wrong_by = timedelta()
    site.flag()
    assert site.tickets.puts == []


@pytest.mark.parametrize("wrong", WRONG)
def test_who_knows_that_the_clock_is_right_says_so_by_the_option_in_the_message(site: Site, wrong: timedelta) -> None:
    site.have("101", invoice(1))
    site.run()
    site.wrong_by = wrong
    site.limits = lenient(1000)
    error = site.run().error
    assert error is not None
    site.limits = lifted(error.next)
    assert site.run(full=True).exit_code == 0


def test_where_the_erp_tells_no_time_a_second_run_is_needed_after_a_pause(site: Site) -> None:
    """The days of an acknowledgement are counted by runs as well."""
    site.have("101", invoice(1))
    acknowledge(site.check(), fingerprints(site), "as agreed", site.today() + timedelta(days=20))
    site.books.clock = lambda: None
    site.wait(days=40)
    assert states(site.run()) == {"101 invoice:1": "acknowledged"}
    assert states(site.run()) == {"101 invoice:1": "open"}


def test_what_a_clock_says_that_is_wrong_is_not_written_down_with_a_decision(site: Site) -> None:
    """Whatever people decide bears a day by which it is judged later."""
    site.have("101", invoice(1))
    found = fingerprints(site)
    site.wrong_by = timedelta(days=-365)
    with pytest.raises(Unsafe) as refused:
        acknowledge(site.check(), found, "as agreed", None)
    assert "closedwon invoices check --limit clock_hours=" in refused.value.next
    with pytest.raises(Unsafe):
        baseline(site.check(), date(2025, 11, 1))
    site.wrong_by = timedelta(days=365)
    with pytest.raises(Unsafe):
        dispute(site.check(), "INV/1", "Lena", "too many")
    assert check_drafts(site.check(), date(2026, 11, 1), ()).exit_code == 6
    site.wrong_by = timedelta()
    assert states(site.run()) == {"101 invoice:1": "open"}
