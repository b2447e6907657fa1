from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.core.errors import AuthError, Rejected, Unavailable
from integrations.core.model import Contact, ErpContacts, Person, RecordChange
from integrations.core.system import Contacts
from integrations.odoo.moment import moment, stamp
from tests.odoo.company import Company, sound

BEGINNING = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
CUSTOMERS = [str(number) for number in range(101, 111)]


def source(company: Company, **settings: object) -> Contacts:
    found = company.system(**settings).contacts
    assert found is not None
    return found


def made(company: Company, **values: Any) -> str:
    """A new partner's id."""
    return str(company.call("res.partner", "create", vals_list=[values])[0])


def written(company: Company, number: int | str, **values: Any) -> None:
    company.call("res.partner", "write", ids=[int(number)], vals=values)


def roster(company: Company, customer: str = "101") -> ErpContacts:
    (found,) = sound(source(company).rosters([customer]))
    return found


def named(found: ErpContacts) -> dict[str, Contact]:
    return {contact.name: contact for contact in found.contacts}


def touches(company: Company, since: dt.datetime = BEGINNING) -> list[RecordChange]:
    return [touch for page in source(company).changed(since) for touch in sound(page)]


def test_the_second_of_the_last_change_is_read_again(company: Company) -> None:
    """Stamps are whole seconds that hide microseconds: what is told at 10:00:00 may be later than 10:00:00.5."""
    written(company, 201, phone="1")
    at = moment(company.partner(201)["write_date"])
    for since in (at, at.replace(microsecond=999_999), at.astimezone(dt.timezone(dt.timedelta(hours=5)))):
        assert RecordChange(contact="201", customer="101", changed=at) in touches(company, since)
    assert touches(company, at + dt.timedelta(hours=1)) == []


def test_changes_are_told_of_archived_contacts_and_of_companies_too(company: Company) -> None:
    """A company is its own customer; a contact's is its company, however deep it stands below it."""
    part = made(company, name="Webshop", type="other", parent_id=101)
    below = made(company, name="Ada", parent_id=int(part))
    touched = {touch.contact: touch.customer for touch in touches(company)}
    assert {touched["402"], touched["101"], touched["201"], touched[part], touched[below]} == {"101"}
    assert touched["106"] == "106"
    assert company.partner(402)["active"] is False


