"""Members of organizations against the pretend control panel: finding, adding, inviting."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.core.errors import Ambiguous, AuthError, IntegrationError, Rejected
from integrations.core.member import Member, Present, mark_of
from integrations.core.resource import Live, Lookup
from tests.appuio.conftest import Connect
from tests.appuio.membership import CHLOE, NEW, ORGANIZATION, OTHER, People, change, found, person, put
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


def test_who_has_an_account_under_this_very_address_is_added_and_not_invited(store: Any, people: People) -> None:
    people.user("joerg", "Joerg.Weiss@Rhone-Logistique.example")
    wanted = person("joerg.weiss@rhone-logistique.example")
    assert found(store, wanted) is None
    (live,) = put(store, wanted)
    assert (live.id, live.state.status, live.state.name) == ("joerg", "", "Joerg")
    assert people.members() == ["closedwon", "joerg"]
    assert people.invitations() == []
    assert found(store, wanted) == live


@pytest.mark.parametrize("alike", ["chloe.favre@rhone-logistique.exampl", "chloe+x.favre@rhone-logistique.example"])
def test_an_account_of_a_like_address_is_somebody_else(store: Any, people: People, alike: str) -> None:
    put(store, person(alike))
    assert people.members() == ["closedwon"]
    assert [invitation["spec"]["email"] for invitation in people.invitations()] == [alike]


def test_who_never_logged_in_is_invited_to_this_organization_alone(store: Any, people: People) -> None:
    wanted = person(NEW, name="Nëw Hire")
    (live,) = put(store, wanted)
    (invitation,) = people.invitations()
    assert (live.id, live.state.status) == (f"invitation/{invitation['metadata']['name']}", "invited")
    assert invitation["spec"]["note"] == "Nëw Hire"
    assert [target["namespace"] for target in invitation["spec"]["targetRefs"]] == [ORGANIZATION]
    assert found(store, wanted) == live


def test_an_invitation_tells_the_address_nowhere_but_where_the_mail_goes(store: Any, people: People) -> None:
    put(store, person(NEW))
    (invitation,) = people.invitations()
    mark = mark_of("customer:102", NEW)
    assert invitation["metadata"]["annotations"] == {"closedwon.io/key": f"customer:102/contact/{mark}"}
    other = People(people.panel)
    other.organization("elsewhere")
    put(store, person(NEW, 1, "elsewhere"), person("x" + NEW, 2, "elsewhere"))
    names = {invitation["metadata"]["name"] for invitation in people.invitations()}
    assert len(names) == 3
    assert not any("hire" in name for name in names)


def test_inviting_twice_makes_one_and_the_second_is_told_of_it(connect: Connect, people: People) -> None:
    first, second = (connect().stores["member"] for _ in range(2))
    first.find([Lookup(person(NEW))])
    second.find([Lookup(person(NEW))])
    assert put(first, person(NEW)) == put(second, person(NEW))
    assert len(people.invitations()) == 1


@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
@pytest.mark.parametrize("email", [CHLOE, NEW])
def test_a_lost_answer_makes_no_second_membership(store: Any, people: People, do: str, email: str) -> None:
    people.panel.control("faults", {"system": "panel", "writes": True, "do": do})
    (live,) = put(store, person(email))
    assert found(store, person(email)) == live
    assert len(people.invitations()) + len(people.members()) == 2


def test_whoever_redeems_becomes_the_member_whom_we_invited(connect: Connect, store: Any, people: People) -> None:
    """Under whatever address their account runs: the invitation tells, and then the ledger."""
    people.user("hire", "private@elsewhere.example")
    (live,) = put(store, person(NEW))
    people.redeem(live.id.partition("/")[2], "hire")
    for lookup in ({"id": live.id}, {"id": "hire"}, {}):
        answer = found(connect().stores["member"], person(NEW), **lookup)
        assert (answer.id, answer.state.status) == ("hire", ""), lookup
    assert people.members() == ["closedwon", "hire"]


def test_a_redeemed_invitation_of_whom_the_panel_has_not_let_in_yet_is_still_one(store: Any, people: People) -> None:
    (live,) = put(store, person(NEW))
    people.redeem(live.id.partition("/")[2], "hire", arrived=False)
    assert found(store, person(NEW)) == live
    assert put(store, person(NEW))[0].id in ("hire", live.id)


def test_who_came_under_another_address_and_was_taken_out_is_for_a_person(store: Any, people: People) -> None:
    """An account with another address may be a stranger's, to whom the invitation was handed on."""
    people.user("stranger", "stranger@elsewhere.example")
    (live,) = put(store, person(NEW))
    people.redeem(live.id.partition("/")[2], "stranger")
    people.set_members("closedwon")
    answer = found(store, person(NEW))
    assert isinstance(answer, Ambiguous)
    assert [candidate.id for candidate in answer.candidates] == ["stranger"]
    assert found(store, person(NEW), new=True) is None
    assert found(store, person(NEW), id="stranger", chosen=True) is None
    (added,) = put(store, person(NEW, account="stranger"))
    assert (added.id, people.members()) == ("stranger", ["closedwon", "stranger"])


