"""Who must be out is out, and who may be in is not taken out, where several rules meet."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from integrations.core.lock import FileLocks
from integrations.flows.contacts.link import link
from integrations.flows.contacts.memberships import NEVER
from integrations.flows.contacts.memory import ContactRepository, Learned, Problem
from integrations.flows.contacts.revoke import revoke
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.sync import Approval, ContactSync, of_customer
from tests.flows.contacts.site import BEAT, EMAIL, JONAS, NADJA, PETER, YES, Site
from tests.flows.contacts.world import TARGETS


def test_who_is_never_to_be_a_member_is_taken_out_where_they_are_one(site: Site) -> None:
    site.does(lambda sync: link(sync, str(NADJA), [("jira", NEVER)]))
    outcome = site.sync()
    assert [(line.system, line.action, line.status) for line in outcome.lines] == [("jira", "archive", "done")]
    assert EMAIL[NADJA] not in site.jira()
    assert EMAIL[NADJA] in site.panel() & site.wiki().keys()
    assert site.sync(full=True).counts["archive"] == 0


def test_who_was_revoked_is_out_though_never_to_be_a_member(site: Site) -> None:
    site.does(lambda sync: link(sync, str(NADJA), [("jira", NEVER), ("panel", NEVER)]))
    outcome = site.does(lambda sync: revoke(sync, EMAIL[NADJA], YES))
    assert outcome.counts["archive"] == 3
    assert EMAIL[NADJA] not in site.everywhere()


def test_a_leaver_whose_account_was_chosen_anew_is_out_with_the_account_that_was_put_in(site: Site) -> None:
    other = site.account("nadja@elsewhere.example", "Nadja Brunner")
    site.does(lambda sync: link(sync, str(NADJA), [("jira", other)]))
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(3.1)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()


@pytest.mark.parametrize("hidden", [(NADJA,), (101,), (101, NADJA, BEAT, PETER, JONAS)])
def test_who_is_there_and_may_not_be_seen_any_more_is_not_taken_out(site: Site, hidden: tuple[int, ...]) -> None:
    site.contacts = ContactSettings(grace_days=0)
    before = site.everywhere()
    site.there.missing_rights["erp"] = frozenset(f"see:res.partner:{number}" for number in hidden)
    for _ in range(3):
        outcome = site.sync(full=True)
        assert outcome.counts["archive"] == 0
    assert {problem.code for problem in outcome.problems} == {"hidden"}
    assert site.everywhere() == before
    site.there.missing_rights.clear()
    assert site.sync(full=True).problems == ()
    assert site.does(lambda sync: ContactRepository(sync.ledger).problems()) == []


def test_who_was_archived_and_may_not_be_seen_any_more_is_out_after_the_grace_period(site: Site) -> None:
    site.edit(NADJA, active=False)
    site.sync()
    site.there.missing_rights["erp"] = frozenset({f"see:res.partner:{NADJA}"})
    site.passed(3.1)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()


def test_the_problems_of_some_customers_are_theirs_alone_and_the_oldest_first(site: Site) -> None:
    now = site.clock.now()
    ages = {"1": 3, "2": 2, "3": 1}

    def work(sync: ContactSync) -> list[str]:
        memory = ContactRepository(sync.ledger)
        wrong = [
            Problem("", f"customer:{account}/row/1", account, "1", "", "bad address", "", "", now - timedelta(days=age))
            for account, age in ages.items()
        ]
        memory.learn(Learned(problems=wrong[::-1]))
        return [problem.customer for problem in memory.problems(["3", "1", "4"])]

    assert site.does(work) == ["1", "3"]


def test_a_place_that_was_mended_gains_and_loses_its_people_with_the_next_full_pass(site: Site) -> None:
    mark = site.organization("101")["properties"]
    site.edit(NADJA, active=False)
    site.sync()
    site.change_organization("101", properties={})
    site.passed(3.1)
    site.add("Eva Muster", "eva@mueller-soehne.example")
    assert site.sync(full=True).counts["rejected"] == 5
    site.change_organization("101", properties=mark)
    assert site.sync().counts["rejected"] > 0
    outcome = site.sync(full=True)
    assert (outcome.exit_code, outcome.counts["create"], outcome.counts["archive"]) == (0, 1, 1)
    assert "eva@mueller-soehne.example" in site.jira()
    assert EMAIL[NADJA] not in site.jira()
    assert outcome.problems == ()


def test_a_leaver_whom_a_system_refused_to_let_go_is_tried_again_by_each_full_pass(site: Site) -> None:
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(3.1)
    site.fault(do="status", status=400, system="jira", operation="organization.user.remove", times=999)
    assert site.sync().exit_code == 4
    assert "organization.user.remove" not in _operations(site, full=False)
    assert "organization.user.remove" in _operations(site, full=True)
    site.fix()
    assert site.sync(full=True).exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()


def _operations(site: Site, *, full: bool) -> set[str]:
    site.sync(full=full)
    return {entry["operation"] for entry in site.server.log}


def test_where_nobody_is_let_in_any_more_leavers_and_the_revoked_go_and_the_others_stay(site: Site) -> None:
    site.does(lambda sync: sync.ledger.choose("jira", "organization", "customer:101", "never", ""))
    site.edit(NADJA, active=False)
    site.add("Eva Muster", "eva@mueller-soehne.example")
    site.sync(full=True)
    site.passed(3.1)
    assert site.sync(full=True).exit_code == 0
    assert site.jira() == {EMAIL[BEAT], EMAIL[PETER], EMAIL[JONAS]}
    assert site.does(lambda sync: revoke(sync, EMAIL[PETER], YES)).exit_code == 0
    assert site.jira() == {EMAIL[BEAT], EMAIL[JONAS]}


def test_nobody_is_kept_out_whom_nobody_agreed_to_revoke_though_no_system_can_be_read(site: Site) -> None:
    for name in TARGETS:
        site.fault(do="status", status=503, system=name, times=999)
    shown = site.does(lambda sync: revoke(sync, EMAIL[NADJA], Approval()))
    assert (shown.not_applied, bool(shown.plan)) == (True, True)
    site.fix()
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    for name in TARGETS:
        site.fault(do="status", status=503, system=name, times=999)
    site.does(lambda sync: revoke(sync, EMAIL[NADJA], Approval(plan=shown.plan)))
    site.fix()
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()


def test_who_could_not_be_revoked_where_another_run_was_at_work_is_told_of_and_goes_with_the_next(site: Site) -> None:
    with FileLocks(site._folder / "locks").hold(of_customer("101")):
        outcome = site.does(lambda sync: revoke(dataclasses.replace(sync, lock_wait=0.01), EMAIL[NADJA], YES))
    assert outcome.exit_code != 0
    assert outcome.left == ("101",)
    assert EMAIL[NADJA] in site.everywhere()
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()


def test_a_full_pass_counts_for_nobody_whose_customer_another_run_held(site: Site) -> None:
    site.delete(NADJA)
    site.edit(PETER, name="Peter Graf-Meier")
    site.sync()
    site.passed(3.1)
    with FileLocks(site._folder / "locks").hold(of_customer("101")):
        for _ in range(2):
            assert site.sync(full=True).left == ("101",)
    assert site.sync().counts["archive"] == 0
    assert site.sync(full=True).counts["archive"] == 0
    assert site.sync(full=True).counts["archive"] == 3


def test_who_left_and_stands_in_an_older_row_again_is_told_of_until_the_row_is_saved_anew(site: Site) -> None:
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(3.1)
    assert site.sync().problems == ()
    site.table("erp", "res.partner")[str(NADJA)] = {**site.partners[str(NADJA)], "active": True}
    outcome = site.sync(full=True)
    assert [(problem.contact, problem.code) for problem in outcome.problems] == [(str(NADJA), "left")]
    assert EMAIL[NADJA] not in site.everywhere()
    site.edit(NADJA, name="Nadja Brunner-Keller")
    assert site.sync().problems == ()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    assert site.does(lambda sync: ContactRepository(sync.ledger).problems()) == []
