from __future__ import annotations

import pytest

from integrations.flows.contacts.settings import ContactSettings
from tests.flows.contacts.site import ANNA_OF_103, BEAT, EMAIL, JONAS, NADJA, PETER, Site, lines_of
from tests.limits import lenient

EVA = "eva.muster@mueller-soehne.example"


BAD = ("eva.muster(at)mueller-soehne.example", "eva.muster@", "eva@muster@mueller-soehne.example", "eva muster")


def test_malformed_addresses_let_nobody_in_and_hold_up_nobody(site: Site) -> None:
    before = site.everywhere()
    made = {str(site.add("Eva Muster", email)) for email in BAD}
    site.add("Urs Muster", "urs@mueller-soehne.example")
    outcome = site.sync()
    assert site.everywhere() == before | {"urs@mueller-soehne.example"}
    assert {(problem.contact, problem.code) for problem in outcome.problems} == {
        (contact, "bad address") for contact in made
    }
    assert not [problem for problem in outcome.problems if "eva" in problem.words.lower()]


def test_an_address_that_is_mended_is_no_problem_any_more(site: Site) -> None:
    made = site.add("Eva Muster", "eva.muster(at)mueller-soehne.example")
    site.sync()
    site.edit(made, email=EVA)
    assert site.sync().problems == ()
    assert EVA in site.jira()
    assert site.memory.problems() == []


def test_an_address_that_is_spoilt_costs_nobody_a_membership_at_once(site: Site) -> None:
    site.edit(NADJA, email="nadja.brunner@")
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    site.edit(NADJA, email=EMAIL[NADJA])
    site.passed(3.5)
    site.sync()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_one_address_on_two_contacts_is_one_member_with_both_functions(site: Site) -> None:
    site.add("E. Muster", EVA, function="Buchhaltung")
    site.add("Eva Muster", f" {EVA.upper()} ", function="CTO")
    site.sync()
    assert sorted(site.wiki()).count(EVA) == 1
    assert site.wiki()[EVA].functions == "technical, billing"
    assert [invitation["spec"]["email"] for invitation in site.invitations()].count(EVA) == 1
    assert [user["email"].lower() for user in site.table("jira", "user").values()].count(EVA) == 1


