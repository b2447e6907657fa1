from __future__ import annotations

from typing import Any

import pytest

from integrations.core.errors import IntegrationError, Rejected, Unavailable
from integrations.core.member import Present
from integrations.core.resource import Live, Lookup
from integrations.jira.member import store as places
from integrations.sandbox.pretend import ACCOUNT
from tests.jira.people import DESK, MARC, accounts, customer, organization, person, switch
from tests.jira.site import Site, find, put


def test_looking_takes_two_requests_an_organization_and_none_a_person(site: Site) -> None:
    there = [organization(site, "customer:101", f"a{number}@a.example") for number in range(3)]
    wants = [person(place, f"{letter}{place}@a.example") for place in there for letter in "abcdef"]
    system = site.system(service_desk_project="SUP")
    system.stores["member"].find([Lookup(want) for want in wants])
    assert sorted(site.operations()) == ["organization.property.get"] * 3 + ["organization.user.list"] * 3


@pytest.mark.parametrize("mark", ["customer:101", "deal:42"])
def test_an_organization_may_bear_any_key_of_the_customer(site: Site, mark: str) -> None:
    place = organization(site, mark, MARC[0])
    system = site.system()
    assert isinstance(find(system, person(place)), Live)
    assert isinstance(put(system, person(place, "eva@alpina.example"), None), Live)


def test_an_address_is_matched_whole_and_without_regard_to_case(site: Site) -> None:
    place = organization(site, "customer:101", "Marc@Alpina.example")
    system = site.system()
    assert isinstance(find(system, person(place, "marc@alpina.example")), Live)
    for another in ("arc@alpina.example", "marc@alpina.exampl", "marc+x@alpina.example", "marc"):
        assert find(system, person(place, another)) is None


def test_who_hides_the_address_is_found_by_the_ledgers_id_alone(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0])
    switch(site, MARC[0], emailHidden=True)
    system = site.system()
    assert find(system, person(place)) is None
    found = find(system, person(place), id=accounts(site, MARC[0])[0])
    assert isinstance(found, Live)
    assert found.state.email == ""


def test_two_who_hide_their_addresses_are_not_taken_for_who_has_none(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0])
    switch(site, MARC[0], emailHidden=True)
    gone = person(place).model_copy(update={"email": "", "active": False})
    assert find(site.system(), gone) is None


def test_an_account_that_somebody_named_comes_before_the_address(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0])
    other = customer(site, "m.mueller@private.example")
    system = site.system()
    wanted = person(place, account=other)
    assert find(system, wanted) is None
    site.writes()
    made = put(system, wanted, None)
    assert isinstance(made, Live)
    assert made.id == other
    assert site.writes() == ["organization.user.add"]
    found = find(site.system(), wanted)
    assert isinstance(found, Live)
    assert found.id == other


def test_a_chosen_account_that_is_no_member_is_never_replaced_by_the_one_with_the_address(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0])
    assert isinstance(find(site.system(), person(place), id="5d-nobody", chosen=True), Rejected)


def test_a_deactivated_member_is_shown_as_such(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0])
    switch(site, MARC[0], active=False)
    found = find(site.system(), person(place))
    assert isinstance(found, Live)
    assert found.state.status == "deactivated"


@pytest.mark.parametrize("mark", [None, "customer:102", "customer:1011", "deal:4", "customer:10"])
@pytest.mark.parametrize("active", [True, False])
def test_an_organization_that_is_not_marked_as_the_customers_is_refused_and_nothing_sent(
    site: Site, mark: str | None, active: bool
) -> None:
    place = organization(site, mark, MARC[0])
    system = site.system()
    wanted = person(place, active=active)
    found = Live(accounts(site, MARC[0])[0], wanted.model_copy(update={"active": True}))
    before = site.objects("organization")
    site.writes()
    for answer in (find(system, wanted), put(system, wanted, None if active else found, action=_action(active))):
        assert isinstance(answer, Rejected)
        assert "closedwon setup" in answer.next
        assert "alpina" not in answer.message.lower()
    assert site.writes() == []
    assert site.objects("organization") == before


def _action(active: bool) -> Any:
    return "create" if active else "archive"


@pytest.mark.parametrize("place", ["4711", "", "(known after apply)", "1/user"])
def test_an_organization_that_is_gone_is_refused(site: Site, place: str) -> None:
    answer = find(site.system(), person(place))
    assert isinstance(answer, Rejected)
    assert "is gone" in answer.message


def test_an_organization_that_may_not_be_seen_is_not_taken_for_an_empty_one(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0])
    site.lose_rights("Service Desk Agent")
    assert isinstance(find(site.system(), person(place)), IntegrationError)
    people = site.system().people
    assert people is not None
    with pytest.raises(IntegrationError):
        people.present(place)


