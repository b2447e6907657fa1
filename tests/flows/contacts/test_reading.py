"""An ERP that answers half and then fails: nobody is taken out, and the next run reads it from the beginning."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.flows.contacts import sync
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.settings import ContactSettings
from integrations.odoo.connection import Connection
from tests.flows.contacts.site import BEAT, DRY, EMAIL, NADJA, Site

CUT, LOST, DOWN = {"do": "cut"}, {"do": "drop_before"}, {"do": "status", "status": 503}
PARTNERS = {"system": "erp", "operation": "res.partner.search_read", "times": 99}
EVA = "eva.muster@alpina-gr.example"


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pages, and a chunk for each customer."""
    monkeypatch.setattr(Connection, "page", 4)
    monkeypatch.setattr(sync, "CUSTOMERS", 1)
    monkeypatch.setattr(sync.FlowOfSync, "at_once", 1)


def leaving(site: Site) -> None:
    """A contact of the first customer was archived long ago; one of the last is new, another deleted."""
    site.contacts = ContactSettings(grace_days=0)
    site.edit(NADJA, active=False)
    site.delete(BEAT)
    site.add("Eva Muster", EVA, "104", function="CTO")


def kept(site: Site, work: Any) -> Outcome:
    """What a run comes to that may neither take anybody out, nor add anybody, nor move on."""
    before = [site.everywhere(customer) for customer in site.places]
    dates = [site.memory.date("cursor"), site.memory.date("full")]
    outcome: Outcome = work()
    site.fix()
    assert site.wrote() == []
    assert [site.everywhere(customer) for customer in site.places] == before
    assert [site.memory.date("cursor"), site.memory.date("full")] == dates
    return outcome


def readings(site: Site, *customers: str) -> int:
    """How many pages of partners a run reads that looks at these customers, or all."""
    site.sync(*customers, full=True, approval=DRY)
    return [request["operation"] for request in site.server.log].count(PARTNERS["operation"])


@pytest.mark.parametrize(("fault", "page"), [(CUT, 0), (LOST, 1)])
def test_half_of_what_changed_is_none_of_it(site: Site, fault: dict[str, Any], page: int) -> None:
    leaving(site)
    for number in range(5):
        site.add(f"Zoe {number}", f"zoe{number}@mueller-soehne.example")
    site.fault(**fault, **PARTNERS, skip=page)
    assert kept(site, site.sync).exit_code == 1
    assert site.sync().exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()
    assert EVA in site.panel("104")


@pytest.mark.parametrize(("fault", "reading", "code"), [(DOWN, 0, 1), (LOST, 1, 1), (CUT, -1, 6)])
def test_a_full_pass_that_breaks_off_changes_nothing(
    site: Site, fault: dict[str, Any], reading: int, code: int
) -> None:
    leaving(site)
    site.fault(**fault, **PARTNERS, skip=reading if reading >= 0 else readings(site) + reading)
    outcome = kept(site, lambda: site.sync(full=True))
    assert outcome.exit_code == code
    assert outcome.error is not None
    assert site.sync(full=True).exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()
    assert EMAIL[BEAT] in site.jira()
    assert EVA in site.panel("104")


def test_an_erp_that_fails_while_writing_stops_it_and_the_next_run_ends_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.FlowOfSync, "few", 0)
    leaving(site)
    site.fault(do="drop_before", **PARTNERS, skip=readings(site) + readings(site, "101"))
    outcome = site.sync(full=True)
    site.fix()
    assert outcome.exit_code == 1
    assert EMAIL[NADJA] not in site.everywhere()
    assert EVA not in site.everywhere("104")
    assert [line.person for line in outcome.lines if line.status == "done"] != []
    assert site.sync().exit_code == 0
    assert EMAIL[BEAT] in site.jira()
    assert EVA in site.panel("104")


@pytest.mark.parametrize("answer", [[], {"records": []}])
def test_an_empty_answer_takes_nobody_out(site: Site, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.contacts = ContactSettings(grace_days=0)
    asked = Connection.call
    before = site.everywhere()

    def call(self: Connection, model: str, method: str, *args: Any, **arguments: Any) -> Any:
        return (
            answer
            if (model, method) == ("res.partner", "search_read")
            else asked(self, model, method, *args, **arguments)
        )

    monkeypatch.setattr(Connection, "call", call)
    for _ in range(3):
        assert site.sync(full=True).exit_code in (1, 6)
    assert site.everywhere() == before


def test_a_right_that_is_missing_in_the_erp_takes_nobody_out(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    before = site.everywhere()
    site.fault(do="status", status=403, **PARTNERS)
    for _ in range(3):
        assert site.sync(full=True).exit_code == 4
    assert site.everywhere() == before
