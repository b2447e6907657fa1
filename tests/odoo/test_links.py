"""Addresses of Odoo's pages, as its versions write them."""

from __future__ import annotations

import pytest

from integrations.odoo.links import linked

BASE = "https://erp.acme.example"


@pytest.mark.parametrize(
    "page",
    [
        "/web#id=42&model=crm.lead&view_type=form",
        "/web#id=42&cids=1&menu_id=135&action=187&model=crm.lead&view_type=form",
        "/web?debug=1#id=42&model=crm.lead",
        "/odoo/crm/42",
        "/odoo/crm/42/",
        "/odoo/crm/42?debug=assets",
        "/odoo/action-310/42",
        "/odoo/crm.lead/42",
        "/odoo/contacts/101/crm.lead/42",
    ],
)
def test_a_deals_page_gives_its_id_in_every_version(page: str) -> None:
    assert linked(BASE, BASE + page, "deal") == "42"
    assert linked(f"{BASE}/sub", f"{BASE}/sub{page}", "deal") == "42"


@pytest.mark.parametrize(
    "page",
    [
        "/web#id=101&model=res.partner&view_type=form",
        "/odoo/contacts/101",
        "/odoo/res.partner/101",
        "/odoo/customers/101",
    ],
)
def test_a_customers_page_gives_its_id_and_is_no_deals(page: str) -> None:
    assert linked(BASE, BASE + page, "customer") == "101"
    assert linked(BASE, BASE + page, "deal") is None


@pytest.mark.parametrize(
    "link",
    [
        "https://other.example/odoo/crm/42",
        "https://erp.acme.example.evil.example/odoo/crm/42",
        f"{BASE}/odoo/crm",
        f"{BASE}/odoo/crm/new",
        f"{BASE}/odoo/project/42",
        f"{BASE}/web#model=crm.lead",
        f"{BASE}/web#id=042&model=crm.lead",
        f"{BASE}/my/crm/42",
        BASE,
    ],
)
def test_another_odoos_page_and_any_other_page_is_none(link: str) -> None:
    assert linked(BASE, link, "deal") is None