@pytest.mark.parametrize(("number", "reads"), [(0, 1), (2, 1), (3, 2), (4, 3), (5, 4)])
def test_every_page_is_read_and_no_more(site: Site, number: int, reads: int) -> None:
    emails = [f"person{index}@alpina.example" for index in range(number)]
    place = organization(site, "customer:101", *emails)
    site.traps(page_size=2)
    wants = [person(place, email) for email in (*emails, MARC[0])]
    answers = site.system(service_desk_project="SUP").stores["member"].find([Lookup(want) for want in wants])
    assert [isinstance(answers[want.key], Live) for want in wants] == [True] * number + [False]
    assert site.operations() == ["organization.property.get"] + ["organization.user.list"] * reads


def test_half_a_listing_is_no_listing(site: Site) -> None:
    """A page that fails leaves everybody of that organization unknown, and others alone."""
    broken = organization(site, "customer:101", "a@alpina.example", "b@alpina.example", "c@alpina.example")
    sound = organization(site, "customer:101", "d@alpina.example")
    site.traps(page_size=2)
    site.fault(operation="organization.user.list", do="status", status=500, skip=1, times=20)
    wants = [person(broken, f"{name}@alpina.example") for name in "abc"]
    store = site.system(patience=0).stores["member"]
    assert all(isinstance(answer, Unavailable) for answer in store.find([Lookup(want) for want in wants]).values())
    site.call_off_faults()
    site.traps(page_size=None)
    wants.append(person(sound, "d@alpina.example"))
    assert all(isinstance(answer, Live) for answer in store.find([Lookup(want) for want in wants]).values())


def test_everybody_who_is_there_is_listed_without_another_request(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0], "eva@alpina.example")
    ours = [user["accountId"] for user in site.objects("user") if user["email"] in (ACCOUNT, "reto.frei@acme.example")]
    portal = customer(site, "sales@acme.example")
    site.call("POST", f"{DESK}/organization/{place}/user", {"accountIds": [*ours, portal]})
    switch(site, "eva@alpina.example", emailHidden=True)
    people = site.system().people
    assert people is not None
    people.find([Lookup(person(place))])
    site.operations()
    present = people.present(place)
    assert site.operations() == ["user.myself"]
    assert {person.id for person in present if person.own} == set(ours)
    assert Present(accounts(site, MARC[0])[0], MARC[0], "marc") in present
    assert [person.email for person in present if person.name == "eva"] == [""]
    assert len(present) == 5


def test_the_people_of_an_organization_that_was_not_looked_at_are_read(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0])
    people = site.system().people
    assert people is not None
    assert [person.email for person in people.present(place)] == [MARC[0]]


def test_only_the_organizations_last_seen_are_remembered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync of all customers must not hold all their people."""
    monkeypatch.setattr(places, "REMEMBERED", 1)
    there = [organization(site, "customer:101", f"p{number}@alpina.example") for number in range(2)]
    people = site.system().people
    assert people is not None
    for place in there:
        people.find([Lookup(person(place))])
    site.operations()
    people.present(there[1])
    assert "organization.user.list" not in site.operations()
    people.present(there[0])
    assert "organization.user.list" in site.operations()


@pytest.mark.parametrize(
    ("right", "fault"),
    [
        ("Administer Jira", "Administer Jira"),
        ("Browse users and groups", "Browse users and groups"),
        ("Service Desk Agent:SUP", "Service Desk Agent on SUP"),
    ],
)
def test_a_missing_right_is_named_before_anything_is_tried(site: Site, right: str, fault: str) -> None:
    assert site.system().check(frozenset({"member"})).faults == ()
    site.lose_rights(right)
    assert [fault.text for fault in site.system().check(frozenset({"member"})).faults] == [fault]


def test_no_message_that_may_be_written_down_names_a_person(site: Site) -> None:
    place = organization(site, "customer:101", "eva@alpina.example")
    waits: list[str] = []
    for operation in ("customer.create", "user.search", "organization.user.add", "organization.user.list"):
        site.traps(jira_index_lag=0)
        site.fault(operation=operation, do="status", status=500, times=50)
        system = site.system(patience=0)
        for email in (MARC[0], "eva@alpina.example"):
            answers = (find(system, person(place, email)), put(system, person(place, email), None))
            waits += [answer.message + answer.next for answer in answers if isinstance(answer, IntegrationError)]
        site.call_off_faults()
    assert waits
    assert not [text for text in waits if "alpina" in text.lower() or "Müller" in text]
