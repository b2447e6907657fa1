"""The rules of who a customer's people are, by cases."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.member import Present
from integrations.core.model import Contact, ErpContacts
from integrations.flows.contacts.people import Entry, People, functions, is_mailbox, number, people
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.strangers import suggestions
from tests.data import cases

NOBODY: frozenset[str] = frozenset()


def contact(**facts):
    return Contact(**{"id": "1", "customer": "101", **facts})


def entry(email, name="", **facts):
    return Entry(**{"email": email, "name": name, "phone": "", "functions": (), "contacts": ("1",), **facts})


def of(case, contacts):
    roster = ErpContacts(
        **{"customer": "101", "country_code": "CH", **case.get("company", {})}, contacts=tuple(contacts)
    )
    return people(roster, ContactSettings(**case.get("settings", {})), frozenset(case.get("staff", ())))


def told(entry, names):
    """The attributes of an entry that a case names, as TOML writes them."""
    facts = {name: getattr(entry, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}


@cases(__file__, "phones")
def test_a_phone_field_is_a_number_or_stays_as_typed(case):
    phone = number(case["typed"], case.get("country"))
    assert phone.typed == case["typed"]
    assert phone.e164 == case.get("e164", "")
    assert phone.shown == (case["shown"] if "shown" in case else case["e164"])


@settings(max_examples=300, deadline=None)
@given(
    st.text() | st.text("+0123456789 ()/;ext.tel:=-٠٥"), st.none() | st.text() | st.sampled_from(["CH", "pl", "001"])
)
def test_no_phone_field_raises(text, country):
    phone = number(text, country)
    assert phone.typed == text
    assert phone.e164 == "" or (phone.e164[0] == "+" and phone.e164[1:].isascii() and phone.e164[1:].isdigit())


@cases(__file__, "functions")
def test_a_person_is_what_the_contacts_tell(case):
    chosen = ContactSettings(**case.get("settings", {}))
    contacts = [contact(**facts) for facts in case["contacts"]]
    assert list(functions(contacts, case.get("email", "beat@x.example"), chosen)) == case["functions"]


@cases(__file__, "people")
def test_a_customers_people_follow_from_its_contacts_in_any_order(case):
    contacts = [contact(**facts) for facts in case["contacts"]]
    found = of(case, contacts)
    wanted = case.get("entries", [])
    assert [told(entry, facts) for entry, facts in zip(found.entries, wanted, strict=True)] == wanted
    for skip, facts in zip(found.skips, case.get("skips", []), strict=True):
        assert (skip.contact, skip.code) == (facts["contact"], facts["code"])
        assert skip.wrong is facts.get("wrong", True)
        assert skip.email == facts.get("email", "")
        assert all(words in skip.words for words in facts.get("says", []))
        assert skip.words.isprintable()
        assert len(skip.words) <= 300
    assert all(of(case, order) == found for order in itertools.permutations(contacts))


def test_a_person_of_two_companies_is_the_same_in_both():
    beat = {"name": "Beat Keller", "email": "Beat@x.example", "tags": ("Billing",)}
    here = people(ErpContacts(customer="101", contacts=(contact(id="1", **beat),)), ContactSettings(), NOBODY)
    there = ErpContacts(customer="102", contacts=(contact(id="2", **{**beat, "customer": "102"}),))
    other = people(there, ContactSettings(), NOBODY)
    assert dataclasses.replace(here.entries[0], contacts=("2",)) == other.entries[0]


def test_people_are_the_same_for_everybody_who_asks():
    """Our own people are remembered between calls: another company's settings must not answer."""
    roster = ErpContacts(customer="101", contacts=(contact(email="beat@x.example"),))
    assert people(roster, ContactSettings(ours=("x.example",)), NOBODY).entries == ()
    assert [entry.email for entry in people(roster, ContactSettings(), NOBODY).entries] == ["beat@x.example"]
    assert people(roster, ContactSettings(), frozenset({"beat@x.example"})).entries == ()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["a@x.example", "A@x.example, b@x.example", "info@x.example", "b@@x", "us@acme.example", ""])
    ),
    st.randoms(use_true_random=False),
)
def test_every_active_contact_is_somebody_or_told_why_not(emails, order):
    """None is lost, none stands for an address that is not its own, and the rows' order tells nothing."""
    contacts = [contact(id=str(number), email=email) for number, email in enumerate(emails)]
    case = {"staff": ["us@acme.example"]}
    found = of(case, contacts)
    told_of = {contact for entry in found.entries for contact in entry.contacts} | {
        skip.contact for skip in found.skips
    }
    assert told_of == {contact.id for contact in contacts}
    for entry in found.entries:
        assert all(entry.email in contacts[int(contact)].email.lower() for contact in entry.contacts)
        assert entry.email != "us@acme.example"
    order.shuffle(contacts)
    assert of(case, contacts) == found


@cases(__file__, "suggestions")
def test_somebody_unknown_could_be_whom_name_or_address_resembles(case):
    present = Present(id="account-1", **case["present"])
    entries = [entry(**{**facts, "functions": tuple(facts.get("functions", ()))}) for facts in case["entries"]]
    expected = {"account-1": tuple(case["gives"])} if case["gives"] else {}
    assert suggestions([present], entries) == expected
    assert suggestions([present], entries[::-1]) == expected


def test_suggestions_are_each_ones_own():
    """What resembles one account tells nothing about another."""
    present = [Present("1", name="Beat Keller"), Present("2", name="Anna Favre"), Present("3", name="Nobody Known")]
    entries = [entry("b@x.example", "Keller Beat"), entry("a@x.example", "Anna Favre")]
    assert suggestions(present, entries) == {"1": ("b@x.example",), "2": ("a@x.example",)}


def test_nobody_pays_for_the_libraries_before_they_are_needed():
    """The rules are imported by every command of contacts: the two libraries would cost it 60 ms."""
    code = (
        "import sys; import integrations.flows.contacts.people, integrations.flows.contacts.strangers;"
        "print({'phonenumbers', 'email_validator'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "set()"


def test_a_large_company_has_everybody():
    contacts = [contact(id=str(number), email=f"p{number}@x.example", name=f"P {number}") for number in range(500)]
    found = people(ErpContacts(customer="101", contacts=tuple(contacts)), ContactSettings(), NOBODY)
    assert found == People(tuple(sorted(found.entries, key=lambda entry: entry.email)), ())
    assert {entry.contacts for entry in found.entries} == {(str(number),) for number in range(500)}


@pytest.mark.parametrize(
    ("email", "shared"),
    [("info@x.example", True), ("info+a@x.example", True), ("infos@x.example", False), ("beat@info", False)],
)
def test_a_mailbox_is_told_by_the_whole_local_part(email, shared):
    assert is_mailbox(email, ContactSettings()) is shared


@pytest.mark.parametrize("domain", ["acme..example", "acme", "lena@acme.example", "", "@"])
def test_a_domain_of_ours_with_a_slip_is_a_fault_of_the_settings(domain):
    """Or our own people would be taken for the customers'."""
    with pytest.raises(ValueError, match="is no domain"):
        ContactSettings(ours=(domain,))
