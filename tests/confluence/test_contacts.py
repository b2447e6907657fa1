"""Contact tables against the pretend wiki, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from integrations.confluence.section import Section
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.resource import Live, Lookup
from tests.confluence.conftest import Connect
from tests.confluence.listing import (
    HASHES,
    MARKS,
    add_row,
    asked,
    change,
    found,
    leaver,
    person,
    put,
    replace,
    rows,
    section,
)
from tests.confluence.people import Wiki, facts, is_settled, links
from tests.confluence.people import change as section_change
from tests.confluence.people import found as found_section

ROW_BY_HAND = "<tr><td><p>Zoë <em>by hand</em></p></td><td /><td><p>zoe@customer.example</p></td><td><p>1</p></td></tr>"


def test_the_system_offers_the_store_of_its_people(connect: Connect) -> None:
    system = connect()
    assert system.people is system.stores["contact"]


def test_nobody_is_listed_until_written_and_then_is_found_equal(contacts: Any, page: str, wiki: Wiki) -> None:
    wanted = person(place=page)
    assert found(contacts, wanted) is None
    (live,) = put(contacts, wanted)
    again = found(contacts, wanted)
    assert (again.id, again.ours, again.version) == (live.id, True, str(wiki.pages()[page]["version"]))
    assert again.state == wanted


def test_new_rows_come_by_name_behind_those_that_are_there(contacts: Any, page: str, wiki: Wiki) -> None:
    put(contacts, person("bob", page))
    put(contacts, person("carla", page), person("anna", page))
    assert [row.split("<p>")[1].partition("<")[0] for row in rows(wiki, page)] == ["Bob", "Anna", "Carla"]


def test_a_hundred_people_of_a_page_are_read_at_once_and_written_at_once(
    connect: Connect, page: str, wiki: Wiki
) -> None:
    contacts, wants = connect().stores["contact"], [person(f"{number:032x}", page) for number in range(100)]
    wiki.forget_requests()
    assert all(isinstance(live, Live) for live in put(contacts, *wants))
    assert [request["operation"] for request in wiki.requests()] == ["page.list", "page.update"]
    assert len(rows(wiki, page)) == 100


def test_what_stands_around_the_table_stays_byte_for_byte(contacts: Any, full: str, wiki: Wiki) -> None:
    above, below = "<p>Vor 9 nicht anrufen &auml; 😀</p>", "<h3>Their own</h3><p>a<br/>b</p>"
    wiki.edit(full, body=above + wiki.body(full) + below)
    before = wiki.body(full).split(section(wiki, full))
    put(contacts, person("bob", full, phone="+41440000000"), leaver("anna", full))
    after = wiki.body(full).split(section(wiki, full))
    assert before == after


def test_a_row_by_hand_stays_as_it_is_and_where_it_is(contacts: Any, full: str, wiki: Wiki) -> None:
    replace(wiki, full, "<tr><td><p>Bob", ROW_BY_HAND + "<tr><td><p>Bob")
    put(contacts, leaver("anna", full), person("carla", full, phone="2"), person("dora", full))
    there = section(wiki, full)
    assert ROW_BY_HAND in there
    order = [there.index(name) for name in ("Zoë", "Bob", "Carla", "Dora")]
    assert order == sorted(order)


def test_a_phone_that_somebody_typed_over_is_told_and_outlives_an_update_of_another_row(
    contacts: Any, full: str, wiki: Wiki
) -> None:
    bob = rows(wiki, full)[1]
    replace(wiki, full, bob, bob.replace("+41443334455", "+41 79 <strong>000</strong> 00 00"))
    assert found(contacts, person("bob", full)).state.phone == "+41 79 000 00 00"
    put(contacts, person("anna", full, phone="+41441111111"))
    assert found(contacts, person("bob", full)).state.phone == "+41 79 000 00 00"
    assert rows(wiki, full)[1] == bob.replace("+41443334455", "+41 79 <strong>000</strong> 00 00")


def test_an_update_writes_its_named_fields_only(contacts: Any, full: str, wiki: Wiki) -> None:
    replace(wiki, full, "<td><p>Anna</p></td>", "<td><p><strong>Anna</strong></p></td>")
    before = rows(wiki, full)[0]
    put(contacts, person("anna", full, phone="5"))
    assert rows(wiki, full)[0] == before.replace("+41443334455", "5")


def test_prose_that_somebody_wrote_meanwhile_stays(contacts: Any, full: str, wiki: Wiki) -> None:
    wanted = person("anna", full, phone="5")
    planned = change(wanted, found(contacts, wanted))
    wiki.edit(full, body="<p>Meanwhile</p>" + wiki.body(full))
    wiki.forget_requests()
    answer = contacts.put([planned])[wanted.key]
    assert answer.state.phone == "5"
    assert wiki.body(full).startswith("<p>Meanwhile</p>")
    assert [request["operation"] for request in wiki.requests()] == ["page.update", "page.get", "page.update"]


def test_a_row_that_somebody_changed_meanwhile_is_a_conflict_and_the_others_are_written(
    contacts: Any, full: str, wiki: Wiki
) -> None:
    wants = [person("anna", full, phone="5"), leaver("bob", full), person("carla", full, phone="5")]
    there = contacts.find([asked(wanted) for wanted in wants])
    for name in ("Anna", "Bob"):
        replace(wiki, full, f"<p>{name}</p>", f"<p>{name} X.</p>")
    before = rows(wiki, full)
    answers = contacts.put([change(wanted, there[wanted.key]) for wanted in wants])
    assert [type(answers[wanted.key]) for wanted in wants] == [Conflict, Conflict, Live]
    assert rows(wiki, full)[:2] == before[:2]
    assert found(contacts, wants[2]).state.phone == "5"


def test_a_row_that_somebody_typed_meanwhile_is_not_made_a_second_time(contacts: Any, full: str, wiki: Wiki) -> None:
    wanted = person("zoe", full)
    planned = change(wanted, found(contacts, wanted))
    add_row(wiki, full, ROW_BY_HAND)
    before = wiki.body(full)
    assert isinstance(contacts.put([planned])[wanted.key], Conflict)
    assert wiki.body(full) == before


def test_who_left_is_found_by_the_mark_alone_and_goes(contacts: Any, full: str, wiki: Wiki) -> None:
    gone = leaver("bob", full)
    live = found(contacts, gone, id=f"{full}/{MARKS['bob']}")
    assert (live.state.email, live.ours) == ("bob@customer.example", True)
    (answer,) = put(contacts, gone)
    assert answer.state.active is False
    assert "bob" not in wiki.body(full)
    assert found(contacts, gone) is None
    assert len(rows(wiki, full)) == 2


def test_the_table_stays_when_the_last_of_ours_goes(contacts: Any, full: str, wiki: Wiki) -> None:
    put(contacts, *(leaver(name, full) for name in HASHES))
    assert rows(wiki, full) == []
    assert "<th><p>E-mail</p></th>" in section(wiki, full)
    assert isinstance(put(contacts, person("anna", full))[0], Live)
    assert len(rows(wiki, full)) == 1


def test_who_left_and_is_gone_already_costs_no_writing(contacts: Any, full: str, wiki: Wiki) -> None:
    gone = leaver("bob", full)
    planned = change(gone, found(contacts, gone))
    put(contacts, gone)
    before = wiki.body(full)
    assert contacts.put([planned])[gone.key].state.active is False
    assert wiki.body(full) == before


@pytest.mark.parametrize("taken", ["macro", "table"])
def test_a_table_that_somebody_removed_is_made_anew(contacts: Any, full: str, wiki: Wiki, taken: str) -> None:
    there = section(wiki, full)
    table = there[there.index("<table>") : there.index("</table>") + len("</table>")]
    replace(wiki, full, *((there, "<p>gone</p>") if taken == "macro" else (table, "<p>gone</p>")))
    wanted = person("anna", full)
    assert found(contacts, wanted) is None
    assert put(contacts, wanted)[0].state == wanted
    assert wiki.body(full).count("customer:101/contacts") == 1
    assert "<p>gone</p>" in wiki.body(full)


@pytest.mark.parametrize("status", ["archived", "trashed", "gone"])
def test_on_a_page_that_is_not_there_everybody_is_refused_and_nothing_written(
    contacts: Any, full: str, wiki: Wiki, status: str
) -> None:
    wants = [person("anna", full, phone="5"), leaver("bob", full), person("dora", full)]
    there = contacts.find([asked(wanted) for wanted in wants])
    pages = wiki.server.server.world.state.table("wiki", "page")
    if status == "gone":
        del pages[full]
    else:
        pages[full] = {**pages[full], "status": status}
    wiki.forget_requests()
    assert {type(answer) for answer in contacts.find([asked(wanted) for wanted in wants]).values()} == {Rejected}
    answers = contacts.put([change(wanted, there[wanted.key]) for wanted in wants])
    assert {type(answer) for answer in answers.values()} == {Rejected}
    assert not [request for request in wiki.requests() if request["writes"]]


def test_everybody_in_the_table_is_told_whether_ours_or_not(contacts: Any, full: str, wiki: Wiki) -> None:
    add_row(wiki, full, ROW_BY_HAND + "<tr><td /><td /><td /><td /></tr>")
    contacts.find([Lookup(person("anna", full))])
    wiki.forget_requests()
    ids = {(person.email, person.name): person.id for person in contacts.present(full)}
    version = wiki.pages()[full]["version"]
    assert ids == {
        **{(f"{name}@customer.example", name.title()): f"{full}/{mark}" for name, mark in MARKS.items()},
        ("zoe@customer.example", "Zoë by hand"): f"{full}/{version}.4",
    }
    assert wiki.requests() == []


def test_a_chosen_row_that_is_not_free_or_no_longer_there_is_refused(contacts: Any, full: str, wiki: Wiki) -> None:
    add_row(wiki, full, ROW_BY_HAND)
    wanted, version = person("dora", full), wiki.pages()[full]["version"]
    assert found(contacts, wanted, id=f"{full}/{version}.4", chosen=True).state.email == "zoe@customer.example"
    for row in (f"{version}.1", f"{version}.5", f"{version - 1}.4", MARKS["bob"], "4"):
        assert isinstance(found(contacts, wanted, id=f"{full}/{row}", chosen=True), Rejected), row
    gone = leaver("dora", full)
    assert found(contacts, gone, id=f"{full}/{version - 1}.4", chosen=True) is None


def test_a_page_that_was_not_looked_at_is_read_to_tell_who_is_there(connect: Connect, full: str) -> None:
    fresh: Any = connect().people
    assert len(fresh.present(full)) == 3
    with pytest.raises(Rejected):
        fresh.present("99999999")


def test_sections_and_contacts_of_a_page_leave_each_other_alone(
    contacts: Any, store: Any, full: str, wiki: Wiki
) -> None:
    before = section(wiki, full)
    wanted = facts(title="Renamed").model_copy(update={"heading": "New facts"})
    live = store.put([section_change(wanted, found_section(store, wanted, id=full))])[wanted.key]
    assert is_settled(wanted, live)
    assert section(wiki, full) == before
    put(contacts, person("anna", full, phone="5"))
    assert is_settled(wanted, found_section(store, wanted, id=full))
    assert found_section(store, links(page=full), id=full) is None


def test_no_step_for_a_section_can_take_the_contacts_name() -> None:
    with pytest.raises(ValidationError, match="contact sync"):
        Section(key="customer:101/contacts", page="1")


def test_nothing_but_the_mark_is_derived_from_an_address(contacts: Any, full: str, wiki: Wiki) -> None:
    there = section(wiki, full)
    assert "closedwon-digest" not in there
    assert sorted(there.split("closedwon-contact-")[place][:24] for place in (1, 2, 3)) == sorted(MARKS.values())
    ids = [found(contacts, person(name, full)).id for name in HASHES]
    assert ids == [f"{full}/{mark}" for mark in MARKS.values()]


def test_a_refusal_tells_no_address_and_no_name(contacts: Any, full: str, wiki: Wiki) -> None:
    wanted = person("anna", full, phone="5")
    planned = change(wanted, found(contacts, wanted))
    replace(wiki, full, "<p>Anna</p>", "<p>Anna X.</p>")
    answers = [contacts.put([planned])[wanted.key], found(contacts, person("anna", full, "102"))]
    replace(wiki, full, "<th><p>E-mail</p></th>", "<th><p>Post</p></th>")
    answers.append(found(contacts, wanted))
    assert all(isinstance(answer, IntegrationError) for answer in answers)
    assert not [answer for answer in answers if "anna" in (answer.message + answer.next).lower()]
