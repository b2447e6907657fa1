"""Each exception and each trap of the billing world: who has it, and how it comes about."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.pretend import Contracts

Seed = Callable[[Books, int], None]
"""Puts a customer with this id, and all of its billing; notes by `Books.expect` what is to be found."""

EVERYWHERE = frozenset(Contracts)
WITH_CONTRACTS = frozenset({Contracts.OCA, Contracts.ENTERPRISE})
WITH_LINES = frozenset({Contracts.OCA})
"""Where a contract's lines have days and prices of their own."""


@dataclasses.dataclass(frozen=True)
class Case:
    """A customer's case.

    Attributes:
        trap: What it is that only looks like an exception; empty: it is one.
        shapes: The ways of keeping contracts in which it can occur.
    """

    rule: str
    customer: int
    kind: Literal["exception", "trap"]
    trap: str
    shapes: frozenset[Contracts]
    seed: Seed


CASES: list[Case] = []
"""All of them, by customer; filled as their modules are imported."""


def exception(rule: str, customer: int, shapes: frozenset[Contracts] = EVERYWHERE) -> Callable[[Seed], Seed]:
    """A customer at whom a rule has to find something."""
    return _case(rule, customer, "exception", "", shapes)


def trap(rule: str, what: str, customer: int, shapes: frozenset[Contracts] = EVERYWHERE) -> Callable[[Seed], Seed]:
    """A customer at whom a rule has to find nothing, for this reason."""
    return _case(rule, customer, "trap", what, shapes)


def _case(
    rule: str, customer: int, kind: Literal["exception", "trap"], what: str, shapes: frozenset[Contracts]
) -> Callable[[Seed], Seed]:
    def told(seed: Seed) -> Seed:
        CASES.append(Case(rule, customer, kind, what, shapes, seed))
        return seed

    return told
