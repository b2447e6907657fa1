"""The ledger keeps names of fields and no values: after a whole day's work nothing of them is in its bytes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.thread import running
from tests.cli.place import Place

ALLOWED = frozenset({("customer", "segment")})
"""Fields whose values the ledger may keep, by the resource's kind: they are ours, and of nobody's people."""
DEALS = ("42", "43", "44")
OUR_DOMAIN = "@acme.example"
SHORTEST = 5
"""Shorter texts are in any file by chance."""


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Customers whose invoicing has exceptions, and our ledger."""
    monkeypatch.setenv("COLUMNS", "80")
    with running(billing=True) as sandbox:
        yield Place(tmp_path, sandbox)


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, and every line of it."""
    if isinstance(value, str):
        yield from (line for line in (value, *value.splitlines()) if len(line) >= SHORTEST)
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def field_values(company: Place, deal: str) -> Iterator[str]:
    """What a set-up is to write, and what people have there; without the customer's name, by which deals are called."""
    document = company.set_up(deal, "-n")
    for step in document["steps"]:
        for field in (*step["fields"], *step["theirs"]):
            if (step["kind"], field["name"]) not in ALLOWED:
                yield from texts([field["old"], field["new"]])


def people_values(company: Place) -> Iterator[str]:
    """The names, addresses and telephone numbers of the customers' people, as the ERP and the other systems have them.

    Whoever has an address of ours is one of us.
    """
    for partner in company.state()["erp"]["res.partner"]:
        if not partner.get("is_company") and not str(partner.get("email") or "").endswith(OUR_DOMAIN):
            phones = [str(partner.get(name) or "") for name in ("phone", "mobile")]
            spelt = (*phones, *("".join(phone.split()) for phone in phones))
            yield from texts([partner["name"], partner.get("email") or "", partner.get("street") or "", *spelt])


def test_no_value_of_a_field_and_nothing_of_a_customers_people_is_in_the_ledgers_bytes(company: Place) -> None:
    values = {value for deal in DEALS for value in field_values(company, deal)}
    for deal in DEALS:
        assert company.setup(deal, "--yes").code == 0
    company.erp("res.partner", "write", ids=[411], vals={"phone": "+41 52 555 09 09"})
    company.erp("res.partner", "write", ids=[414], vals={"active": False})
    assert company.run("contacts", "sync", "--yes").code == 0
    company.run("contacts", "revoke", "beat@mueller-soehne.example", "--yes")
    assert company.run("invoices", "check").code == 0
    state = company.state()
    ours = {str(user["name"]) for user in state["erp"]["res.users"]} | {
        str(partner[name]) for partner in state["erp"]["res.partner"] if partner.get("is_company") for name in ("name",)
    }
    ours |= {user["displayName"] for user in state["jira"]["user"] if user["email"].endswith(OUR_DOMAIN)}
    ours |= {
        organization["id"] for organization in state["panel"]["organization"]
    }  # ids are kept, and there a plan shows them as a field
    wanted = {value for value in itertools.chain(values, people_values(company)) if not value.endswith(OUR_DOMAIN)}
    assert len(wanted) > 100, "there is hardly anything to look for"
    held = b"".join(path.read_bytes() for path in (company.folder / ".closedwon").glob("ledger.sqlite*"))
    found = [value for value in wanted - ours if value.encode() in held or json.dumps(value)[1:-1].encode() in held]
    assert found == []
