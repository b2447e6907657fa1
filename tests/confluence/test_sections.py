"""Sections against the pretend wiki, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.core.errors import Ambiguous, Conflict
from integrations.core.resource import Live, Lookup, Taken
from tests.confluence.conftest import Connect
from tests.confluence.people import BY_HAND, Wiki, change, facts, found, is_settled, links, made, text
from tests.data import same


def test_what_nobody_made_is_absent_and_what_was_put_is_found_equal(store: Any, wiki: Wiki) -> None:
    """Law 2, with the page as the vendor has normalised it."""
    assert found(store, facts()) is None
    live = made(store, facts())
    assert is_settled(facts(), live)
    assert wiki.titled("Müller & Söhne AG") == [live.id]
    again = found(store, facts(), id=live.id)
    assert is_settled(facts(), again)
    assert again.url.endswith(f"/pages/{live.id}")


def test_finding_sends_no_writing_request(store: Any, wiki: Wiki) -> None:
    store.find([Lookup(facts()), Lookup(links()), Lookup(facts("110", "Fondation Lac Noir"))])
    assert not [request for request in wiki.requests() if request["writes"]]


def test_a_lost_ledger_finds_both_sections_by_the_title(connect: Connect, store: Any) -> None:
    page = made(store, facts())
    made(store, links(page=page.id))
    answers = connect().stores["section"].find([Lookup(facts()), Lookup(links())])
    assert is_settled(facts(), answers[facts().key])
    assert is_settled(links(), answers[links().key])


def test_a_renamed_page_is_found_below_the_parent(connect: Connect, store: Any, wiki: Wiki) -> None:
    page = made(store, facts())
    wiki.edit(page.id, title="Müller (ehem. Söhne)")
    assert found(connect().stores["section"], facts()).id == page.id


def test_an_alias_finds_what_bears_the_older_key(store: Any) -> None:
    """A customer without an ERP record is known by its deal first."""
    older = facts().model_copy(update={"key": "deal:43/page"})
    page = made(store, older)
    wanted = facts().model_copy(update={"former": ("deal:43/page",), "body": text("new")})
    live = found(store, wanted)
    assert (live.id, live.ours, live.state.key) == (page.id, True, wanted.key)
    assert is_settled(wanted, store.put([change(wanted, live)])[wanted.key])
    assert is_settled(wanted, found(store, wanted.model_copy(update={"former": ("deal:43/page",)})))


def test_an_heirs_own_page_counts_before_the_one_of_a_gone_customer_that_was_seen_last(store: Any) -> None:
    """Another machine has made the heir's own since: it bears the heir's key, and is looked for everywhere."""
    gone = facts().model_copy(update={"key": "customer:7/page"})
    heirs = facts().model_copy(update={"key": "customer:9/page", "page_title": "Heir AG"})
    old, own = made(store, gone), made(store, heirs)
    wanted = heirs.model_copy(update={"former": ("customer:7/page",)})
    answer = store.find([Lookup(wanted, id=old.id)])[wanted.key]
    assert (answer.id, answer.is_former) == (own.id, False)


def test_sections_of_one_page_never_touch_each_other_nor_what_people_wrote(store: Any, wiki: Wiki) -> None:
    page = made(store, facts())
    made(store, links(page=page.id))
    by_hand = wiki.body(page.id).replace(
        "</ac:structured-macro><ac:", "</ac:structured-macro><p>&Uuml;ber uns 😀</p><ac:"
    )
    wiki.edit(page.id, body="<h1>Oben</h1>" + by_hand + "<p>unten<br/></p>")
    before = wiki.body(page.id)
    wanted = facts(body=text("anew"))
    live = store.put([change(wanted, found(store, wanted, id=page.id))])[wanted.key]
    assert is_settled(wanted, live)
    begin, end = before.index("<ac:structured-macro"), before.index("</ac:structured-macro>")
    after = wiki.body(page.id)
    assert after.startswith(before[:begin])
    assert after.endswith(before[end:])
    assert "ERP" not in after
    assert is_settled(links(), found(store, links(page=page.id)))


def test_a_page_by_hand_of_that_title_is_a_choice(store: Any) -> None:
    answer = found(store, facts("110", "Fondation Lac Noir"))
    assert isinstance(answer, Ambiguous)
    assert [(candidate.id, candidate.title) for candidate in answer.candidates] == [(BY_HAND, "Fondation Lac Noir")]


def test_a_page_whose_title_reads_the_same_is_never_made_again(store: Any, wiki: Wiki) -> None:
    """However somebody spelled it; `new` makes it all the same, and what was chosen is not asked again."""
    page = wiki.make("ALPINA TREUHAND G.m.b.H.")
    spellings = [
        *same("names", "blanks in front, behind, doubled, and of other kinds"),
        *same("names", "what nobody sees"),
        *same("legal_forms", "Switzerland, German"),
    ]
    wants = [facts(str(number), name) for number, name in enumerate(spellings, 700)]
    answers = store.find([Lookup(want) for want in wants])
    assert len(wants) > 20
    assert [want.page_title for want in wants if not isinstance(answers[want.key], Ambiguous)] == []
    assert {candidate.id for answer in answers.values() for candidate in answer.candidates} == {page}
    assert found(store, wants[0], new=True) is None
    assert found(store, wants[0], id=page, chosen=True).id == page
    assert found(store, facts("900", "Alpina Treuhand Chur AG")) is None


def test_a_chosen_page_keeps_every_byte_below_our_section(store: Any, wiki: Wiki) -> None:
    wanted, before = facts("110", "Fondation Lac Noir"), wiki.body(BY_HAND)
    live = found(store, wanted, id=BY_HAND, chosen=True)
    assert (live.id, live.ours) == (BY_HAND, False)
    adopted = store.put([change(wanted, live)])[wanted.key]
    assert is_settled(wanted, adopted)
    assert wiki.body(BY_HAND).startswith("<ac:structured-macro")
    assert wiki.body(BY_HAND).endswith("</ac:structured-macro>" + before)


def test_new_makes_a_page_beside_the_one_by_hand_and_finds_it_again(connect: Connect, store: Any, wiki: Wiki) -> None:
    wanted = facts("110", "Fondation Lac Noir")
    there = found(store, wanted, new=True)
    assert isinstance(there, Taken)
    assert [(holder.id, holder.title, holder.mark) for holder in there.holders] == [(BY_HAND, "Fondation Lac Noir", "")]
    assert isinstance(store.put([change(wanted, new=True)])[wanted.key], Conflict)
    live = store.put([change(wanted.named("2"), new=True)])[wanted.key]
    assert (live.id != BY_HAND, live.state.page_title) == (True, "Fondation Lac Noir (2)")
    assert len(wiki.titled("Fondation Lac Noir")) == 2
    assert found(connect().stores["section"], wanted).id == live.id


def test_two_customers_of_one_name_get_two_pages(store: Any, wiki: Wiki) -> None:
    alpina, other = facts("103", "Alpina Treuhand AG"), facts("104", "Alpina Treuhand AG")
    first = made(store, alpina)
    there = found(store, other)
    assert isinstance(there, Taken)
    assert [(holder.id, holder.mark) for holder in there.holders] == [(first.id, "customer:103")]
    assert isinstance(store.put([change(other)])[other.key], Conflict)
    second = made(store, other.named("Chur"))
    assert second.state.page_title == "Alpina Treuhand AG (Chur)"
    assert len(wiki.titled("Alpina Treuhand AG")) == 2
    answers = store.find([Lookup(alpina), Lookup(other)])
    assert (answers[alpina.key].id, answers[other.key].id) == (first.id, second.id)


def test_a_title_that_is_free_again_when_it_is_looked_at_is_taken(store: Any, wiki: Wiki) -> None:
    """A page of that title was in the way, and was renamed before we looked whose it is."""
    assert found(store, facts()) is None
    by_hand = wiki.make("Müller & Söhne AG")
    away = {"method": "PUT", "path": f"/wiki/api/v2/pages/{by_hand}", "body": wiki.content(by_hand, title="Renamed")}
    wiki.control("faults", {"operation": "page.list", "do": "meanwhile", "request": away})
    page = made(store, facts())
    assert (page.id != by_hand, page.state.page_title) == (True, "Müller & Söhne AG")


def test_what_a_person_changed_in_our_section_is_noticed_and_restored(store: Any, wiki: Wiki) -> None:
    page = made(store, facts())
    wiki.edit(page.id, body=wiki.body(page.id).replace("ERP", "SAP"))
    live = found(store, facts(), id=page.id)
    assert live.ours
    assert not is_settled(facts(), live)
    assert live.state.body.plain() == "Facts\nSAP: Müller <b>"
    assert is_settled(facts(), store.put([change(facts(), live)])[facts().key])


def test_markup_that_the_editor_adds_is_no_change(store: Any, wiki: Wiki) -> None:
    page = made(store, facts())
    edited = wiki.body(page.id).replace("<table>", '<table data-layout="default"><colgroup><col /></colgroup>')
    wiki.edit(page.id, body=edited.replace("<p>ERP</p>", "<p>\n <span>ERP</span>&nbsp;</p>"))
    assert is_settled(facts(), found(store, facts(), id=page.id))


def test_a_section_that_people_removed_is_put_back_onto_the_customers_page(store: Any, wiki: Wiki) -> None:
    page = made(store, facts())
    made(store, links(page=page.id))
    body = wiki.body(page.id)
    wiki.edit(page.id, body=body[body.index("</ac:structured-macro>") + len("</ac:structured-macro>") :])
    answers = store.find([Lookup(facts(), id=page.id), Lookup(links(), id=page.id)])
    live = answers[facts().key]
    assert (live.id, live.ours) == (page.id, False)
    assert is_settled(facts(), store.put([change(facts(), live)])[facts().key])
    assert is_settled(links(), found(store, links(), id=page.id))


def test_of_a_page_and_its_copy_the_older_counts(connect: Connect, store: Any, wiki: Wiki) -> None:
    page = made(store, facts())
    copy = wiki.make("Kopie von Müller", wiki.body(page.id))
    assert found(connect().stores["section"], facts(title="Renamed")).id == page.id
    assert found(store, facts(), id=copy).id == copy


def test_every_part_of_a_listing_is_read(connect: Connect, store: Any, wiki: Wiki) -> None:
    for number in range(5):
        made(store, facts(str(200 + number), f"Customer {number}"))
        wiki.edit(wiki.titled(f"Customer {number}")[0], title=f"Renamed {number}")
    wiki.control("traps", {"page_size": 2})
    fresh = connect().stores["section"]
    answers = fresh.find([Lookup(facts(str(200 + number), f"Customer {number}")) for number in range(5)])
    assert [live.state.page_title for live in answers.values() if isinstance(live, Live)] == [
        f"Renamed {number}" for number in range(5)
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Żółta Łódź Sp. z o.o.",
        "Zoë 😀 👩‍👩‍👧",
        "شركة الاختبار",
        "A" * 300,
        "<script>alert(1)</script>",
        "\"Q\" 'q' & ]]>",
        "a\nb",
    ],
)
def test_strange_names_survive_in_title_and_body(store: Any, name: str) -> None:
    wanted = facts("107", name, text(f"{name} & more\nnext"))
    live = made(store, wanted)
    assert is_settled(wanted, live)
    assert live.state.page_title == wanted.page_title
    assert len(wanted.page_title) <= 255
    assert is_settled(wanted, found(store, wanted))


def test_a_first_set_up_and_a_second_run_take_few_requests(connect: Connect, wiki: Wiki) -> None:
    store = connect().stores["section"]
    store.find([Lookup(facts()), Lookup(links())])
    page = made(store, facts())
    made(store, links(page=page.id))
    assert [request["operation"] for request in wiki.requests()] == [
        "space.list",
        "page.list",  # by title
        "page.list",  # the parent
        "page.list",  # what the pages of the space are called
        "page.list",  # what stands on those below the parent
        "page.create",
        "page.update",
    ]
    wiki.forget_requests()
    connect().stores["section"].find([Lookup(facts(), id=page.id), Lookup(links(), id=page.id)])
    assert [request["operation"] for request in wiki.requests()] == ["page.list"]


def test_a_chosen_page_is_read_once_and_written_once_a_section(store: Any, wiki: Wiki) -> None:
    wanted, other = facts("110", "Fondation Lac Noir"), links("110")
    answers = store.find([Lookup(wanted, id=BY_HAND, chosen=True), Lookup(other)])
    assert answers[other.key] is None
    store.put([change(wanted, answers[wanted.key])])
    store.put([change(links("110", page=BY_HAND))])
    assert [request["operation"] for request in wiki.requests()] == ["page.list", "page.update", "page.update"]


def test_many_new_customers_list_the_space_once(store: Any, wiki: Wiki) -> None:
    customers = 3
    for number in range(customers):
        wanted = facts(str(300 + number), f"Customer {number}")
        assert found(store, wanted) is None
        made(store, wanted)
    by_title, listed, below, parent = customers, 1, 1, 1
    operations = [request["operation"] for request in wiki.requests()]
    assert operations.count("page.list") == by_title + listed + below + parent


def test_a_page_anywhere_in_the_space_that_reads_the_same_is_asked_about(store: Any, wiki: Wiki) -> None:
    """Also one that people moved out of the customers' folder, or keep in another; a colleague's notes are none."""
    elsewhere = wiki.make("Dr. Mueller und Soehne", parent=wiki.make("Former customers"))
    answer = found(store, facts("400", "Dr. Müller & Söhne AG"))
    assert isinstance(answer, Ambiguous)
    assert [candidate.id for candidate in answer.candidates] == [elsewhere]
    wiki.make("Notes about Dr. Braun", parent=elsewhere)
    assert found(store, facts("401", "Dr. Braun AG")) is None
