"""Accounts that exist and cannot be found: waited for, never made under a variant of the address."""

from __future__ import annotations

import pytest

from tests.flows.contacts.site import Site, lines_of

EVA = "eva.muster@mueller-soehne.example"


def accounts(site: Site) -> int:
    return len(site.table("jira", "user"))


def test_an_account_that_the_search_shows_late_is_waited_for_and_found_when_it_does(site: Site) -> None:
    account = site.account(EVA)
    site.fix(lag=60.0)
    made, before = site.add("Eva Muster", EVA), accounts(site)
    outcome = site.sync()
    assert outcome.exit_code == 1
    assert [line.status for line in lines_of(outcome, made, "jira")] == ["waiting"]
    assert (accounts(site), EVA in site.jira()) == (before, False)
    site.fix(lag=0.0)
    site.passed(hours=3)
    assert site.sync().exit_code == 0
    assert (accounts(site), account in site.organization("101")["users"]) == (before, True)


@pytest.mark.parametrize("switches", [{"emailHidden": True}, {"active": False}])
def test_an_account_that_hides_itself_is_never_replaced_by_another(site: Site, switches: dict[str, bool]) -> None:
    site.account(EVA)
    site.change_account(EVA, **switches)
    site.add("Eva Muster", EVA)
    before = accounts(site)
    for full in (False, True):
        assert site.sync(full=full).exit_code in (1, 4)
    assert accounts(site) == before
    assert EVA not in site.jira()


def test_a_member_who_hides_the_address_later_stays_the_same_member(site: Site) -> None:
    site.add("Eva Muster", EVA)
    site.sync()
    site.change_account(EVA, emailHidden=True)
    before = accounts(site)
    outcome = site.sync(full=True)
    assert (outcome.exit_code, outcome.strangers) == (0, ())
    assert site.wrote() == []
    assert accounts(site) == before


def test_a_lost_answer_makes_no_second_account_and_no_second_invitation(site: Site) -> None:
    site.add("Eva Muster", EVA, function="CTO")
    for operation in ("customer.create", "organization.user.add"):
        site.fault(do="drop_after", system="jira", operation=operation)
    site.fault(do="drop_after", system="panel", writes=True)
    site.sync()
    site.fix()
    site.passed(hours=1)
    site.sync()
    assert [user["email"] for user in site.table("jira", "user").values()].count(EVA) == 1
    assert [invitation["spec"]["email"] for invitation in site.table("panel", "invitation").values()].count(EVA) == 1
    assert EVA in site.jira() & site.panel() & site.wiki().keys()
    site.sync()
    assert site.wrote() == []
