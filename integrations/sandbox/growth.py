"""Additions to the seeded world."""

from __future__ import annotations

import dataclasses

from integrations.sandbox.generated_customers import generate_customers
from integrations.sandbox.generated_invoices import generate_invoices
from integrations.sandbox.generator import generate
from integrations.sandbox.pretend import World
from integrations.sandbox.set_up import set_up


@dataclasses.dataclass(frozen=True)
class Growth:
    """Additions: won deals; customers with contacts; invoices.

    Customers are `set_up` in every system already or exist in the ERP only. The invoices belong to customers
    of their own, fifty each.
    """

    deals: int = 0
    customers: int = 0
    contacts: int = 0
    set_up: bool = False
    invoices: int = 0


def grown(world: World, growth: Growth) -> None:
    """Add it, as if it had always been there."""
    if growth.deals:
        generate(world, growth.deals)
    if growth.customers:
        added = generate_customers(world, growth.customers, growth.contacts)
        if growth.set_up:
            set_up(world, added)
    if growth.invoices:
        generate_invoices(world, growth.invoices)
