from __future__ import annotations

import threading
from typing import Any

import pytest

from integrations.core.errors import Ambiguous, AuthError, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import Live, Lookup
from integrations.core.system import System
from integrations.jira.member import api as found_accounts
from integrations.jira.member import store
from integrations.jira.member.api import Account, Calls
from integrations.sandbox.thread import Running
from tests.jira.people import DESK, MARC, accounts, customer, leaver, members, organization, person, put_all, switch
from tests.jira.site import Site, change, find, put


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
    monkeypatch.setattr(store, "BELIEVED", -1.0)
    assert isinstance(put(system, person(place, "eva@alpina.example"), None), Rejected)
    assert site.writes() == []


def test_a_mark_that_finding_did_not_see_again_is_no_longer_believed(site: Site) -> None:
    place = organization(site, "customer:101")
    system = site.system()
    assert find(system, person(place)) is None
    site.call("DELETE", f"{DESK}/organization/{place}/property/closedwon")
    assert isinstance(find(system, person(place)), Rejected)
    site.writes()
    assert isinstance(put(system, person(place), None), Rejected)
    assert site.writes() == []


def test_a_desk_that_may_not_be_seen_is_asked_for_once_and_before_anything_is_written(site: Site) -> None:
    """Its project is part of every link: what was written must not end as an error for lack of a link."""
    place = organization(site, "customer:101", "eva@alpina.example", "max@alpina.example")
    site.lose_rights("Browse Projects:SUP")
    system = site.system()
    with pytest.raises(AuthError):
        system.stores["member"].find([Lookup(person(place, f"{name}@alpina.example")) for name in ("eva", "max")])
    assert site.operations().count("servicedesk.get") == 1
    with pytest.raises(AuthError):
        put(system, person(place), None)
    assert site.writes() == []


def test_a_batch_takes_one_request_a_new_account_and_one_an_organization(site: Site) -> None:
    there = [organization(site, "customer:101") for _ in range(2)]
    wants = [person(place, f"p{number}@{place}.example") for place in there for number in range(5)]
    system = site.system()
    system.stores["member"].find([Lookup(want) for want in wants])
    site.operations()
    answers = put_all(system, wants)
    assert all(isinstance(answer, Live) for answer in answers.values())
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
    assert len({answer.id for answer in answers.values()}) == 1
    assert site.operations().count("customer.create") == 1
    assert members(site, first) == members(site, second) == accounts(site, MARC[0])


@pytest.mark.parametrize("operation", ["customer.create", "organization.user.add"])
@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
def test_a_lost_answer_never_makes_a_second_account_or_membership(site: Site, operation: str, do: str) -> None:
    place = organization(site, "customer:101")
    site.traps(jira_index_lag=0)
    site.fault(operation=operation, do=do, times=50)
    answer = put(site.system(patience=0), person(place), None)
    assert isinstance(answer, Uncertain)
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

    threads = [threading.Thread(target=run, args=(system,)) for system in systems]
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
    waiting, made = (answers[want.key] for want in wants)
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


ACTIVE, OTHER = Account("5d-one", email=MARC[0]), Account("5d-two", email=MARC[0])
GONE = Account("5d-gone", email=MARC[0], active=False)


@pytest.mark.parametrize(
    ("shown", "answer"),
    [((ACTIVE, OTHER), Ambiguous), ((GONE,), Rejected), ((GONE, ACTIVE, OTHER), Ambiguous)],
)
def test_of_several_accounts_or_a_deactivated_one_a_person_decides(
    site: Site, monkeypatch: pytest.MonkeyPatch, shown: tuple[Account, ...], answer: type[IntegrationError]
) -> None:
    place = organization(site, "customer:101")
    customer(site, MARC[0])
    monkeypatch.setattr(Calls, "search", lambda *_: list(shown))
    assert isinstance(put(site.system(), person(place), None), answer)
    assert members(site, place) == []


def test_of_two_accounts_the_active_one_is_taken(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    place = organization(site, "customer:101")
    account = Account(customer(site, MARC[0]), email=MARC[0])
    monkeypatch.setattr(Calls, "search", lambda *_: [GONE, account])
    assert isinstance(put(site.system(), person(place), None), Live)
    assert members(site, place) == [account.id]


def test_only_the_accounts_last_made_are_remembered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_accounts, "REMEMBERED", 1)
    site.traps(jira_index_lag=1000)
    first, second = organization(site, "customer:101"), organization(site, "customer:101")
    system = site.system()
    for email in ("eva@alpina.example", MARC[0]):
        assert isinstance(put(system, person(first, email), None), Live)
    assert isinstance(put(system, person(second), None), Live)
    assert isinstance(put(system, person(second, "eva@alpina.example"), None), Unavailable)


