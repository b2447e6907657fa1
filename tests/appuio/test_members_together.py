"""Members who leave, who come together, and of whom one is refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.appuio.member.write import invitation_name
from integrations.core.errors import AuthError, Conflict, Rejected
from integrations.core.resource import Live, Lookup
from tests.appuio.conftest import Connect
from tests.appuio.membership import CHLOE, NEW, ORGANIZATION, OTHER, People, change, found, gone, leave, person, put
from tests.appuio.people import Panel


@pytest.fixture
def people(panel: Panel) -> People:
    made = People(panel)
    made.organization()
    panel.forget_requests()
    return made


@pytest.fixture
def store(connect: Connect) -> Any:
    return connect().stores["member"]


def test_a_leaver_goes_and_the_others_stay(store: Any, people: People) -> None:
    people.set_members("owner", "chloe", "closedwon")
    live = found(store, gone(person()), id="chloe")
    answer = leave(store, person(), live)
    assert (answer.id, answer.state.active) == ("chloe", False)
    assert people.members() == ["owner", "closedwon"]
    assert found(store, gone(person()), id="chloe") is None
    (again,) = put(store, person())
    assert (again.id, people.members()) == ("chloe", ["owner", "closedwon", "chloe"])


def test_a_leaver_who_was_only_invited_can_redeem_nothing_any_more(store: Any, people: People) -> None:
    (live,) = put(store, person(NEW))
    people.invite("for-others", "other@x.example", ORGANIZATION)
    assert found(store, gone(person(NEW)), id=live.id) == live
    assert leave(store, person(NEW), live).id == live.id
    assert [invitation["metadata"]["name"] for invitation in people.invitations()] == ["for-others"]
    assert found(store, gone(person(NEW)), id=live.id) is None
    assert leave(store, person(NEW), live).id == live.id


def test_a_leaver_who_is_a_member_and_still_invited_loses_both(store: Any, people: People) -> None:
    people.set_members("owner", "chloe")
    people.invite("by-hand", CHLOE, ORGANIZATION)
    people.invite("ours", "alias@x.example", ORGANIZATION, annotations={"closedwon.io/key": person().key})
    people.invite("elsewhere", CHLOE, OTHER)
    live = found(store, gone(person()), id="chloe")
    assert live.id == "chloe"
    assert isinstance(leave(store, person(), live), Live)
    assert people.members() == ["owner"]
    assert [invitation["metadata"]["name"] for invitation in people.invitations()] == ["elsewhere"]


def test_a_leaver_who_redeemed_between_looking_and_writing_is_taken_out_too(store: Any, people: People) -> None:
    (live,) = put(store, person(NEW))
    store.find([Lookup(gone(person(NEW)), id=live.id)])
    people.redeem(live.id.partition("/")[2], "hire")
    assert people.members() == ["closedwon", "hire"]
    leave(store, person(NEW), live)
    assert people.members() == ["closedwon"]


def test_a_leaver_who_redeems_while_we_write_is_taken_out_too(
    store: Any, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is deleted is answered as it was last, and tells who came in with it."""
    (live,) = put(store, person(NEW))
    calls = store._writing._calls
    withdraw = calls.withdraw

    def late(name: str) -> Any:
        people.redeem(name, "hire")
        return withdraw(name)

    monkeypatch.setattr(calls, "withdraw", late)
    leave(store, person(NEW), live)
    assert people.members() == ["closedwon"]
    assert people.invitations() == []


def test_an_invitation_that_opens_more_is_left_and_told_though_the_leaver_goes(store: Any, people: People) -> None:
    people.set_members("owner", "chloe")
    people.invite("several", CHLOE, ORGANIZATION, OTHER)
    answer = leave(store, person(), found(store, person()))
    assert isinstance(answer, Rejected)
    assert "several" in answer.message
    assert people.members() == ["owner"]
    assert len(people.invitations()) == 1


def test_a_refused_withdrawal_is_believed_done_only_where_the_invitation_is_gone(store: Any, people: People) -> None:
    """The right to our own invitation goes with it, so the second try of a lost first one is refused."""
    (live,) = put(store, person(NEW))
    people.panel.control("rights", {"system": "panel", "missing": ["delete:invitations"]})
    assert isinstance(leave(store, person(NEW), live), AuthError)
    people.panel.control("rights", {"system": "panel", "missing": []})
    people.panel.control("faults", {"system": "panel", "method": "DELETE", "do": "drop_after"})
    people.panel.control("faults", {"system": "panel", "method": "DELETE", "do": "status", "status": 403, "skip": 1})
    assert isinstance(leave(store, person(NEW), live), Live)
    assert people.invitations() == []


