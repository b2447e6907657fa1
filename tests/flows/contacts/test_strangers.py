"""Who is in a place and not in the ERP: listed with a suggestion, never taken out, settled by a person."""

from __future__ import annotations

import pytest

from integrations.core.errors import Rejected
from integrations.flows.contacts.link import link
from integrations.flows.contacts.settings import ContactSettings
from tests.flows.contacts.site import BEAT, EMAIL, JONAS, NADJA, Site

PRIVATE = "nadja.b@private.example"


def linked(site: Site, contact: int, *choices: tuple[str, str]) -> list[str]:
    lines: list[str] = site.does(lambda sync: link(sync, str(contact), choices, reason="asked her"))
    return lines


def test_a_stranger_is_listed_in_every_full_pass_and_never_taken_out(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.join_jira("stranger@elsewhere.example")
    for _ in range(3):
        outcome = site.sync(full=True)
        assert [(stranger.system, stranger.customer, stranger.present.email) for stranger in outcome.strangers] == [
            ("jira", "101", "stranger@elsewhere.example")
        ]
        assert outcome.counts["unknown"] == 1
        assert outcome.exit_code == 0
    assert "stranger@elsewhere.example" in site.jira()


@pytest.mark.parametrize(
    ("email", "name"),
    [(PRIVATE, "Nadja Brunner"), (PRIVATE, "Brunner, Nadja"), ("nadja.brunner+jira@mueller-soehne.example", "nb")],
)
def test_a_stranger_who_resembles_a_contact_is_suggested_and_not_taken_for_them(
    site: Site, email: str, name: str
) -> None:
    site.join_jira(email, name=name)
    (stranger,) = site.sync(full=True).strangers
    assert stranger.contacts == (str(NADJA),)
    assert EMAIL[NADJA] in site.jira()


def test_a_customers_contact_whose_functions_give_nothing_there_is_known_and_stays(site: Site) -> None:
    site.join_jira("buchhaltung@mueller-soehne.example")
    (stranger,) = site.sync(full=True).strangers
    assert (stranger.known, stranger.contacts) == (True, ())
    site.sync(full=True)
    assert "buchhaltung@mueller-soehne.example" in site.jira()


def test_a_linked_account_is_the_membership_from_then_on_and_no_second_is_made(site: Site) -> None:
    site.before_any_pass()
    site.contacts = ContactSettings(grace_days=0)
    account = site.join_jira(PRIVATE, name="Nadja Brunner")
    linked(site, NADJA, ("jira", account))
    for full in (True, False, True):
        outcome = site.sync(full=full)
        assert outcome.exit_code == 0
        assert outcome.strangers == ()
    assert PRIVATE in site.jira()
    assert EMAIL[NADJA] not in [user["email"] for user in site.table("jira", "user").values()]
    site.edit(NADJA, active=False)
    site.sync()
    assert PRIVATE not in site.jira()


def test_a_link_that_replaces_a_membership_leaves_one(site: Site) -> None:
    account = site.join_jira(PRIVATE, name="Nadja Brunner")
    linked(site, NADJA, ("jira", account))
    for full in (False, True, True):
        assert site.sync(full=full).exit_code == 0
    assert PRIVATE in site.jira()
    assert account in site.ledger_text()


def test_a_linked_account_that_was_taken_out_by_hand_is_put_back_itself(site: Site) -> None:
    site.before_any_pass()
    account = site.join_jira(PRIVATE, name="Nadja Brunner")
    linked(site, NADJA, ("jira", account))
    site.sync(full=True)
    site.leave_jira(PRIVATE)
    site.sync(full=True)
    assert account in site.organization("101")["users"]
    assert EMAIL[NADJA] not in site.jira()


def test_who_is_never_to_be_a_member_of_a_system_is_made_none_there_and_is_elsewhere(site: Site) -> None:
    site.before_any_pass()
    linked(site, NADJA, ("jira", "never"))
    for _ in range(2):
        assert site.sync(full=True).exit_code == 0
        assert EMAIL[NADJA] not in site.jira()
    assert EMAIL[NADJA] in site.panel() & site.wiki().keys()


def test_who_is_a_member_and_is_never_to_be_one_any_more_is_not_put_back(site: Site) -> None:
    linked(site, NADJA, ("jira", "never"))
    site.leave_jira(EMAIL[NADJA])
    site.sync(full=True)
    assert EMAIL[NADJA] not in site.jira()


def test_only_accounts_that_are_there_can_be_named(site: Site) -> None:
    with pytest.raises(Rejected):
        linked(site, NADJA, ("jira", "qm:nobody"))
    with pytest.raises(Rejected):
        linked(site, NADJA, ("erp", "never"))
    with pytest.raises(Rejected):
        linked(site, 999999, ("jira", "never"))
    assert site.sync(full=True).exit_code == 0


def test_a_user_of_the_panel_can_be_named_who_has_another_address(site: Site) -> None:
    site.before_any_pass()
    site.join_panel("jk", "jonas@private.example", "Jonas Keller")
    (stranger,) = [stranger for stranger in site.sync("101").strangers if stranger.system == "panel"]
    assert stranger.contacts == (str(JONAS),)
    linked(site, JONAS, ("panel", "jk"))
    for _ in range(2):
        assert not [stranger for stranger in site.sync(full=True).strangers if stranger.system == "panel"]
    assert site.wrote() == []
    assert "jonas@private.example" in site.panel()


def test_strangers_are_told_of_the_customer_in_whose_place_they_are(site: Site) -> None:
    site.join_jira("anna.meier@private.example", "104", "Anna Meier")
    (stranger,) = site.sync(full=True).strangers
    assert (stranger.customer, stranger.contacts) == ("104", ("430",))


def test_a_member_who_was_there_before_is_nobody_new(site: Site) -> None:
    site.before_any_pass()
    account = site.join_jira(EMAIL[BEAT].upper())
    site.sync(full=True)
    assert account in site.organization("101")["users"]
    assert [user["email"].lower() for user in site.table("jira", "user").values()].count(EMAIL[BEAT]) == 1
