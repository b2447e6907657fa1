"""How alike two customers are: what reads the same, what a person has to judge, what is two on purpose."""

from __future__ import annotations

import itertools
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.company_name import company_name, folded, reads_the_same
from integrations.core.likeness import SHARED, Features, Index, likeness, resemble
from tests.data import cases

LETTERS = "abcdefghijkmnopqrtuvwxyzäöüéçñßøåłıİŞжяαώ"
WORD = st.text(st.sampled_from(LETTERS), min_size=3, max_size=8)
NAME = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
FORM = st.sampled_from(
    ["AG", "GmbH", "G.m.b.H.", "S.A.", "Sàrl", "Sp. z o.o.", "Ltd", "Ltd.", "Limited", "Inc.", "BV", "A/S", "d.o.o."]
)
ANYTHING = st.text(max_size=30)


def _features(**values: Any) -> Features:
    return Features.of(values.pop("name", ""), **values)


def _pairs(case: dict[str, Any], kind: str) -> list[tuple[str, str]]:
    return list(itertools.combinations(case.get(kind, ()), 2))


@cases(__file__, "likeness_names")
def test_a_name_reads_the_same_however_it_is_spelled(case):
    """Each spelling reads as each other, and no other name as one of them."""
    assert [pair for pair in _pairs(case, "same") if not reads_the_same(*pair)] == []
    assert [pair for pair in _pairs(case, "different") if reads_the_same(*pair)] == []
    assert _pairs(case, "same") or _pairs(case, "different")


@cases(__file__, "likeness_legal_forms")
def test_a_legal_form_does_not_change_how_a_name_reads(case):
    assert [pair for pair in _pairs(case, "same") if not reads_the_same(*pair)] == []
    assert [pair for pair in _pairs(case, "different") if reads_the_same(*pair)] == []
    assert _pairs(case, "same") or _pairs(case, "different")


@cases(__file__, "likeness_vat")
def test_a_vat_number_is_one_however_it_is_spelled(case):
    """Two companies of other names are alike by it alone, and by two numbers not at all."""

    def found(value: str, other: str) -> tuple[str, ...]:
        return _reasons(Features.of("Alpina", vat=value, country=case.get("country")), Features.of("Rhône", vat=other))

    assert [pair for pair in _pairs(case, "same") if found(*pair) != ("has the same VAT number",)] == []
    assert [pair for pair in _pairs(case, "different") if found(*pair)] == []
    assert _pairs(case, "same") or _pairs(case, "different")


@cases(__file__, "likeness_addresses")
def test_an_e_mail_field_holds_the_same_address_however_it_is_written(case):
    """The same address tells by itself, a company's own domain beside a like name, free mail nothing."""

    def found(value: str, other: str, beside: str = "") -> tuple[str, ...]:
        return _reasons(Features.of(f"Alpina {beside}", email=value), Features.of(f"Rhône {beside}", email=other))

    assert [pair for pair in _pairs(case, "same") if found(*pair) != ("has the same e-mail address",)] == []
    assert [pair for pair in _pairs(case, "domain") if found(*pair)] == []
    domain = ("has the same e-mail domain firma.example", "has a like name")
    assert [pair for pair in _pairs(case, "domain") if found(*pair, beside="Gartenbau") != domain] == []
    assert [pair for pair in _pairs(case, "different") if found(*pair, beside="Gartenbau")] == []
    assert any(_pairs(case, kind) for kind in ("same", "domain", "different"))


@cases(__file__, "likeness_telephones")
def test_a_telephone_number_is_one_however_it_is_written(case):
    """It tells beside a like name only: many companies share an office."""

    def found(value: str, other: str, beside: str = "") -> tuple[str, ...]:
        country = case.get("country")
        first = Features.of(f"Alpina {beside}", phone=value, country=country)
        return _reasons(first, Features.of(f"Rhône {beside}", phone=other, country=country))

    alike = ("has the same telephone number", "has a like name")
    assert [pair for pair in _pairs(case, "same") if found(*pair, beside="Gartenbau") != alike] == []
    assert [pair for pair in _pairs(case, "same") if found(*pair)] == []
    assert [pair for pair in _pairs(case, "different") if found(*pair, beside="Gartenbau")] == []
    assert _pairs(case, "same") or _pairs(case, "different")


@cases(__file__, "likeness_alike")
def test_what_is_alike_is_told_with_its_reasons(case):
    """Both ways; certain are only an equal VAT number and an equal name together."""
    features, other = _features(**case["one"]), _features(**case["other"])
    found, back = likeness(features, other), likeness(other, features)
    assert found is not None
    assert back == found
    assert (list(found.reasons), found.certain) == (case["reasons"], case.get("certain", False))


@cases(__file__, "likeness_different")
def test_what_is_different_on_purpose_is_nobodys_question(case):
    features, other = _features(**case["one"]), _features(**case["other"])
    assert likeness(features, other) is None
    assert likeness(other, features) is None


