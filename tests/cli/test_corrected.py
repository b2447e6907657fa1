"""A lead that is corrected to another customer: what was made under its id stays with whom it was made for."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

import pytest
import requests

from integrations.appuio.organization import marked
from integrations.sandbox.pretend import ACCOUNT, TOKEN
from tests.cli.place import Place
from tests.cli.test_deal_file import EXAMPLE
from tests.cli.test_typed_anew import everything, typed_anew

OTHER = "102"
"""The customer of deal 44, who has people."""


def correct(place: Place, lead: int, company: str = OTHER) -> None:
    """Give a lead another customer, as somebody does who put in the wrong one."""
    place.erp("crm.lead", "write", ids=[lead], vals={"partner_id": int(company)})


def test_a_deal_that_is_corrected_says_that_its_order_makes_the_former_customer_pay(place: Place) -> None:
    """The order may be a reseller's just as well: only people know."""
    sentence = "Müller & Söhne AG (101) pays, as the order says, and the deal was that customer's before."
    assert sentence not in place.setup("42", "--yes").said
    correct(place, 42)
    assert sentence in place.setup("42", "-n").said


def another_deal(place: Place, company: str) -> str:
    """One more won deal of a customer."""
    return typed_anew(place, "", partner_id=int(company))


def ids(document: Any) -> dict[str, str]:
    """The customer's objects that a set-up made or found, by step."""
    per_customer = ("customer", "organization", "panel", "page")
    return {step["step"]: step["id"] for step in document["steps"] if step["step"] in per_customer}


def places(place: Place) -> dict[Any, Any]:
    """What customers' people are in in Jira and the panel, and who is, by id."""
    state = place.state()
    panel = {
        (kind, organization["metadata"].get("namespace"), organization["metadata"]["name"]): organization
        for kind in ("organization", "organizationmembers")
        for organization in state["panel"][kind]
    }
    jira: dict[Any, Any] = {str(organization["id"]): organization for organization in state["jira"]["organization"]}
    return jira | panel


def people(place: Any) -> set[str]:
    """Who is a member of a place."""
    users = [*place.get("users", ()), *(user["name"] for user in place.get("spec", {}).get("userRefs") or ())]
    return set(users)


@pytest.fixture
def corrected(place: Place) -> tuple[Place, dict[Any, Any], dict[str, str]]:
    """Deal 43, without a company, and deal 44 are set up, with people; then 43 is given to 44's customer.

    With what was there before that, and what the first customer has.
    """
    first = ids(place.set_up("43", "--yes"))
    place.set_up("44", "--yes")
    place.run("contacts", "sync", "--yes")
    before = places(place)
    correct(place, 43)
    return place, before, first


def test_a_corrected_lead_takes_nobody_out_and_lets_nobody_in_elsewhere(corrected: Any) -> None:
    """From cron, with a new deal of the customer's, and nobody asked."""
    place, before, first = corrected
    another_deal(place, OTHER)
    place.setup("--won", "--yes")
    place.run("contacts", "sync", "--yes", "--full")
    after = places(place)
    mine = {key: place for key, place in before.items() if {first["organization"], first["panel"]} & {key, *key}}
    assert len(mine) == 3
    assert {key: after[key] for key in mine} == mine
    assert all(people(place) <= people(after[key]) for key, place in before.items())


def test_setting_up_a_corrected_lead_takes_nothing_of_the_first_customers(corrected: Any) -> None:
    place, before, first = corrected
    document = place.set_up("43", "--yes")
    taken = {name for name, number in ids(document).items() if first.get(name) == number}
    assert not taken
    assert places(place) == before


def step(document: Any, name: str) -> Any:
    (found,) = [step for step in document["steps"] if step["step"] == name]
    return found


def ticket(place: Place, key: str) -> Any:
    """A ticket's mark, and what it says."""
    (found,) = [issue for issue in place.state()["jira"]["issue"] if issue["key"] == key]
    return found


def as_first_release(place: Place, key: str, mark: str) -> None:
    """Take the customer out of a ticket's mark."""
    issue = ticket(place, key)
    requests.put(
        f"{place.sandbox.url}/jira/rest/api/3/issue/{issue['id']}/properties/closedwon",
        json={"key": mark},
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    ).raise_for_status()


