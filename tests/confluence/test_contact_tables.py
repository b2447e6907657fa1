"""Contact tables as people and the editor leave them: read, and written to without harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.confluence.contacts.draft import Draft
from integrations.confluence.contacts.matching import live, looked_up, row_of
from integrations.confluence.contacts.rendering import heading, row, table, texts
from integrations.confluence.contacts.table import HEADINGS, Table, table_of
from integrations.confluence.macro import macro, outline
from integrations.confluence.markup import parse
from integrations.confluence.pages import Page
from integrations.core.errors import Conflict, IntegrationError, Rejected
from integrations.core.member import Listed
from integrations.core.resource import Live, Lookup
from tests.confluence.listing import HASHES, change, leaver, person

KEY = "customer:101/contacts"


def page_of(*rows: str, header: str = "", version: int = 7, around: str = "{}") -> Page:
    """A page with such a table on it."""
    there = table(rows) if not header else f"<table><tbody>{header}{''.join(rows)}</tbody></table>"
    body = macro("customer:101/page", "1", "<p>F</p>") + around.format(macro(KEY, None, heading() + there))
    return Page("65600", "Müller", "current", version, body, "https://wiki.example/65600")


def written(wanted: Listed) -> str:
    """A row as we write it."""
    return row(tuple(HEADINGS), texts(wanted), wanted.key.rpartition("/")[2])


def table_on(page: Page) -> Table:
    found = table_of(page.body, outline(page.body).section((KEY,)))  # type: ignore[arg-type]
    assert found is not None
    return found


def look(page: Page, wanted: Listed, **lookup: Any) -> Live[Listed] | None:
    """What `find` would answer."""
    entry = row_of(table_on(page), page, looked_up(Lookup(wanted, **lookup)), "wiki")
    return live(entry, page, wanted) if entry is not None else None


def after(page: Page, *wants: Listed, **lookup: Any) -> tuple[Page, list[IntegrationError | None]]:
    """The page as it would be written, and what can't be."""
    draft = Draft(page, outline(page.body).section((KEY,)), KEY, "wiki")
    errors = [draft.make(change(wanted, look(page, wanted, **lookup))) for wanted in wants]
    body = draft.body()
    parse(body.encode(), type("Nobody", (), {n: lambda *_: None for n in ("opened", "closed", "said")})())
    return Page(page.id, page.title, page.status, page.version + 1, body, page.url), errors


ANNA, BOB, CARLA = (person(name, "65600") for name in HASHES)
EDITED = """<tr local-id="1"><td class="numberingColumn">1</td><td data-colwidth="9"><p local-id="2"><a
 href="mailto:Anna%40Customer.example?subject=x">write to her</a></p></td><td><p><ac:inline-comment-marker
 ac:ref="8">An<em>na</em></ac:inline-comment-marker></p><p> </p></td><td><p>+41443334455<br/></p></td></tr>"""
ORDERED = "<tr><th>#</th><th><p><strong>e-mail:</strong></p></th><th>NAME</th><th>Phone</th></tr>"


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
    assert look(changed, BOB) == live(table_on(changed).entries[1], changed, BOB)


def test_taking_a_row_over_adds_our_mark_and_nothing_else() -> None:
    page = page_of(EDITED, header=ORDERED)
    changed, _ = after(page, ANNA)
    found = look(changed, ANNA)
    assert found is not None
    assert found.ours
    anchor = (
        '<ac:structured-macro ac:name="anchor" ac:schema-version="1"><ac:parameter ac:name="">closedwon-contact-'
        + HASHES["anna"]
        + "</ac:parameter></ac:structured-macro>"
    )
    assert changed.body.replace(anchor, "") == page.body
    assert anchor in changed.body


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
    page = page_of(written(ANNA).replace(f"closedwon-contact-{HASHES['anna']}", "theirs"))
    assert look(page, ANNA).ours is False  # type: ignore[union-attr]
    assert look(page, leaver("anna", "65600")) is None


def test_a_row_into_which_somebody_typed_another_address_is_no_longer_the_persons() -> None:
    """It stays, without our mark; the person gets a row of their own."""
    page = page_of(written(ANNA).replace("anna@", "successor@"))
    assert look(page, ANNA) is None
    changed, errors = after(page, ANNA)
    assert errors == [None]
    assert [(entry.email, entry.persons) for entry in table_on(changed).entries] == [
        ("successor@customer.example", frozenset()),
        (ANNA.email, {HASHES["anna"]}),
    ]


def test_a_row_that_became_another_persons_gets_that_persons_mark() -> None:
    page = page_of(written(ANNA).replace("anna@", "bob@"))
    found = look(page, BOB)
    assert found is not None
    assert found.ours is False
    changed, _ = after(page, BOB, ANNA)
    assert [entry.persons for entry in table_on(changed).entries] == [{HASHES["bob"]}, {HASHES["anna"]}]
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


def test_merged_cells_are_read_and_not_written_to_and_the_others_are() -> None:
    merged = written(ANNA).replace("<td><p>+41", '<td rowspan="2"><p>+41')
    short = written(BOB).replace("<td><p>+41443334455</p></td>", "")
    page = page_of(merged, short, written(CARLA))
    assert [look(page, wanted).state.phone for wanted in (ANNA, BOB)] == [ANNA.phone] * 2  # type: ignore[union-attr]
    wants = [wanted.model_copy(update={"name": "New"}) for wanted in (ANNA, BOB, CARLA)]
    changed, errors = after(page, *wants, leaver("anna", "65600"))
    assert [type(error) for error in errors] == [Rejected, Rejected, type(None), Rejected]
    assert changed.body == page.body.replace("<p>Carla</p>", "<p>New</p>")


def test_a_table_without_a_column_of_addresses_tells_nobody_and_is_left_alone() -> None:
    page = page_of(written(ANNA)).body.replace("<p>E-mail</p>", "<p>Post</p>")
    renamed = Page("65600", "Müller", "current", 7, page, "")
    assert table_on(renamed).has_addresses is False
    draft = Draft(renamed, outline(page).section((KEY,)), KEY, "wiki")
    assert isinstance(draft.make(change(ANNA)), Rejected)
    assert draft.body() == page


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


words = st.text(max_size=60)
people = st.builds(
    lambda name, functions, phone: person("anna", "65600", name=name, functions=tuple(functions), phone=phone),
    words,
    st.lists(words.filter(str.strip), max_size=3),
    words,
)


@settings(max_examples=100, deadline=None)
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


@settings(max_examples=60, deadline=None)
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
