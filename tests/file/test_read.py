"""Deals from files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integrations.core.errors import ConfigError, Rejected
from integrations.core.model import Customer, Deal, Money, Person
from integrations.file import FileDeals, read

EXAMPLE = Path(__file__).parents[2] / "config" / "deal.example.toml"
LEAST = 'id = "d-1"\ntitle = "Hosting"\n{}\n[customer]\nname = "Müller AG"\n{}'
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file with the least a deal needs, and more lines for the deal and for its customer."""

    def made(deal: str = "", customer: str = "", text: str | None = None) -> Path:
        path = tmp_path / "deal.toml"
        path.write_text(LEAST.format(deal, customer) if text is None else text, encoding="utf-8")
        return path

    return made


def faults(path: Path) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert all(fault.file == str(path) for fault in caught.value.faults)
    return {fault.place: fault.message for fault in caught.value.faults}


def test_the_example_is_a_won_deal_with_its_amounts_exact() -> None:
    deal = read(EXAMPLE)
    assert (deal.id, deal.stage, deal.engagements) == ("2026-kaeserei", "won", ("service",))
    assert deal.monthly == Money(amount=Decimal("2400.00"), currency="CHF")
    assert deal.customer.contact is not None
    assert deal.customer.contact.email == "ueli@kaeserei-emmental.example"


def test_every_line_that_the_example_shows_in_a_comment_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    opened = [
        line.removeprefix("# ") if line.startswith(("# [", "# ")) and ("=" in line or "# [" in line) else line
        for line in lines
    ]
    path.write_text("\n".join(opened), encoding="utf-8")
    deal = read(path)
    assert deal.bill_to is not None
    assert deal.channel is not None
    assert deal.customer.parent is not None
    assert deal.customer.id == "101"
    assert deal.account_manager is not None
    assert deal.account_manager.email == "lena.gerber@acme.example"


def test_the_least_is_enough_and_all_else_is_empty(write: Write) -> None:
    deal = read(write())
    assert isinstance(deal, Deal)
    assert (deal.stage, deal.engagements, deal.one_time, deal.monthly) == ("won", (), None, None)
    assert deal.customer.id is None


def test_the_customer_has_this_very_deal(write: Write) -> None:
    (reference,) = read(write("won_on = 2026-11-07")).customer.deals
    assert (reference.id, reference.title, reference.won_on) == ("d-1", "Hosting", date(2026, 11, 7))


@pytest.mark.parametrize("stage", ["open", "lost"])
def test_a_deal_that_is_not_won_says_so_and_is_none_of_the_customers_won_ones(write: Write, stage: str) -> None:
    deal = read(write(f'stage = "{stage}"'))
    assert (deal.stage, deal.customer.deals) == (stage, ())


@pytest.mark.parametrize("amount", ['"1200"', "1200", '"1\'200"'])
def test_amounts_are_text_or_whole_numbers(write: Write, amount: str) -> None:
    deal = read(write(f'currency = "chf"\nmonthly = {amount}'))
    assert deal.monthly == Money(amount=Decimal(1200), currency="CHF")
    assert deal.one_time == Money(amount=Decimal(0), currency="CHF")


@pytest.mark.parametrize("amount", ["1.5", '"x"', '"NaN"', '"1e999999999"', '"-1"', "true", "[1]", '"Infinity"'])
def test_what_is_no_exact_amount_is_a_fault(write: Write, amount: str) -> None:
    assert set(faults(write(f'currency = "CHF"\none_time = {amount}'))) == {"one_time"}


def test_amounts_need_a_currency(write: Write) -> None:
    assert list(faults(write('one_time = "1"')).values()) == ['amounts need a currency, as currency = "CHF"']


