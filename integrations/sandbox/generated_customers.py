"""Customers that have been set up before, each with many contacts: what contact sync is measured on."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.index import prepare
from integrations.sandbox.erp.seed import MADE_AT, ROBOT, USERS, Seeder, put_contact, seed_partners
from integrations.sandbox.generated_contacts import contact
from integrations.sandbox.made_up import company_name, country_of, domain_of, place_of
from integrations.sandbox.pretend import World
from integrations.sandbox.seed import Company
from integrations.sandbox.seeded_contacts import SeededContact

FIRST_CUSTOMER, FIRST_PART, FIRST_CONTACT = 700_001, 800_001, 1_000_001
"""Numbers of the first company, of the first part of a company, and of the first person."""
NAMES_FROM = 50_000
"""Behind the names of those that deals are generated for."""
_MANAGERS = ("lena.gerber@acme.example", "sandro.bianchi@acme.example", "reto.frei@acme.example")
_LOOKED_UP = ("commercial_partner_id", "parent_id")
"""What contacts are found by all the time: the first of many requests is to be as quick as the others."""
_LARGE = 40
"""A customer with more contacts has a part of its own, a web shop, with every tenth of them below it."""
_OF_THE_PART = 10


def generate_customers(world: World, customers: int, contacts: int) -> list[Company]:
    """Add customers with `contacts` people in all, spread unevenly; return what was added.

    Nothing is added to a world that has generated ones already. The same numbers give the same world.
    """
    environment = Environment(world, ROBOT, MADE_AT)
    if environment.record("res.partner", FIRST_CUSTOMER) is not None:
        prepare(environment, "res.partner", *_LOOKED_UP)
        return []
    seeder = Seeder(environment)
    added = []
    first = FIRST_CONTACT
    with world.state.transaction():
        for index, size in enumerate(sizes(customers, contacts)):
            added.append(_company(index, first if size else None))
            seed_partners(seeder.put, USERS, added[-1:])
            for person in _people(index, size, first):
                put_contact(seeder.put, person)
            first += size
    prepare(environment, "res.partner", *_LOOKED_UP)
    return added


def sizes(customers: int, contacts: int) -> Iterator[int]:
    """Yield the number of contacts of each customer: some have fifty times as many as others."""
    weights = [1 + (index * 37 % 101) ** 2 // 200 for index in range(customers)]
    total, before, given = sum(weights), 0, 0
    for weight in weights:
        before += weight
        share = contacts * before // total
        yield share - given
        given = share


def _company(index: int, invoice: int | None) -> Company:
    """`invoice`: the number of its contact for invoices, which is its first."""
    number = NAMES_FROM + index
    country = country_of(number)
    return Company(
        FIRST_CUSTOMER + index,
        company_name(number),
        f"{country.street} {1 + index % 150}",
        *place_of(number),
        country.code,
        lang=country.lang,
        is_customer=True,
        account_manager=_MANAGERS[index % len(_MANAGERS)],
        invoice_contact=None if invoice is None else (invoice, f"invoices@{domain_of(number)}"),
    )


def _people(index: int, size: int, first: int) -> Iterator[SeededContact]:
    """All contacts of a customer but its first, which comes with the company."""
    number = NAMES_FROM + index
    company, country, domain = FIRST_CUSTOMER + index, country_of(number), domain_of(number)
    part = FIRST_PART + index if size > _LARGE else None
    if part is not None:
        yield SeededContact(part, company, "Webshop", type="other", lang=country.lang)
    for place in range(1, size):
        below = part if part is not None and place % _OF_THE_PART == 0 else company
        yield contact(first + place, below, place, (index, country, domain))
