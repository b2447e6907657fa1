"""What a check reads, remembers and tells, whatever the rules say."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from decimal import Decimal

import pytest

from integrations.core.billing import OurCompany, Rate, Won
from integrations.core.errors import Unavailable
from integrations.flows.invoicing.catalogue import catalogue
from integrations.flows.invoicing.check import Request
from integrations.flows.invoicing.rule import RuleSettings
from tests.flows.invoicing.site import TODAY, Site, invoice, states, trouble


def test_a_finding_is_new_once_then_open_then_resolved(site: Site) -> None:
    """States follow from what was found before."""
    site.have("101", invoice(1))
    assert states(site.run()) == {"101 invoice:1": "new"}
    site.wait(hours=1)
    assert states(site.run()) == {"101 invoice:1": "open"}
    site.have("101")
    assert states(site.run()) == {"101 invoice:1": "resolved"}
    assert states(site.run()) == {}


def test_what_returns_is_open_again_since_it_was_first_seen(site: Site) -> None:
    """One exception stays one, however often it comes back."""
    site.have("101", invoice(1))
    first = site.run().findings[0].first_seen
    site.wait(hours=1)
    site.have("101")
    site.run()
    site.wait(hours=1)
    site.have("101", invoice(1))
    (known,) = site.run().findings
    assert (known.state, known.first_seen) == ("open", first)
    assert known.said_state() == f"open again {site.clock.date()}"


def test_where_there_are_neither_orders_nor_contracts_nobody_forgot_an_order(site: Site) -> None:
    """Orders may be kept elsewhere: the rules say that they can't tell, and the others go on."""
    catalogue_ = catalogue({})
    site.have("101", invoice(1, due=date(2026, 1, 1)), deals=(Won("42", day=date(2026, 6, 1), currency="CHF"),))

    def found() -> tuple[set[str], set[str]]:
        check = site.check()
        check.catalogue = catalogue_
        outcome = check.run(Request(full=True))
        return {known.finding.rule for known in outcome.findings}, {stale.rule for stale in outcome.stale}

    site.books.absent = {"orders": "no app Sales", "contracts": "no app Contracts"}
    rules, stale = found()
    assert "unpaid" in rules
    assert "won-not-ordered" in stale - rules
    site.books.absent = {"contracts": "no app Contracts"}
    rules, stale = found()
    assert "won-not-ordered" in rules - stale


@pytest.mark.parametrize("lost", ["company", "app"])
def test_what_is_not_shown_to_us_any_more_resolves_nothing_for_a_week(site: Site, lost: str) -> None:
    """Odoo leaves out the invoices of a company on which our account lost its right, and an app that is updated."""
    site.have("101", invoice(1))
    site.run()
    site.wait(days=1)
    site.have("101")
    if lost == "company":
        site.books.company = dataclasses.replace(site.books.company, id="2", name="Acme GmbH")
    else:
        site.books.absent = {"invoices": "no app Invoicing"}
    outcome = site.run()
    assert (states(outcome), [stale.rule for stale in outcome.stale]) == ({"101 invoice:1": "open"}, ["owes"])
    site.wait(days=6)
    assert set(states(site.run()).values()) == {"open"}
    site.wait(days=1)
    assert set(states(site.run()).values()) == {"resolved"}


def test_what_is_shown_to_us_again_is_judged_again(site: Site) -> None:
    """Without waiting for anything to be written."""
    site.have("101", invoice(1))
    site.run()
    site.books.absent = {"invoices": "no app Invoicing"}
    site.wait(days=1)
    site.run()
    site.books.absent = {}
    site.wait(hours=3)
    outcome = site.run()
    assert (set(states(outcome).values()), outcome.stale) == ({"open"}, ())


def test_an_account_is_read_when_it_changed_or_when_its_day_comes(site: Site) -> None:
    """Nothing else is read: neither for what is found there, nor for what is not."""
    due = TODAY + timedelta(days=3)
    site.have("101", invoice(1))
    site.have("102", invoice(2, "102", due=due))
    site.have("103")
    site.run()
    site.settle()
    assert states(site.run()) == {"101 invoice:1": "open"}
    assert site.books.asked == []
    site.tables["full_every_hours"] = 1000
    site.wait(days=3)
    site.run()
    assert site.books.asked == []
    site.wait(days=1)
    assert states(site.run())["102 invoice:2"] == "new"
    assert site.books.asked == ["102"]
    site.have("103", invoice(3, "103"))
    site.wait(minutes=20)
    site.run()
    assert site.books.asked == ["102", "103"]


def test_other_settings_of_a_rule_make_everything_be_read_again(site: Site) -> None:
    """What was judged by another threshold is not what is asked for now."""
    site.have("101", invoice(1))
    site.run()
    site.wait(hours=2)
    site.rules["owes"] = RuleSettings(grace_days=60)
    outcome = site.run()
    assert outcome.full
    assert states(outcome) == {"101 invoice:1": "resolved"}


def test_a_rule_that_is_switched_off_says_nothing_of_what_it_found(site: Site) -> None:
    """Its findings are gone."""
    site.have("101", invoice(1))
    site.run()
    site.rules["owes"] = RuleSettings(on=False)
    assert all(state == "resolved" for state in states(site.run()).values())


