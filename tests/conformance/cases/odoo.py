"""Odoo's store, over both of its transports."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from integrations.core.resource import Live, Resource
from integrations.odoo.customer import Customer
from integrations.sandbox.erp.environment import DATABASE
from integrations.sandbox.pretend import ACCOUNT
from tests.conformance.bench import VARIABLE, Bench
from tests.conformance.case import Adoption, Case, State, Update

CUSTOMERS = 8
LEADS = 1001
"""The id of the first opportunity that a test makes."""
SETTINGS = {"account": ACCOUNT, "key": {"env": VARIABLE}, "database": DATABASE}


def _named(number: int, name: str) -> Customer:
    lead = str(LEADS + number)
    return Customer(
        key=f"deal:{lead}",
        lead=lead,
        deal=lead,
        name=name,
        is_customer=True,
        account_manager="reto.frei@acme.example",
        segment="Platinum",
        street="Dorfstrasse 1",
        zip="8000",
        city="Zürich",
        country_code="CH",
        language="de_CH",
        email=f"office@conformance-{number}.example",
        invoice_email=f"bills@conformance-{number}.example",
        contact_name=f"Person {number}",
        contact_email=f"person@conformance-{number}.example",
    )


def _marked(state: State, key: str) -> list[str]:
    name = f"customer_of_deal_{key.removeprefix('deal:')}"
    return [
        str(record["res_id"])
        for record in state["erp"]["ir.model.data"]
        if (record["module"], record["name"]) == ("closedwon", name)
    ]


def _call(bench: Bench, model: str, method: str, **arguments: Any) -> Any:
    """As a colleague does; on whatever version the server is afterwards."""
    version = bench.control("POST", "traps", {})["odoo_version"]
    bench.traps(odoo_version="19.0")
    answer = bench.person("POST", f"/json/2/{model}/{method}", arguments)
    bench.traps(odoo_version=version)
    return answer


def _opportunities(bench: Bench) -> None:
    values = [{"name": f"Deal {number}", "type": "opportunity", "stage_id": 4} for number in range(CUSTOMERS)]
    made = bench.person("POST", "/json/2/crm.lead/create", {"vals_list": values})
    assert made == [LEADS + number for number in range(CUSTOMERS)]


def _user(bench: Bench, email: str) -> int:
    return next(int(user["id"]) for user in bench.state()["erp"]["res.users"] if user["login"] == email)


def _change(wanted: Resource) -> Resource:
    return wanted.model_copy(update={"account_manager": "lena.gerber@acme.example"})


def _given_away(bench: Bench, live: Live[Any]) -> None:
    user = _user(bench, "sandro.bianchi@acme.example")
    _call(bench, "res.partner", "write", ids=[int(live.id)], vals={"user_id": user})


def _phoned(bench: Bench, live: Live[Any]) -> Callable[[], bool]:
    number = "+41 44 555 66 77"
    _call(bench, "res.partner", "write", ids=[int(live.id)], vals={"phone": number})
    return lambda: bench.one("res.partner", live.id)["phone"] == number


def _made(bench: Bench, wanted: Resource) -> str:
    assert isinstance(wanted, Customer)
    return str(_call(bench, "res.partner", "create", vals_list=[{"name": wanted.name, "is_company": True}])[0])


def _sold_to_another(bench: Bench, _number: str) -> None:
    _call(bench, "crm.lead", "write", ids=[LEADS + 1], vals={"partner_id": 101})


def _spoiled(_bench: Bench, wanted: Resource) -> Resource:
    return wanted.model_copy(update={"account_manager": "nobody@acme.example"})


CASE = Case(
    name="odoo.customer",
    system="erp",
    adapter="odoo",
    kind="customer",
    settings=SETTINGS,
    want=lambda number: _named(number, f"Conformance {number} AG"),
    named=_named,
    name_field="name",
    reads_back=(
        *("name", "is_customer", "account_manager", "segment", "has_invoice_contact", "street", "zip", "city"),
        *("country_code", "language", "email", "invoice_email", "has_contact"),
    ),
    marked=_marked,
    writes=("res.partner.category.load", "res.partner.load"),
    makes={"res.partner": 3, "res.partner.category": 1, "ir.model.data": 4},
    may_touch=frozenset({"crm.lead.partner_id", "crm.lead.write_*", "crm.lead.commercial_partner_id"}),
    arrange=_opportunities,
    hiding=("see:res.partner:{id}", "res.partner:read"),
    forbidding=("res.partner:create",),
    update=Update(
        change=_change,
        touches=frozenset({"res.partner.user_id", "res.partner.write_*"}),
        by_somebody=_given_away,
        beside=_phoned,
    ),
    adoption=Adoption(made=_made, taken=_sold_to_another),
    spoiled=_spoiled,
    read_faults={404: None},
    asks=True,
)

COMPANIES = 1001
"""The id of the first company that a test makes."""
_THERE = "the deal names its company, which people have entered: nothing is made or looked for"


def _of_deal(number: int, name: str) -> Customer:
    company = COMPANIES + number
    return Customer(
        key=f"customer:{company}",
        former=(f"deal:{LEADS + number}",),
        lead=str(LEADS + number),
        deal=str(LEADS + number),
        partner=str(company),
        name=name,
        is_customer=True,
        account_manager="reto.frei@acme.example",
        segment="Platinum",
        invoice_email=f"bills@conformance-{number}.example",
        contact_name=f"Person {number}",
        contact_email=f"person@conformance-{number}.example",
    )


def _companies(bench: Bench) -> None:
    companies = [{"name": f"Conformance {number} AG", "is_company": True} for number in range(CUSTOMERS)]
    made = bench.person("POST", "/json/2/res.partner/create", {"vals_list": companies})
    assert made == [COMPANIES + number for number in range(CUSTOMERS)]
    _opportunities(bench)
    for number in range(CUSTOMERS):
        body = {"ids": [LEADS + number], "vals": {"partner_id": COMPANIES + number}}
        bench.person("POST", "/json/2/crm.lead/write", body)


def _customers(state: State, key: str) -> list[str]:
    """The company of this id, once it is a customer."""
    number = int(key.removeprefix("customer:"))
    return [
        str(partner["id"])
        for partner in state["erp"]["res.partner"]
        if partner["id"] == number and partner.get("customer_rank")
    ]


COMPLETED = dataclasses.replace(
    CASE,
    name="odoo.customer (completed)",
    want=lambda number: _of_deal(number, f"Conformance {number} AG"),
    named=_of_deal,
    reads_back=("is_customer", "account_manager", "segment", "has_invoice_contact", "has_contact"),
    marked=_customers,
    writes=("res.partner.category.load", "res.partner.write", "res.partner.load", "res.partner.load"),
    makes={"res.partner": 2, "res.partner.category": 1, "ir.model.data": 3},
    arrange=_companies,
    forbidding=("res.partner:write",),
    adoption=None,
    asks=False,
    exempt={
        "finding": _THERE,
        "creations": _THERE,
        "changed owners": _THERE,
        "archiving": "a company that people entered is theirs to archive",
        "namesakes": "its name is as people entered it, and plays no part",
        "texts": "its name is as people entered it, and stays",
        "names": "its name is as people entered it, and stays",
    },
)

CASES = (
    CASE,
    dataclasses.replace(CASE, name="odoo.customer (17.0)", traps={"odoo_version": "17.0"}),
    COMPLETED,
)