@pytest.mark.parametrize(
    ("currency", "amount", "fault"),
    [
        ("JPY", "1200.5", "JPY has no digits after the point"),
        ("CHF", "1200.505", "CHF has 2 digits after the point"),
        ("KWD", "1200.5055", "KWD has 3 digits after the point"),
    ],
)
def test_an_amount_that_the_currency_can_not_have_is_a_fault(
    write: Write, currency: str, amount: str, fault: str
) -> None:
    assert list(faults(write(f'currency = "{currency}"\nmonthly = "{amount}"')).values()) == [fault]
    sound = read(write(f'currency = "{currency}"\nmonthly = "1200.00"'))
    assert sound.monthly is not None
    assert sound.monthly.amount == 1200


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("Anna.Muster@Mailweg.example", "anna.muster@mailweg.example"),
        ("Anna Muster <Anna.Muster@Mailweg.example>", "anna.muster@mailweg.example"),
        ("mailto:anna@mailweg.example", "anna@mailweg.example"),
        ("\\u00a0anna@mailweg.example; beat@mailweg.example\\u200b", "anna@mailweg.example, beat@mailweg.example"),
    ],
)
def test_the_customers_addresses_are_clean(write: Write, typed: str, clean: str) -> None:
    customer = read(write("", f'email = "{typed}"\ninvoice_email = "{typed}"')).customer
    assert (customer.email, customer.invoice_email) == (clean, clean)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("x@@firma.example", "is no e-mail address: it has more than one @"),
        ("firma..example", "is no e-mail address: it has no @"),
        ("anna@firma.example, beat@@firma.example", "is no e-mail address: it has more than one @"),
        ("", "is empty: leave the line out instead"),
    ],
)
def test_what_is_no_address_is_a_fault_that_says_why(write: Write, typed: str, why: str) -> None:
    assert faults(write("", f'email = "{typed}"')) == {"customer.email": why}


def test_one_of_ours_is_one_address_perhaps_with_a_name(write: Write) -> None:
    deal = read(write('account_manager = "Lena Gerber <Lena.Gerber@acme.example>"'))
    assert deal.account_manager == Person(name="Lena Gerber", email="lena.gerber@acme.example")
    both = faults(write('salesperson = "a@acme.example, b@acme.example"\naccount_manager = ""'))
    assert both == {
        "salesperson": "is no e-mail address: it is not one address alone",
        "account_manager": "is no e-mail address: it is empty",
    }


@pytest.mark.parametrize("identifier", ["42", "", "a b", "a/b", "ä", "x" * 65, "../x"])
def test_an_id_that_could_be_a_crms_or_no_id_is_a_fault(write: Write, identifier: str) -> None:
    text = LEAST.format("", "").replace("d-1", identifier)
    assert set(faults(write(text=text))) == {"id"}


@pytest.mark.parametrize("identifier", ["2026.1", "x" * 64, "A_b-c"])
def test_an_id_with_a_letter_or_sign_is_one(write: Write, identifier: str) -> None:
    assert read(write(text=LEAST.format("", "").replace("d-1", identifier))).id == identifier


def test_all_faults_are_told_at_once_with_their_places_and_without_values(write: Write) -> None:
    path = write(
        'won_on = 2026-11-07T10:00:00\nsecret_thing = "hunter2"', 'email = "hunter2"\nid = "x1"\nnmae = "hunter2"'
    )
    found = faults(path)
    assert set(found) == {"won_on", "secret_thing", "customer.email", "customer.id", "customer.nmae"}
    assert "hunter2" not in str(found)


def set_up(path: Path, **sources: Any) -> Deal | Rejected:
    """The deal as a set-up is given it."""
    found = FileDeals(**sources).get([str(path)])[str(path)]
    assert isinstance(found, (Deal, Rejected))
    return found


def test_the_salesperson_is_the_account_manager_only_where_nobody_says_otherwise(write: Write) -> None:
    """The file does, or the settings of the ERP."""
    seller = 'salesperson = "Reto.Frei@acme.example"'
    lena = Person(name="Lena Gerber", email="lena.gerber@acme.example")

    def managed(deal: str, **sources: Any) -> tuple[str | None, str]:
        found = set_up(write(deal), **sources)
        assert isinstance(found, Deal)
        return found.account_manager.email if found.account_manager else None, found.managed_by

    assert managed(seller) == ("reto.frei@acme.example", "the deal's salesperson")
    assert managed("") == (None, "")
    assert managed(seller, account_manager=lambda *_: (lena, "by the settings")) == (lena.email, "by the settings")
    assert managed(seller, account_manager=lambda *_: (None, "")) == (None, "")
    named = f'{seller}\naccount_manager = "sandro@acme.example"'
    assert managed(named) == ("sandro@acme.example", "by the deal")
    assert managed(named, account_manager=lambda email, _: (email, "as said")) == ("sandro@acme.example", "as said")
    own = Customer(id="101", name="Müller AG", account_manager=lena)
    path = write(named, "id = 101")
    found = set_up(path, customers=lambda _: own, account_manager=lambda *_: (None, ""))
    assert isinstance(found, Deal)
    assert (found.account_manager, found.managed_by) == (lena, "the customer's own")


