"""A lead that is corrected to another customer: what was made under its id stays with whom it was made for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.place import Place
from tests.cli.test_typed_anew import typed_anew

OTHER = "102"
"""The customer of deal 44, who has people."""


def correct(place: Place, lead: int, company: str = OTHER) -> None:
    """Give a lead another customer, as somebody does who put in the wrong one."""
    place.erp("crm.lead", "write", ids=[lead], vals={"partner_id": int(company)})


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
        (kind, one["metadata"].get("namespace"), one["metadata"]["name"]): one
        for kind in ("organization", "organizationmembers")
        for one in state["panel"][kind]
    }
    jira: dict[Any, Any] = {str(one["id"]): one for one in state["jira"]["organization"]}
    return jira | panel


def people(one: Any) -> set[str]:
    """Who is a member of a place."""
    users = [*one.get("users", ()), *(user["name"] for user in one.get("spec", {}).get("userRefs") or ())]
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
    mine = {key: one for key, one in before.items() if {first["organization"], first["panel"]} & {key, *key}}
    assert len(mine) == 3
    assert {key: after[key] for key in mine} == mine
    assert all(people(one) <= people(after[key]) for key, one in before.items())


def test_setting_up_a_corrected_lead_takes_nothing_of_the_first_customers(corrected: Any) -> None:
    place, before, first = corrected
    document = place.set_up("43", "--yes")
    taken = {name for name, number in ids(document).items() if first.get(name) == number}
    assert not taken
    assert places(place) == before
