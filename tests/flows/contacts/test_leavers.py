from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.core.calendar import Calendar, used
from integrations.core.member import Member
from integrations.core.plan import Limits
from integrations.core.resource import Want
from integrations.flows.contacts.leaving import is_due
from integrations.flows.contacts.memberships import Wanted
from integrations.flows.contacts.memory import Leaving
from integrations.flows.contacts.outcome import Request
from integrations.flows.contacts.people import Entry
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.summary import without_person
from integrations.jira.connection import READINGS
from integrations.sandbox.jira.accounts import add_account
from tests.flows.contacts.site import ANNA_OF_103, BEAT, EMAIL, JONAS, NADJA, PETER, YES, Site

OURS = "closedwon@acme.example"


def test_who_is_archived_stays_for_the_grace_period_and_is_out_of_every_place_after_it_and_keeps_the_account(
    site: Site,
) -> None:
    accounts = {name: set(site.table(*name)) for name in (("jira", "user"), ("panel", "user"))}
    site.edit(NADJA, active=False)
    for days in (0, 2.9):
        site.passed(days)
        assert site.sync().exit_code == 0
        assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.passed(0.2)
    outcome = site.sync()
    assert (outcome.exit_code, outcome.counts["archive"]) == (0, 3)
    assert {line.reason for line in outcome.lines} == {"archived"}
    assert EMAIL[NADJA] not in site.everywhere()
    assert {name: set(site.table(*name)) for name in accounts} == accounts


@pytest.mark.parametrize(
    ("settings", "since", "stays", "out"),
    [
        ({}, "2026-11-20T05:00", "2026-11-23T04:59", "2026-11-23T05:00"),
        ({}, "2026-03-27T05:00", "2026-03-30T03:59", "2026-03-30T04:00"),  # six in the morning, before and after
        ({}, "2026-10-23T04:00", "2026-10-26T04:59", "2026-10-26T05:00"),
        ({}, "2026-12-30T23:30", "2027-01-02T23:29", "2027-01-02T23:30"),
        ({"grace_days": 0.25}, "2026-11-20T05:00", "2026-11-20T10:59", "2026-11-20T11:00"),
        ({"grace_in_working_days": True}, "2026-11-20T05:00", "2026-11-25T04:59", "2026-11-25T05:00"),
        ({"grace_in_working_days": True}, "2026-12-23T05:00", "2026-12-30T04:59", "2026-12-30T05:00"),  # Christmas
    ],
)
def test_the_grace_period_is_of_the_companys_days(settings: dict[str, Any], since: str, stays: str, out: str) -> None:
    begun, before, after = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (since, stays, out))
    leaver = Leaving("jira", "customer:101/person:1", "101", begun, "archived", 0)
    eve = date(2026, 12, 24)
    with used(Calendar(ZoneInfo("Europe/Zurich"), country="CH", off=((eve, eve),))):
        due = [is_due(leaver, now, ContactSettings(**settings), confirming=False) for now in (before, after)]
    assert due == [False, True]


def test_a_leaver_is_taken_out_by_a_run_that_reads_no_change(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0.25)
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(hours=7)
    outcome = site.sync()
    assert not outcome.full
    assert EMAIL[NADJA] not in site.everywhere()


