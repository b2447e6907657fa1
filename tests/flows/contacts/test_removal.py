from __future__ import annotations

import pytest

from integrations.core.errors import Rejected
from integrations.core.plan import Limits
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.revoke import forget, restore, revoke
from integrations.flows.contacts.sync import Approval
from tests.flows.contacts.site import DRY, EMAIL, NADJA, PETER, YES, Site


def revoked(site: Site, email: str, approval: Approval = YES) -> Outcome:
    outcome: Outcome = site.does(lambda sync: revoke(sync, email, approval))
    return outcome


def forgotten(site: Site, email: str, approval: Approval = YES) -> Outcome:
    outcome: Outcome = site.does(lambda sync: forget(sync, email, approval))
    return outcome


def test_who_is_revoked_is_out_everywhere_at_once_and_stays_out_though_the_erp_still_has_them(
    site: Site,
) -> None:
    outcome = revoked(site, "Nadja <NADJA.Brunner@Mueller-Soehne.example>")
    assert (outcome.exit_code, outcome.counts["archive"]) == (0, 3)
    assert EMAIL[NADJA] not in site.everywhere()
    assert any(str(NADJA) in note for note in outcome.notes)
    site.edit(NADJA, phone="+41 52 555 09 09")
    for full in (False, True):
        site.sync(full=full)
        assert EMAIL[NADJA] not in site.everywhere()
        assert site.wrote() == []


def test_who_is_revoked_is_out_of_every_customers_places_and_into_none_again(site: Site) -> None:
    extern = "markus@zgraggen-it.example"
    for customer in ("101", "103"):
        site.add("Markus Zgraggen", extern, customer, function="CTO")
    site.sync()
    assert revoked(site, extern).counts["archive"] == 6
    site.add("Markus Zgraggen", extern, "104", function="CTO")
    site.sync()
    assert not [customer for customer in site.places if extern in site.everywhere(customer)]


def test_revoking_twice_is_once_and_what_is_no_address_is_refused(site: Site) -> None:
    revoked(site, EMAIL[NADJA])
    assert revoked(site, EMAIL[NADJA]).exit_code == 0
    assert site.wrote() == []
    assert revoked(site, "nadja at home").exit_code == 4


def test_revoking_only_shown_takes_nobody_out(site: Site) -> None:
    outcome = revoked(site, EMAIL[NADJA], DRY)
    assert (outcome.exit_code, outcome.counts["archive"]) == (3, 3)
    site.sync(full=True)
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_a_revocation_that_a_person_declines_leaves_no_trace(site: Site) -> None:
    before = site.ledger_text()
    revoked(site, EMAIL[NADJA], Approval(ask=lambda _: False))
    assert site.ledger_text() == before
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_a_revocation_goes_by_the_plan_that_was_approved(site: Site) -> None:
    plan = revoked(site, EMAIL[NADJA], DRY).plan
    assert revoked(site, EMAIL[PETER], Approval(plan=plan)).exit_code == 5
    assert EMAIL[PETER] in site.jira()
    assert revoked(site, EMAIL[NADJA], Approval(plan=plan)).exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()


def test_a_revocation_is_over_no_limit_by_number_alone(site: Site) -> None:
    site.limits = Limits(archives=0)
    assert revoked(site, EMAIL[NADJA]).exit_code == 6
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.limits = Limits(archives=3)
    assert revoked(site, EMAIL[NADJA]).exit_code == 0


@pytest.mark.parametrize("system", ["jira", "panel"])
def test_a_revocation_that_one_system_missed_is_made_good_by_the_next_run(site: Site, system: str) -> None:
    site.fault(do="status", status=503, system=system, times=999)
    assert revoked(site, EMAIL[NADJA]).exit_code == 1
    site.fix()
    assert EMAIL[NADJA] in site.everywhere()
    site.passed(hours=3)
    assert site.sync().exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()


def test_who_is_restored_gets_what_the_erp_gives(site: Site) -> None:
    revoked(site, EMAIL[NADJA])
    site.passed(hours=3)
    site.sync()
    site.does(lambda sync: restore(sync, EMAIL[NADJA]))
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    with pytest.raises(Rejected):
        site.does(lambda sync: restore(sync, EMAIL[PETER]))


def test_it_is_told_that_somebody_was_the_last_for_an_emergency_or_for_bills(site: Site) -> None:
    notes = " ".join(revoked(site, EMAIL[NADJA], DRY).notes)
    assert "emergency" in notes
    assert "Müller & Söhne AG" in notes
    assert "billing" not in " ".join(revoked(site, EMAIL[PETER], DRY).notes)
    site.edit(NADJA, active=True)
    site.add("Eva Muster", "eva.muster@mueller-soehne.example", function="Pikett")
    assert "emergency" not in " ".join(revoked(site, EMAIL[NADJA], DRY).notes)


def test_who_is_forgotten_leaves_nothing_in_the_ledger_but_a_hash(site: Site) -> None:
    account = site.account(EMAIL[NADJA])
    invitation = next(
        invitation["name"] for invitation in site.invitations() if invitation["spec"]["email"] == EMAIL[NADJA]
    )
    assert account in site.ledger_text()
    assert invitation in site.ledger_text()
    outcome = forgotten(site, EMAIL[NADJA])
    assert outcome.exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()
    text = site.ledger_text()
    for word in (account, invitation, "nadja", "brunner"):
        assert word not in text.lower()
    site.sync(full=True)
    assert EMAIL[NADJA] not in site.everywhere()
    assert account not in site.ledger_text()


def test_nothing_of_who_is_forgotten_is_left_in_the_ledgers_file_itself(site: Site) -> None:
    """What is deleted must not merely be marked as free."""
    account = site.account(EMAIL[NADJA]).encode()
    assert account in site.ledger_bytes()
    forgotten(site, EMAIL[NADJA])
    assert account not in site.ledger_bytes()


def test_it_is_told_where_somebody_still_appears_who_was_forgotten(site: Site) -> None:
    mentions = forgotten(site, EMAIL[NADJA]).mentions
    assert any(str(NADJA) in mention.where for mention in mentions)
    assert all(mention.why for mention in mentions)
    assert EMAIL[NADJA] not in str(mentions)


def test_who_is_forgotten_while_a_system_is_down_is_forgotten_when_it_is_done_again(site: Site) -> None:
    account = site.account(EMAIL[NADJA])
    site.fault(do="status", status=503, system="jira", times=999)
    assert forgotten(site, EMAIL[NADJA]).exit_code == 1
    site.fix()
    assert forgotten(site, EMAIL[NADJA]).exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()
    assert account not in site.ledger_text()


def test_who_is_forgotten_may_still_be_restored_by_name(site: Site) -> None:
    forgotten(site, EMAIL[NADJA])
    site.does(lambda sync: restore(sync, EMAIL[NADJA]))
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
