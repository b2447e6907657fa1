"""Many customers with contacts, set up before."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.appuio.organization import Organization as Panel
from integrations.confluence.section import Section
from integrations.core.document import Document
from integrations.core.http import HttpContext
from integrations.core.resource import Live, Lookup, Resource
from integrations.jira.organization.store import Organization as Desk
from integrations.registry import adapter
from integrations.sandbox.app import build
from integrations.sandbox.generated_customers import FIRST_CONTACT, FIRST_CUSTOMER, FIRST_PART, NAMES_FROM, sizes
from integrations.sandbox.growth import Growth
from integrations.sandbox.made_up import company_name
from integrations.sandbox.pretend import ACCOUNT, TOKEN
from integrations.sandbox.server import Server
from integrations.sandbox.thread import running

MANY = Growth(customers=40, contacts=8000, set_up=True)


@pytest.fixture(scope="module")
def server() -> Server:
    return build(growth=MANY)


def partners(server: Server, first: int) -> list[dict[str, Any]]:
    return [row for row in server.world.state.table("erp", "res.partner").values() if row["id"] >= first]


def companies(server: Server) -> list[dict[str, Any]]:
    return [row for row in partners(server, FIRST_CUSTOMER) if row["id"] < FIRST_PART]


def test_as_many_customers_and_contacts_are_added_as_asked_for_the_same_every_time(server: Server) -> None:
    again = build(growth=MANY)
    assert len(companies(server)) == MANY.customers
    assert len(partners(server, FIRST_CONTACT)) == MANY.contacts
    assert partners(again, FIRST_CUSTOMER) == partners(server, FIRST_CUSTOMER)


def test_each_customer_is_one_in_the_erp_with_somebody_who_looks_after_it(server: Server) -> None:
    assert all(row["customer_rank"] == 1 and row["user_id"] and row["is_company"] for row in companies(server))
    assert len({row["name"] for row in companies(server)}) == MANY.customers


@pytest.mark.parametrize(("customers", "contacts"), [(1, 7), (7, 3), (200, 10_000), (3, 0)])
def test_contacts_are_spread_unevenly_and_none_is_lost(customers: int, contacts: int) -> None:
    spread = list(sizes(customers, contacts))
    assert len(spread) == customers
    assert sum(spread) == contacts
    assert customers < 100 or max(spread) > 10 * min(spread)


def test_every_contact_belongs_to_a_customer_and_some_to_a_part_of_it(server: Server) -> None:
    ids = {row["id"] for row in companies(server)}
    people = partners(server, FIRST_CONTACT)
    assert {row["commercial_partner_id"] for row in people} <= ids
    assert any(FIRST_PART <= row["parent_id"] < FIRST_CONTACT for row in people)


def test_addresses_are_unique_but_for_a_small_share_of_shared_and_malformed_ones(server: Server) -> None:
    people = partners(server, FIRST_CONTACT)
    companies_of: dict[str, Counter[int]] = {}
    for row in people:
        companies_of.setdefault(row["email"], Counter())[row["commercial_partner_id"]] += 1
    well_formed = {email: of for email, of in companies_of.items() if "@" in email.strip("@") and " " not in email}
    assert all(count == 1 for of in well_formed.values() for count in of.values())
    two = sum(len(of) for of in well_formed.values() if len(of) > 1)
    share = {
        "serve two companies": two / len(people),
        "malformed": 1 - sum(sum(of.values()) for of in well_formed.values()) / len(people),
        "archived": sum(not row["active"] for row in people) / len(people),
        "shared": sum(row["name"] == "Team" for row in people) / len(people),
    }
    for name, (least, most) in {
        "serve two companies": (0.005, 0.02),
        "malformed": (0.003, 0.008),
        "archived": (0.005, 0.015),
        "shared": (0.015, 0.025),
    }.items():
        assert least <= share[name] <= most, name


def test_what_was_set_up_before_bears_our_mark_in_every_system(server: Server) -> None:
    keys = {f"customer:{row['id']}" for row in companies(server)}
    state = server.world.state
    marks = [
        organization["properties"].get("closedwon", {}).get("key")
        for organization in state.table("jira", "organization").values()
    ]
    assert keys == set(marks) - {None}
    panel = [
        organization["metadata"].get("annotations", {})
        for organization in state.table("panel", "organization").values()
    ]
    assert keys == {organization.get("closedwon.io/key") for organization in panel} - {None}
    pages = "".join(page["body"] for page in state.table("wiki", "page").values())
    assert all(pages.count(f">{key}/page</ac:parameter>") == 1 for key in keys)


def test_our_own_adapters_know_what_was_set_up_before_by_its_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ids are those that the sandbox says in place of a ledger."""
    monkeypatch.setenv("SANDBOX_TOKEN", TOKEN)
    key, name = f"customer:{FIRST_CUSTOMER}", company_name(NAMES_FROM)
    wanted: dict[str, tuple[str, dict[str, str], Resource]] = {
        "jira": ("jira", {"account": ACCOUNT, "service_desk": "1"}, Desk(key=key, name=name)),
        "panel": ("appuio", {}, Panel(key=key, display_name=name)),
        "wiki": (
            "confluence",
            {"account": ACCOUNT, "space": "KUNDEN", "parent": "Kunden"},
            Section(key=f"{key}/page", page_title=name, body=Document()),
        ),
    }
    with running(growth=Growth(customers=2, contacts=4, set_up=True)) as sandbox:
        places = requests.get(f"{sandbox.url}/_sandbox/places", timeout=10).json()
        for system, (vendor, settings, resource) in wanted.items():
            package = adapter(vendor)
            chosen = {
                "adapter": vendor,
                "url": f"{sandbox.url}/{system}",
                "token": {"env": "SANDBOX_TOKEN"},
                **settings,
            }
            connected = package.connect(system, package.Settings.model_validate(chosen), HttpContext(tmp_path))
            live = connected.stores[resource.kind].find([Lookup(resource)])[resource.key]
            assert isinstance(live, Live), (system, live)
            assert live.ours
            assert live.id.partition("/")[0] == places[str(FIRST_CUSTOMER)][system]


def test_without_it_they_are_in_the_erp_only() -> None:
    plain, grown = build(), build(growth=Growth(customers=3, contacts=9))
    for name, table in plain.world.state.tables().items():
        if name != ("erp", "res.partner"):
            assert len(grown.world.state.table(*name)) == len(table), name


def test_a_second_start_adds_nothing_and_brings_nobody_back(tmp_path: Path) -> None:
    growth = Growth(customers=3, contacts=30, set_up=True)
    first = build(tmp_path, growth=growth)
    del first.world.state.table("erp", "res.partner")[str(FIRST_CONTACT + 5)]
    before = {name: dict(table) for name, table in first.world.state.tables().items() if table}
    first.world.state.close()
    again = build(tmp_path, growth=growth)
    assert {name: dict(table) for name, table in again.world.state.tables().items() if table} == before
    again.world.state.close()


def test_nothing_generated_counts_as_there_twice(server: Server) -> None:
    assert [line for system in server.systems.values() for line in system.duplicates(server.world)] == []
