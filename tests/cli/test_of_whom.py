"""Nothing is made for a customer whom nobody knows yet; from then on its mark says whose it is, and no deal."""

from __future__ import annotations

import pytest

from tests.cli.place import Place
from tests.cli.test_typed_anew import actions, everything


def marks(place: Place) -> dict[str, str]:
    """The marks of one customer's objects, as each system keeps them, by its kind."""
    state = place.state()
    (organization,) = [
        organization for organization in state["jira"]["organization"] if organization["name"].startswith("Käserei")
    ]
    (panel,) = [
        organization for organization in state["panel"]["organization"] if organization["id"].startswith("kaeserei")
    ]
    (page,) = [page for page in state["wiki"]["page"] if page["title"].startswith("Käserei")]
    return {
        "organization": organization["properties"]["closedwon"]["key"],
        "panel": panel["metadata"]["annotations"]["closedwon.io/key"],
        "page": "customer:" * ("customer:" in page["body"]) + "deal:" * ("deal:43/page" in page["body"]),
    }


def test_what_is_made_with_its_customer_bears_the_customers_key(place: Place) -> None:
    """In one run, and with a lost ledger the next one finds it all by that key."""
    document = place.set_up("43", "--yes")
    assert document["outcome"] == "done"
    (number,) = [step["id"] for step in document["steps"] if step["step"] == "customer"]
    assert marks(place) == {"organization": f"customer:{number}", "panel": f"customer:{number}", "page": "customer:"}
    keys = {step["step"]: step["key"] for step in document["steps"]}
    assert (keys["customer"], keys["organization"]) == ("deal:43", f"customer:{number}")
    assert keys["page"] == f"customer:{number}/page"
    before = everything(place)
    for lost in (False, True):
        if lost:
            for file in (place.folder / ".closedwon").glob("ledger*"):
                file.unlink()
        place.requests()
        assert place.set_up("43", "--yes")["outcome"] == "done"
        assert place.nothing_was_written()
    assert everything(place) == before


def test_a_run_that_got_no_further_than_the_company_is_taken_up_by_the_companys_key(place: Place) -> None:
    for system in ("jira", "panel", "wiki"):
        place.fault(system=system, do="status", status=403, times=1000, writes=True)
    first = place.set_up("43", "--yes")
    place.fixed()
    assert {step["result"] for step in first["steps"]} == {"done", "waiting", "blocked"}
    again = place.set_up("43", "--yes")
    assert again["outcome"] == "done"
    assert set(marks(place).values()) <= {f"customer:{number}" for number in ("1001",)} | {"customer:"}


@pytest.mark.parametrize("mode", ["read", "ask"])
def test_a_customer_who_may_not_be_made_yet_holds_everything(place: Place, mode: str) -> None:
    """The ERP is only read, or a person has to approve: the organization would be nobody's."""
    place.system("erp", f'mode = "{mode}"')
    before = everything(place)
    place.requests()
    document = place.set_up("43", "--yes")
    assert place.nothing_was_written()
    assert everything(place) == before
    waiting = {step["step"]: step["waits_for"] for step in document["steps"] if step["step"] != "customer"}
    assert waiting["organization"] == [{"kind": "step", "name": "customer"}]
    assert waiting["ticket"] == [{"kind": "step", "name": "customer"}]


def test_a_customer_who_is_archived_holds_everything(place: Place) -> None:
    place.erp("res.partner", "write", ids=[102], vals={"active": False})
    place.requests()
    document = place.set_up("44", "--yes")
    assert place.nothing_was_written()
    assert {action for step, action in actions(document).items()} == {"blocked"}


def test_a_customer_who_cannot_be_read_holds_everything(place: Place) -> None:
    """It may be archived, or gone: its organization would be made for nobody."""
    place.system("erp", "patience = 0")
    place.erp("res.partner", "write", ids=[102], vals={"active": False})
    place.requests()
    place.fault(system="erp", operation="res.partner.category.search_read", do="status", status=503, times=1000)
    document = place.set_up("44", "--yes")
    assert place.nothing_was_written()
    assert {action for step, action in actions(document).items()} == {"blocked"}


def test_a_field_of_a_known_customer_holds_nothing(place: Place) -> None:
    """Who looks after it can't be written; whose the organization is, is known."""
    place.rights("erp", "res.partner:write")
    document = place.set_up("44", "--yes")
    results = {step["step"]: step["result"] for step in document["steps"]}
    assert results["organization"] == "done"


def test_a_pilot_that_is_extended_by_a_company_of_our_own_making_finishes_its_deal(place: Place) -> None:
    """What was left out for a deal without a company is made once the settings name the company."""
    place.without_people()
    place.system("jira", 'only = ["101"]')
    first = place.set_up("43", "--yes")
    results = {step["step"]: step["result"] for step in first["steps"]}
    (number,) = [step["id"] for step in first["steps"] if step["step"] == "customer"]
    assert (results["customer"], results["panel"], results["organization"]) == ("done", "done", "planned")
    place.system("jira", f'only = ["{number}"]')
    place.setup("--won", "--yes")
    assert marks(place)["organization"] == f"customer:{number}"


def test_a_customer_who_is_never_to_be_made_holds_everything(place: Place) -> None:
    place.run("link", "43", "customer=never")
    place.requests()
    ended = place.setup("43", "--yes")
    assert ended.code == 4
    assert place.nothing_was_written()
    assert "a person said that the customer is never to be made" in ended.said
