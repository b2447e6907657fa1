from __future__ import annotations

import pytest

from integrations.core.plan import Limits
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.revoke import revoke
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.sync import Approval
from tests.flows.contacts.site import DRY, EMAIL, NADJA, YES, Site, lines_of

EVA, URS = "eva.muster@mueller-soehne.example", "urs.muster@mueller-soehne.example"


def test_a_system_that_is_only_read_is_shown_and_never_written(site: Site) -> None:
    site.section("jira", mode="read")
    made = site.add("Eva Muster", EVA, function="CTO")
    outcome = site.sync()
    assert (outcome.ending, outcome.exit_code) == ("done", 0)
    assert [line.status for line in lines_of(outcome, made, "jira")] == ["planned"]
    assert EVA not in site.jira()
    assert EVA in site.panel() & site.wiki().keys()


def test_a_run_that_may_write_none_of_its_changes_ends_planned_and_its_id_approves_nothing(site: Site) -> None:
    for system in ("jira", "panel", "wiki"):
        site.section(system, mode="read")
    site.add("Eva Muster", EVA, function="CTO")
    shown = site.sync(approval=DRY)
    assert (shown.ending, shown.exit_code) == ("planned", 3)
    made = site.add("Urs Muster", URS)
    both = site.sync(approval=DRY)
    assert "" != shown.plan != both.plan != ""
    site.edit(made, active=False)
    assert site.sync(approval=DRY).plan == shown.plan
    done = site.sync(full=True, approval=Approval(plan=shown.plan))
    assert (done.ending, done.exit_code, done.error) == ("planned", 3, None)
    asking(site)
    assert site.sync(full=True, approval=Approval(plan=shown.plan)).exit_code == 5
    assert site.wrote() == []
    assert EVA not in site.everywhere()


def test_what_may_not_be_written_counts_neither_in_the_plans_id_nor_in_a_limit(site: Site) -> None:
    site.section("jira", mode="read")
    site.add("Eva Muster", EVA, function="CTO")
    plan = site.sync(approval=DRY).plan
    site.section("jira", only=("103",), mode="write")
    assert site.sync(approval=DRY).plan == plan
    site.limits = Limits(creates=1)
    assert site.sync(approval=Approval(plan=plan)).exit_code == 0
    site.sections.clear()
    site.limits = Limits(creates=0)
    assert site.sync(full=True).exit_code == 6


def test_a_system_that_is_written_from_now_on_gets_what_it_lacked(site: Site) -> None:
    site.section("jira", mode="read")
    site.add("Eva Muster", EVA, function="CTO")
    site.sync()
    site.sections.clear()
    site.passed(hours=25)
    site.sync()
    assert EVA in site.jira()


