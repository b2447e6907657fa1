from __future__ import annotations

from typing import Any

import pytest

from integrations.sandbox.seeded_contacts import CONTACTS
from tests.sandbox.erp.conftest import Odoo

CASES: list[tuple[list[Any], list[int]]] = [
    ([["id", "in", [101, 103, 999]]], [101, 103]),
    ([["id", "in", [101, 102]], ["city", "=", "Genève"]], [102]),
    ([["city", "=ilike", "ZÜRICH"]], [103]),
    ([["city", "ilike", "züri"]], [103]),
    ([["city", "=like", "Z%h"]], [103]),
    ([["city", "like", "züri"]], []),
    ([["vat", "!=", False], ["id", "<", 106], ["is_company", "=", True]], [101, 105]),
    (["|", ["id", "=", 101], ["id", "=", 102]], [101, 102]),
    (["!", ["id", "!=", 103]], [103]),
    (["&", ["id", ">=", 103], ["id", "<=", 104]], [103, 104]),
    ([["id", "child_of", 105]], [105, 106, 206, 305]),
    ([["id", "child_of", [102, 103]]], [102, 103, 202, 302]),
    ([["id", "parent_of", 206]], [105, 106, 206]),
    ([["parent_id", "child_of", 105]], [106, 206, 305]),
    ([["country_id.code", "=", "PL"], ["is_company", "=", True]], [3, 107]),
    ([["parent_id.country_id.code", "=", "DE"]], [106, 206, 305]),
    ([["country_id", "=", "Poland"], ["is_company", "=", True]], [3, 107]),
    ([["country_id", "ilike", "pola"], ["is_company", "=", True]], [3, 107]),
    ([["child_ids.type", "=", "invoice"], ["vshn_control_api_inflight", "=", False]], [102, 105, 108, 110]),
    ([["type", "not in", ["contact"]], ["vshn_control_api_inflight", "=", False]], [302, 305, 308, 310]),
    ([["user_id", "=", False], ["id", "in", [101, 102]]], [101]),
    ([["customer_rank", ">", 0]], [105, 108, 110]),
    ([["customer_rank", "=", 0], ["id", "in", [101, 105]]], [101]),
    ([["email", "in", ["office@alpina-zh.example", "office@alpina-gr.example"]]], [103, 104]),
    ([["commercial_partner_id", "=", 110]], [110, 310]),
    ([["opportunity_ids", "=", 48]], [107]),
]


@pytest.mark.parametrize(("domain", "expected"), CASES)
def test_a_domain_finds_what_it_says(odoo: Odoo, domain: list[Any], expected: list[int]):
    few = [*domain, ["id", "<", min(contact.id for contact in CONTACTS)]]
    assert odoo.ok("res.partner", "search", domain=few, order="id") == expected
    assert sorted(odoo.ok("res.partner", "search", domain=few, order="name")) == expected


@pytest.mark.parametrize(
    "domain",
    [[["id", "~", 1]], ["&", ["id", "=", 1]], [["id", "="]], ["id"], [["name.x", "=", 1]], [["id", "<", "x"]], "id"],
)
def test_a_malformed_domain_is_refused(odoo: Odoo, domain: Any):
    assert odoo.refused("res.partner", "search", domain=domain)[1] == "builtins.ValueError"


def test_order_limit_and_offset_cut_pages(odoo: Odoo):
    everything = odoo.ok("res.partner", "search", domain=[], order="id")
    pages, last = [], 0
    while page := odoo.ok("res.partner", "search", domain=[["id", ">", last]], order="id", limit=3):
        pages += page
        last = page[-1]
    assert pages == everything
    assert odoo.ok("res.partner", "search", domain=[], order="id desc", limit=2, offset=1) == everything[::-1][1:3]
    by_city = odoo.ok("res.partner", "search", domain=[["id", "in", [101, 103, 104, 401]]], order="city desc, id")
    assert by_city == [103, 101, 104]
    assert odoo.refused("res.partner", "search", domain=[], order="id; drop")[0] in (422, 500)
    assert odoo.ok("res.partner", "search_count", domain=[["is_company", "=", True]], limit=2) == 2