def test_payments_that_are_too_old_neither_fire_nor_resolve(site: Site) -> None:
    """Who paid yesterday is not said to owe because the bank was not imported, and not to have paid either."""
    site.have("101", invoice(1))
    site.run()
    site.books.company = dataclasses.replace(site.books.company, bank=TODAY - timedelta(days=8))
    site.have("101", invoice(1, amount="50.00"), invoice(2))
    outcome = site.run()
    assert states(outcome) == {"101 invoice:1": "open"}
    assert [(stale.rule, stale.accounts) for stale in outcome.stale] == [("owes", 1)]
    assert "Acme AG" in outcome.stale[0].why
    site.settle()
    site.run()
    assert site.books.asked == []
    site.books.company = OurCompany("1", "Acme AG", "CHF", TODAY)
    outcome = site.run()
    assert states(outcome) == {"101 invoice:1": "open", "101 invoice:2": "new"}
    assert outcome.stale == ()


def test_a_part_that_could_not_be_read_leaves_its_rules_findings_alone_and_is_read_again(site: Site) -> None:
    """`data stale`, until the reading succeeds."""
    site.have("101", invoice(1))
    site.run()
    site.have("101", unread={"invoices": "we may not read invoices"})
    outcome = site.run()
    assert states(outcome) == {"101 invoice:1": "open"}
    assert outcome.stale[0].why == "we may not read invoices"
    assert outcome.exit_code == 0
    site.settle()
    site.run()
    assert site.books.asked == ["101"]


def test_a_rule_that_raises_is_named_and_the_others_go_on(site: Site) -> None:
    """Exit 1; what it had found stays."""
    site.have("101", invoice(1), name="")
    assert len(site.run().findings) == 2
    site.have("101", name="crash")
    outcome = site.run()
    assert [(broken.rule, broken.account, broken.error) for broken in outcome.broken] == [
        ("nameless", "101", "RuntimeError")
    ]
    assert states(outcome) == {"101 account": "open", "101 invoice:1": "resolved"}
    assert outcome.exit_code == 1


def test_a_reading_that_breaks_off_resolves_nothing_and_is_made_up_for(site: Site) -> None:
    """What was read before it broke is kept; the next run reads the rest."""
    site.have("101", invoice(1))
    site.run()
    site.wait(hours=2)
    site.have("101")
    site.have("102", invoice(2, "102"))
    site.books.fails, site.books.after = Unavailable("the ERP is down", system="erp"), 0
    outcome = site.run()
    assert outcome.exit_code == 1
    assert states(outcome) == {"101 invoice:1": "open"}
    site.books.fails = None
    assert states(site.run()) == {"101 invoice:1": "resolved", "102 invoice:2": "new"}


def test_a_customer_who_is_gone_is_believed_after_two_full_passes(site: Site) -> None:
    """A row that a rule of the ERP hides for a day is not a paid invoice."""
    site.have("101", invoice(1))
    site.run()
    del site.books.accounts_by_id["101"], site.books.stamps["101"]
    assert states(site.run(full=True)) == {"101 invoice:1": "open"}
    assert states(site.run(full=True)) == {"101 invoice:1": "resolved"}


def test_a_customer_that_was_named_and_is_not_there_is_refused(site: Site) -> None:
    """Exit 4, in words that name it."""
    outcome = site.run("999")
    assert outcome.exit_code == 4
    assert "999" in trouble(outcome.error)


def test_only_named_customers_are_read_and_the_next_run_reads_the_others(site: Site) -> None:
    """Naming one is no full pass."""
    site.have("101", invoice(1))
    site.have("102", invoice(2, "102"))
    site.run("102")
    assert site.books.asked == ["102"]
    assert states(site.run()) == {"101 invoice:1": "new", "102 invoice:2": "open"}


def test_no_name_of_a_customer_is_kept_in_the_ledger(site: Site) -> None:
    """Ids, amounts and our own people only."""
    site.have("101", invoice(1), name="Xaver Zwyssig")
    site.run()
    assert b"Zwyssig" not in (site.folder / "ledger.sqlite").read_bytes()
    assert b"Zwyssig" not in (site.folder / "ledger.sqlite-wal").read_bytes()
    assert site.run().names == {"101": "Xaver Zwyssig"}


def test_an_invoice_that_several_rules_find_is_at_risk_once(site: Site) -> None:
    """The total is no sum over rules."""
    site.have("101", invoice(1), invoice(2, amount="20.50"))
    total = site.run().total
    assert str(total.converted) == "CHF 120.50"


def test_totals_of_two_currencies_are_told_in_one_only_with_a_dated_rate(site: Site) -> None:
    """Without it each currency stands for itself."""
    euro = dataclasses.replace(invoice(2), currency="EUR")
    site.have("101", invoice(1), euro)
    total = site.run().total
    assert (set(total.amounts), total.converted) == ({"CHF", "EUR"}, None)
    site.books.rates["EUR"] = Rate("EUR", "CHF", Decimal("0.95"), date(2026, 11, 20))
    total = site.run().total
    assert str(total.converted) == "CHF 195.00"
    assert [rate.day for rate in total.rates] == [date(2026, 11, 20)]


def test_payments_whose_age_nobody_may_read_are_too_old_to_tell(site: Site) -> None:
    """Without the right to bank statements nobody is said to owe."""
    site.books.absent, site.books.denied = {"bank": "we may not read bank statements"}, {"bank"}
    site.have("101", invoice(1))
    outcome = site.run()
    assert states(outcome) == {}
    assert [(stale.rule, stale.why) for stale in outcome.stale] == [("owes", "we may not read bank statements")]
    assert outcome.exit_code == 0


def test_a_right_without_which_a_check_is_none_waits_for_a_person(site: Site) -> None:
    """Exit 4 until somebody grants it: nothing of that is to stay green for ever."""
    site.books.absent, site.books.denied = {"invoices": "we may not read invoices"}, {"invoices"}
    site.have("101", unread={"invoices": "we may not read invoices"})
    assert site.run().exit_code == 4
