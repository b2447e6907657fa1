"""VAT numbers: a country's own numbers are taken however somebody typed them, with one sign wrong they are not."""

from __future__ import annotations

import pkgutil
import tomllib
from pathlib import Path

import pytest
import stdnum
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum.util import get_cc_module

from integrations.core.vat import normal, possible
from tests.data import cases


@cases(__file__, "vat")
def test_a_countrys_number_is_right_however_it_is_typed_and_compared_in_one_form(case):
    """With the country's letters and without, as Odoo stores it and as people write it."""
    for typed, form in case["right"]:
        bare = form.removeprefix("CHE").removeprefix(case["country"])
        for written in (typed, typed.lower(), f" {typed}\u00a0", form, f"{form[:2]} {bare}", f"\u200b{typed}"):
            assert possible(written, case["country"]), written
            assert normal(written, case["country"]) == form, written
        assert normal(form, case["country"]) == normal(form) == form


@cases(__file__, "vat")
def test_what_a_countrys_rules_do_not_allow_is_wrong_with_its_letters_too(case):
    """A slip of the finger is seen wherever the country has a check digit that Odoo looks at."""
    for typed in case["wrong"]:
        assert not possible(typed, case["country"]), typed
        assert not possible(f"{case['country']}{typed.removeprefix(case['country'])}", case["country"]), typed


@cases(__file__, "vat")
def test_numbers_with_letters_are_read_alike_in_every_country(case):
    """A company abroad that is registered here for the tax has our number."""
    for _, form in case["right"]:
        assert normal(form, "CH") == normal(form, "DE") == normal(form, "") == form


def test_every_country_that_the_library_knows_has_cases():
    packages = {found.name.strip("_").upper() for found in pkgutil.iter_modules(stdnum.__path__) if found.ispkg}
    countries = {name for name in packages if len(name) == 2 and get_cc_module(name, "vat")} - {"EU"}
    assert len(countries) > 70
    text = (Path(__file__).parent / "cases" / "vat.toml").read_text(encoding="utf-8")
    assert countries <= {case["country"] for case in tomllib.loads(text)["case"]}


@pytest.mark.parametrize(
    ("number", "country", "form"),
    [
        ("che107787577", "", "CHE107787577"),
        ("CHE-107.787.577 MWST", "DE", "CHE107787577"),
        ("ATU13585627", "CH", "ATU13585627"),
        ("u13585627", "AT", "ATU13585627"),
        ("XI980780684", "IE", "GB980780684"),
        ("EU528003646", "CA", "EU528003646"),
        ("12 345", "", "12345"),
        ("BE 0403.019.261", "FR", "BE0403019261"),
        ("403019261", "BE", "BE0403019261"),
        ("FR53000004605", "MC", "FR53000004605"),
    ],
)
def test_the_letters_of_a_number_count_more_than_the_companys_country(number, country, form):
    assert normal(number, country) == form


@pytest.mark.parametrize("text", [None, "", "/", " - ", "to follow", "n/a", "none"])
def test_a_field_without_a_number_is_equal_to_none(text):
    """Two companies without a number are not one."""
    assert normal(text, "CH") == ""


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=20) | st.from_regex(r"[A-Z]{2}[ .-]?[0-9A-Z.-]{2,14}", fullmatch=True),
    st.sampled_from(["", "CH", "HU", "MX", "GR", "IS"]),
)
@example("²²²", "CH")
@example("is123", "")
@example("\ud800", "CH")
def test_no_text_raises_and_case_and_blanks_change_no_answer(number, country):
    form = normal(number, country)
    assert form == normal(f"\u00a0{number} ", country)
    assert form == normal(number.upper(), country)
    assert form.isascii() or not number.isascii()


@pytest.mark.parametrize(
    ("number", "country"), [("US12-3456789", "US"), ("LI54321", "CH"), ("54321", ""), ("QQ1", "QQ")]
)
def test_a_number_of_a_country_whose_rules_are_not_known_is_taken_as_right(number, country):
    """Nothing is said of what nobody here can judge."""
    assert possible(number, country)


@pytest.mark.parametrize("text", ["to follow", "n/a", "?", "²²²", "CHE-", "CHE-107.787.577, DE136695976"])
def test_what_is_no_number_is_wrong(text):
    """People type all sorts of things into a field."""
    assert not possible(text, "CH")
