"""Drafts are judged as if they were posted; nothing is remembered of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from typing import Any

from integrations.core.billing import Account, Invoice
from integrations.flows.invoicing.catalogue import Catalogue
from integrations.flows.invoicing.check import InvoiceCheck
from integrations.flows.invoicing.drafts import DraftsOutcome, check_drafts
from integrations.flows.invoicing.memory import Acknowledgement
from integrations.flows.invoicing.rule import Hit, Rule, RuleSettings, Severity, rule
from tests.flows.invoicing.site import TODAY, Site, invoice, trouble

NOVEMBER = date(2026, 11, 1)


@rule("price-differs", group="contract against invoice", title="Other price", severity="high", who="finance",
      action="Fix it.", needs={"invoices"})  # fmt: skip
def costly(account: Account, settings: RuleSettings, today: date) -> Iterator[Hit]:
    """A posted invoice over more than a thousand; over more than a hundred, it is a low finding."""
    del settings, today
    for bill in account.invoices:
        if bill.state == "posted" and bill.total > 100:
            severity: Severity = "high" if bill.total > 1000 else "low"
            yield Hit(f"invoice:{bill.id}/line:1", "It is dear", bill.total, bill.currency, severity=severity)


@rule("period-not-invoiced", group="contract against invoice", title="Not invoiced", severity="high",
      who="account manager", action="Make it.", needs={"invoices"})  # fmt: skip
def forgotten(account: Account, settings: RuleSettings, today: date) -> Iterator[Hit]:
    """An account without any invoice but a cancelled one."""
    del settings, today
    if all(invoice.state == "cancelled" for invoice in account.invoices):
        yield Hit("contract:7/line:1/2026-11-01", "Nothing is billed", None)


@rule("nameless", group="before the first invoice", title="Has no name", severity="medium", who="finance",
      action="Name it.", needs={"account"})  # fmt: skip
def nameless(account: Account, settings: RuleSettings, today: date) -> Iterator[Hit]:
    """A customer without a name."""
    del settings, today
    if not account.name:
        yield Hit("account", "The customer has no name")


def draft(number: int, account: str = "101", amount: str = "100.00", day: date | None = NOVEMBER) -> Invoice:
    return dataclasses.replace(invoice(number, account, amount=amount), number="", state="draft", day=day)


def drafts(site: Site, month: date = NOVEMBER) -> DraftsOutcome:
    check: InvoiceCheck = site.check()
    rules: tuple[Rule[Any], ...] = (costly, forgotten, nameless)
    check.catalogue = Catalogue(rules, {rule.id: RuleSettings() for rule in rules})
    return check_drafts(check, month)


def test_a_draft_that_a_rule_finds_wrong_is_held_and_the_others_may_go_out(site: Site) -> None:
    """A low finding is told, and holds nothing; a high one is exit 4."""
    site.have("101", draft(1), draft(2, amount="2000.00"), draft(3, amount="200.00"))
    outcome = drafts(site)
    assert (outcome.total, outcome.held, outcome.exit_code) == (3, 1, 4)
    assert [(draft.id, draft.is_held) for draft in outcome.drafts] == [("2", True), ("3", False)]
    assert outcome.document()["may_go_out"] == 2


def test_what_is_wrong_with_the_customer_holds_each_of_its_drafts(site: Site) -> None:
    """Said for each, as each has to wait."""
    site.have("101", draft(1), draft(2), name="")
    outcome = drafts(site)
    assert (outcome.held, outcome.exit_code) == (2, 0)


def test_what_has_not_even_a_draft_is_missing_altogether(site: Site) -> None:
    """It is no draft of the ones that may go out."""
    site.have("101")
    outcome = drafts(site)
    assert (outcome.total, [draft.id for draft in outcome.drafts], outcome.exit_code) == (0, [""], 4)
    assert len(outcome.document()["missing"]) == 1


def test_drafts_of_other_months_and_posted_invoices_are_not_asked_for(site: Site) -> None:
    """One without a date counts to every month."""
    others = draft(1, day=date(2026, 12, 1)), invoice(2, amount="5000.00"), draft(3, day=None)
    site.have("101", *others)
    outcome = drafts(site)
    assert (outcome.total, outcome.drafts) == (1, ())


def test_a_draft_to_a_reseller_is_judged_by_what_its_end_customer_agreed_and_counts_once(site: Site) -> None:
    """It is with both of them: who pays, and who is served."""
    resold = dataclasses.replace(draft(2, "300", "2000.00"), served="101")
    site.have("101", resold, name="")
    site.have("300", resold, draft(3, "300"), name="Reseller AG")
    outcome = drafts(site)
    assert (outcome.total, outcome.held) == (2, 1)
    (held,) = outcome.drafts
    assert {finding.rule for finding in held.findings} == {"price-differs"}


def test_a_draft_that_is_held_on_purpose_is_none_that_may_go_out(site: Site) -> None:
    """Nobody is told to send it."""
    site.have("101", dataclasses.replace(draft(1), held="until the merger"), draft(2))
    assert drafts(site).total == 1


def test_what_somebody_acknowledged_holds_no_draft_until_its_day_has_passed(site: Site) -> None:
    """As it gets no ticket either."""
    site.have("101", draft(1), name="")
    (held,) = drafts(site).drafts
    acknowledgement = Acknowledgement(held.findings[0].fingerprint, "it is theirs", "lena", site.clock, TODAY)
    site.check().decisions.acknowledge([acknowledgement])
    assert drafts(site).held == 0
    site.wait(days=1)
    assert drafts(site).held == 1


def test_looking_at_drafts_remembers_nothing(site: Site) -> None:
    """What is not posted is no exception yet."""
    site.have("101", draft(2, amount="2000.00"))
    drafts(site)
    assert list(site.check().memory.findings()) == []
    assert site.check().memory.moment("cursor") is None


def test_a_draft_that_a_rule_can_t_judge_is_not_said_to_be_all_right(site: Site) -> None:
    """It is counted by why, and holds no other."""
    site.have("101", draft(1), unread={"invoices": "we may not read invoices"})
    site.have("102", draft(2, "102"))
    outcome = drafts(site)
    assert (outcome.total, outcome.may_go_out, outcome.held) == (2, 1, 0)
    assert outcome.unjudged == {"we may not read invoices": 1}


def test_where_invoices_can_t_be_read_no_drafts_is_no_all_clear(site: Site) -> None:
    """How many customers that leaves unknown is told, and somebody has to grant the right."""
    site.books.absent, site.books.denied = {"invoices": "we may not read invoices"}, {"invoices"}
    site.have("101", unread={"invoices": "we may not read invoices"})
    outcome = drafts(site)
    assert (outcome.total, outcome.unread, outcome.exit_code) == (0, {"we may not read invoices": 1}, 4)


def test_a_customer_that_was_named_and_is_not_there_has_no_drafts_that_may_go_out(site: Site) -> None:
    """A typing mistake is no all-clear."""
    outcome = check_drafts(site.check(), NOVEMBER, ["999"])
    assert "999" in trouble(outcome.error)
    assert outcome.exit_code == 4
