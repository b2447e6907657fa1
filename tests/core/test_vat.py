"""VAT numbers: a country's own numbers are taken however somebody typed them, with one sign wrong they are not."""

from __future__ import annotations

import pytest

from integrations.core.vat import possible

RIGHT = [
    ("CHE-107.787.577 MWST", "CH"),
    ("che107787577", ""),
    ("107.787.577", "CH"),
    ("CHE-107.787.577 HR/MWST", "CH"),
    ("CHE-107.787.577", "LI"),
    ("DE136695976", ""),
    ("136 695 976", "DE"),
    ("ATU13585627", "CH"),
    ("U13585627", "AT"),
    ("FR 83 404 833 048", "FR"),
    ("IT00743110157", ""),
    ("BE 0403.019.261", ""),
    ("GB980780684", ""),
    ("XI980780684", "GB"),
    ("EL094259216", "GR"),
    ("NO995525828MVA", ""),
    ("ABC680524P76", "MX"),
    ("DEF680524P70", "MX"),
]


@pytest.mark.parametrize(("number", "country"), RIGHT)
def test_a_number_is_right_with_and_without_its_countrys_letters_and_signs(number, country):
    """What is on letters, in the ERP and on the tax office's page is one number."""
    assert possible(number, country)


@pytest.mark.parametrize(("number", "country"), [pair for pair in RIGHT if pair[1] != "MX"])
def test_a_number_with_a_digit_changed_is_wrong(number, country):
    """All of these countries have a check digit, but for Mexico: a slip of the finger is seen."""
    place = max(place for place, sign in enumerate(number) if sign.isdigit())
    slip = f"{number[:place]}{(int(number[place]) + 1) % 10}{number[place + 1 :]}"
    assert not possible(slip, country)


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
