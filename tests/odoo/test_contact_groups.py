from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from integrations.odoo.connection import Row
from integrations.odoo.contacts.source import groups

PAGE = 1000


class Books:
    """Customers with so many rows each, and what was asked of them."""

    def __init__(self, sizes: Mapping[int, int]) -> None:
        self.sizes = sizes
        self.requests = 0
        self.most = 0
        self.found: dict[int, int] = {}

    def read(self, customers: Sequence[int], limit: int | None) -> list[Row]:
        rows = [{"customer": customer} for customer in customers for _ in range(self.sizes[customer])]
        if limit is None:
            self.requests += len(rows) // PAGE + 1
            return rows
        self.requests += 1
        self.most = max(self.most, len(rows[:limit]))
        return rows[:limit]

    def read_all(self, page: int = PAGE) -> None:
        for group, rows in groups(list(self.sizes), page, self.read):
            assert set(group).isdisjoint(self.found)
            self.found.update(dict.fromkeys(group, 0))
            for row in rows:
                self.found[row["customer"]] += 1


@pytest.mark.parametrize(
    "spread", [lambda _: 51, lambda dice: 1 + int(dice.expovariate(1 / 50))], ids=["even", "uneven"]
)
def test_twenty_thousand_customers_of_fifty_contacts_take_little_more_than_a_request_a_thousand(spread) -> None:
    """A million rows: 1,020 full pages at the least."""
    dice = random.Random(7)  # noqa: S311  (a spread, not a secret)
    books = Books({number: spread(dice) for number in range(20_000)})
    books.read_all()
    assert books.found == books.sizes
    assert books.requests <= sum(books.sizes.values()) / PAGE * 1.1
    assert books.most <= 2 * PAGE


def test_one_customer_with_very_many_contacts_holds_the_others_up_little() -> None:
    books = Books({number: 30_000 if number == 700 else 3 for number in range(2000)})
    books.read_all()
    assert books.found == books.sizes
    assert books.requests < 31 + 40
    assert books.most <= 2 * PAGE


@pytest.mark.parametrize("page", [2, 3, 7])
def test_every_row_is_read_however_small_the_page(page: int) -> None:
    books = Books({number: number % 11 for number in range(60)})
    books.read_all(page)
    assert books.found == books.sizes
    assert books.most <= 2 * page


def test_nobody_asked_for_is_nothing_asked() -> None:
    books = Books({})
    books.read_all()
    assert books.requests == 0
