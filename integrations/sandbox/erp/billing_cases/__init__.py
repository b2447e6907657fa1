"""Customers whose invoicing has exceptions, and others with what only looks like one: each once, each at its own.

Their names tell nothing of it. All days are counted from the world's own, so that it shows the same on any day.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from integrations.sandbox.erp.billing_cases import (
    before_first_invoice,
    chain,
    contract_against_invoice,
    credit_and_dispute,
    duplicates,
    ending,
    overdue,
    tax_and_currency,
    unbilled_work,
)
from integrations.sandbox.erp.billing_cases.books import FIRST, ROBOT, Books
from integrations.sandbox.erp.billing_cases.calendar import Calendar
from integrations.sandbox.erp.billing_cases.case import CASES
from integrations.sandbox.erp.billing_cases.older import complete_older
from integrations.sandbox.erp.billing_cases.ourselves import seed_ourselves
from integrations.sandbox.erp.billing_cases.reference import seed_reference
from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.seed import USERS, seed
from integrations.sandbox.pretend import Billing, Contracts, World
from integrations.sandbox.state import State

GROUPS = (
    before_first_invoice,
    contract_against_invoice,
    overdue,
    credit_and_dispute,
    duplicates,
    tax_and_currency,
    ending,
    unbilled_work,
    chain,
)
"""The modules whose cases are seeded: by the rules' groups."""

EXPECTED: Mapping[str, int] = {case.rule: case.customer for case in CASES if case.kind == "exception"}
"""By rule, the customer at whom it finds its exception; `expected` tells about what, in one world."""
TRAPS: Mapping[tuple[str, str], int] = {(case.rule, case.trap): case.customer for case in CASES if case.kind == "trap"}
"""By rule and what it must not take for an exception, the customer who has that."""


@dataclasses.dataclass(frozen=True)
class Expected:
    """The exact findings of the rules in one world.

    Attributes:
        findings: Rule, customer's id, subject.
    """

    findings: frozenset[tuple[str, str, str]]


def opened(there: World, first: int = FIRST) -> Books:
    """The books of a world, as of its day; `first`: the number that new records of each model begin with."""
    day = there.billing.today
    moment = dt.datetime.combine(day, dt.time(3), dt.UTC) - dt.timedelta(days=1)
    return Books(there, Environment(there, ROBOT, moment.timestamp()), Calendar(day), USERS, first)


def seed_billing(there: World) -> Expected:
    """Add the billing cases to a seeded world; return the findings to expect at them."""
    books = opened(there)
    complete_older(books)
    seed_reference(books)
    for case in CASES:
        if there.billing.contracts in case.shapes:
            case.seed(books, case.customer)
    seed_ourselves(books)
    return Expected(frozenset(books.expected))


def expected(today: dt.date, contracts: str = Contracts.OCA.value) -> Expected:
    """Return the findings to expect in a world of this day, at the customers of this folder."""
    world = World(State(), billing=Billing(Contracts(contracts), seeded=False, today=today))
    with world.state.transaction():
        seed(world)
        return seed_billing(world)
