"""Who is judged: customers, whatever was written to and however a check is called; never we ourselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.core.errors import Rejected
from integrations.core.plan import Approval
from integrations.core.system import RemoteSettings
from integrations.flows.invoicing.check import InvoiceCheck, Request
from integrations.flows.invoicing.outcome import Outcome
from integrations.sandbox.erp.billing_cases import expected
from integrations.sandbox.erp.billing_cases.ourselves import COLLEAGUE, NO_CUSTOMERS, PORTAL
from tests.flows.invoicing.test_world import found, looking
from tests.odoo.company import Company
from tests.odoo.sales import Sales

TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InvoiceCheck]:
    with looking(tmp_path_factory.mktemp("customers"), TODAY) as made:
        yield made


def sales(check: InvoiceCheck, folder: Path) -> Sales:
    """What a colleague does in the same ERP."""
    settings = check.systems["erp"].settings
    assert isinstance(settings, RemoteSettings)
    return Sales(Company(settings.base.removesuffix("/erp"), folder))


def write_to_everybody(erp: Sales) -> None:
    """As Odoo does all day: a log-in, a changed language, another address of our own."""
    for number in NO_CUSTOMERS:
        erp.change("res.partner", number, phone="+41 44 000 00 00")
    for number in (1, 2):
        erp.change("res.company", number, email=f"office{number}@acme.example")
    for number in (COLLEAGUE, PORTAL):
        erp.change("res.users", number, lang="de_CH")


def test_the_same_are_judged_in_full_and_after_each_write_however_often_and_with_which_flags(
    check: InvoiceCheck, tmp_path: Path
) -> None:
    """Also where those who are none have an open invoice, or lack what every customer must have."""
    erp = sales(check, tmp_path)
    wanted = set(expected(TODAY).findings)
    first = check.run(Request())
    judged = check.memory.accounts()
    assert (found(first), first.full) == (wanted, True)
    assert not judged & set(map(str, NO_CUSTOMERS))
    write_to_everybody(erp)
    for request in (Request(), Request(), Request(full=True), Request()):
        outcome = check.run(request)
        assert (outcome.error, found(outcome), check.memory.accounts()) == (None, wanted, judged)
    erp.change("res.partner", 5050, phone="+41 44 000 00 01")
    assert check.run(Request()).read == 1
    check.settings = check.settings.model_validate({"tickets": {"project": "technical"}})
    tickets = [tickets_of(check.run(Request(full=full, flag=True), Approval(dry=True))) for full in (True, False)]
    assert tickets[0] == tickets[1]
    assert tickets[0]


def tickets_of(outcome: Outcome) -> set[str]:
    assert outcome.flagged is not None
    return {line.key for line in outcome.flagged.lines}


@pytest.mark.parametrize("number", NO_CUSTOMERS)
def test_who_is_named_and_is_no_customer_is_refused_by_number(check: InvoiceCheck, number: int) -> None:
    outcome = check.run(Request((str(number),)))
    assert isinstance(outcome.error, Rejected)
    assert str(number) in outcome.error.message


def test_who_becomes_a_customer_is_judged_by_the_next_check_and_who_is_none_any_more_is_not(
    check: InvoiceCheck, tmp_path: Path
) -> None:
    """A won deal is enough; what was found of somebody who is none any more is gone after two checks that say so."""
    erp = sales(check, tmp_path)
    check.run(Request(full=True))
    partner = erp.make("res.partner", name="Neukunde AG", is_company=True)
    check.run(Request())
    assert str(partner) not in check.memory.accounts()
    lead = int(erp.company.opportunity("Cloud", partner_id=partner, stage_id=4))
    assert any(who == str(partner) for _, who, _ in found(check.run(Request())))
    erp.change("crm.lead", lead, stage_id=1)
    for _ in range(3):
        erp.change("res.partner", partner, phone="+41 44 000 00 02")
        left = check.run(Request())
    assert str(partner) not in check.memory.accounts()
    assert not any(who == str(partner) for _, who, _ in found(left))