def test_an_invitation_that_somebody_made_by_hand_is_not_sent_again(store: Any, people: People) -> None:
    people.invite("by-hand", NEW.upper(), ORGANIZATION)
    people.invite("for-others", CHLOE, OTHER)
    live = found(store, person(NEW))
    assert live.id == "invitation/by-hand"
    assert found(store, person(CHLOE)) is None
    assert put(store, person(NEW)) == [live]
    assert len(people.invitations()) == 2


def test_two_accounts_of_one_address_are_a_choice_and_the_chosen_one_is_added(store: Any, people: People) -> None:
    people.user("chloe2", CHLOE)
    answers = [found(store, person()), *put(store, person())]
    assert all(isinstance(answer, Ambiguous) for answer in answers)
    assert [candidate.id for candidate in answers[0].candidates] == ["chloe", "chloe2"]
    assert people.writes() == []
    (live,) = put(store, person(account="chloe2"))
    assert live.id == "chloe2"
    assert found(store, person()) == live


def test_an_id_that_is_nobodys_is_refused_with_the_field_named(store: Any, people: People) -> None:
    answers = [found(store, person(), id="nobody", chosen=True), *put(store, person(account="nobody"))]
    assert {(type(answer), answer.field) for answer in answers} == {(Rejected, "account")}
    assert people.writes() == []


def test_a_chosen_invitation_is_the_person_as_long_as_it_is_open_or_let_them_in(store: Any, people: People) -> None:
    people.invite("chosen", "alias@x.example", ORGANIZATION)
    chosen = {"id": "invitation/chosen", "chosen": True}
    assert found(store, person(NEW), **chosen).state.status == "invited"
    people.redeem("chosen", "hire")
    assert found(store, person(NEW), **chosen).id == "hire"
    people.set_members("closedwon")
    assert isinstance(found(store, person(NEW), **chosen), Rejected)


@pytest.mark.parametrize("mark", ["customer:103", "deal:102", "customer:10", ""])
def test_nobody_is_let_into_an_organization_that_is_not_marked_as_their_customers(
    connect: Connect, people: People, mark: str
) -> None:
    """Neither by who looks nor by who comes to write after the mark has changed."""
    people.organization("somebodys", mark)
    for email in (CHLOE, NEW):
        wanted = person(email, place="somebodys", former=("deal:43/contact/00000001",))
        answers = [found(connect().stores["member"], wanted), *put(connect().stores["member"], wanted)]
        assert [type(answer) for answer in answers] == [Rejected, Rejected]
        assert all("somebodys" in answer.message and answer.next for answer in answers)
    assert people.members("somebodys") == ["closedwon"]
    assert people.invitations() == []


def test_any_key_of_the_customer_opens_its_organization(store: Any, people: People) -> None:
    people.organization("theirs", "deal:43")
    wanted = person(place="theirs", former=("deal:42/contact/00000001", "deal:43/contact/00000001"))
    (live,) = put(store, wanted)
    assert live.id == "chloe"


@pytest.mark.parametrize("place", ["nowhere", "../users", "a/b", "", "lac noir"])
def test_an_organization_that_is_not_there_lets_nobody_in(store: Any, people: People, place: str) -> None:
    answers = [found(store, person(place=place)), *put(store, person(place=place))]
    assert {type(answer) for answer in answers} == {Rejected}
    assert people.writes() == []


def test_what_the_ledger_knows_needs_no_list_of_users(store: Any, people: People) -> None:
    people.set_members("closedwon", "chloe", "beat")
    people.panel.forget_requests()
    wanted = [person(CHLOE, 1), person("beat@x.example", 2)]
    answers = store.find([Lookup(wanted[0], id="chloe"), Lookup(wanted[1], id="beat")])
    assert [answers[member.key].id for member in wanted] == ["chloe", "beat"]
    assert people.operations() == ["organization.get", "organizationmembers.get"]


