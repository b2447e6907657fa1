from __future__ import annotations

import pytest

from integrations.core.lock import FileLocks
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.sync import of_customer
from tests.flows.contacts.customers import Row
from tests.flows.contacts.site import ANNA_OF_103, ANNA_OF_104, BEAT, EMAIL, JONAS, NADJA, Site

EVA = "eva.muster@mueller-soehne.example"


def test_where_nothing_changed_no_target_is_asked_and_the_erp_three_times_at_most(site: Site) -> None:
    site.passed(hours=2)
    for _ in range(2):
        site.sync()
        site.passed(hours=2)
    site.restarted()
    outcome = site.sync()
    asked = site.asked_times()
    assert set(asked) == {"erp"}
    assert asked["erp"] <= 3
    assert (outcome.ending, sum(outcome.requests.values())) == ("done", asked["erp"])


def test_what_changed_just_before_the_last_change_read_is_read_again(site: Site) -> None:
    """A long transaction shows late, with a stamp from when it began."""
    site.edit(BEAT, phone="+41 52 555 09 09")
    site.sync()
    late = site.partners[str(NADJA)]
    began = site.clock.erp - 590
    site.passed(hours=1)
    stamp = site.stamped(began)
    site.table("erp", "res.partner")[str(NADJA)] = {**late, "phone": "+41 52 555 09 10", "write_date": stamp}
    assert not site.sync().full
    assert site.wiki()[EMAIL[NADJA]].phone == "+41525550910"


def test_a_changed_phone_asks_the_wiki_alone(site: Site) -> None:
    site.edit(NADJA, phone="+41 52 555 09 09")
    outcome = site.sync()
    assert (outcome.exit_code, outcome.counts["update"]) == (0, 1)
    assert set(site.asked_times()) == {"erp", "wiki"}
    assert site.wrote() == ["page.update"]
    assert site.wiki()[EMAIL[NADJA]] == Row("Nadja Brunner", "technical, emergency", "+41525550909")


def test_a_change_that_means_nothing_to_anybody_asks_nobody(site: Site) -> None:
    site.edit(NADJA, street="Nebenstrasse 1")
    assert site.sync().exit_code == 0
    assert set(site.asked_times()) == {"erp"}


def test_a_customer_that_another_run_holds_is_left_and_taken_next_time(site: Site) -> None:
    site.edit(NADJA, phone="+41 52 555 09 09")
    site.add("Eva Muster", "eva@alpina-zh.example", "103")
    with FileLocks(site._folder / "locks").hold(of_customer("101")):
        outcome = site.sync()
        assert (outcome.ending, outcome.exit_code, outcome.left) == ("done", 0, ("101",))
        assert site.wiki()[EMAIL[NADJA]].phone == "+41525550102"
        assert "eva@alpina-zh.example" in site.jira("103")
    site.passed(hours=2)
    assert site.sync().ending == "done"
    assert site.wiki()[EMAIL[NADJA]].phone == "+41525550909"


def test_a_customer_that_was_named_and_is_held_is_waited_for(site: Site) -> None:
    """Whoever named it has to know that nothing was done for it."""
    with FileLocks(site._folder / "locks").hold(of_customer("101")):
        outcome = site.sync("101")
    assert (outcome.ending, outcome.exit_code, outcome.left) == ("waiting", 1, ("101",))