def test_without_a_grace_period_an_archived_contact_is_out_at_once(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.edit(NADJA, active=False)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()


def test_who_is_taken_up_again_within_the_grace_period_stays_and_the_period_begins_anew(site: Site) -> None:
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(2.5)
    site.edit(NADJA, active=True)
    site.sync()
    site.passed(1)
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(2.5)
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_who_is_deleted_goes_only_with_the_second_complete_full_pass_after_the_grace_period(site: Site) -> None:
    site.delete(NADJA)
    assert site.sync(full=True).exit_code == 0
    assert EMAIL[NADJA] in site.everywhere()
    site.passed(3.1)
    outcome = site.sync(full=True)
    assert EMAIL[NADJA] not in site.everywhere()
    assert {line.reason for line in outcome.lines} == {"missing"}


def test_one_full_pass_alone_takes_nobody_out_who_is_missing_however_long_ago(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.delete(NADJA)
    site.sync(full=True)
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.sync(full=True)
    assert EMAIL[NADJA] not in site.everywhere()


def test_neither_named_customers_nor_incremental_runs_count_as_passes(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.delete(NADJA)
    for _ in range(2):
        site.sync("101", full=True)
        site.sync()
        assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
        site.sync(full=True)
    assert EMAIL[NADJA] not in site.everywhere()


def test_a_pass_that_broke_off_does_not_count(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.delete(NADJA)
    for _ in range(2):
        site.fault(do="status", status=503, system="erp", operation="res.partner.search_read", times=99)
        assert site.sync(full=True).exit_code != 0
        site.fix()
    site.sync(full=True)
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_a_pass_that_somebody_interrupted_does_not_count(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.delete(NADJA)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            site.does(lambda sync: dataclasses.replace(sync, progress=interrupt).run(Request(full=True), YES))
    site.sync(full=True)
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_a_pass_that_went_over_a_limit_does_not_count(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.delete(NADJA)
    site.add("Eva Muster", "eva@mueller-soehne.example")
    site.limits = Limits(creates=0)
    for _ in range(2):
        assert site.sync(full=True).exit_code == 6
    site.limits = Limits()
    site.sync(full=True)
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_who_was_missing_and_is_seen_again_has_to_be_missed_twice_anew(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    row = dict(site.partners[str(NADJA)])
    site.delete(NADJA)
    site.sync(full=True)
    site.table("erp", "res.partner")[str(NADJA)] = row
    site.sync(full=True)
    site.delete(NADJA)
    site.sync(full=True)
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_an_older_row_brings_nobody_back_and_a_newer_one_does(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    stale = dict(site.partners[str(NADJA)])
    site.edit(NADJA, active=False)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()
    site.table("erp", "res.partner")[str(NADJA)] = stale
    site.sync(full=True)
    assert EMAIL[NADJA] not in site.everywhere()
    site.edit(NADJA, active=True)
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_who_came_back_may_leave_and_come_back_once_more(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    for _ in range(2):
        site.edit(NADJA, active=False)
        site.sync()
        assert EMAIL[NADJA] not in site.everywhere()
        site.edit(NADJA, active=True)
        site.sync()
        assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_a_function_that_is_lost_costs_its_memberships_after_the_grace_period_and_no_others(site: Site) -> None:
    site.edit(NADJA, category_id=[[6, 0, []]], function="Einkauf")
    site.sync()
    assert EMAIL[NADJA] in site.panel()
    site.passed(3.1)
    outcome = site.sync()
    assert EMAIL[NADJA] not in site.panel()
    assert EMAIL[NADJA] in site.jira() & site.wiki().keys()
    assert [(line.system, line.reason) for line in outcome.lines if line.action == "archive"] == [("panel", "function")]
    site.edit(NADJA, function="CTO")
    site.sync()
    assert EMAIL[NADJA] in site.panel()


def test_another_address_is_in_at_once_and_the_old_one_out_after_the_grace_period(site: Site) -> None:
    site.edit(JONAS, email="jonas@mueller-soehne.example")
    site.sync()
    assert {EMAIL[JONAS], "jonas@mueller-soehne.example"} <= site.jira() & site.panel() & site.wiki().keys()
    site.passed(3.1)
    outcome = site.sync()
    assert EMAIL[JONAS] not in site.everywhere()
    assert "jonas@mueller-soehne.example" in site.jira() & site.panel() & site.wiki().keys()
    assert {line.reason for line in outcome.lines if line.action == "archive"} == {"address"}


@pytest.mark.parametrize("emptied", [False, " ", "nadja.brunner at mueller-soehne", "-"])
def test_an_address_that_was_taken_out_of_its_row_is_like_a_row_that_is_missing(
    site: Site, emptied: str | bool
) -> None:
    """Two complete full passes besides the grace period; another address in its place needs none."""
    site.edit(NADJA, email=emptied)
    site.sync()
    site.passed(3.1)
    assert site.sync("101").counts["archive"] == 0
    assert site.sync(full=True).counts["archive"] == 0
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    outcome = site.sync(full=True)
    assert {line.reason for line in outcome.lines if line.action == "archive"} == {"missing"}
    assert EMAIL[NADJA] not in site.everywhere()
    site.edit(NADJA, email=EMAIL[NADJA])
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_an_address_that_is_put_back_into_its_row_ends_the_grace_period(site: Site) -> None:
    site.edit(NADJA, email=False)
    site.sync(full=True)
    site.passed(3.1)
    site.edit(NADJA, email=EMAIL[NADJA])
    for _ in range(3):
        site.sync(full=True)
        assert site.wrote() == []
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_an_emptied_row_that_gets_another_address_later_has_changed(site: Site) -> None:
    site.edit(JONAS, email=False)
    site.sync()
    site.edit(JONAS, email="jonas@mueller-soehne.example")
    site.sync()
    site.passed(3.1)
    outcome = site.sync()
    assert {line.reason for line in outcome.lines if line.action == "archive"} == {"address"}
    assert EMAIL[JONAS] not in site.everywhere()


def test_a_row_that_was_archived_and_emptied_is_an_archived_one(site: Site) -> None:
    site.edit(NADJA, active=False, email=False)
    site.sync()
    site.passed(3.1)
    outcome = site.sync()
    assert {line.reason for line in outcome.lines} == {"archived"}
    assert EMAIL[NADJA] not in site.everywhere()


def test_an_account_that_changed_its_own_address_stays_the_same_account(site: Site) -> None:
    account = site.account(EMAIL[BEAT])
    site.change_account(EMAIL[BEAT], email="beat.mueller@mueller-soehne.example")
    site.edit(BEAT, email="beat.mueller@mueller-soehne.example")
    site.sync()
    site.passed(3.1)
    outcome = site.sync()
    assert not [line for line in outcome.lines if line.system == "jira"]
    assert account in site.organization("101")["users"]
    assert len([user for user in site.table("jira", "user").values() if user["displayName"] == "Beat Müller"]) == 1


def test_people_who_were_taken_out_by_hand_come_back(site: Site) -> None:
    site.leave_jira(EMAIL[PETER])
    site.sync(full=True)
    assert EMAIL[PETER] in site.jira()


def test_a_company_that_is_archived_keeps_its_people_for_the_grace_period(site: Site) -> None:
    site.edit(103, active=False)
    site.sync()
    assert EMAIL[ANNA_OF_103] in site.jira("103")
    site.passed(3.1)
    outcome = site.sync()
    assert site.everywhere("103") == set()
    assert {line.reason for line in outcome.lines} == {"company"}
    site.edit(103, active=True)
    site.sync()
    assert EMAIL[ANNA_OF_103] in site.jira("103")


def test_a_company_that_is_gone_keeps_its_people_until_a_person_says_that_nobody_took_its_place(site: Site) -> None:
    """From then on they leave as any who are missing: two full passes, and the grace period."""
    site.contacts = ContactSettings(grace_days=0)
    for partner in (
        site.partners[key] for key in list(site.partners) if site.partners[key].get("commercial_partner_id") == 103
    ):
        del site.table("erp", "res.partner")[str(partner["id"])]
    for _ in range(3):
        site.sync(full=True)
        assert EMAIL[ANNA_OF_103] in site.jira("103") & site.wiki("103").keys()
    site.ledger.heirs.answer("103", "none", "")
    site.sync(full=True)
    assert EMAIL[ANNA_OF_103] in site.jira("103") & site.wiki("103").keys()
    site.sync(full=True)
    assert site.everywhere("103") == set()


def test_who_is_on_the_way_out_is_told_of_with_the_day(site: Site) -> None:
    """Nobody is to be surprised when the grace period is over."""
    site.edit(NADJA, active=False)
    (note,) = site.sync().notes
    assert note.startswith("3 memberships end when the grace period is over, the first on ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{OURS} may not read Anna Meier (anna@x.example)", f"{OURS} may not read this person (this address)"),
        (
            f"could not add anna@x.example: {OURS.title()} lacks a right.",
            f"could not add this address: {OURS.title()} lacks a right.",
        ),
        (f"asked {OURS}, then boss@x.example.", f"asked {OURS}, then this address."),
        (f"no{OURS} and {OURS}.org are others", "this address and this address are others"),
    ],
)
@pytest.mark.parametrize("is_leaver", [False, True])
def test_a_message_hides_people_and_names_our_own_account(site: Site, text: str, shown: str, is_leaver: bool) -> None:
    """Whoever reads that an account lacks a right has to know which one."""
    entry = None if is_leaver else Entry("anna@x.example", "Anna Meier", "", (), ("7",))
    wanted = Wanted(Want("s", "jira", Member(key="customer:1/contact/a", place="1")), "1", entry)
    expected = shown.replace("this person", "Anna Meier") if is_leaver else shown
    assert site.does(lambda sync: without_person(text, wanted, sync.systems)) == expected


def test_a_leaver_whom_our_account_may_not_take_out_is_told_with_its_name(site: Site) -> None:
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(3.1)
    site.fault(do="status", status=403, operation="organization.user.remove", times=9)
    outcome = site.sync()
    [refused] = [line for line in outcome.lines if line.error is not None]
    assert refused.action == "archive"
    assert refused.error is not None
    assert OURS in refused.error.message
    assert EMAIL[NADJA] not in refused.error.message + str(refused.error)


def _at_a_border(site: Site) -> tuple[int, list[str]]:
    """A contact, and the accounts that the organization's list shows before theirs; a page has as many from now on."""
    accounts = sorted(site.organization("101")["users"])
    places = {contact: accounts.index(site.account(EMAIL[contact])) for contact in (NADJA, PETER, JONAS)}
    contact = max(places, key=places.__getitem__)
    assert places[contact] > 1
    site.there.traps = dataclasses.replace(site.there.traps, page_size=places[contact])
    return contact, accounts[: places[contact]]


def _remove_between_pages(site: Site, account: str, *, skip: int = 1) -> None:
    path = f"/rest/servicedeskapi/organization/{site.places['101']['jira']}/user"
    request = {"method": "DELETE", "path": path, "body": {"accountIds": [account]}}
    site.fault(do="meanwhile", system="jira", operation="organization.user.list", skip=skip, request=request)


def test_a_leaver_who_moves_to_a_page_that_was_read_is_taken_out(site: Site) -> None:
    """Somebody before them is removed between two pages: they are on neither, and nobody looks for them again."""
    site.contacts = ContactSettings(grace_days=0)
    leaver, before = _at_a_border(site)
    site.edit(leaver, active=False)
    _remove_between_pages(site, before[0])
    outcome = site.sync()
    assert outcome.exit_code == 0
    assert EMAIL[leaver] not in site.everywhere()


def test_while_the_list_of_members_moves_nobody_counts_as_out(site: Site) -> None:
    """A leaver of whom it is not known whether they are in is neither forgotten nor reported to be out."""
    site.contacts = ContactSettings(grace_days=0)
    first = [add_account(site.there, f"0-{number}", f"{number}@a.example", "")["accountId"] for number in range(7)]
    site.change_organization("101", users=[*first, *site.organization("101")["users"]])
    site.there.traps = dataclasses.replace(site.there.traps, page_size=2)
    site.edit(NADJA, active=False)
    for number in range(READINGS):
        _remove_between_pages(site, first[number], skip=number + 1)
    assert site.sync().exit_code == 1
    assert EMAIL[NADJA] in site.jira()
    site.fix()
    assert site.sync().exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()


def test_whom_the_ledger_knows_by_id_is_taken_out_though_no_page_shows_them(site: Site) -> None:
    """To take out who is in nowhere is safe, and Jira takes it: it is done once, and then nothing is left to do."""
    site.contacts = ContactSettings(grace_days=0)
    site.there.traps = dataclasses.replace(site.there.traps, page_size=2)
    site.leave_jira(EMAIL[NADJA])
    site.edit(NADJA, active=False)
    outcome = site.sync()
    assert outcome.exit_code == 0
    assert [(line.action, line.status) for line in outcome.lines if line.system == "jira"] == [("archive", "done")]
    assert "organization.user.remove" in {entry["operation"] for entry in site.server.log}
    site.sync(full=True)
    assert not [entry for entry in site.server.log if entry["writes"]]