def test_an_account_that_was_deleted_since_it_was_made_is_made_anew(site: Site, jira_sandbox: Running) -> None:
    """Refused once, because it is remembered; then it is asked for again."""
    first, second = organization(site, "customer:101"), organization(site, "customer:101")
    system = site.system()
    made = put(system, person(first), None)
    assert isinstance(made, Live)
    del jira_sandbox.server.world.state.table("jira", "user")[made.id]
    assert isinstance(put(system, person(second), None), Rejected)
    again = put(system, person(second), None)
    assert isinstance(again, Live)
    assert members(site, second) == accounts(site, MARC[0]) == [again.id]


@pytest.mark.parametrize("email", ["nobody", ""])
def test_an_address_that_can_not_be_one_is_refused_without_repeating_it(site: Site, email: str) -> None:
    place = organization(site, "customer:101")
    answer = put(site.system(), person(place, email), None)
    assert isinstance(answer, Rejected)
    assert answer.field == "email"
    assert "nobody" not in answer.message
    assert site.writes() == ["customer.create"] * bool(email)


def test_one_bad_row_of_fifty_fails_alone(site: Site) -> None:
    place = organization(site, "customer:101")
    wants = [person(place, f"p{number}@alpina.example") for number in range(49)]
    bad = person(place, account="5d-nobody")
    answers = put_all(site.system(), [*wants[:17], bad, *wants[17:]])
    assert isinstance(answers[bad.key], Rejected)
    assert answers[bad.key].field == "account"
    assert [want for want in wants if not isinstance(answers[want.key], Live)] == []
    assert sorted(members(site, place)) == sorted(answers[want.key].id for want in wants)


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
    assert [isinstance(answer, Live) for answer in answers.values()] == [True, True]
    assert members(site, place) == accounts(site, MARC[0])


def _known_and_not_listed(site: Site, place: str, account: str) -> Live[Any]:
    """Somebody who is to go, whom the ledger knows, and whom a list of several pages does not show."""
    people = [customer(site, f"p{number}@alpina.example") for number in range(3)]
    site.call("POST", f"{DESK}/organization/{place}/user", {"accountIds": people})
    site.traps(page_size=2)
    found = find(site.system(), leaver(Live(account, person(place, "old@alpina.example"))), id=account)
    assert isinstance(found, Live)
    site.writes()
    return found


def test_whom_the_ledger_knows_is_taken_out_though_a_list_of_several_pages_lacks_them(site: Site) -> None:
    """A list of one page is of one moment, and proves that they are not in it; without a known id there is nobody."""
    place = organization(site, "customer:101")
    account = customer(site, MARC[0])
    gone = leaver(Live(account, person(place)))
    assert find(site.system(), gone, id=account) is None
    found = _known_and_not_listed(site, place, account)
    assert find(site.system(), gone) is None
    answer = put(site.system(), gone, found, action="archive")
    assert isinstance(answer, Live)
    assert not answer.state.active
    assert site.writes() == ["organization.user.remove"]


def test_an_account_that_comes_under_one_address_and_goes_under_another_stays(site: Site) -> None:
    """The person has another address, and was taken out by hand meanwhile."""
    place = organization(site, "customer:101")
    site.traps(jira_index_lag=0)
    account = customer(site, MARC[0])
    found = _known_and_not_listed(site, place, account)
    archive = change(leaver(found), found, action="archive")
    answers = site.system().stores["member"].put([archive, change(person(place), None)])
    assert [isinstance(answer, Live) and answer.state.active for answer in answers.values()] == [False, True]
    assert "organization.user.remove" not in site.writes()
    assert account in members(site, place)


def test_an_account_that_is_gone_is_out_and_any_other_refusal_is_reported(site: Site, jira_sandbox: Running) -> None:
    """Jira refuses accounts that it does not know with 400: nobody has to look into that."""
    place = organization(site, "customer:101")
    account = customer(site, MARC[0])
    found = _known_and_not_listed(site, place, account)
    site.fault(operation="organization.user.remove", do="status", status=400)
    assert isinstance(put(site.system(), leaver(found), found, action="archive"), Rejected)
    del jira_sandbox.server.world.state.table("jira", "user")[account]
    answer = put(site.system(), leaver(found), found, action="archive")
    assert isinstance(answer, Live)
    assert not answer.state.active