def test_who_moves_while_the_old_customer_is_held_is_out_of_it_by_a_later_run(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.edit(NADJA, parent_id=104)
    with FileLocks(site._folder / "locks").hold(of_customer("101")):
        site.sync()
    assert EMAIL[NADJA] in site.jira("101") & site.jira("104")
    site.passed(hours=2)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere("101")
    assert EMAIL[NADJA] in site.jira("104") & site.panel("104") & site.wiki("104").keys()


def test_a_system_that_is_down_holds_up_no_other_and_gets_its_part_when_it_is_back(site: Site) -> None:
    made = site.add("Eva Muster", EVA, function="CTO")
    site.fault(do="status", status=503, system="jira", times=999)
    outcome = site.sync()
    assert outcome.exit_code == 1
    assert EVA in site.panel() & site.wiki().keys()
    assert EVA not in site.jira()
    site.fix()
    site.passed(hours=5)
    assert site.sync().exit_code == 0
    assert EVA in site.jira()
    assert site.partners[str(made)]["write_date"] < site.stamped(site.clock.erp - 4 * 3600)


@pytest.mark.parametrize("system", ["jira", "panel", "wiki"])
@pytest.mark.parametrize("status", [403, 503])
def test_what_failed_is_tried_by_every_run_until_it_succeeds(site: Site, system: str, status: int) -> None:
    """However often it fails, and long after the change is no news any more: new people and leavers alike.

    They are of different customers: that one is visited again for a leaver brings nobody else in.
    """
    site.contacts = ContactSettings(grace_days=0)
    site.add("Eva Muster", EVA, function="CTO")
    site.edit(ANNA_OF_104, active=False)
    site.fault(do="status", status=status, system=system, times=9999)
    for number in range(3):
        assert site.sync().exit_code in (1, 4)
        site.passed(hours=5)
        # What others write since moves how far changes were read, or the overlap would bring these rows back.
        site.edit(ANNA_OF_103, phone=f"+41 52 555 09 0{number}")
    site.fix()
    assert not site.sync().full
    members = {"jira": site.jira, "panel": site.panel, "wiki": site.wiki}[system]
    assert EVA in members("101")
    assert EMAIL[ANNA_OF_104] not in members("104")


@pytest.mark.parametrize("system", ["panel"])
def test_a_leaver_whose_system_is_down_is_taken_out_there_when_it_is_back(site: Site, system: str) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.edit(NADJA, active=False)
    site.fault(do="status", status=503, system=system, times=999)
    assert site.sync().exit_code == 1
    assert EMAIL[NADJA] not in site.jira()
    site.fix()
    site.passed(hours=5)
    assert site.sync().exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()


def test_a_refused_row_is_not_tried_again_until_it_changes(site: Site) -> None:
    made = site.add("Eva Muster", EVA)
    site.fault(do="status", status=400, system="jira", operation="customer.create", times=999)
    assert site.sync().exit_code == 4
    for full in (False, True):
        outcome = site.sync(full=full)
        assert "customer.create" not in [entry["operation"] for entry in site.server.log]
        assert [problem.contact for problem in outcome.problems] == [str(made)]
    site.fix()
    site.edit(made, name="Eva Müller")
    assert site.sync().exit_code == 0
    assert EVA in site.jira()
    assert site.sync(full=True).problems == ()


def test_asking_for_refused_rows_again_takes_them_though_nothing_changed(site: Site) -> None:
    site.add("Eva Muster", EVA)
    site.fault(do="status", status=400, system="jira", operation="customer.create", times=999)
    site.sync()
    site.fix()
    site.passed(hours=5)
    site.edit(ANNA_OF_103, phone="+41 52 555 09 09")
    site.sync()
    assert EVA not in site.jira()
    assert site.sync(retry=True).exit_code == 0
    assert EVA in site.jira()


def test_a_refused_row_holds_up_no_other(site: Site) -> None:
    site.add("Eva Muster", EVA)
    site.add("Urs Muster", "urs@mueller-soehne.example")
    site.fault(do="status", status=400, system="jira", operation="customer.create", times=1)
    assert site.sync().exit_code == 4
    assert len({EVA, "urs@mueller-soehne.example"} & site.jira()) == 1
    assert {EVA, "urs@mueller-soehne.example"} <= site.wiki().keys()


def test_a_customer_that_was_set_up_since_is_picked_up_though_none_of_its_people_changed(site: Site) -> None:
    site.before_any_pass()
    with site.not_yet_set_up("103"):
        assert site.sync(full=True).exit_code == 0
        site.passed(hours=3)
        site.sync()
    assert site.everywhere("103") == set()
    assert EMAIL[NADJA] in site.jira()
    outcome = site.sync()
    assert not outcome.full
    assert "anna.meier@alpina-zh.example" in site.jira("103") & site.wiki("103").keys()


def test_named_customers_are_looked_at_alone_and_leave_the_changes_of_others_to_the_next_run(site: Site) -> None:
    site.add("Eva Muster", EVA)
    site.add("Eva Muster", "eva@alpina-zh.example", "103")
    assert site.sync("103").exit_code == 0
    assert EVA not in site.everywhere()
    assert "eva@alpina-zh.example" in site.jira("103")
    site.sync()
    assert EVA in site.jira()


def test_a_name_of_the_customer_may_bear_its_prefix_and_one_that_has_no_place_is_refused(site: Site) -> None:
    site.add("Eva Muster", EVA)
    site.sync("customer:101")
    assert EVA in site.jira()
    outcome = site.sync("101", "102")
    assert outcome.exit_code == 4
    assert outcome.error is not None
    assert "102" in outcome.error.message


def test_a_person_may_serve_several_customers_and_leave_one_of_them(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    extern = "markus@zgraggen-it.example"
    first, _ = (site.add("Markus Zgraggen", extern, customer, function="CTO") for customer in ("101", "103"))
    site.sync()
    assert extern in site.jira("101") & site.jira("103") & site.panel("101") & site.panel("103")
    assert len([user for user in site.table("jira", "user").values() if user["email"] == extern]) == 1
    site.edit(first, active=False)
    site.sync()
    assert extern not in site.everywhere("101")
    assert extern in site.jira("103") & site.panel("103") & site.wiki("103").keys()


def test_the_second_run_writes_nothing(site: Site) -> None:
    site.add("Eva Muster", EVA, function="CTO")
    site.edit(JONAS, email="jonas@mueller-soehne.example", phone="+41 79 555 09 09")
    site.sync()
    assert site.wrote() != []
    for full in (False, True):
        assert site.sync(full=full).counts["keep"] > 0
        assert site.wrote() == []