def test_every_page_of_changes_is_told_once(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = touches(company)
    monkeypatch.setattr("integrations.odoo.connection.Connection.page", 2)
    pages = list(source(company).changed(BEGINNING))
    assert [touch for page in pages for touch in page] == everything
    assert max(len(page) for page in pages) == 2
    assert len({touch.contact for touch in everything}) == len(everything)


def test_an_unchanged_world_takes_three_requests_and_then_one(newest: Company) -> None:
    contacts = source(newest)
    newest.operations()
    since = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert list(contacts.changed(since)) == []
    assert newest.operations() == ["version", "res.partner.fields_get", "res.partner.search_read"]
    assert list(contacts.changed(since)) == []
    assert newest.operations() == ["res.partner.search_read"]


@pytest.mark.parametrize("fault", [{"do": "status", "status": 500}, {"do": "drop_before"}, {"do": "drop_after"}])
def test_a_page_that_fails_never_makes_a_short_list(
    newest: Company, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    """What was read before is given, and then it is said that it is not the whole."""

    def changed() -> Iterator[object]:
        return source(newest, patience=0).changed(BEGINNING)

    def rosters() -> Iterator[object]:
        return source(newest, patience=0).rosters(CUSTOMERS)

    for page, skip, read in ((2, 1, changed), (100, 2, rosters)):
        monkeypatch.setattr("integrations.odoo.connection.Connection.page", page)
        newest.fault(operation="res.partner.search_read", skip=skip, **fault)
        found = read()
        assert next(found)
        with pytest.raises(Unavailable):
            list(found)


def test_what_the_control_panel_is_still_making_is_left_out(company: Company) -> None:
    written(company, 201, vshn_control_api_inflight="be-1")
    assert not {"201", "403", "404"} & {touch.contact for touch in touches(company)}
    assert "201" not in {contact.id for contact in roster(company).contacts}
    assert isinstance(source(company).get(["201"])["201"], Unavailable)
    assert roster(company, "403") == ErpContacts(customer="403", exists=False)


def test_a_roster_tells_the_company_and_its_people_but_not_itself(company: Company) -> None:
    found = roster(company, "102")
    assert (found.customer, found.exists, found.name, found.active) == ("102", True, "Rhône Logistique SA", True)
    assert found.country_code == "CH"
    assert found.account_manager == Person(name="Lena Gerber", email="lena.gerber@acme.example")
    assert found.url is not None
    assert "102" in found.url
    people = {contact.id: contact for contact in found.contacts}
    assert "102" not in people
    assert (people["202"].name, people["202"].email) == ("Chloé Favre", "chloe.favre@rhone-logistique.example")
    assert (people["302"].type, people["302"].customer) == ("invoice", "102")
    assert {contact.project for contact in found.contacts if contact.id in ("202", "302")} == {""}


def test_a_contact_is_told_as_it_was_typed_with_its_tags_by_name(company: Company) -> None:
    tags = company.call("res.partner.category", "create", vals_list=[{"name": "Technical"}, {"name": "Emergency"}])
    values = {"name": " Ada ", "email": "A@x.example, b@x.example", "phone": "052 1", "function": "CTO"}
    number = made(company, parent_id=101, category_id=[[6, 0, tags]], **values)
    (found,) = (contact for contact in roster(company).contacts if contact.id == number)
    assert (found.name, found.email, found.phone, found.position) == (
        " Ada ",
        "A@x.example, b@x.example",
        "052 1",
        "CTO",
    )
    assert found.tags == ("Emergency", "Technical")
    assert found.changed == moment(company.partner(number)["write_date"])
    assert source(company).get([number])[number] == found


def test_a_mobile_number_stands_in_where_there_is_no_phone(company: Company) -> None:
    """Odoo 19 has no such field any more."""
    company.version("17.0")
    number = made(company, name="Ada", parent_id=101, mobile="+41 79 1")
    assert named(roster(company))["Ada"].phone == "+41 79 1"
    written(company, number, phone="+41 52 1")
    assert named(roster(company))["Ada"].phone == "+41 52 1"
    company.version("19.0")
    assert named(roster(company))["Ada"].phone == "+41 52 1"


def test_an_archived_contact_and_an_archived_company_are_told_as_such(company: Company) -> None:
    assert {contact.id: contact.active for contact in roster(company).contacts}["402"] is False
    assert roster(company, "401").exists
    assert not roster(company, "401").active


def test_a_contact_filed_under_a_part_of_the_company_has_that_project(company: Company) -> None:
    """The part itself is a contact only where it has an e-mail, or nobody below it."""
    project = made(company, name="Webshop", type="other", parent_id=101)
    person = made(company, name="Ada", parent_id=int(project))
    office = made(company, name="Branch", type="other", parent_id=101, email="branch@x.example")
    clerk = made(company, name="Ben", parent_id=int(office))
    lonely = made(company, name="Depot", type="delivery", parent_id=101)
    projects = {contact.id: contact.project for contact in roster(company).contacts}
    assert project not in projects
    assert (projects[person], projects[clerk]) == ("Webshop", "Branch")
    assert (projects[office], projects[lonely]) == ("", "")
    found = source(company).get([person])[person]
    assert isinstance(found, Contact)
    assert (found.project, found.customer) == ("Webshop", "101")


def test_a_subsidiary_has_its_own_people(company: Company) -> None:
    above, below = roster(company, "105"), roster(company, "106")
    assert "206" in {contact.id for contact in below.contacts}
    assert not {"106", "206"} & {contact.id for contact in above.contacts}


def test_a_company_that_is_gone_or_hidden_does_not_exist(company: Company) -> None:
    company.lose_rights("see:res.partner:102")
    odd = ["102", "99999", "x1", "0101"]
    found = {roster.customer: roster for roster in sound(source(company).rosters(odd))}
    assert [found[customer] for customer in odd] == [ErpContacts(customer=customer, exists=False) for customer in odd]


def test_a_contact_that_moved_is_found_where_it_is_now(company: Company) -> None:
    written(company, 201, parent_id=107)
    contacts = source(company)
    found = contacts.get(["201"])["201"]
    assert isinstance(found, Contact)
    assert found.customer == "107"
    before, after = sorted(sound(contacts.rosters(["101", "107"])), key=lambda roster: roster.customer)
    assert "201" not in {contact.id for contact in before.contacts}
    assert "201" in {contact.id for contact in after.contacts}
    assert ("201", "107") in {(touch.contact, touch.customer) for touch in touches(company)}


def test_a_deleted_contact_is_absent_and_a_hidden_one_is_not(company: Company) -> None:
    company.lose_rights("see:res.partner:202")
    found = source(company).get(["202", "999999", "x", "201"])
    assert isinstance(found["202"], AuthError)
    assert (found["999999"], found["x"]) == (None, None)
    assert isinstance(found["201"], Contact)


@pytest.mark.parametrize("page", [2, 3, 100])
def test_pages_and_groups_change_nothing_of_what_is_read(
    newest: Company, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    for number in range(7):
        made(newest, name=f"Person {number}", parent_id=103 + number % 2)
    everything = {roster.customer: roster for roster in sound(source(newest).rosters(CUSTOMERS))}
    monkeypatch.setattr("integrations.odoo.connection.Connection.page", page)
    newest.operations()
    found = list(sound(source(newest).rosters(CUSTOMERS + CUSTOMERS)))
    assert {roster.customer: roster for roster in found} == everything
    assert len(found) == len(CUSTOMERS)
    assert newest.operations().count("res.partner.search_read") > 1


def test_namesakes_keep_their_own_people(company: Company) -> None:
    first, other = (made(company, name="Ada", email="ada@x.example", parent_id=number) for number in (103, 104))
    zurich, chur = sorted(sound(source(company).rosters(["103", "104"])), key=lambda found: found.customer)
    assert zurich.name == chur.name
    assert {found.id for found in zurich.contacts} & {first, other} == {first}
    assert {found.id for found in chur.contacts} & {first, other} == {other}
    assert {found.customer for found in zurich.contacts} == {"103"}


def test_the_number_of_requests_does_not_grow_with_the_number_of_customers(newest: Company) -> None:
    contacts = source(newest)
    list(contacts.rosters(["102"]))
    newest.operations()
    list(contacts.rosters(CUSTOMERS))
    assert newest.operations().count("res.partner.search_read") == 1


def test_our_own_people_are_known_by_e_mail_and_by_login(company: Company) -> None:
    staff = source(company).staff()
    assert {"lena.gerber@acme.example", "reto.frei@acme.example"} <= staff
    assert all("@" in address for address in staff)
    assert "beat@mueller-soehne.example" not in staff


def test_a_colleague_who_left_is_still_no_customers_person(newest: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    users = [
        {"id": 1, "login": "__system__", "email": False, "active": False, "partner_id": [2, "System"]},
        {"id": 2, "login": "zoe", "email": "Zoe@ACME.example", "active": False, "partner_id": [3, "Zoe"]},
        {"id": 3, "login": "ben@acme.example", "email": "ben@home.example", "active": True, "partner_id": [4, "Ben"]},
    ]
    monkeypatch.setattr(
        "integrations.odoo.facts.Listing._listed", lambda listing: users if listing._model == "res.users" else []
    )
    assert source(newest).staff() == {"zoe@acme.example", "ben@acme.example", "ben@home.example"}


def test_we_ourselves_are_no_customer_and_our_employees_no_customers_people(newest: Company) -> None:
    """A colleague who is ticked as an employee is one of us; a customer's person who is ticked is the customer's."""
    mia, anna = "mia@mailweg.example", "anna@mueller-soehne.example"
    colleague = made(newest, name="Mia", email=mia, employee=True)
    below = made(newest, name="Tim", email="tim@mailweg.example", employee=True, parent_id=1)
    made(newest, name="Anna", email=anna, employee=True, parent_id=101)
    contacts = source(newest)
    found = {roster.customer: roster.exists for roster in sound(contacts.rosters(["1", "7", "101", colleague]))}
    assert found == {"1": False, "7": False, "101": True, colleague: False}
    assert int(below) not in {
        int(contact.id) for roster in sound(contacts.rosters(["101"])) for contact in roster.contacts
    }
    assert {mia, "tim@mailweg.example"} <= contacts.staff()
    assert anna not in contacts.staff()


@pytest.mark.parametrize("missing", ["app:hr", "hr.employee.public:read"])
def test_where_employees_are_none_of_our_business_there_are_none(newest: Company, missing: str) -> None:
    """Without the app, or the right to see them: asked once, and the users are ourselves all the same."""
    newest.lose_rights(missing)
    contacts = source(newest)
    staff = contacts.staff()
    assert "urs.hofer@acme.example" not in staff
    assert "lena.gerber@acme.example" in staff
    newest.operations()
    contacts.staff()
    assert not [operation for operation in newest.operations() if operation.startswith("hr.employee")]


def test_an_address_is_found_among_several_and_never_within_another(company: Company) -> None:
    """A search for a part of the text finds `xada@…` too, and an underscore finds any letter."""
    several = made(company, name="Ada", parent_id=101, email="Other@x.example; Ada <A_da@x.example>")
    made(company, name="Eve", parent_id=101, email="xa_da@x.example, a_da@x.example.com, aada@x.example")
    gone = made(company, name="Old", parent_id=102, email="A_DA@x.example", active=False)
    found = {mention.where: mention for mention in source(company).mentions("a_da@x.example")}
    contacts = {where: reference for where, reference in found.items() if where.startswith("contact")}
    assert set(contacts) == {
        f"contact {several} of Müller & Söhne AG",
        f"contact {gone} of Rhône Logistique SA (archived)",
    }
    assert all(contact.why and contact.url for contact in contacts.values())
    assert source(company).mentions(" ") == []


def test_opportunities_with_the_address_are_mentioned(company: Company) -> None:
    email = "ueli@kaeserei-emmental.example"
    (found,) = (mention for mention in source(company).mentions(email) if "opportunit" in mention.where)
    assert found.where == "1 opportunity"
    assert found.url is not None
    person = made(company, name="Ueli", parent_id=101, email=email)
    company.opportunity("Second", partner_id=int(person))
    (found,) = (mention for mention in source(company).mentions(email) if "opportunit" in mention.where)
    assert (found.where, found.url) == ("2 opportunities", None)


def test_posted_invoices_are_counted_and_drafts_are_not(company: Company) -> None:
    """An invoice stays as long as the law says; a draft is nobody's."""
    found = {mention.where: mention for mention in source(company).mentions("finances@lacnoir.example")}
    posted = found["2 posted invoices"]
    assert (posted.why, posted.url) == ("kept by law (accounting retention)", None)
    (single,) = (
        mention for mention in source(company).mentions("compta@rhone-logistique.example") if "invoice" in mention.where
    )
    assert single.where == "1 posted invoice"
    assert single.url is not None
    assert "account.move" in single.url


def test_contacts_are_found_by_an_address_wherever_they_are(company: Company) -> None:
    """Archived ones and those of another customer too; a like address is another person's."""
    email = "ada@x.example"
    partner = made(company, name="Ada", parent_id=101, email=f"{email}, b@x.example")
    other = made(company, name="Ada", parent_id=102, email=email.upper(), active=False)
    made(company, name="Eve", parent_id=102, email=f"x{email}")
    found = source(company).having(email)
    assert {(contact.id, contact.customer, contact.active) for contact in found} == {
        (partner, "101", True),
        (other, "102", False),
    }
    assert source(company).having("") == []


def test_what_may_not_be_looked_at_is_said(company: Company) -> None:
    """A missing right, or an app that is not installed, is no error: the list says what it does not know."""
    company.lose_rights("crm.lead:read", "account.move:read", "app:account")
    found = [mention.where for mention in source(company).mentions("beat@mueller-soehne.example")]
    assert found == [
        "contact 201 of Müller & Söhne AG",
        *(f"{word}: we may not look" for word in ("invoices", "opportunities")),
    ]
    company.lose_rights("res.partner:read")
    with pytest.raises(AuthError):
        source(company).mentions("beat@mueller-soehne.example")


def test_reading_contacts_writes_nothing(company: Company) -> None:
    company.operations()
    contacts = source(company)
    list(contacts.changed(BEGINNING)), list(contacts.rosters(CUSTOMERS)), contacts.get(["201"]), contacts.staff()
    contacts.mentions("beat@mueller-soehne.example")
    assert company.operations(writing=True) == []


AT = dt.datetime(2026, 11, 22, 0, 17, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22 00:17:30", "2026-11-22T00:17:30Z", "2026-11-22T01:17:30+01:00", "2026-11-21 19:17:30.000000-05:00"],
)
def test_a_time_without_an_offset_is_utc_and_one_with_an_offset_is_the_same_moment(text: str) -> None:
    assert moment(text) == AT
    assert moment(text).utcoffset() == dt.timedelta(0)
    assert moment("2026-11-22 00:17:30.250000").microsecond == 250_000
    assert stamp(moment(text)) == stamp(AT.replace(tzinfo=None, microsecond=9)) == "2026-11-22 00:17:30"


@pytest.mark.parametrize("value", ["", "yesterday", False, None, 7])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(Rejected):
        moment(value)
