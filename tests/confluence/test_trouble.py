"""Sections when answers get lost, others write too, or rights are missing."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.core.change import Change
from integrations.core.errors import Ambiguous, AuthError, Conflict, IntegrationError, Rejected, Unavailable
from integrations.core.resource import Live
from tests.confluence.conftest import Connect
from tests.confluence.listing import HASHES, person
from tests.confluence.listing import change as change_of_person
from tests.confluence.listing import found as found_person
from tests.confluence.people import Wiki, change, facts, found, is_settled, links, made, text


def test_without_new_a_page_by_hand_made_meanwhile_is_a_choice(store: Any, wiki: Wiki) -> None:
    by_hand = wiki.make("Müller & Söhne AG")
    answer = store.put([change(facts())])[facts().key]
    assert isinstance(answer, Ambiguous)
    assert wiki.titled("Müller & Söhne AG") == [by_hand]


@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
def test_a_lost_answer_never_makes_a_second_page(store: Any, wiki: Wiki, do: str) -> None:
    wiki.control("faults", {"system": "wiki", "operation": "page.create", "do": do})
    store.put([change(facts())])
    live = found(store, facts()) or made(store, facts())
    assert is_settled(facts(), live)
    assert wiki.titled("Müller & Söhne AG") == [live.id]


def test_a_lost_answer_to_a_change_is_no_conflict(store: Any, wiki: Wiki) -> None:
    page, wanted = made(store, facts()), facts(body=text("anew"))
    wiki.control("faults", {"system": "wiki", "operation": "page.update", "do": "drop_after"})
    assert is_settled(wanted, store.put([change(wanted, page)])[wanted.key])
    assert wiki.pages()[page.id]["version"] == 2


def test_two_runs_at_once_make_one_page(connect: Connect, wiki: Wiki) -> None:
    stores = [connect().stores["section"] for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        lives = list(pool.map(lambda store: made(store, facts()), stores))
    assert wiki.titled("Müller & Söhne AG") == [lives[0].id]
    assert {live.id for live in lives} == {lives[0].id}


def test_sections_written_at_once_all_arrive(connect: Connect, store: Any, wiki: Wiki) -> None:
    """The vendor refuses all but one of several changes to one version; the others are tried on the next."""
    page = made(store, facts())
    wanted = [links(page=page.id).model_copy(update={"key": f"customer:101/part-{number}"}) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda member: connect().stores["section"].put([change(member)])[member.key], wanted))
    assert all(is_settled(member, live) for member, live in zip(wanted, answers, strict=True))
    assert all(member.key in wiki.body(page.id) for member in wanted)


@pytest.mark.parametrize("processes", [1, 2])
def test_sections_and_contacts_of_one_page_are_written_in_turn(connect: Connect, wiki: Wiki, processes: int) -> None:
    """Two that were planned at once are written one after the other; in one process none of them meets a 409."""
    systems = [connect() for _ in range(processes)]
    page = made(systems[0].stores["section"], facts())
    sections = [links(page=page.id).model_copy(update={"key": f"customer:101/part-{number}"}) for number in range(2)]
    people = [person(who, page.id) for who in HASHES]
    first, last = systems[0].stores, systems[-1].stores
    planned: list[tuple[Any, list[Change[Any]]]] = [
        (first["section"], [change(sections[0])]),
        (first["section"], [change(facts(body=text("anew")), page)]),
        (last["section"], [change(sections[1])]),
        (last["contact"], [change_of_person(member, found_person(last["contact"], member)) for member in people]),
    ]
    wiki.forget_requests()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda work: work[0].put(work[1]), planned))
    assert all(isinstance(live, Live) for answer in answers for live in answer.values()), answers
    body = wiki.body(page.id)
    assert all(section.key in body for section in sections)
    assert all(member.email in body for member in people)
    assert "anew" in body
    writing = [request for request in wiki.requests() if request["operation"] == "page.update"]
    assert all(before["ended"] <= after["begun"] for before, after in itertools.pairwise(writing))
    if processes == 1:
        assert [request["status"] for request in writing] == [200] * len(planned)


def test_a_page_that_would_be_too_large_is_refused_before_it_is_sent(store: Any, wiki: Wiki) -> None:
    """What people wrote on it counts as well, and as it goes over the wire: a letter of theirs may be six bytes."""
    page = made(store, facts())
    by_hand = wiki.make("Long", f"<p>{'ü' * 800_000}</p>")
    wiki.forget_requests()
    wanted = [facts(body=text("x" * 5_000_000)), facts("102", "Long ago", body=text("x" * 5_000_000))]
    wanted.append(links(page=by_hand, body=text("x" * 300_000)))
    for member, live in zip(wanted, (page, None, None), strict=True):
        answer = store.put([change(member, live)])[member.key]
        assert isinstance(answer, Rejected)
        assert answer.field == "body"
        assert "Confluence takes 5'000'000" in answer.message
    assert not [request for request in wiki.requests() if request["writes"]]


def test_what_was_changed_since_it_was_read_is_not_overwritten(store: Any, wiki: Wiki) -> None:
    page = made(store, facts())
    wiki.edit(page.id, body=wiki.body(page.id).replace("ERP", "SAP"))
    wanted = facts(body=text("anew"))
    assert isinstance(store.put([change(wanted, page)])[wanted.key], Conflict)
    assert "SAP" in wiki.body(page.id)


def test_words_around_our_section_written_since_are_kept(store: Any, wiki: Wiki) -> None:
    page, wanted = made(store, facts()), facts(body=text("anew"))
    wiki.edit(page.id, body=wiki.body(page.id) + "<p>Notiz</p>")
    assert is_settled(wanted, store.put([change(wanted, page)])[wanted.key])
    assert wiki.body(page.id).endswith("<p>Notiz</p>")


@pytest.mark.parametrize("chosen", ["999999", "no number", "../spaces"])
def test_a_chosen_page_that_is_not_there_is_refused(store: Any, chosen: str) -> None:
    assert isinstance(found(store, facts(), id=chosen, chosen=True), Rejected)


def test_a_chosen_page_of_another_customer_is_refused_and_says_whose(store: Any) -> None:
    page = made(store, facts())
    answer = found(store, facts("102", "Rhône"), id=page.id, chosen=True)
    assert isinstance(answer, Rejected)
    assert "customer:101" in answer.message


def test_a_chosen_page_that_another_customer_took_meanwhile_is_left_to_it(connect: Connect, wiki: Wiki) -> None:
    page, stores = wiki.make("Some page"), [connect().stores["section"] for _ in range(2)]
    wanted = [facts("101", "One"), facts("102", "Other")]
    lives: list[Any] = [
        found(store, member, id=page, chosen=True) for store, member in zip(stores, wanted, strict=True)
    ]
    answers = [
        store.put([change(member, live)])[member.key] for store, member, live in zip(stores, wanted, lives, strict=True)
    ]
    assert is_settled(wanted[0], answers[0])
    assert isinstance(answers[1], Conflict)
    assert "customer:102" not in wiki.body(page)


def test_a_change_is_never_based_on_a_page_older_than_the_plan(connect: Connect, store: Any, wiki: Wiki) -> None:
    """Another run changed the section, and the plan was made upon that; the page kept from before is not used."""
    page, other = made(store, facts()), connect().stores["section"]
    changed: Any = other.put([change(facts(body=text("theirs")), page)])[facts().key]
    wiki.forget_requests()
    assert is_settled(facts(body=text("anew")), store.put([change(facts(body=text("anew")), changed)])[facts().key])
    assert [request["operation"] for request in wiki.requests()] == ["page.get", "page.update"]


def test_a_space_that_may_not_be_viewed_is_unknown_never_absent(store: Any, wiki: Wiki) -> None:
    wiki.control("rights", {"system": "wiki", "missing": ["view:KUNDEN"]})
    assert isinstance(found(store, facts()), AuthError)


@pytest.mark.parametrize(("right", "operation"), [("create:KUNDEN", "create"), ("update", "update")])
def test_a_missing_right_names_account_and_who_grants_it(store: Any, wiki: Wiki, right: str, operation: str) -> None:
    page = made(store, facts())
    wiki.control("rights", {"system": "wiki", "missing": [right]})
    wanted = change(facts("105", "Other")) if operation == "create" else change(facts(body=text("anew")), page)
    answer = store.put([wanted])[wanted.key]
    assert isinstance(answer, AuthError)
    assert "closedwon@acme.example" in answer.message
    assert answer.who == "a Confluence administrator"


def test_one_bad_row_fails_alone(store: Any) -> None:
    """A section that goes into a page that is gone, beside one that makes a page."""
    bad, good = links("108", page="424242"), facts()
    answers = store.put([change(bad), change(good)])
    assert isinstance(answers[bad.key], Rejected)
    assert is_settled(good, answers[good.key])


def test_a_wiki_that_is_down_makes_unknown_and_nothing_is_written(connect: Connect, wiki: Wiki) -> None:
    wiki.control("faults", {"system": "wiki", "do": "status", "status": 503, "times": 100})
    answer = found(connect(patience=0).stores["section"], facts())
    assert isinstance(answer, Unavailable)
    assert len(wiki.pages()) == 3


def test_a_wrong_token_is_named_but_never_shown(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIKI_TOKEN", "very-secret")
    answer = found(connect().stores["section"], facts())
    assert isinstance(answer, AuthError)
    shown = f"{answer!r} {answer} {answer.next} {vars(answer)}"
    assert "very-secret" not in shown


def test_an_archived_page_is_not_written_to(store: Any, wiki: Wiki) -> None:
    page = made(store, facts())
    table = wiki.server.server.world.state.table("wiki", "page")
    table[page.id] = {**table[page.id], "status": "archived"}
    live = found(store, facts(), id=page.id)
    assert not live.state.active
    answer = store.put([change(facts(body=text("anew")), live)])[facts().key]
    assert isinstance(answer, IntegrationError)
    assert "ERP" in wiki.body(page.id)
