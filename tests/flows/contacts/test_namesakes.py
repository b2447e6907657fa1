"""Two customers of one name: nobody of the one is ever in a place of the other."""

from __future__ import annotations

import re

import pytest

from integrations.flows.contacts.settings import ContactSettings
from tests.flows.contacts.site import ANNA_OF_103, ANNA_OF_104, EMAIL, Site

ZOE = {"103": "zoe.frei@alpina-zh.example", "104": "zoe.frei@alpina-gr.example"}
OTHER = {"103": "104", "104": "103"}
DOMAIN = {"103": "alpina-zh.example", "104": "alpina-gr.example"}


def strangers_in(site: Site, customer: str) -> set[str]:
    """Who of the namesake is in this customer's places."""
    return {email for email in site.everywhere(customer) if email.endswith(DOMAIN[OTHER[customer]])}


def swap_in_jira(site: Site) -> None:
    marks = {customer: site.organization(customer)["properties"] for customer in OTHER}
    for customer, mark in marks.items():
        site.change_organization(OTHER[customer], properties=mark)


def swap_in_panel(site: Site) -> None:
    table = site.table("panel", "organization")
    names = {customer: site.places[customer]["panel"] for customer in OTHER}
    marks = {customer: table[name]["metadata"]["annotations"] for customer, name in names.items()}
    for customer, mark in marks.items():
        found = table[names[OTHER[customer]]]
        table[names[OTHER[customer]]] = {**found, "metadata": {**found["metadata"], "annotations": mark}}


def swap_in_wiki(site: Site) -> None:
    for customer in OTHER:
        page = site.page(customer)
        body = re.sub(r"customer:(103|104)/", lambda found: f"customer:{OTHER[found[1]]}/", page["body"])
        site.table("wiki", "page")[site.places[customer]["wiki"]] = {
            **page,
            "body": body,
            "version": page["version"] + 1,
        }


SWAPS = {"jira": swap_in_jira, "panel": swap_in_panel, "wiki": swap_in_wiki}


def test_people_of_namesakes_go_to_their_own_company(site: Site) -> None:
    for customer, email in ZOE.items():
        site.add("Zoe Frei", email, customer, function="CTO")
    assert site.sync().exit_code == 0
    for customer, email in ZOE.items():
        assert email in site.jira(customer) & site.panel(customer) & site.wiki(customer).keys()
        assert strangers_in(site, customer) == set()


@pytest.mark.parametrize("system", SWAPS)
def test_where_somebody_swapped_the_marks_nobody_is_let_in_or_taken_out(site: Site, system: str) -> None:
    site.contacts = ContactSettings(grace_days=0)
    for customer, email in ZOE.items():
        site.add("Zoe Frei", email, customer, function="CTO")
    site.edit(ANNA_OF_103, active=False)
    site.edit(ANNA_OF_104, active=False)
    members = {"jira": site.jira, "panel": site.panel, "wiki": lambda customer: set(rows_of(site, customer))}[system]
    before = [members(customer) for customer in OTHER]
    SWAPS[system](site)
    assert site.sync().exit_code == 4
    for _ in range(2):
        outcome = site.sync(full=True)
        customers = {problem.customer for problem in outcome.problems} | {
            line.customer for line in outcome.lines if line.error
        }
        assert customers == {"103", "104"}
    assert [members(customer) for customer in OTHER] == before


@pytest.mark.parametrize("system", SWAPS)
def test_where_the_marks_were_put_right_again_everything_is(site: Site, system: str) -> None:
    SWAPS[system](site)
    for customer, email in ZOE.items():
        site.add("Zoe Frei", email, customer, function="CTO")
    assert site.sync().exit_code == 4
    SWAPS[system](site)
    assert site.sync(retry=True).exit_code == 0
    for customer, email in ZOE.items():
        assert email in site.jira(customer) & site.panel(customer) & site.wiki(customer).keys()
        assert strangers_in(site, customer) == set()


def test_a_mark_that_is_lost_lets_nobody_in(site: Site) -> None:
    site.change_organization("103", properties={})
    site.add("Zoe Frei", ZOE["103"], "103")
    assert site.sync().exit_code == 4
    assert ZOE["103"] not in site.jira("103")
    assert ZOE["103"] in site.wiki("103")


def test_one_person_of_both_namesakes_leaves_one_and_stays_in_the_other(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    both = "revisor@kanzlei.example"
    first, _ = (site.add("Ida Keller", both, customer, function="CTO") for customer in OTHER)
    site.sync()
    assert both in site.panel("103") & site.panel("104")
    site.edit(first, active=False)
    site.sync()
    assert both not in site.everywhere("103")
    assert both in site.jira("104") & site.panel("104") & site.wiki("104").keys()


def test_people_of_the_same_name_are_told_apart_by_their_addresses(site: Site) -> None:
    assert site.wiki("103")[EMAIL[ANNA_OF_103]].name == site.wiki("104")[EMAIL[ANNA_OF_104]].name
    site.edit(ANNA_OF_103, phone="044 555 03 03")
    site.sync()
    assert site.wiki("103")[EMAIL[ANNA_OF_103]].phone == "+41445550303"
    assert site.wiki("104")[EMAIL[ANNA_OF_104]].phone == ""
    assert site.everywhere("104") == {EMAIL[ANNA_OF_104], "office@alpina-gr.example"}


def rows_of(site: Site, customer: str) -> list[str]:
    """The addresses on a page, whatever mark stands on it."""
    body = site.page(customer)["body"]
    return [
        email for domain in DOMAIN.values() for email in ("anna.meier@" + domain, "zoe.frei@" + domain) if email in body
    ]