def test_a_leaver_of_a_system_that_is_only_read_stays_there(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.section("jira", mode="read")
    site.edit(NADJA, active=False)
    site.sync()
    assert EMAIL[NADJA] in site.jira()
    assert EMAIL[NADJA] not in site.panel() | site.wiki().keys()
    site.sections.clear()
    site.sync(full=True)
    assert EMAIL[NADJA] not in site.jira()


def test_a_dry_run_writes_nothing_anywhere(site: Site) -> None:
    site.add("Eva Muster", EVA, function="CTO")
    outcome = site.sync(approval=DRY)
    assert (outcome.ending, outcome.exit_code, outcome.counts["create"]) == ("planned", 3, 3)
    assert site.wrote() == []
    assert site.sync(approval=DRY).plan == outcome.plan
    assert site.sync().counts["create"] == 3


def asking(site: Site) -> None:
    for system in ("jira", "panel", "wiki"):
        site.section(system, mode="ask")


def test_where_a_person_is_to_be_asked_yes_alone_proposes_and_writes_nothing(site: Site) -> None:
    asking(site)
    site.add("Eva Muster", EVA, function="CTO")
    outcome = site.sync()
    assert (outcome.ending, outcome.exit_code, outcome.approvals) == ("waiting", 4, 1)
    assert all(line.unapproved for line in outcome.lines)
    assert site.wrote() == []
    assert site.sync().exit_code in (0, 4)
    assert site.wrote() == []


def test_what_waits_for_a_person_is_shown_again_hours_later_and_written_when_approved(site: Site) -> None:
    asking(site)
    site.add("Eva Muster", EVA, function="CTO")
    site.sync()
    site.passed(hours=5)
    shown: list[Outcome] = []
    outcome = site.sync(approval=Approval(ask=lambda plan: bool(shown.append(plan)) or True))
    assert [line.person for line in shown[0].lines] == ["Eva Muster"] * 3
    assert (outcome.exit_code, outcome.approvals) == (0, 0)
    assert EVA in site.jira() & site.panel() & site.wiki().keys()


def test_who_is_declined_is_proposed_again(site: Site) -> None:
    asking(site)
    site.add("Eva Muster", EVA, function="CTO")
    for _ in range(2):
        outcome = site.sync(approval=Approval(ask=lambda _: False))
        assert outcome.counts["create"] == 3
        assert EVA not in site.everywhere()
        site.passed(hours=5)


def test_a_plan_that_is_named_by_its_id_is_approved(site: Site) -> None:
    asking(site)
    site.add("Eva Muster", EVA, function="CTO")
    plan = site.sync(approval=DRY).plan
    assert site.sync(approval=Approval(plan=plan)).exit_code == 0
    assert EVA in site.jira() & site.panel() & site.wiki().keys()


def test_another_plan_than_the_named_one_is_a_conflict_and_nothing_is_written(site: Site) -> None:
    asking(site)
    site.add("Eva Muster", EVA, function="CTO")
    plan = site.sync(approval=DRY).plan
    site.add("Urs Muster", URS)
    outcome = site.sync(approval=Approval(plan=plan))
    assert outcome.exit_code == 5
    assert outcome.error is not None
    assert outcome.plan in outcome.error.next
    assert not {EVA, URS} & site.everywhere()


def test_what_is_left_of_an_approved_plan_after_a_crash_is_approved(site: Site) -> None:
    asking(site)
    site.add("Eva Muster", EVA, function="CTO")
    plan = site.sync(approval=DRY).plan
    site.section("panel", settle=0.0)  # what a 503 may have done is looked for without waiting
    site.fault(do="status", status=503, system="panel", times=999, writes=True)
    assert site.sync(approval=Approval(plan=plan)).exit_code == 1
    site.fix()
    remainder = site.sync(approval=DRY)
    assert remainder.plan not in ("", plan)
    assert site.sync(approval=Approval(plan=plan)).exit_code == 0
    assert EVA in site.panel()


def test_what_comes_on_top_of_the_rest_of_an_approved_plan_is_not_approved(site: Site) -> None:
    asking(site)
    site.add("Eva Muster", EVA, function="CTO")
    plan = site.sync(approval=DRY).plan
    site.section("panel", settle=0.0)  # what a 503 may have done is looked for without waiting
    site.fault(do="status", status=503, system="panel", times=999, writes=True)
    site.sync(approval=Approval(plan=plan))
    site.fix()
    site.add("Urs Muster", URS)
    assert site.sync(approval=Approval(plan=plan)).exit_code == 5
    assert URS not in site.everywhere()
    assert EVA not in site.panel()


def test_a_pilot_takes_its_customers_and_shows_the_others(site: Site) -> None:
    site.section("jira", only=("103",))
    site.add("Eva Muster", EVA)
    other = site.add("Eva Muster", "eva@alpina-zh.example", "103")
    outcome = site.sync()
    assert outcome.exit_code == 0
    assert EVA not in site.jira()
    assert EVA in site.wiki()
    assert "eva@alpina-zh.example" in site.jira("103")
    assert [line.status for line in lines_of(outcome, other, "jira")] == ["done"]


@pytest.mark.parametrize(("system", "kind"), [("jira", "organization"), ("panel", "organization"), ("wiki", "section")])
def test_a_system_that_somebody_marked_never_for_a_customer_gets_nobody_new(site: Site, system: str, kind: str) -> None:
    site.ledger.choose(system, kind, "customer:101" + ("/page" if kind == "section" else ""), "never", "")
    site.add("Eva Muster", EVA, function="CTO")
    site.add("Eva Muster", "eva@alpina-zh.example", "103", function="CTO")
    assert site.sync(full=True).exit_code == 0
    members = {"jira": site.jira, "panel": site.panel, "wiki": lambda customer="101": set(site.wiki(customer))}
    assert [name for name, look in members.items() if EVA in look()] == [
        member for member in members if member != system
    ]
    assert "eva@alpina-zh.example" in members[system]("103")


@pytest.mark.parametrize("mode", ["read", "ask"])
def test_a_leaver_who_may_not_be_taken_out_yet_is_not_looked_at_by_every_run(site: Site, mode: str) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.section("jira", mode=mode)
    site.edit(NADJA, active=False)
    site.sync()
    assert EMAIL[NADJA] in site.jira()
    for _ in range(2):
        site.passed(hours=2)
        site.sync()
    assert set(site.asked_times()) == {"erp"}
    site.sections.clear()
    site.sync()
    assert EMAIL[NADJA] not in site.jira()


def test_a_revocation_waits_where_a_person_is_to_be_asked_and_is_not_forgotten(site: Site) -> None:
    asking(site)
    assert site.does(lambda sync: revoke(sync, EMAIL[NADJA], YES)).exit_code == 4
    assert EMAIL[NADJA] in site.jira()
    site.passed(hours=2)
    assert site.sync(approval=Approval(ask=lambda _: True)).exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()
