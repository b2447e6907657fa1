"""Contact tables of several customers: what is one's never reaches another."""

from __future__ import annotations

from typing import Any

from integrations.confluence.section import macro
from integrations.core.errors import Rejected
from integrations.core.resource import Lookup
from tests.confluence.listing import HASHES, change, found, leaver, person, put, rows, section
from tests.confluence.people import Wiki, facts, made


def test_two_customers_never_get_each_others_rows(contacts: Any, store: Any, full: str, wiki: Wiki) -> None:
    other = made(store, facts("102", "Müller & Söhne GmbH")).id
    before = wiki.body(full), wiki.body(other)
    stranger = person("anna", full, "102")
    answer = found(contacts, stranger)
    assert isinstance(answer, Rejected)
    assert "customer:101" in answer.message
    assert isinstance(contacts.put([change(stranger)])[stranger.key], Rejected)
    assert (wiki.body(full), wiki.body(other)) == before
    assert found(contacts, person("anna", other, "102")) is None


def test_two_customers_on_one_page_have_tables_of_their_own(contacts: Any, full: str, wiki: Wiki) -> None:
    wiki.edit(full, body=wiki.body(full) + macro("customer:102/page", "1", "<p>copied here by a person</p>"))
    before, second = section(wiki, full), person("anna", full, "102", phone="2")
    answers = contacts.find([Lookup(second), Lookup(person("anna", full))])
    assert answers[second.key] is None
    contacts.put([change(second), change(leaver("bob", full), found(contacts, leaver("bob", full)))])
    assert len(rows(wiki, full, "customer:102/contacts")) == 1
    assert len(rows(wiki, full)) == before.count("<tr>") - 2
    assert found(contacts, person("anna", full)).state.phone == "+41443334455"
    contacts.find([Lookup(second), Lookup(person("anna", full))])
    assert contacts.present(full) == ()


def test_a_table_under_an_older_key_of_the_customer_is_used(contacts: Any, store: Any, wiki: Wiki) -> None:
    page = made(store, facts().model_copy(update={"key": "deal:42/page"})).id
    older = person("anna", page).model_copy(update={"key": f"deal:42/contact/{HASHES['anna']}"})
    put(contacts, older)
    anna, bob = (
        person(name, page).model_copy(update={"former": (f"deal:42/contact/{HASHES[name]}",)})
        for name in ("anna", "bob")
    )
    assert found(contacts, anna).state.key == anna.key
    put(contacts, bob)
    assert len(rows(wiki, page, "deal:42/contacts")) == 2
    assert "customer:101" not in wiki.body(page)


def test_who_is_listed_on_a_page_of_another_customer_is_not_told(contacts: Any, full: str) -> None:
    contacts.find([Lookup(person("anna", full, "102"))])
    assert contacts.present(full) == ()