def _reasons(features: Features, other: Features) -> tuple[str, ...]:
    found, back = likeness(features, other), likeness(other, features)
    assert found == back
    return found.reasons if found else ()


def test_a_contacts_address_says_whose_it_is() -> None:
    """A person has to see why a company of another name is offered."""
    company = Features("Rhône", emails=(("", ""), ("anna@firma.example", "Anna Muster")))
    assert _reasons_from(Features.of("Alpina", email="Anna@firma.example"), company) == (
        "Anna Muster has the same e-mail address",
    )


def _reasons_from(features: Features, other: Features) -> tuple[str, ...]:
    found = likeness(features, other)
    return found.reasons if found else ()


@settings(deadline=None)
@given(ANYTHING)
def test_folding_twice_is_folding_once(text: str) -> None:
    """Whatever the text."""
    assert folded(folded(text)) == folded(text)


@settings(deadline=None)
@given(ANYTHING)
def test_a_name_taken_apart_stays_what_it_is(text: str) -> None:
    """Its words without a legal form are a name that reads the same."""
    found = company_name(text)
    assert company_name(" ".join(found.words)).readings >= {"".join(found.words)} - {""}
    assert bool(found.readings) == bool(folded(text))


@settings(deadline=None)
@given(
    NAME,
    FORM,
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from([" ", "\u00a0", "  ", "\u2009", "\u200b "]),
)
def test_no_case_normal_form_blank_or_legal_form_changes_an_answer(
    name: str, form: str, normal: Any, blank: str
) -> None:
    """Neither how the name reads, nor what it is alike to."""
    for other in (
        name.upper(),
        name.title(),
        unicodedata.normalize(normal, name),
        f"{blank}{name}{blank}",
        name.replace(" ", blank),
        f"{name}{blank}{form}",
        f"{unicodedata.normalize(normal, name.upper())}{blank}{form.upper()}",
    ):
        assert reads_the_same(name, other), other
        found = likeness(Features.of(name, vat="CHE-107.787.577"), Features.of(other, vat="che107787577"))
        assert found is not None
        assert found.certain


SOME = st.builds(
    Features.of,
    st.sampled_from(["Alpina AG", "Alpina Treuhand", "Alpina", "Rhône Logistique", "Rhone Logistiqe", ""]),
    vat=st.sampled_from(["", "/", "CHE-107.787.577", "107787577", "CHE-116.281.710", "DE136695976", "CHE-1"]),
    email=st.sampled_from(
        ["", "a@alpina.example", "A <a@alpina.example>", "b@alpina.example", "a@gmail.com", "b@gmail.com"]
    ),
    phone=st.sampled_from(["", "044 123 45 67", "+41 44 123 45 67", "031 123 45 67"]),
    city=st.sampled_from(["", "Chur"]),
    country=st.sampled_from(["", "CH", "DE"]),
)


@settings(deadline=None)
@given(SOME, SOME)
def test_likeness_is_the_same_from_both_sides(features: Features, other: Features) -> None:
    """And who is alike is found by looking it up."""
    found = likeness(features, other)
    assert likeness(other, features) == found
    index = Index()
    index.add(7, other)
    if found is not None:
        assert index.candidates(features) == {7}


@settings(deadline=None)
@given(NAME, NAME)
def test_resembling_is_the_same_from_both_sides(name: str, other: str) -> None:
    assert resemble(company_name(name), company_name(other)) == resemble(company_name(other), company_name(name))


def test_each_is_looked_up_by_what_it_has_and_no_other_comes_with_it() -> None:
    """Many in, few out."""
    index = Index()
    for number in range(1000):
        index.add(number, Features.of(f"Firma {number}", vat=f"CHE-{number:09d}", email=f"info@firma{number}.example"))
    index.add(5, Features(emails=(("anna@elsewhere.example", "Anna"),)))
    index.add(1001, Features.of("FIRMA 5 AG"))
    assert index.candidates(Features.of("Firma 5 GmbH")) == {5, 1001}
    assert index.candidates(Features.of("Nobody", vat="che 000 000 017")) == {17}
    assert index.candidates(Features.of("Nobody", email="Anna@elsewhere.example")) == {5}
    assert index.candidates(Features.of("Nobody", email="other@firma9.example")) == {9}
    assert index.candidates(Features.of("Nobody")) == set()


@pytest.mark.parametrize(("number", "found"), [(SHARED, SHARED), (SHARED + 1, 0)])
def test_a_domain_that_very_many_have_is_a_providers_and_tells_nothing(number: int, found: int) -> None:
    """A name or an address in common tells all the same."""
    index = Index()
    for position in range(number):
        index.add(position, Features.of(f"Firma {position} Bau", email=f"x{position}@provider.example"))
    assert len(index.candidates(Features.of("Bau", email="new@provider.example"))) == found
    assert index.candidates(Features.of("Firma 7 Bau", email="y@elsewhere.example")) == {7}
    assert 7 in index.candidates(Features.of("Bau", email="x7@provider.example"))