def customer(deal: str) -> str:
    """A file whose customer says no more than this."""
    return f'id = "d-1"\ntitle = "Hosting"\n[customer]\n{deal}'


ANNA = '[customer.contact]\nname = "Anna Muster"\nemail = "anna@firma.example"\n'


@pytest.mark.parametrize(
    ("lines", "proposed"),
    [
        (ANNA, "“Anna Muster” or “firma.example”"),
        ('email = "info@firma.example"', "“firma.example”"),
        ('city = "Bern"', ""),
        ("person = true", ""),
        ('person = true\nemail = "anna@firma.example"', "“firma.example”"),
    ],
)
def test_a_file_that_does_not_name_the_customer_is_asked_for_the_name(write: Write, lines: str, proposed: str) -> None:
    """Nothing is made of it, and the title is no name."""
    asked = set_up(write(text=customer(lines)))
    assert isinstance(asked, Rejected)
    assert asked.exit_code == 4
    assert asked.message.startswith("deal d-1 (Hosting) does not say who the customer is")
    assert asked.message.removeprefix("deal d-1 (Hosting) does not say who the customer is").endswith(proposed)
    assert ("it could be" in asked.message) == bool(proposed)
    assert "person = true" in asked.next


def test_a_private_person_is_the_customer_and_nobody_else_is_its_contact(write: Write) -> None:
    deal = read(write(text=customer(f"person = true\n{ANNA}")))
    found = deal.customer
    assert (found.name, found.email, found.is_company) == ("Anna Muster", "anna@firma.example", False)
    assert (found.contact, found.vat) == (None, None)


@pytest.mark.parametrize("line", ['vat = "CHE-101.202.303"', "[customer.parent]\nname = 'Holding SE'"])
def test_a_private_person_has_no_vat_number_and_no_parent(write: Write, line: str) -> None:
    assert set(faults(write("", f"person = true\n{line}"))) == {"customer"}


def test_the_contacts_function_is_told(write: Write) -> None:
    contact = read(write("", f'{ANNA}function = "Head of IT"')).customer.contact
    assert contact == Person(name="Anna Muster", email="anna@firma.example", function="Head of IT")


def test_a_reseller_who_is_invoiced_pays(write: Write) -> None:
    deal = read(write("", '[channel]\nid = 108\nname = "Wolkenhandel GmbH"'))
    assert deal.bill_to is not None
    assert (deal.bill_to.id, deal.channel) == ("108", deal.bill_to)


def test_an_erp_id_may_stand_without_quotes(write: Write) -> None:
    assert read(write("", "id = 101")).customer.id == "101"


def test_a_mistake_in_the_toml_is_told_with_its_line_and_without_its_text(write: Write) -> None:
    (message,) = faults(write(text='id = "a"\ntitle = hunter2\n')).values()
    assert "line 2" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_can_not_be_read_says_why(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "deal.toml"
    if content is not None:
        path.write_bytes(content)
    (message,) = faults(path).values()
    assert message.startswith(("can't be read", "is not text"))


def test_names_lose_what_is_not_text_but_nothing_else(write: Write) -> None:
    text = LEAST.format("", "").replace("Müller AG", "  Mül\\u0000ler \\u202E<b> 😀\\n AG ")
    assert read(write(text=text)).customer.name == "Müller <b> 😀 AG"


@pytest.mark.parametrize("title", ['""', '"  "', '"\\u0000"'])
def test_a_name_of_nothing_is_a_fault(write: Write, title: str) -> None:
    assert set(faults(write(text=LEAST.format("", "").replace('"Hosting"', title)))) == {"title"}
