from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
import requests

from integrations.core.change import Change
from integrations.core.errors import Ambiguous, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.member import Member, Present
from integrations.core.resource import Live, Lookup, Want
from integrations.core.system import System
from integrations.jira.member import places
from integrations.sandbox.pretend import ACCOUNT
from tests.jira.site import Site, change, find, put

DESK = "/rest/servicedeskapi"
MARC = ("marc@alpina.example", "Marc Müller")
SEARCH = ("user.search",)


def organization(site: Site, mark: str | None, *emails: str, name: str = "Alpina Treuhand AG") -> str:
    """An organization with these people."""
    made = str(site.call("POST", f"{DESK}/organization", {"name": name})["id"])
    if mark is not None:
        site.call("PUT", f"{DESK}/organization/{made}/property/closedwon", {"key": mark})
    if emails:
        accounts = [customer(site, email) for email in emails]
        site.call("POST", f"{DESK}/organization/{made}/user", {"accountIds": accounts})
    site.operations()
    return made


def customer(site: Site, email: str) -> str:
    """An account that somebody made."""
    body = {"email": email, "displayName": email.partition("@")[0]}
    return str(site.call("POST", f"{DESK}/customer", body)["accountId"])


def switch(site: Site, email: str, **switches: bool) -> None:
    """What the owner of an account, or an administrator, does to it."""
    body = {"email": email, **switches}
    requests.post(f"{site.url}/_sandbox/jira/account", json=body, timeout=5).raise_for_status()


def person(place: str, email: str = MARC[0], name: str = MARC[1], *, of: str = "customer:101", **more: Any) -> Member:
    return Member(
        key=f"{of}/contact/{email.encode().hex()}",
        aliases=(f"deal:42/contact/{email.encode().hex()}",),
        place=place,
        email=email,
        name=name,
        **more,
    )


def leaver(live: Live[Any]) -> Member:
    """As contact sync wants somebody out whose address it does not know any more."""
    return Member(key=live.state.key, aliases=("deal:42/contact/x",), place=live.state.place, active=False)


def put_all(system: System, members: Sequence[Member]) -> dict[str, Any]:
    changes = [Change(one.key, "jira", "create", Want(one.key, "jira", one)) for one in members]
    return dict(system.stores["member"].put(changes))


def accounts(site: Site, email: str) -> list[str]:
    return [one["accountId"] for one in site.objects("user") if one["email"].lower() == email.lower()]


def members(site: Site, place: str) -> list[str]:
    return next(one["users"] for one in site.objects("organization") if one["id"] == place)


def test_somebody_new_gets_one_account_and_one_membership_and_is_found_equal(site: Site) -> None:
    place = organization(site, "customer:101")
    system = site.system()
    assert find(system, person(place)) is None
    made = put(system, person(place), None)
    assert isinstance(made, Live)
    assert site.writes() == ["customer.create", "organization.user.add"]
    assert members(site, place) == accounts(site, MARC[0]) == [made.id]
    assert made.url == f"{site.url}/jira/jira/servicedesk/projects/SUP/organization/{place}"
    assert find(site.system(), person(place)) == made
    assert (made.state.email, made.state.name, made.ours) == (*MARC, True)


def test_looking_takes_two_requests_an_organization_and_none_a_person(site: Site) -> None:
    there = [organization(site, "customer:101", f"a{number}@a.example") for number in range(3)]
    wants = [person(place, f"{letter}{place}@a.example") for place in there for letter in "abcdef"]
    system = site.system(service_desk_project="SUP")
    system.stores["member"].find([Lookup(one) for one in wants])
    assert sorted(site.operations()) == ["organization.property.get"] * 3 + ["organization.user.list"] * 3


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