def test_many_organizations_are_two_lists_however_many(store: Any, people: People) -> None:
    names = [f"place-{number}" for number in range(9)]
    for name in names:
        people.organization(name)
        people.set_members("chloe", place=name)
    people.panel.forget_requests()
    wanted = [person(CHLOE, number, name) for number, name in enumerate(names)]
    answers = store.find([Lookup(member, id="chloe") for member in wanted])
    assert {answers[member.key].id for member in wanted} == {"chloe"}
    assert sorted(people.operations()) == ["organization.list", "organizationmembers.list"]


def test_who_may_see_members_only_by_organization_reads_them_so(store: Any, people: People) -> None:
    people.panel.control("rights", {"system": "panel", "missing": ["list:organizationmembers"]})
    wanted = [person(CHLOE, number, place) for number, place in enumerate(["a", "b", "c", "d", "e", ORGANIZATION])]
    answers = store.find([Lookup(member) for member in wanted])
    assert [type(answers[member.key]) for member in wanted] == [Rejected] * 5 + [type(None)]


def test_every_user_and_every_invitation_is_read_where_a_part_holds_two(store: Any, people: People) -> None:
    """Invitations are cut off at a limit without a word there, so they must come whole."""
    invited = [person(f"new.{number}@x.example", number) for number in range(5)]
    known = [person(f"user.{number}@x.example", 10 + number) for number in range(5)]
    for number in range(5):
        people.user(f"zoe{number}", f"user.{number}@x.example")
    people.panel.control("traps", {"page_size": 2})
    lives = put(store, *invited, *known)
    answers = store.find([Lookup(member) for member in (*invited, *known)])
    assert [answers[member.key] for member in (*invited, *known)] == lives
    assert len(people.invitations()) == 5
    assert people.members() == ["closedwon", *(f"zoe{number}" for number in range(5))]


@pytest.mark.parametrize("right", ["list:users", "list:invitations", "get:organizationmembers", "get:organizations"])
def test_what_may_not_be_read_is_unknown_and_names_nobody(store: Any, people: People, right: str) -> None:
    people.panel.control("rights", {"system": "panel", "missing": [right]})
    for answer in (found(store, person()), *put(store, person())):
        assert isinstance(answer, AuthError)
        assert answer.who
        assert CHLOE not in str(vars(answer))
    assert people.writes() == []


def test_one_who_is_known_is_kept_where_the_others_cannot_be_told(store: Any, people: People) -> None:
    people.set_members("chloe")
    people.panel.control("rights", {"system": "panel", "missing": ["list:users"]})
    answers = store.find([Lookup(person(), id="chloe"), Lookup(person(NEW, 2))])
    assert [type(answers[member.key]) for member in (person(), person(NEW, 2))] == [Live, AuthError]


def test_everybody_present_is_told_and_which_of_them_we_are(store: Any, people: People) -> None:
    people.set_members("closedwon", "chloe", "owner")
    put(store, person(NEW, name="New Hire"))
    people.invite("done", "done@x.example", ORGANIZATION)
    people.redeem("done", "done")
    store.find([Lookup(person())])
    (invitation,) = [
        invitation["metadata"]["name"] for invitation in people.invitations() if invitation["spec"]["email"] == NEW
    ]
    assert list(store.present(ORGANIZATION)) == [
        Present("chloe", CHLOE, "Chloé Favre"),
        Present("closedwon", "closedwon@acme.example", "closedwon", own=True),
        Present("done", "done@x.example", "Done"),
        Present("owner"),
        Present(f"invitation/{invitation}", NEW, "New Hire"),
    ]


def test_who_is_present_is_read_where_nobody_looked_before(store: Any, people: People) -> None:
    people.set_members("chloe")
    assert [person.email for person in store.present(ORGANIZATION)] == [CHLOE]
    with pytest.raises(IntegrationError):
        store.present("nowhere")


def test_of_a_membership_nothing_can_be_changed(store: Any, people: People) -> None:
    (live,) = put(store, person())
    people.panel.forget_requests()
    answers = store.put([change(person(), live, "update")])
    assert isinstance(answers[person().key], IntegrationError)
    assert people.writes() == []


def test_nobody_is_invited_without_an_address(store: Any, people: People) -> None:
    wanted = Member(key="customer:102/contact/00000001", place=ORGANIZATION)
    assert found(store, wanted) is None
    (answer,) = put(store, wanted)
    assert (type(answer), answer.field) == (Rejected, "email")
    assert people.writes() == []
