"""What waits while nobody knows who took a gone customer's place, and what becomes of an answer that was wrong."""

from __future__ import annotations

import itertools

import pytest

from tests.cli.place import Place
from tests.cli.test_corrected import another_deal, ids, people, places, step
from tests.cli.test_heirs import HEIR, OLD, below, delete, ledger, marked, members, merge, syncs
from tests.cli.test_typed_anew import everything, typed_anew

ALIKE = "Mueller und Soehne"
STRANGER = "103"
NAME = "Müller & Söhne AG"
"""The old customer's."""
THEIRS = ("organization", "panel", "page")
"""The steps of which a customer has one."""


def company(place: Place, name: str) -> str:
    return str(place.erp("res.partner", "create", vals_list=[{"name": name, "is_company": True}])[0])


@pytest.mark.parametrize("knows", ["the ledger", "the ERP alone"])
def test_a_new_deal_of_a_gone_customers_name_waits_with_the_question(place: Place, knows: str) -> None:
    """Typed anew, or with a company made anew: nothing is made beside what is there, until a person has answered."""
    place.without_people()
    made = ids(place.set_up("42", "--yes"))
    delete(place)
    if knows == "the ERP alone":
        ledger(place, {})
    typed = typed_anew(place, NAME)
    deals = [typed, typed_anew(place, ALIKE)] if knows == "the ledger" else [typed]
    place.requests()
    for deal, option in itertools.product(deals, ("-n", "--yes")):
        asked = place.setup(deal, option)
        assert (asked.code, f"closedwon link {OLD} heir='" in asked.said) == (4, True)
        assert place.nothing_was_written()
    fresh = company(place, NAME)
    place.erp("crm.lead", "write", ids=[int(typed)], vals={"partner_id": int(fresh)})
    place.requests()
    asked = place.setup(typed, "--yes")
    assert (asked.code, place.nothing_was_written()) == (4, True)
    assert f"{fresh} “{NAME}” (the deal {typed} is its)" in asked.said
    assert place.run("link", OLD, f"heir={fresh}", "--reason", "made anew").code == 0
    after = ids(place.set_up(typed, "--yes"))
    assert {name: after[name] for name in THEIRS} == {name: made[name] for name in THEIRS}
    assert (after["customer"], marked(place, f"customer:{OLD}")) == (fresh, [])


def test_a_name_of_a_gone_customer_with_an_heir_needs_a_deal_that_says_whose_it_is(place: Place) -> None:
    """Where nobody took its place, a new customer of its name is told apart from what is left, as any namesake is."""
    place.without_people()
    place.set_up("42", "--yes")
    typed = typed_anew(place, NAME)
    merge(place)
    place.requests()
    refused = place.setup(typed, "--yes")
    assert (refused.code, place.nothing_was_written()) == (4, True)
    assert f"whose place {HEIR} took" in refused.said
    assert "Give the deal its customer in the CRM" in refused.said
    assert place.run("link", OLD, "heir=none").code == 0
    before = everything(place)
    assert place.set_up(typed, "--yes")["outcome"] == "done"
    assert {kind: number - before[kind] for kind, number in everything(place).items()} == dict.fromkeys(before, 1)


def test_an_heir_for_whom_nothing_speaks_needs_a_reason_and_a_wrong_answer_can_be_put_right(place: Place) -> None:
    """A stranger was named, and took everything over: what it has is a choice for the right heir, and goes back."""
    place.without_people()
    made = ids(place.set_up("42", "--yes"))
    delete(place)
    refused = place.run("link", OLD, f"heir={STRANGER}")
    assert (refused.code, "nothing speaks for" in refused.said) == (4, True)
    assert f"{HEIR} (the deal 42 is its now)" in refused.said
    assert f"closedwon link {OLD} heir={STRANGER} --reason" in refused.said
    assert place.run("status", "--json").document["gone"][0]["heir"] is None
    assert place.run("link", OLD, f"heir={STRANGER}", "--reason", "a slip").code == 0
    strangers = another_deal(place, STRANGER)
    assert {name: ids(place.set_up(strangers, "--yes"))[name] for name in THEIRS} == {
        name: made[name] for name in THEIRS
    }
    assert place.run("link", OLD, f"heir={HEIR}").code == 0
    before = everything(place)
    brings_back(place, made, HEIR)
    assert {**everything(place), "jira issue": 0} == {**before, "jira issue": 0}
    new = ids(place.set_up(strangers, "--yes"))
    assert not {new[name] for name in THEIRS} & set(made.values())
    assert ids(place.set_up("42", "--yes")) == {**made, "customer": HEIR}
    assert set(marked(place, f"customer:{STRANGER}")) == {new[name] for name in THEIRS}


def brings_back(place: Place, made: dict[str, str], customer: str) -> None:
    """Choose, for deal 42, what its customer had and another has now; nothing is made until then."""
    for options in (("-n",), ("--yes",)):
        document = place.set_up("42", *options)
        assert {step(document, name)["action"] for name in THEIRS} == {"choose"}
        assert f"organization={made['organization']} closedwon" in place.setup("42", "-n").said
    assert place.run("link", "42", *(f"{name}={made[name]}" for name in THEIRS)).code == 0
    shown = place.set_up("42", "--yes")
    assert ids(shown) == {**made, "customer": customer}
    assert step(shown, "links")["result"] == "done"
    assert set(marked(place, f"customer:{customer}")) == {made[name] for name in THEIRS}


def test_a_customer_that_is_back_is_asked_whether_it_takes_what_was_handed_on(place: Place) -> None:
    """A part of another company for a day, and set up as that: no second set of anything, and nobody is out."""
    place.edit("[erp]", "[contacts]\ngrace_days = 0\n\n[erp]")
    first = place.set_up("42", "--yes")
    made = ids(first)
    syncs(place)
    before = places(place)
    below(place)
    assert {**ids(place.set_up("42", "--yes")), "customer": OLD} == made
    syncs(place)
    place.erp("res.partner", "write", ids=[int(OLD)], vals={"parent_id": False, "is_company": True})
    brings_back(place, made, OLD)
    assert place.run("link", "42", f"ticket={step(first, 'ticket')['id']}").code == 0
    assert place.set_up("42", "--yes")["outcome"] == "done"
    syncs(place)
    assert all(people(former) <= members(place, before)[key] for key, former in before.items())
    place.requests()
    assert place.set_up("42", "--yes")["outcome"] == "done"
    syncs(place)
    assert place.nothing_was_written()


def test_a_full_sync_with_one_customer_that_is_gone_asks_whoever_looks(place: Place) -> None:
    """Everybody stays in; nobody looks after the customer, so the row is every account manager's."""
    place.set_up("42", "--yes")
    place.set_up("44", "--yes")
    place.run("contacts", "sync", "--yes")
    before = members(place, places(place))
    assert any(before.values())
    delete(place)
    for _ in range(2):
        ended = place.run("contacts", "sync", "--full", "--yes")
        assert ended.code == 0, ended.said
    assert members(place, before) == before
    for manager in ((), ("--for", "Lena")):
        assert f"closedwon link {OLD} heir=" in place.run("contacts", "problems", *manager).out
