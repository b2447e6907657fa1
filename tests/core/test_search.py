"""Deals and customers by what people call them."""

from __future__ import annotations

import pytest

from integrations.core.search import Candidate, number, search

ALL = (
    Candidate("42", ("Müller & Söhne AG", "Managed hosting")),
    Candidate("53", ("Müller & Söhne AG", "Security workshop")),
    Candidate("60", ("Nord AG", "Cloud strategy")),
    Candidate("61", ("Nordwind GmbH", "Cloud strategy")),
    Candidate("62", ("株式会社テスト", "")),
)


@pytest.mark.parametrize("text", ["42", "#42", "deal:42", " 42 "])
def test_a_number_is_a_number_however_it_is_written(text: str) -> None:
    assert number(text, "deal") == "42"


@pytest.mark.parametrize("text", ["customer:42", "42a", "#", "", "４２", "Müller 42"])
def test_what_is_no_deals_number_is_none(text: str) -> None:
    assert number(text, "deal") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("müller", ["42", "53"]),
        ("MUELLER", ["42", "53"]),
        ("Muller und Sohne", ["42", "53"]),
        ("söhne müller", ["42", "53"]),
        ("müller workshop", ["53"]),
        ("Nord", ["60"]),
        ("nordw", ["61"]),
        ("テスト", ["62"]),
        ("cloud strategy", ["60", "61"]),
    ],
)
def test_a_name_or_a_part_of_it_finds_everything_that_has_it(text: str, found: list[str]) -> None:
    matches = search(text, ALL)
    assert [candidate.id for candidate in matches.found] == found
    assert matches.are_sure


def test_what_merely_resembles_it_is_not_sure_even_where_it_is_alone() -> None:
    matches = search("Mullr Sohne", ALL[:1])
    assert [candidate.id for candidate in matches.found] == ["42"]
    assert not matches.are_sure


@pytest.mark.parametrize("text", ["", "  ", "none such"])
def test_nothing_is_found_for_nothing_and_for_what_nobody_is_called(text: str) -> None:
    assert search(text, ALL).found == ()