def test_of_two_namesake_customers_nobody_gets_into_the_others_organization(site: Site) -> None:
    """The ledger names the wrong one of two organizations of one name: both rows are told apart by the mark."""
    first, second = organization(site, "customer:101"), organization(site, "customer:102")
    system = site.system()
    right, wrong = person(first), person(second, "eva@alpina.example")
    answers = system.stores["member"].find([Lookup(right), Lookup(wrong)])
    assert answers[right.key] is None
    refused = answers[wrong.key]
    assert isinstance(refused, Rejected)
    assert "customer:102" in refused.message
    written = put_all(system, [right, wrong])
    assert isinstance(written[right.key], Live)
    assert isinstance(written[wrong.key], Rejected)
    assert (len(members(site, first)), members(site, second)) == (1, [])
    assert accounts(site, "eva@alpina.example") == []


def test_a_mark_that_changed_after_the_plan_is_seen_once_it_is_a_minute_old(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = organization(site, "customer:101")
    system = site.system(service_desk_project="SUP")
    assert find(system, person(place)) is None
    site.operations()
    assert isinstance(put(system, person(place), None), Live)
    assert "organization.property.get" not in site.operations(), "it was read just before"
    site.call("PUT", f"{DESK}/organization/{place}/property/closedwon", {"key": "customer:102"})
    site.writes()
    monkeypatch.setattr(places, "BELIEVED", -1.0)
    assert isinstance(put(system, person(place, "eva@alpina.example"), None), Rejected)
    assert site.writes() == []


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


@pytest.mark.parametrize(("number", "reads"), [(0, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_every_page_is_read_and_no_more(site: Site, number: int, reads: int) -> None:
    emails = [f"person{one}@alpina.example" for one in range(number)]
    place = organization(site, "customer:101", *emails)
    site.traps(page_size=2)
    wants = [person(place, email) for email in (*emails, MARC[0])]
    answers = site.system(service_desk_project="SUP").stores["member"].find([Lookup(one) for one in wants])
    assert [isinstance(answers[one.key], Live) for one in wants] == [True] * number + [False]
    assert site.operations() == ["organization.property.get"] + ["organization.user.list"] * reads


def test_half_a_listing_is_no_listing(site: Site) -> None:
    """A page that fails leaves everybody of that organization unknown, and others alone."""
    broken = organization(site, "customer:101", "a@alpina.example", "b@alpina.example", "c@alpina.example")
    sound = organization(site, "customer:101", "d@alpina.example")
    site.traps(page_size=2)
    site.fault(operation="organization.user.list", do="status", status=500, skip=1, times=20)
    wants = [person(broken, f"{one}@alpina.example") for one in "abc"]
    store = site.system(patience=0).stores["member"]
    assert all(isinstance(one, Unavailable) for one in store.find([Lookup(one) for one in wants]).values())
    site.call_off_faults()
    site.traps(page_size=None)
    wants.append(person(sound, "d@alpina.example"))
    assert all(isinstance(one, Live) for one in store.find([Lookup(one) for one in wants]).values())


def test_a_batch_takes_one_request_a_new_account_and_one_an_organization(site: Site) -> None:
    there = [organization(site, "customer:101") for _ in range(2)]
    wants = [person(place, f"p{number}@{place}.example") for place in there for number in range(5)]
    system = site.system()
    system.stores["member"].find([Lookup(one) for one in wants])
    site.operations()
    answers = put_all(system, wants)
    assert all(isinstance(one, Live) for one in answers.values())
    operations = site.operations()
    assert operations.count("customer.create") == 10
    assert operations.count("organization.user.add") == 2
    assert set(operations) <= {"customer.create", "organization.user.add", "servicedesk.get"}
    assert [len(members(site, place)) for place in there] == [5, 5]


def test_one_person_of_two_customers_gets_one_account_and_both_memberships(site: Site) -> None:
    """Even while the index of users does not show the new account."""
    site.traps(jira_index_lag=1000)
    first, second = organization(site, "customer:101"), organization(site, "customer:102")
    wants = [person(first), person(second, of="customer:102")]
    system = site.system()
    answers = put_all(system, wants)
    assert len({one.id for one in answers.values()}) == 1
    assert site.operations().count("customer.create") == 1
    assert members(site, first) == members(site, second) == accounts(site, MARC[0])


@pytest.mark.parametrize("operation", ["customer.create", "organization.user.add"])
@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
def test_a_lost_answer_never_makes_a_second_account_or_membership(site: Site, operation: str, do: str) -> None:
    place = organization(site, "customer:101")
    site.traps(jira_index_lag=0)
    site.fault(operation=operation, do=do, times=50)
    answer = put(site.system(patience=0), person(place), None)
    assert isinstance(answer, Unavailable)
    assert not isinstance(answer, Uncertain), "to try again is safe, so nothing is left open"
    site.call_off_faults()
    assert isinstance(put(site.system(), person(place), None), Live)
    assert len(accounts(site, MARC[0])) == 1
    assert members(site, place) == accounts(site, MARC[0])


def test_two_runs_at_once_make_one_account_and_one_membership(site: Site) -> None:
    place = organization(site, "customer:101")
    site.traps(jira_index_lag=0)
    answers: list[Any] = []
    systems = [site.system() for _ in range(4)]

    def run(system: System) -> None:
        answers.append(put(system, person(place), None))

    threads = [threading.Thread(target=run, args=(one,)) for one in systems]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len({answer.id for answer in answers}) == 1
    assert members(site, place) == accounts(site, MARC[0])


def test_an_account_that_exists_already_is_taken_by_its_exact_address(site: Site) -> None:
    place = organization(site, "customer:101")
    site.traps(jira_index_lag=0)
    account = customer(site, "Marc@Alpina.example")
    customer(site, "marc@alpina.example.org")
    made = put(site.system(), person(place), None)
    assert isinstance(made, Live)
    assert made.id == account
    assert members(site, place) == [account]


@pytest.mark.parametrize("why", ["new", "hidden", "deactivated", "no right"])
def test_an_account_that_the_search_does_not_prove_waits_and_no_second_is_made(site: Site, why: str) -> None:
    """The search gives a hidden account as its one answer, too: without the address that proves nothing."""
    place = organization(site, "customer:101")
    site.traps(jira_index_lag=1000 if why == "new" else 0)
    customer(site, MARC[0])
    if why == "hidden":
        switch(site, MARC[0], emailHidden=True)
        assert len(site.call("GET", f"/rest/api/3/user/search?query={MARC[0]}")) == 1
    elif why == "deactivated":
        switch(site, MARC[0], active=False)
    elif why == "no right":
        site.lose_rights("Browse users and groups")
    users = site.objects("user")
    wants = [person(place), person(place, "eva@alpina.example")]
    answers = put_all(site.system(), wants)
    waiting, made = (answers[one.key] for one in wants)
    assert isinstance(waiting, Unavailable)
    assert not isinstance(waiting, Uncertain)
    assert "closedwon contacts link" in waiting.next
    assert "alpina" not in waiting.message.lower()
    assert isinstance(made, Live)
    assert members(site, place) == [made.id]
    assert len(site.objects("user")) == len(users) + 1


def test_an_account_that_was_new_is_found_by_the_same_system_later(site: Site) -> None:
    """What could not be told is asked anew."""
    place = organization(site, "customer:101")
    site.traps(jira_index_lag=1000)
    account = customer(site, MARC[0])
    system = site.system()
    assert isinstance(put(system, person(place), None), Unavailable)
    site.traps(jira_index_lag=0)
    made = put(system, person(place), None)
    assert isinstance(made, Live)
    assert made.id == account


def test_of_several_accounts_with_the_address_a_person_chooses(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    place = organization(site, "customer:101")
    site.traps(jira_index_lag=0)
    customer(site, MARC[0])
    system = site.system()
    calls = system.stores["member"]._calls  # type: ignore[attr-defined]
    search = calls.search
    monkeypatch.setattr(calls, "search", lambda email: [*search(email), *search(email)])
    assert isinstance(put(system, person(place), None), Ambiguous)
    assert members(site, place) == []


@pytest.mark.parametrize("email", ["nobody", ""])
def test_an_address_that_can_not_be_one_is_refused_without_repeating_it(site: Site, email: str) -> None:
    place = organization(site, "customer:101")
    answer = put(site.system(), person(place, email), None)
    assert isinstance(answer, Rejected)
    assert answer.field == "email"
    assert "nobody" not in answer.message


def test_one_bad_row_of_fifty_fails_alone(site: Site) -> None:
    place = organization(site, "customer:101")
    wants = [person(place, f"p{number}@alpina.example") for number in range(49)]
    bad = person(place, account="5d-nobody")
    answers = put_all(site.system(), [*wants[:17], bad, *wants[17:]])
    assert isinstance(answers[bad.key], Rejected)
    assert answers[bad.key].field == "account"
    assert [one for one in wants if not isinstance(answers[one.key], Live)] == []
    assert sorted(members(site, place)) == sorted(answers[one.key].id for one in wants)


def test_archiving_takes_out_of_one_organization_and_leaves_account_and_others(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0], "eva@alpina.example")
    elsewhere = organization(site, "customer:101")
    marc, eva = (accounts(site, email)[0] for email in (MARC[0], "eva@alpina.example"))
    site.call("POST", f"{DESK}/organization/{elsewhere}/user", {"accountIds": [marc]})
    users = site.objects("user")
    system = site.system()
    found = find(system, leaver(Live(marc, person(place))), id=marc)
    assert isinstance(found, Live)
    site.writes()
    gone = put(system, leaver(found), found, action="archive")
    assert isinstance(gone, Live)
    assert not gone.state.active
    assert site.writes() == ["organization.user.remove"]
    assert (members(site, place), members(site, elsewhere)) == ([eva], [marc])
    assert site.objects("user") == users
    assert find(system, leaver(found), id=marc) is None
    again = put(system, leaver(found), found, action="archive")
    assert isinstance(again, Live), "who is out already is out"


def test_who_is_put_in_and_who_is_taken_out_go_apart(site: Site) -> None:
    place = organization(site, "customer:101", "eva@alpina.example")
    system = site.system()
    found = find(system, person(place, "eva@alpina.example"))
    assert isinstance(found, Live)
    changes = [change(person(place), None), change(leaver(found), found, action="archive")]
    answers = system.stores["member"].put(changes)
    assert [isinstance(one, Live) for one in answers.values()] == [True, True]
    assert members(site, place) == accounts(site, MARC[0])


def test_everybody_who_is_there_is_listed_without_another_request(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0], "eva@alpina.example")
    ours = [one["accountId"] for one in site.objects("user") if one["email"] in (ACCOUNT, "reto.frei@acme.example")]
    portal = customer(site, "sales@acme.example")
    site.call("POST", f"{DESK}/organization/{place}/user", {"accountIds": [*ours, portal]})
    switch(site, "eva@alpina.example", emailHidden=True)
    people = site.system().people
    assert people is not None
    people.find([Lookup(person(place))])
    site.operations()
    present = people.present(place)
    assert site.operations() == ["user.myself"]
    assert {one.id for one in present if one.own} == set(ours)
    assert Present(accounts(site, MARC[0])[0], MARC[0], "marc") in present
    assert [one.email for one in present if one.name == "eva"] == [""]
    assert len(present) == 5


def test_the_people_of_an_organization_that_was_not_looked_at_are_read(site: Site) -> None:
    place = organization(site, "customer:101", MARC[0])
    people = site.system().people
    assert people is not None
    assert [one.email for one in people.present(place)] == [MARC[0]]


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


def test_no_message_that_may_be_written_down_names_a_person(site: Site) -> None:
    place = organization(site, "customer:101", "eva@alpina.example")
    waits: list[str] = []
    for operation in ("customer.create", "user.search", "organization.user.add", "organization.user.list"):
        site.traps(jira_index_lag=0)
        site.fault(operation=operation, do="status", status=500, times=50)
        system = site.system(patience=0)
        for email in (MARC[0], "eva@alpina.example"):
            answers = (find(system, person(place, email)), put(system, person(place, email), None))
            waits += [one.message + one.next for one in answers if isinstance(one, IntegrationError)]
        site.call_off_faults()
    assert waits
    assert not [text for text in waits if "alpina" in text.lower() or "Müller" in text]


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
    assert [one.text for one in site.system().check(frozenset({"member"})).faults] == [fault]
