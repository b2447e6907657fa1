"""Listings and `--won` with a deal that can't be read, worked on or shown: it is named, the others are there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from config.settings import find
from config.workspace import checked
from integrations.core.rows import reporting
from integrations.odoo.contacts.source import contact
from integrations.odoo.deals.deal import Writer, lead
from tests.cli.place import Place

SAID = "something unforeseen happened (ZeroDivisionError)"


def broken(original: Callable[..., Any], is_bad: Callable[..., bool]) -> Callable[..., Any]:
    def replaced(*given: Any, **named: Any) -> Any:
        if is_bad(*given):
            raise ZeroDivisionError("hunter2")
        return original(*given, **named)

    return replaced


@pytest.fixture
def unreadable(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A CRM whose deal 42 can't be read."""
    monkeypatch.setattr("integrations.odoo.deals.source.lead", broken(lead, lambda row, _: row["id"] == 42))
    return place


def test_deals_are_listed_without_the_one_that_can_not_be_read(unreadable: Place) -> None:
    ended = unreadable.run("deals", "--json")
    assert ended.code == 1
    document = json.loads(ended.out)
    assert "45" in {deal["deal"] for deal in document["deals"]}
    assert [failure["deal"] for failure in document["failed"]] == ["42"]
    assert SAID in ended.err.replace("\n", " ")
    assert reporting() in ended.said
    assert "hunter2" not in ended.said


def test_all_other_won_deals_are_set_up(unreadable: Place) -> None:
    ended = unreadable.setup("--won", "--yes", "--json")
    assert ended.code == 1
    documents = {document["deal"]: document for document in map(json.loads, ended.out.splitlines())}
    assert (documents["42"]["outcome"], documents["42"]["error"]["type"]) == ("failed", "Unforeseen")
    assert {document["outcome"] for deal, document in documents.items() if deal not in ("42", "52")} == {"done"}


def test_a_deal_that_can_not_be_worked_on_stops_no_other(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found out only when its set-up begins: while it is put together."""
    deal = broken(Writer.deal, lambda _, lead, *__: lead.id == 42)
    monkeypatch.setattr(Writer, "deal", deal)
    ended = place.setup("--won", "--yes", "--json")
    documents = {document["deal"]: document for document in map(json.loads, ended.out.splitlines())}
    assert ended.code == 1
    assert documents["42"]["error"]["type"] == "Unforeseen"
    assert documents["45"]["outcome"] == "done"


def test_the_status_of_a_deal_of_which_something_strange_is_kept_hides_no_other(place: Place) -> None:
    place.setup("42", "--yes")
    place.setup("45", "--yes")
    with closing(sqlite3.connect(checked(find(place.settings)).ledger_file)) as connection, connection:
        connection.execute('update runs set document = \'{"deal": "42", "steps": [7]}\' where deal = \'42\'')
    ended = place.run("status", "--json")
    assert ended.code == 1
    assert [deal["deal"] for deal in json.loads(ended.out)["deals"]] == ["45"]
    assert "Deal 42" in ended.err


def test_a_contact_that_can_not_be_read_is_named_and_the_others_follow(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words and in the document; the run that comes after says the same until it can be read."""
    place.setup("42", "--yes")
    monkeypatch.setattr("integrations.odoo.contacts.source.contact", broken(contact, lambda row, *_: row["id"] == 411))
    ended = place.run("contacts", "sync", "101", "--full", "--yes")
    assert ended.code == 1
    assert f"contact 411 of Müller & Söhne AG (101): erp: {SAID}; left as it was" in ended.said
    assert "1 row failed" in ended.said
    assert reporting() in ended.said
    document = place.run("contacts", "sync", "--yes", "--json").document
    (failed,) = document["failed"]
    assert (document["outcome"], failed["customer"], failed["contact"]) == ("failed", "101", "411")
    assert document["counts"]["archive"] == 0
    monkeypatch.setattr("integrations.odoo.contacts.source.contact", contact)
    assert place.run("contacts", "sync", "--yes", "--json").document["failed"] == []


def test_a_lead_whose_address_nobody_can_read_says_so_and_holds_up_no_other(place: Place) -> None:
    """In words, with what stands there; once it is corrected, what is written is the address alone."""
    place.erp("crm.lead", "write", ids=[43], vals={"email_from": "ueli@@kaeserei-emmental.example"})
    ended = place.setup("43", "--yes")
    assert ended.code == 4
    assert (
        "the customer's e-mail can't be read: “ueli@@kaeserei-emmental.example” (it has more than one @)" in ended.said
    )
    assert "ueli@@" not in json.dumps(place.state()["wiki"])
    assert place.setup("42", "--yes").code == 0
    place.erp("crm.lead", "write", ids=[43], vals={"email_from": '"Ueli Zürcher" <Ueli@Kaeserei-Emmental.example>'})
    assert place.setup("43", "--yes").code == 0
    written = [(partner.get("email"), partner["name"]) for partner in place.state()["erp"]["res.partner"]]
    names = ("Accounting", "Käserei Emmental AG", "Ueli Zürcher")
    found = sorted(row for row in written if "ueli" in str(row[0]).lower())
    assert found == [("ueli@kaeserei-emmental.example", name) for name in names]
    assert "Ueli@Kaeserei" not in json.dumps(place.state()["wiki"], ensure_ascii=False)


@pytest.mark.parametrize("text", ["Lac Noir", "nobody of this name"])
def test_a_search_by_name_names_the_deals_that_it_could_not_look_at(unreadable: Place, text: str) -> None:
    ended = unreadable.setup(text, "-n")
    assert "Deal 42\n" in ended.err
    assert "Deal 52" in ended.err or text != "Lac Noir"
