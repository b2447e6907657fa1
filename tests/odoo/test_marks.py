from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from integrations.odoo import marks


def test_a_deals_mark_is_the_one_that_is_documented() -> None:
    assert marks.of_deal("47") == "customer_of_deal_47"


def test_the_first_releases_mark_alone_tells_the_deal_that_its_objects_say() -> None:
    """What the deal makes now may be the second company that it makes."""
    assert marks.deal_of(marks.of_first_release("47")) == "47"
    assert marks.deal_of(marks.of_deal("47")) is None


@given(st.text(min_size=1))
def test_a_mark_has_no_blank_and_no_point_whatever_the_deal_is_called(deal: str) -> None:
    mark = marks.of_deal(deal)
    assert not any(character.isspace() or character == "." for character in mark)
    assert len(mark) < 100


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_deals_never_share_a_mark_nor_one_anothers_invoice_contacts(deal: str, other: str) -> None:
    assert (marks.of_deal(deal) == marks.of_deal(other)) == (deal == other)
    assert marks.of_deal(deal) != f"{marks.of_deal(other)}_invoice"


def test_every_deal_of_a_customer_gives_a_mark_and_its_own_comes_first() -> None:
    found = marks.of_keys(("customer:7", "deal:1", "deal:2"), "2")
    assert found == ("customer_of_deal_2", "customer_of_deal_1", "customer_deal_2", "customer_deal_1")
    assert len(marks.of_keys(("customer:7",), None)) == 1