@pytest.mark.parametrize(("lead", "other"), [("43", "102"), ("44", "103")])
def test_a_ticket_of_another_customer_is_asked_about(place: Place, lead: str, other: str) -> None:
    """Also of a deal that named a company from the start, with a lost ledger, and again and again; a person may say."""
    made = step(place.set_up(lead, "--yes"), "ticket")["id"]
    before = ticket(place, made)
    correct(place, int(lead), other)
    for _ in range(2):
        asked = step(place.set_up(lead, "--yes"), "ticket")
        assert asked["action"] == "choose"
        assert f"closedwon link {lead} ticket={made}" in asked["error"]["next"]
        forget(place)
    assert ticket(place, made) == before
    place.run("link", lead, f"ticket={made}")
    assert step(place.set_up(lead, "--yes"), "ticket")["action"] == "adopt"
    assert ticket(place, made)["properties"]["closedwon"]["customer"] == f"customer:{other}"


def made_then(place: Place) -> None:
    """Let the first release have made all companies that deals made, on this machine."""
    names = place.sandbox.server.world.state.table("erp", "ir.model.data")
    for name in [name for name in names if name.startswith("closedwon.customer_of_deal_")]:
        former = name.replace("_of_deal_", "_deal_")
        names[former] = {**names[name], "name": former.partition(".")[2]}
        del names[name]
    with contextlib.closing(sqlite3.connect(place.folder / ".closedwon" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("update runs set document = json_remove(document, '$.is_proven')")
        ledger.execute("drop table old_marks")
        ledger.execute("update meta set value = '7' where name = 'schema'")


def forget(place: Place) -> None:
    """Lose the ledger."""
    for file in (place.folder / ".closedwon").glob("ledger*"):
        file.unlink()


def test_a_ticket_of_the_first_release_is_marked_with_its_customer_where_that_is_proven(place: Place) -> None:
    """By the ledger's record of the run, or by the ERP that the deal made the company; else a person is asked."""
    place.control("traps", jira_index_lag=0)
    tickets = {lead: step(place.set_up(lead, "--yes"), "ticket")["id"] for lead in ("43", "44")}
    for lead, made in tickets.items():
        as_first_release(place, made, f"deal:{lead}/ticket")
    made_then(place)
    assert step(place.set_up("44", "--yes"), "ticket")["action"] == "adopt"
    assert ticket(place, tickets["44"])["properties"]["closedwon"]["customer"] == "customer:102"
    as_first_release(place, tickets["44"], "deal:44/ticket")
    forget(place)
    assert step(place.set_up("43", "--yes"), "ticket")["action"] == "adopt"
    for _ in range(2):
        assert step(place.set_up("44", "--yes"), "ticket")["action"] == "choose"


def with_the_deals_mark(place: Place, made: dict[str, str], deal: str) -> None:
    """Mark a customer's organizations with the key of the deal that made it, as the first release did."""
    property_of = f"/jira/rest/servicedeskapi/organization/{made['organization']}/property/closedwon"
    panel = f"/panel/apis/organization.appuio.io/v1/organizations/{made['panel']}"
    page = f"/wiki/wiki/api/v2/pages/{made['page']}"
    key = f"deal:{deal}"
    answers = [
        requests.put(f"{place.sandbox.url}{property_of}", json={"key": key}, auth=(ACCOUNT, TOKEN), timeout=5),
        requests.patch(
            f"{place.sandbox.url}{panel}",
            json={"metadata": marked(key)},
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/merge-patch+json"},
            timeout=5,
        ),
    ]
    there = requests.get(
        f"{place.sandbox.url}{page}", params={"body-format": "storage"}, auth=(ACCOUNT, TOKEN), timeout=5
    ).json()
    body = there["body"]["storage"]["value"].replace(f"customer:{made['customer']}/", f"{key}/")
    version = {"number": there["version"]["number"] + 1}
    content = {"representation": "storage", "value": body}
    whole = {"id": there["id"], "status": "current", "title": there["title"], "body": content, "version": version}
    answers.append(requests.put(f"{place.sandbox.url}{page}", json=whole, auth=(ACCOUNT, TOKEN), timeout=5))
    for answer in answers:
        answer.raise_for_status()


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_the_first_release_marked_with_a_deal_is_marked_anew_where_that_is_proven(
    place: Place, is_lost: bool
) -> None:
    """By the ledger, or by the ERP where that is lost: shown as an adoption, done once, and nothing made twice."""
    place.without_people()
    made = ids(place.set_up("43", "--yes"))
    with_the_deals_mark(place, made, "43")
    made_then(place)
    if is_lost:
        forget(place)
    before = everything(place)
    shown = place.set_up("43", "-n")
    anew = {step["step"] for step in shown["steps"] if step["action"] == "adopt"}
    assert anew == {"organization", "panel", "page", "links"}
    assert place.set_up("43", "--yes")["outcome"] == "done"
    state = str(places(place)) + str(place.state()["wiki"]["page"])
    assert "deal:43'" not in state
    assert "deal:43/" not in state
    assert everything(place) == before
    place.requests()
    assert place.set_up("43", "--yes")["outcome"] == "done"
    assert place.nothing_was_written()


def test_a_deals_mark_is_nobodys_who_only_has_the_deal_now(place: Place) -> None:
    """Neither the set-up nor contact sync goes by it."""
    made = ids(place.set_up("43", "--yes"))
    with_the_deals_mark(place, made, "43")
    before = places(place)
    correct(place, 43)
    found = ids(place.set_up("43", "--yes"))
    assert not {found[kind] for kind in ("organization", "panel", "page")} & set(made.values())
    place.run("contacts", "sync", "--yes", "--full")
    after = places(place)
    assert {key: after[key] for key in before if made["panel"] in key or key == made["organization"]} == {
        key: place for key, place in before.items() if made["panel"] in key or key == made["organization"]
    }


def test_a_choice_made_for_a_deal_is_void_once_it_names_another_company(place: Place) -> None:
    """What a person said of the one customer's organization was not said of the other's."""
    place.run("link", "43", "organization=never")
    correct(place, 43)
    assert step(place.set_up("43", "-n"), "organization")["action"] == "create"


@pytest.mark.parametrize("answer", ["", "never"])
def test_a_choice_for_a_deals_own_step_is_void_once_it_names_another_company(place: Place, answer: str) -> None:
    """The ticket of the first customer, or that none is wanted: the other is asked about the ticket again."""
    ticket_id = step(place.set_up("42", "--yes"), "ticket")["id"]
    before = ticket(place, ticket_id)
    assert place.run("link", "42", f"ticket={answer or ticket_id}").code == 0
    correct(place, 42)
    document = place.set_up("42", "--yes")
    assert step(document, "ticket")["action"] == "choose"
    assert ticket(place, ticket_id) == before


def test_a_choice_for_a_deals_own_step_holds_for_the_heir(place: Place) -> None:
    place.run("link", "42", "ticket=never")
    place.set_up("42", "--yes")
    place.merge("101", "105")
    place.set_up("42", "--yes")
    assert "ticket" not in {step["step"] for step in place.set_up("42", "--yes")["steps"]}


def test_a_file_that_is_copied_without_a_new_id_takes_nothing_of_the_first_customers(place: Place) -> None:
    deal = place.write("deal.toml", EXAMPLE)
    made = place.set_up(str(deal), "--yes")
    before = places(place)
    deal.write_text(EXAMPLE.replace("[customer]\n", f'[customer]\nid = "{OTHER}"\n'), encoding="utf-8")
    copied = place.set_up(str(deal), "--yes")
    assert not {number for name, number in ids(copied).items() if ids(made).get(name) == number}
    assert step(copied, "ticket")["action"] == "choose"
    after = places(place)
    assert {key: after[key] for key in before} == before


def test_a_company_without_our_mark_is_not_said_to_bear_it(place: Place) -> None:
    """With a new ledger: the company of an equal name and number is there, and nothing of ours."""
    place.erp("res.partner", "write", ids=[102], vals={"name": "Käserei Emmental AG", "vat": "CHE-116.281.710 MWST"})
    deal = place.write("deal.toml", EXAMPLE.replace("[customer]\n", '[customer]\nvat = "CHE-116.281.710 MWST"\n'))
    shown = place.setup(str(deal), "-n")
    assert "102" in shown.said
    assert "our mark" not in shown.said


def test_people_follow_to_what_another_machine_made_for_the_deal_in_the_first_release(place: Place) -> None:
    """The ledger has filed it under the deal, and does not know whose that is: the ERP does."""
    text = place.settings.read_text(encoding="utf-8")
    place.without_people()
    made = ids(place.set_up("43", "--yes"))
    with_the_deals_mark(place, made, "43")
    made_then(place)
    place.settings.write_text(text, encoding="utf-8")
    columns = "system, kind, {}, id, url, fields, seen"
    renamed = columns.format("replace(key, 'customer:' || ?, 'deal:43')")
    with sqlite3.connect(place.folder / ".closedwon" / "ledger.sqlite") as ledger:
        ledger.execute("delete from objects where kind = 'customer'")
        ledger.execute("delete from meta where name like 'former%'")
        ledger.execute(
            f"insert into objects ({columns.format('key')}) "  # noqa: S608  (our own words)
            f"select {renamed} from objects where key like 'customer:%'",
            [made["customer"]],
        )
    ended = place.run("contacts", "sync", "--yes", "--full", made["customer"])
    assert ended.code == 0, ended.said
    assert "another customer" not in ended.said
    assert people(places(place)[made["organization"]])
