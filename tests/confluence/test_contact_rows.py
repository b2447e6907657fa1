"""Changes of contact rows that people and the editor have had their hands in: made without harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.confluence.contacts.draft import Draft
from integrations.confluence.pages import Page
from integrations.confluence.section import outline
from integrations.core.errors import Conflict, Rejected
from tests.confluence.listing import HASHES, MARKS, change, leaver, person
from tests.confluence.tables import ANNA, BOB, CARLA, EDITED, KEY, ORDERED, after, look, page_of, table_on, written


def test_taking_a_row_over_adds_our_mark_and_nothing_else() -> None:
    page = page_of(EDITED, header=ORDERED)
    changed, _ = after(page, ANNA)
    found = look(changed, ANNA)
    assert found is not None
    assert found.ours
    anchor = (
        '<ac:structured-macro ac:name="anchor" ac:schema-version="1"><ac:parameter ac:name="">closedwon-contact-'
        + MARKS["anna"]
        + "</ac:parameter></ac:structured-macro>"
    )
    assert changed.body.replace(anchor, "") == page.body
    assert anchor in changed.body


def test_a_row_into_which_somebody_typed_another_address_is_no_longer_the_persons() -> None:
    """It stays, without our mark; the person gets a row of their own."""
    page = page_of(written(ANNA).replace("anna@", "successor@"))
    assert look(page, ANNA) is None
    changed, errors = after(page, ANNA)
    assert errors == [None]
    assert [(entry.email, entry.persons) for entry in table_on(changed).entries] == [
        ("successor@customer.example", frozenset()),
        (ANNA.email, {MARKS["anna"]}),
    ]


def test_a_row_that_became_another_persons_gets_that_persons_mark() -> None:
    page = page_of(written(ANNA).replace("anna@", "bob@"))
    found = look(page, BOB)
    assert found is not None
    assert found.ours is False
    changed, _ = after(page, BOB, ANNA)
    assert [entry.persons for entry in table_on(changed).entries] == [{MARKS["bob"]}, {MARKS["anna"]}]
    assert look(changed, leaver("anna", "65600")).state.email == ANNA.email  # type: ignore[union-attr]


def test_an_address_that_somebody_took_out_of_our_row_is_put_back_into_it() -> None:
    page = page_of(written(ANNA).replace('<a href="mailto:anna@customer.example">anna@customer.example</a>', ""))
    assert look(page, ANNA) is None
    changed, _ = after(page, ANNA)
    assert len(table_on(changed).entries) == 1
    assert look(changed, ANNA).state == ANNA  # type: ignore[union-attr]


def test_of_two_rows_with_one_mark_and_different_addresses_none_goes_until_somebody_says_which() -> None:
    page = page_of(written(ANNA), written(ANNA).replace("anna@", "copy@"))
    with pytest.raises(Rejected):
        look(page, leaver("anna", "65600"))
    assert look(page, ANNA).state == ANNA  # type: ignore[union-attr]
    changed, _ = after(page, leaver("anna", "65600", email=ANNA.email))
    assert [(entry.email, entry.persons) for entry in table_on(changed).entries] == [
        ("copy@customer.example", frozenset())
    ]


def test_who_is_to_be_forgotten_goes_with_all_copies_and_rows_by_hand() -> None:
    by_hand = "<tr><td>A.</td><td /><td>ANNA@customer.example</td><td /></tr>"
    page = page_of(written(ANNA), by_hand, written(BOB), written(ANNA))
    changed, errors = after(page, leaver("anna", "65600", email=ANNA.email))
    assert errors == [None]
    assert "anna" not in changed.body.lower()
    assert [entry.email for entry in table_on(changed).entries] == [BOB.email]


def test_a_chosen_row_is_taken_over_while_the_page_is_as_it_was_and_stays_found() -> None:
    by_hand = "<tr><td>Frau A.</td><td /><td>a.mueller@customer.example</td><td /></tr>"
    page = page_of(written(BOB), by_hand)
    chosen = {"id": "65600/7.2", "chosen": True}
    assert look(page, ANNA, **chosen).state.name == "Frau A."  # type: ignore[union-attr]
    changed, _ = after(page, ANNA, **chosen)
    found = look(changed, ANNA, **chosen)
    assert found is not None
    assert (found.ours, found.state.email) == (True, "a.mueller@customer.example")
    later = Page(page.id, page.title, "current", 8, page.body, page.url)
    assert look(later, ANNA, **chosen) is None
    assert look(page, ANNA, id="65600/7.1", chosen=True) is None, "Bob's row is not free"


def test_a_chosen_row_without_an_address_gets_it() -> None:
    page = page_of("<tr><td>Frau A.</td><td /><td /><td /></tr>")
    changed, errors = after(page, ANNA, id="65600/7.1", chosen=True)
    assert errors == [None]
    found = look(changed, ANNA)
    assert found is not None
    assert (found.ours, found.state.email, found.state.phone) == (True, ANNA.email, ANNA.phone)


def test_who_left_goes_with_every_copy_of_the_row() -> None:
    changed, errors = after(page_of(written(ANNA), written(BOB), written(ANNA)), leaver("anna", "65600"))
    assert errors == [None]
    assert [entry.email for entry in table_on(changed).entries] == [BOB.email]


def test_a_change_that_is_there_already_is_no_conflict_and_writes_nothing() -> None:
    """The answer to our own writing was lost."""
    wanted = ANNA.model_copy(update={"phone": "5"})
    planned, page = change(wanted, look(page_of(written(ANNA)), wanted)), page_of(written(wanted))
    draft = Draft(page, outline(page.body).section((KEY,)), KEY, "wiki")
    assert draft.make(planned) is None
    assert draft.body() == page.body


def test_merged_cells_are_read_and_not_written_to_and_the_others_are() -> None:
    merged = written(ANNA).replace("<td><p>+41", '<td rowspan="2"><p>+41')
    short = written(BOB).replace("<td><p>+41443334455</p></td>", "")
    page = page_of(merged, short, written(CARLA))
    assert [look(page, wanted).state.phone for wanted in (ANNA, BOB)] == [ANNA.phone] * 2  # type: ignore[union-attr]
    wants = [wanted.model_copy(update={"name": "New"}) for wanted in (ANNA, BOB, CARLA)]
    changed, errors = after(page, *wants, leaver("anna", "65600"))
    assert [type(error) for error in errors] == [Rejected, Rejected, type(None), Rejected]
    assert changed.body == page.body.replace("<p>Carla</p>", "<p>New</p>")


def test_two_changes_of_one_row_are_one_and_a_conflict() -> None:
    page = page_of(written(ANNA))
    found = look(page, ANNA)
    draft = Draft(page, outline(page.body).section((KEY,)), KEY, "wiki")
    wants = [ANNA.model_copy(update={"phone": phone}) for phone in ("1", "2")]
    assert [type(draft.make(change(wanted, found))) for wanted in wants] == [type(None), Conflict]
    assert "<p>1</p>" in draft.body()


def test_an_empty_cell_that_closes_itself_can_be_filled() -> None:
    page = page_of(written(ANNA).replace("<td><p>+41443334455</p></td>", '<td class="x" />'))
    changed, errors = after(page, ANNA)
    assert errors == [None]
    assert '<td class="x"><p>+41443334455</p></td>' in changed.body


def test_another_table_and_text_beside_ours_stay() -> None:
    page = page_of(written(ANNA))
    mixed = page.body.replace("<table>", "<p>x</p><table><tbody><tr><td>1</td></tr></tbody></table><table>", 1)
    changed, _ = after(Page("65600", "M", "current", 7, mixed, ""), leaver("anna", "65600"))
    assert changed.body == mixed.replace(written(ANNA), "")


@settings(max_examples=40, deadline=None)
@given(
    st.permutations(["anna", "bob", "carla", "hand"]),
    st.dictionaries(st.sampled_from(["anna", "bob", "carla"]), st.sampled_from(["leaves", "calls"])),
    st.text("ä😀<&>'\"x", min_size=1, max_size=8),
)
def test_changes_of_some_rows_leave_the_others_byte_for_byte(
    order: list[str], fates: dict[str, str], phone: str
) -> None:
    by_hand = "<tr><td>Hand &auml;</td><td /><td>hand@customer.example</td><td><p>1</p></td></tr>"
    rows = {"hand": by_hand, **{name: written(person(name, "65600")) for name in HASHES}}
    page = page_of(*(rows[name] for name in order), around="<p>Grüezi 😀</p>{}<p>&uuml;</p>")
    wants = {
        name: leaver(name, "65600") if fate == "leaves" else person(name, "65600", phone=phone)
        for name, fate in fates.items()
    }
    changed, errors = after(page, *wants.values())
    assert errors == [None] * len(wants)
    expected = page.body
    for name, wanted in wants.items():
        expected = expected.replace(rows[name], written(wanted) if wanted.active else "")
    assert changed.body == expected