def test_a_leaver_of_a_foreign_organization_stays_in_it(store: Any, people: People) -> None:
    people.organization("theirs", "customer:103")
    people.set_members("chloe", place="theirs")
    wanted = gone(person(place="theirs"))
    assert isinstance(found(store, wanted, id="chloe"), Rejected)
    live = Live("chloe", person(place="theirs"))
    assert isinstance(store.put([change(wanted, live)])[wanted.key], Rejected)
    assert people.members("theirs") == ["chloe"]


def test_all_who_come_to_and_leave_one_organization_are_one_write(store: Any, people: People) -> None:
    people.set_members("owner", "chloe")
    for number in range(5):
        people.user(f"user{number}", f"user.{number}@x.example")
    live = found(store, person())
    people.panel.forget_requests()
    coming = [person(f"user.{number}@x.example", 10 + number) for number in range(5)]
    answers = store.put([*(change(member) for member in coming), change(gone(person()), live)])
    assert all(isinstance(answer, Live) for answer in answers.values())
    assert people.writes() == ["organizationmembers.patch"]
    assert people.members() == ["owner", *(f"user{number}" for number in range(5))]


def test_many_at_once_on_one_organization_lose_nobody(connect: Connect, people: People) -> None:
    """Neither several threads of ours, nor another machine, nor who adds somebody by hand."""
    for number in range(12):
        people.user(f"user{number:02}", f"user.{number}@x.example")
    stores = [connect().stores["member"] for _ in range(2)]
    begin = threading.Barrier(4)

    def add(number: int) -> list[Any]:
        begin.wait(timeout=10)
        rows = [person(f"user.{index}@x.example", index) for index in range(number, 12, 4)]
        return [put(stores[number % 2], row)[0] for row in rows]

    with ThreadPoolExecutor(4) as pool:
        answers = [answer for rows in pool.map(add, range(4)) for answer in rows]
    assert all(isinstance(answer, Live) for answer in answers)
    assert sorted(people.members()) == ["closedwon", *(f"user{number:02}" for number in range(12))]


def test_a_member_whom_somebody_adds_while_we_write_stays(
    store: Any, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = store._writing._calls
    read = calls.members

    def meanwhile(place: str) -> Any:
        members = read(place)
        if "by-hand" not in people.members():
            people.set_members("closedwon", "by-hand")
        return members

    monkeypatch.setattr(calls, "members", meanwhile)
    assert isinstance(put(store, person())[0], Live)
    assert people.members() == ["closedwon", "by-hand", "chloe"]


def test_a_list_that_others_never_stop_changing_is_a_conflict(
    store: Any, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store._writing._calls, "set_members", lambda *_: None)
    (answer,) = put(store, person())
    assert isinstance(answer, Conflict)
    assert people.writes() == []


def test_one_bad_row_of_an_organization_fails_alone(
    store: Any, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        people.user(f"user{number}", f"user.{number}@x.example")
    calls = store._writing._calls
    write = calls.set_members

    def picky(place: str, version: str, references: Any) -> Any:
        if {"name": "user3"} in references:
            raise Rejected("no such user", system="panel")
        return write(place, version, references)

    monkeypatch.setattr(calls, "set_members", picky)
    answers = put(store, *(person(f"user.{number}@x.example", number) for number in range(6)))
    assert [type(answer) for answer in answers] == [Live, Live, Live, Rejected, Live, Live]
    assert people.members() == ["closedwon", "user0", "user1", "user2", "user4", "user5"]


@pytest.mark.parametrize(("status", "kind"), [(403, AuthError), (422, Rejected)])
def test_a_refused_invitation_fails_alone(store: Any, people: People, status: int, kind: type[Exception]) -> None:
    fault = {"system": "panel", "method": "POST", "do": "status", "status": status}
    people.panel.control("faults", fault)
    answers = put(store, *(person(f"new.{number}@x.example", number) for number in range(4)), person(CHLOE, 9))
    assert sorted(str(type(answer)) for answer in answers) == sorted(map(str, [kind, Live, Live, Live, Live]))
    assert len(people.invitations()) == 3
    assert people.members() == ["closedwon", "chloe"]


def test_an_organization_that_refuses_does_not_keep_the_others_out(
    store: Any, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.organization("second")
    calls = store._writing._calls
    write = calls.set_members

    def picky(place: str, version: str, references: Any) -> Any:
        if place == "second":
            raise AuthError("may not", system="panel", who="somebody")
        return write(place, version, references)

    monkeypatch.setattr(calls, "set_members", picky)
    answers = put(store, person(), person(CHLOE, 2, "second"))
    assert [type(answer) for answer in answers] == [Live, AuthError]
    assert people.members("second") == ["closedwon"]


def test_an_invitation_of_our_name_to_somebody_else_is_not_taken_for_ours(store: Any, people: People) -> None:
    wanted = person("another@x.example")
    name = invitation_name(wanted)
    people.invite(name, NEW, ORGANIZATION)
    answer = put(store, wanted)[0]
    assert isinstance(answer, Rejected)
    assert name in answer.message
    assert "another@x.example" not in str(vars(answer))
