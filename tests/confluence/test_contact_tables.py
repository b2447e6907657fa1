"""Contact tables as people and the editor leave them: whose row is whose, and what it tells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.confluence.contacts.draft import Draft, live, looked_up
from integrations.confluence.pages import Page
from integrations.confluence.section import outline
from integrations.core.errors import Rejected
from integrations.core.member import Listed
from tests.confluence.listing import MARKS, asked, change, leaver, person
from tests.confluence.tables import ANNA, BOB, CARLA, EDITED, KEY, ORDERED, after, look, page_of, table_on, written

words = st.text(max_size=60)
people = st.builds(
    lambda name, functions, phone: person("anna", "65600", name=name, functions=tuple(functions), phone=phone),
    words,
    st.lists(words.filter(str.strip), max_size=3),
    words,
)


def test_columns_are_found_by_what_stands_above_them_however_the_editor_wraps_it() -> None:
    found = look(page_of(EDITED, header=ORDERED), ANNA)
    assert found is not None
    assert (found.state.email, found.state.name, found.state.phone) == (ANNA.email, "Anna", ANNA.phone)
    assert found.ours is False


def test_a_column_that_people_took_away_is_neither_missed_nor_written() -> None:
    page = page_of(EDITED, header=ORDERED)
    found = look(page, ANNA)
    assert found is not None
    assert found.state.functions == ANNA.functions
    changed, errors = after(page, ANNA, BOB)
    assert errors == [None, None]
    assert [len(entry.cells) for entry in table_on(changed).entries] == [3, 3]
    assert look(changed, BOB) == live(table_on(changed).entries[1], changed, BOB, looked_up(asked(BOB)))


@pytest.mark.parametrize(
    "cell",
    [
        "<td>anna@customer.example</td>",
        "<td><p>Anna@Customer.Example\u200b</p></td>",
        '<td><p><a href="mailto:anna@customer.example">Mail</a></p></td>',
        '<td><p><a href="mailto:old@customer.example">anna@customer.example</a></p></td>',
        "<td><p>&#97;nna@customer.example&nbsp;</p></td>",
    ],
)
def test_an_address_is_read_as_people_see_it_or_else_from_its_link(cell: str) -> None:
    page = page_of(f"<tr><td>A</td><td />{cell}<td /></tr>")
    assert look(page, ANNA) is not None
    changed, errors = after(page, ANNA)
    assert errors == [None]
    assert look(changed, ANNA).ours  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "cell",
    [
        "<td>anna@customer.example, bob@customer.example</td>",
        "<td>anna@customer.example.evil</td>",
        "<td>x-anna@customer.example</td>",
        "<td><ac:x><ac:parameter ac:name='y'>anna@customer.example</ac:parameter></ac:x></td>",
        "<td>&lt;p&gt;anna@customer.example&lt;/p&gt;</td>",
        "<td><table><tbody><tr><td>boss@customer.example</td><td>anna@customer.example</td></tr></tbody></table></td>",
        "<td />",
    ],
)
def test_what_is_not_exactly_the_address_is_not_the_person(cell: str) -> None:
    assert look(page_of(f"<tr><td>Anna</td><td />{cell}<td /></tr>"), ANNA) is None


def test_an_emoji_that_the_editor_made_an_element_of_is_the_same() -> None:
    wanted = person("anna", "65600", name="Zoë 👩‍💻 🚀")
    editors = (
        '<ac:emoticon ac:emoji-fallback=":woman:" ac:emoji-id="1f469-200d-1f4bb" ac:name="blue-star" />'
        ' <ac:emoticon ac:emoji-fallback="🚀" ac:emoji-id="1f680" />'
    )
    page = page_of(written(wanted).replace("👩‍💻 🚀", editors))
    assert look(page, wanted).state == wanted  # type: ignore[union-attr]


def test_a_row_that_people_moved_is_still_its_persons() -> None:
    page = page_of(written(CARLA), written(ANNA), written(BOB))
    assert [look(page, wanted).state for wanted in (ANNA, BOB, CARLA)] == [ANNA, BOB, CARLA]  # type: ignore[union-attr]
    changed, _ = after(page, leaver("anna", "65600"))
    assert [entry.email for entry in table_on(changed).entries] == [CARLA.email, BOB.email]


def test_a_row_that_lost_our_mark_is_found_by_its_address_but_not_without() -> None:
    page = page_of(written(ANNA).replace(f"closedwon-contact-{MARKS['anna']}", "theirs"))
    assert look(page, ANNA).ours is False  # type: ignore[union-attr]
    assert look(page, leaver("anna", "65600")) is None


def test_of_two_rows_with_the_address_the_marked_one_counts_wherever_it_stands() -> None:
    by_hand = "<tr><td>A.</td><td /><td>anna@customer.example</td><td>1</td></tr>"
    strangers = written(BOB).replace("bob@", "anna@")
    assert look(page_of(strangers, by_hand, written(ANNA)), ANNA).state == ANNA  # type: ignore[union-attr]
    assert look(page_of(strangers, by_hand), ANNA).state.phone == "1"  # type: ignore[union-attr]


def test_a_strange_address_leads_to_itself() -> None:
    wanted = person("anna", "65600", email="a?subject=x&b%41+c@customer.example")
    assert "mailto:a%3Fsubject%3Dx%26b%2541+c@customer.example" in written(wanted)
    without_text = written(wanted).replace(">a?subject=x&amp;b%41+c@customer.example<", ">her mail<")
    assert look(page_of(without_text), wanted).state.email == wanted.email  # type: ignore[union-attr]


def test_a_table_without_a_column_of_addresses_tells_nobody_and_is_left_alone() -> None:
    page = page_of(written(ANNA)).body.replace("<p>E-mail</p>", "<p>Post</p>")
    renamed = Page("65600", "Müller", "current", 7, page, "")
    assert table_on(renamed).has_addresses is False
    draft = Draft(renamed, outline(page).section((KEY,)), KEY, "wiki")
    assert isinstance(draft.make(change(ANNA)), Rejected)
    assert draft.body() == page


@settings(max_examples=60, deadline=None)
@given(people)
def test_whatever_somebody_is_called_is_found_equal_and_becomes_no_markup(wanted: Listed) -> None:
    """What nobody edited is equal to what was wanted, and one row with four cells."""
    changed, errors = after(page_of(written(BOB)), wanted)
    assert errors == [None]
    assert len(outline(changed.body).sections) == 2
    entries = table_on(changed).entries
    assert [len(entry.cells) for entry in entries] == [4, 4]
    found = look(changed, wanted)
    assert found is not None
    assert found.state == wanted
    assert look(changed, BOB).state == BOB  # type: ignore[union-attr]