def test_of_two_contacts_with_one_address_one_may_go_and_the_member_stays(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    first, second = (site.add("Eva Muster", EVA, function="CTO") for _ in range(2))
    site.sync()
    site.edit(first, active=False)
    site.sync()
    site.sync(full=True)
    assert EVA in site.jira() & site.panel() & site.wiki().keys()
    site.edit(second, active=False)
    site.sync()
    assert EVA not in site.everywhere()


def test_of_two_contacts_with_one_address_one_may_be_deleted_and_the_member_stays(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    first, _ = (site.add("Eva Muster", EVA, function="CTO") for _ in range(2))
    site.sync()
    site.delete(first)
    for _ in range(3):
        site.sync(full=True)
    assert EVA in site.jira() & site.panel() & site.wiki().keys()


def test_an_address_that_goes_from_one_contact_to_another_stays_a_member(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.edit(BEAT, email=False)
    site.add("Beat Müller", EMAIL[BEAT])
    outcome = site.sync()
    assert EMAIL[BEAT] in site.jira() & site.wiki().keys()
    assert outcome.counts["archive"] == 0


def test_several_addresses_in_one_field_are_several_people_and_lose_one_with_it(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    made = site.add("Eva und Urs", f"{EVA}, urs@mueller-soehne.example")
    site.sync()
    assert {EVA, "urs@mueller-soehne.example"} <= site.jira() & site.wiki().keys()
    site.edit(made, email=EVA)
    site.sync()
    assert EVA in site.jira() & site.wiki().keys()
    assert "urs@mueller-soehne.example" not in site.everywhere()


def test_who_moves_to_another_customer_is_in_there_at_once_and_out_of_the_old_after_the_grace_period(
    site: Site,
) -> None:
    site.edit(NADJA, parent_id=104)
    site.sync()
    assert EMAIL[NADJA] in site.jira("101") & site.panel("101") & site.wiki("101").keys()
    assert EMAIL[NADJA] in site.jira("104") & site.panel("104") & site.wiki("104").keys()
    site.passed(3.1)
    outcome = site.sync()
    assert {line.reason for line in outcome.lines if line.action == "archive"} == {"moved"}
    assert EMAIL[NADJA] not in site.everywhere("101")
    assert EMAIL[NADJA] in site.jira("104") & site.panel("104") & site.wiki("104").keys()


def test_who_moves_there_and_back_within_the_grace_period_loses_nothing_and_keeps_nothing(site: Site) -> None:
    site.edit(NADJA, parent_id=104)
    site.sync()
    site.passed(1)
    site.edit(NADJA, parent_id=101)
    site.sync()
    site.passed(3.1)
    site.sync()
    assert EMAIL[NADJA] in site.jira("101") & site.panel("101") & site.wiki("101").keys()
    assert EMAIL[NADJA] not in site.everywhere("104")


@pytest.mark.parametrize("seen", ["101", "104"])
def test_a_move_of_which_one_side_only_was_read_so_far_loses_and_leaks_nothing(site: Site, seen: str) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.edit(NADJA, parent_id=104)
    site.sync(seen)
    assert (EMAIL[NADJA] in site.everywhere("104")) == (seen == "104")
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere("101")
    assert EMAIL[NADJA] in site.jira("104") & site.panel("104") & site.wiki("104").keys()


def test_who_moves_on_before_any_run_is_taken_out_of_where_they_were(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.edit(NADJA, parent_id=103)
    site.edit(NADJA, parent_id=104)
    site.sync()
    assert [EMAIL[NADJA] in site.everywhere(customer) for customer in ("101", "103", "104")] == [False, False, True]


def test_who_moves_twice_is_taken_out_of_both(site: Site) -> None:
    site.edit(NADJA, parent_id=103)
    site.sync()
    site.passed(1)
    site.edit(NADJA, parent_id=104)
    site.sync()
    site.passed(3.1)
    site.sync()
    site.passed(3.1)
    site.sync()
    assert [EMAIL[NADJA] in site.everywhere(customer) for customer in ("101", "103", "104")] == [False, False, True]


def test_who_moves_to_a_company_that_nobody_looks_after_is_out_after_the_grace_period(site: Site) -> None:
    site.edit(NADJA, parent_id=109)
    site.sync()
    assert EMAIL[NADJA] in site.jira()
    site.passed(3.1)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere("101")


def test_one_of_us_among_a_customers_contacts_is_no_member(site: Site) -> None:
    assert "lena.gerber@acme.example" not in site.everywhere()
    site.add("Reto Frei", "Reto Frei <reto.frei@acme.example>", function="CTO")
    assert site.sync(full=True).problems == ()
    assert "reto.frei@acme.example" not in site.everywhere()


def test_who_becomes_one_of_us_is_out_after_the_grace_period(site: Site) -> None:
    site.contacts = ContactSettings(ours=("mueller-soehne.example",), grace_days=1)
    site.limits = lenient(20)
    site.sync("101")
    assert EMAIL[NADJA] in site.everywhere()
    site.passed(1.1)
    outcome = site.sync()
    assert {line.reason for line in outcome.lines if line.action == "archive"} == {"ours"}
    assert site.everywhere() == set()


def test_our_own_accounts_are_neither_strangers_nor_taken_out(site: Site) -> None:
    lena = site.join_jira("lena.gerber@acme.example")
    outcome = site.sync(full=True)
    assert outcome.strangers == ()
    assert lena in site.organization("101")["users"]


def test_an_organization_that_was_renamed_is_found_all_the_same(site: Site) -> None:
    site.change_organization("101", name="Something else Ltd")
    site.add("Eva Muster", EVA, function="CTO")
    assert site.sync().exit_code == 0
    assert EVA in site.jira()
    assert len(site.table("jira", "organization")) == 7


def test_of_an_organization_that_was_removed_by_hand_the_people_are_refused_and_nothing_is_made_elsewhere(
    site: Site,
) -> None:
    others = {
        key: dict(organization)
        for key, organization in site.table("jira", "organization").items()
        if key != site.places["101"]["jira"]
    }
    del site.table("jira", "organization")[site.places["101"]["jira"]]
    made = site.add("Eva Muster", EVA, function="CTO")
    outcome = site.sync()
    assert outcome.exit_code == 4
    (line,) = lines_of(outcome, made, "jira")
    assert line.error is not None
    assert "gone" in line.error.message
    assert "closedwon setup" in line.error.next
    assert {key: dict(organization) for key, organization in site.table("jira", "organization").items()} == others
    assert EVA in site.panel() & site.wiki().keys()


def test_a_panel_organization_or_a_page_that_was_removed_by_hand_refuses_its_people_alone(site: Site) -> None:
    del site.table("panel", "organization")[site.places["101"]["panel"]]
    del site.table("wiki", "page")[site.places["101"]["wiki"]]
    made = site.add("Eva Muster", EVA, function="CTO")
    outcome = site.sync()
    assert outcome.exit_code == 4
    assert EVA in site.jira()
    refused = {line.system for line in lines_of(outcome, made) if line.error is not None}
    assert refused == {"panel", "wiki"}
    assert EVA not in [invitation["spec"]["email"] for invitation in site.table("panel", "invitation").values()]
    assert not [page for page in site.table("wiki", "page").values() if EVA in page["body"]]


NAMES = ("佐藤 花子", "ليلى حداد", "Łucja Żółć-अनिल", "O'Brien & Söhne <script>", "Ziya 🦊 İnönü", "x" * 180)


def test_names_of_any_script_arrive_as_they_are_and_stay_in_step(site: Site) -> None:
    emails = {name: f"eva{number}@mueller-soehne.example" for number, name in enumerate(NAMES)}
    for name, email in emails.items():
        site.add(name, email, function="CTO")
    assert site.sync().exit_code == 0
    assert {email: row.name for email, row in site.wiki().items() if email in emails.values()} == {
        email: name for name, email in emails.items()
    }
    assert set(emails.values()) <= site.jira() & site.panel()
    assert site.sync(full=True).counts["update"] == 0
    assert site.wrote() == []


def test_addresses_of_any_script_are_told_apart_letter_by_letter(site: Site) -> None:
    site.add("Ünal", "ünal@müller.example")
    site.add("Unal", "unal@mueller.example")
    assert site.sync().exit_code in (0, 4)
    addresses = {email for email in site.wiki() if "nal@" in email}
    assert addresses == {"ünal@xn--mller-kva.example", "unal@mueller.example"}


def test_a_contact_of_a_project_is_one_of_its_customers_and_no_others(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    assert site.wiki()[EMAIL[JONAS]].functions == "Webshop: technical"
    site.edit(JONAS, parent_id=101)
    site.sync()
    assert site.wiki()[EMAIL[JONAS]].functions == "technical"
    site.edit(413, parent_id=104)
    site.sync()
    assert EMAIL[JONAS] in site.jira("101")
    assert EMAIL[JONAS] not in site.everywhere("104")


def test_a_project_that_moves_takes_its_people_along(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.edit(413, parent_id=104)
    site.sync()
    site.sync()
    assert EMAIL[JONAS] not in site.everywhere("101")
    assert EMAIL[JONAS] in site.jira("104") & site.panel("104") & site.wiki("104").keys()


def test_no_address_name_or_account_of_a_customers_person_is_in_the_ledger(site: Site) -> None:
    site.edit(PETER, email="peter.graf(at)mueller-soehne.example")
    site.edit(NADJA, active=False)
    site.edit(ANNA_OF_103, parent_id=104)
    site.fault(do="status", status=400, system="jira", operation="customer.create", times=1)
    site.add("Eva Muster", EVA)
    site.sync()
    site.passed(3.1)
    site.sync()
    text = site.ledger_text().lower()
    for word in ("mueller-soehne.example", "alpina-zh", "nadja", "brunner", "muster", "graf", "anna", "meier"):
        assert word not in text


@pytest.mark.parametrize("full", [False, True])
def test_a_contact_without_a_date_of_its_last_change_is_a_row_like_any_other(site: Site, full: bool) -> None:
    """New, on the way out or as ever; alone or among others."""
    site.contacts = ContactSettings(grace_days=0)
    new = site.add("Eva Muster", EVA, function="CTO")
    site.edit(JONAS, active=False)
    site.edit(NADJA, phone="+41 52 555 09 09")
    for contact in (new, JONAS, BEAT):
        row = site.partners[str(contact)]
        site.table("erp", "res.partner")[str(contact)] = {**row, "write_date": False}
    outcome = site.sync(full=True) if full else site.sync("101")
    assert (outcome.exit_code, outcome.error) == (0, None)
    assert EVA in site.jira() & site.panel() & site.wiki().keys()
    assert EMAIL[JONAS] not in site.everywhere()
    assert site.wiki()[EMAIL[NADJA]].phone == "+41525550909"
