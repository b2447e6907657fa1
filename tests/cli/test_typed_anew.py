"""A second won lead of one company, typed anew: a person puts both together, and nothing is made a second time."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from tests.cli.place import Place

FIELDS = (
    "name",
    "contact_name",
    "email_from",
    "city",
    "country_id",
    "stage_id",
    "type",
    "date_closed",
    "expected_revenue",
)
SPELLINGS = ["Käserei Emmental AG", " KÄSEREI\u00a0 EMMENTAL", "Kaeserei Emmental A.G."]


def typed_anew(place: Place, name: str, **values: Any) -> str:
    """Enter a lead like that of deal 43 once more, as somebody does who does not look."""
    lead = place.erp("crm.lead", "read", ids=[43], fields=[*FIELDS, "tag_ids"])[0]
    copied = {field: value[0] if isinstance(value := lead[field], list) else value for field in FIELDS}
    tags = [[6, 0, lead["tag_ids"]]]
    return str(
        place.erp("crm.lead", "create", vals_list=[{**copied, "partner_name": name, "tag_ids": tags, **values}])[0]
    )


def actions(document: Any) -> dict[str, str]:
    return {step["step"]: step["action"] for step in document["steps"]}


def everything(place: Place) -> dict[str, int]:
    """How many there are of each kind of thing that a customer gets."""
    state = place.state()
    companies = [partner for partner in state["erp"]["res.partner"] if partner.get("is_company")]
    kinds = (("jira", "organization"), ("jira", "issue"), ("panel", "organization"), ("wiki", "page"))
    return {
        "companies": len(companies),
        **{f"{system} {kind}": len(state[system].get(kind, ())) for system, kind in kinds},
    }


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_second_lead_of_one_company_makes_nothing_before_a_person_has_said_whose_it_is(
    place: Place, name: str
) -> None:
    """Its customer is a choice, and all else waits for it; after `link` it is the same customer."""
    first = place.set_up("43", "--yes")
    again = typed_anew(place, name)
    before = everything(place)
    shown = place.set_up(again, "--yes")
    assert actions(shown)["customer"] == "choose"
    assert "create" not in actions(shown).values()
    assert shown["outcome"] == "waiting"
    (company,) = [step["id"] for step in first["steps"] if step["step"] == "customer"]
    (error,) = [step["error"] for step in shown["steps"] if step["step"] == "customer"]
    assert company in error["message"]
    assert everything(place) == before
    assert place.run("link", again, f"customer={company}").code == 0
    linked = place.set_up(again, "--yes")
    assert linked["outcome"] == "done"
    assert actions(linked)["customer"] == "adopt"
    more = {"jira issue": before["jira issue"] + 1}
    assert everything(place) == {**before, **more}
    place.requests()
    assert "choose" not in actions(place.set_up(again, "-n")).values()
    assert place.nothing_was_written()


def test_nothing_is_made_for_a_customer_that_the_erp_does_not_take(place: Place) -> None:
    """A new customer comes first: what is made before it has an id would be another one's afterwards."""
    before = everything(place)
    place.rights("erp", "res.partner:create")
    ended = place.set_up("43", "--yes")
    assert {step["result"] for step in ended["steps"]} <= {"waiting", "blocked", "kept"}
    assert everything(place) == before
    place.fixed()
    assert place.set_up("43", "--yes")["outcome"] == "done"


def test_a_deal_file_of_a_company_that_the_erp_has_is_that_companys(place: Place) -> None:
    """By an equal VAT number and name: nothing of the customer is made again, in this run or the next."""
    place.set_up("42", "--yes")
    example = resources.files("config").joinpath("deal.example.toml").read_text(encoding="utf-8")
    text = example.replace('name = "Käserei Emmental AG"', 'name = "MUELLER und Soehne"')
    deal = place.write("deal.toml", text.replace('# vat = "CHE', 'vat = "CHE'))
    before = everything(place)
    made = place.set_up(str(deal), "--yes")
    assert actions(made)["organization"] == actions(made)["panel"] == actions(made)["page"] == "keep"
    more = {"jira issue": before["jira issue"] + 1}
    assert everything(place) == {**before, **more}
    again = place.set_up(str(deal), "--yes")
    assert {step["result"] for step in again["steps"]} == {"kept"}


def test_a_namesake_is_asked_about_once(place: Place) -> None:
    """`new` is remembered, and makes everything a second time; with the ledger lost nothing is made or asked anew."""
    place.set_up("43", "--yes")
    again = typed_anew(place, "Käserei Emmental AG", city="Trub", email_from="info@kaeserei-trub.example")
    before = everything(place)
    assert actions(place.set_up(again, "-n"))["customer"] == "choose"
    assert place.run("link", again, "customer=new").code == 0
    made = place.set_up(again, "--yes")
    assert made["outcome"] == "done"
    assert everything(place)["companies"] == before["companies"] + 1
    place.requests()
    for file in (place.folder / ".closedwon").glob("ledger*"):
        file.unlink()
    assert place.set_up(again, "--yes")["outcome"] == "done"
    assert place.nothing_was_written()


def test_a_lost_ledger_asks_again_and_makes_nothing(place: Place) -> None:
    """What a person said of a deal that was not set up yet is lost with it."""
    place.set_up("43", "--yes")
    again = typed_anew(place, "Kaeserei Emmental")
    place.run("link", again, "customer=new")
    for file in (place.folder / ".closedwon").glob("ledger*"):
        file.unlink()
    before = everything(place)
    assert actions(place.set_up(again, "--yes"))["customer"] == "choose"
    assert everything(place) == before


def test_of_two_leads_of_one_company_that_are_set_up_together_one_makes_it(place: Place) -> None:
    """In what is only shown, too: never both "new"."""
    place.without_people()
    again = typed_anew(place, "Kaeserei Emmental")
    before = everything(place)
    for options, done in (("-n", 0), ("--yes", 1)):
        documents = [json.loads(line) for line in place.setup("--won", "--json", options).out.splitlines()]
        pair = [actions(document) for document in documents if document["deal"] in ("43", again)]
        assert sorted(steps["customer"] for steps in pair) == ["choose", "create"]
        assert sum("create" in steps.values() for steps in pair) == 1
        assert everything(place)["companies"] == before["companies"] + done
