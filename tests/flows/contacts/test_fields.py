"""Whose word counts for what stands in a contact table: the ERP's, unless the settings say otherwise."""

from __future__ import annotations

from tests.flows.contacts.customers import Row
from tests.flows.contacts.site import EMAIL, NADJA, PETER, Site, lines_of

OURS, THEIRS, NEWER = "+41525550102", "+41 79 000 00 00", "+41525550909"
PEOPLE = {"contact.phone": "people"}


def test_what_the_erp_changed_is_written(site: Site) -> None:
    site.edit(NADJA, phone="052 555 09 09", function="Einkauf", category_id=[[6, 0, []]], name="Nadja Graf-Brunner")
    assert site.sync().exit_code == 0
    assert site.wiki()[EMAIL[NADJA]] == Row("Nadja Graf-Brunner", "daily", NEWER)


def test_what_only_the_wiki_changed_is_restored_by_a_full_pass(site: Site) -> None:
    site.type_over(OURS, THEIRS)
    outcome = site.sync(full=True)
    assert site.wiki()[EMAIL[NADJA]].phone == OURS
    (line,) = lines_of(outcome, NADJA)
    assert [(field.name, field.old, field.new) for field in line.fields] == [("phone", THEIRS, OURS)]


def test_what_only_the_wiki_changed_stays_and_is_shown_where_people_own_the_field(site: Site) -> None:
    site.section("wiki", owners=PEOPLE)
    site.type_over(OURS, THEIRS)
    for _ in range(2):
        outcome = site.sync(full=True)
        assert site.wiki()[EMAIL[NADJA]].phone == THEIRS
        assert outcome.counts["conflict"] == 1
        (line,) = lines_of(outcome, NADJA)
        assert [(field.name, field.old, field.new) for field in line.theirs] == [("phone", THEIRS, OURS)]
        assert site.wrote() == []


def test_where_both_changed_the_erp_wins_and_the_other_value_is_told(site: Site) -> None:
    site.type_over(OURS, THEIRS)
    site.edit(NADJA, phone=NEWER)
    outcome = site.sync()
    assert site.wiki()[EMAIL[NADJA]].phone == NEWER
    (line,) = lines_of(outcome, NADJA)
    assert [(field.old, field.new) for field in line.fields] == [(THEIRS, NEWER)]


def test_where_both_changed_and_people_own_the_field_theirs_stays(site: Site) -> None:
    site.section("wiki", owners=PEOPLE)
    site.type_over(OURS, THEIRS)
    site.edit(NADJA, phone=NEWER)
    assert site.sync().counts["conflict"] == 1
    assert site.wiki()[EMAIL[NADJA]].phone == THEIRS


def test_another_value_that_people_own_keeps_no_other_field_from_being_written(site: Site) -> None:
    site.section("wiki", owners=PEOPLE)
    site.type_over(OURS, THEIRS)
    site.edit(NADJA, name="Nadja Graf-Brunner", phone=NEWER)
    site.sync()
    assert site.wiki()[EMAIL[NADJA]] == Row("Nadja Graf-Brunner", "technical, emergency", THEIRS)


def test_equal_values_on_both_sides_become_the_base_when_there_is_none(site: Site) -> None:
    site.forget_people("wiki")
    site.sync(full=True)
    assert site.wrote() == []
    site.edit(NADJA, phone=NEWER)
    assert site.sync().counts["conflict"] == 0
    assert site.wiki()[EMAIL[NADJA]].phone == NEWER


def test_different_values_without_a_base_are_told_and_not_written(site: Site) -> None:
    site.forget_people("wiki")
    site.type_over(OURS, THEIRS)
    for _ in range(2):
        outcome = site.sync(full=True)
        assert outcome.counts["conflict"] == 1
        (line,) = lines_of(outcome, NADJA, "wiki")
        assert [(field.name, field.old, field.new) for field in line.theirs] == [("phone", THEIRS, OURS)]
        assert site.wiki()[EMAIL[NADJA]].phone == THEIRS


def test_a_conflict_without_a_base_is_settled_by_either_side(site: Site) -> None:
    site.forget_people("wiki")
    site.type_over(OURS, THEIRS)
    site.sync(full=True)
    site.type_over(THEIRS, OURS)
    assert site.sync(full=True).counts["conflict"] == 0
    site.edit(NADJA, phone=NEWER)
    site.sync()
    assert site.wiki()[EMAIL[NADJA]].phone == NEWER


def test_what_is_empty_in_the_erp_deletes_nothing(site: Site) -> None:
    site.edit(NADJA, phone=False)
    site.edit(PETER, phone="")
    assert site.sync().exit_code == 0
    site.sync(full=True)
    assert site.wiki()[EMAIL[NADJA]].phone == OURS
    assert site.wiki()[EMAIL[PETER]].phone == "+41525550103"


def test_a_name_that_is_empty_in_the_erp_leaves_the_one_that_stands_there(site: Site) -> None:
    site.edit(NADJA, name=" ")
    site.sync()
    assert site.wiki()[EMAIL[NADJA]].name == "Nadja Brunner"


def test_a_number_that_is_none_is_shown_as_it_was_typed(site: Site) -> None:
    site.edit(NADJA, phone="intern 42, fragen")
    site.sync()
    assert site.wiki()[EMAIL[NADJA]].phone == "intern 42, fragen"
    site.sync(full=True)
    assert site.wrote() == []


def test_what_people_write_around_the_table_stays_as_it_is(site: Site) -> None:
    site.type_over("<h2>Contacts</h2>", "<h2>Contacts</h2><p>Ask Nadja first.</p>")
    site.edit(NADJA, phone=NEWER)
    site.sync()
    assert "<p>Ask Nadja first.</p>" in site.page("101")["body"]
    assert site.wiki()[EMAIL[NADJA]].phone == NEWER


def test_an_account_keeps_the_name_that_its_owner_gave_it(site: Site) -> None:
    site.change_account(EMAIL[NADJA], displayName="Nadja B.")
    site.edit(NADJA, name="Nadja Graf-Brunner")
    site.sync()
    site.sync(full=True)
    names = {user["displayName"] for user in site.table("jira", "user").values() if user["email"] == EMAIL[NADJA]}
    assert names == {"Nadja B."}
