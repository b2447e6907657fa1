"""The memory of a sync: of contacts that are gone, of people who are back, and of systems that are down."""

from __future__ import annotations

import pytest
import requests

from integrations.flows.contacts import sync
from tests.flows.contacts.site import BEAT, EMAIL, NADJA, Site
from tests.flows.contacts.test_former import relink
from tests.limits import lenient


def test_who_leaves_a_former_place_leaves_it_for_that_reason(site: Site) -> None:
    relink(site)
    site.sync(full=True)
    site.passed(3.1)
    site.limits = lenient(100)
    outcome = site.sync()
    assert {line.reason for line in outcome.lines if line.action == "archive"} == {"place"}


def test_rows_of_contacts_that_are_gone_are_forgotten_once_nobody_is_a_member_by_them(site: Site) -> None:
    assert str(BEAT) in site.memory.contacts_of(["101"])["101"]
    site.delete(BEAT)
    for _ in range(3):
        site.sync(full=True)
        site.passed(3.1)
    assert EMAIL[BEAT] not in site.everywhere()
    site.sync(full=True)
    assert str(BEAT) not in site.memory.contacts_of(["101"])["101"]
    assert str(NADJA) in site.memory.contacts_of(["101"])["101"]


def test_who_left_and_is_back_has_no_tombstone(site: Site) -> None:
    person = site.ledger.hash(EMAIL[NADJA])
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(3.1)
    site.sync()
    assert (person, "101") in site.memory.tombstones_of([person])
    site.passed(1)
    site.edit(NADJA, active=True)
    site.sync()
    assert EMAIL[NADJA] in site.everywhere()
    assert site.memory.tombstones_of([person]) == {}


def test_a_system_that_is_down_is_not_asked_for_every_customer_and_whose_turn_it_was_comes_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.section("jira", patience=0.0)
    asked = {}
    for size in (100, 1):
        monkeypatch.setattr(sync, "CUSTOMERS", size)
        site.fault(system="jira", do="status", status=503, times=1000)
        site.sync("101", full=True)
        site.sync(full=True)
        asked[size] = site.asked_times()["jira"]
        assert {why for why, _ in site.memory.pending().values()} == {"again"}
        assert set(site.memory.pending()) == {"101", "103", "104"}
        requests.delete(f"{site.box.url}/_sandbox/faults", timeout=10)
    assert 0 < asked[1] < asked[100]


def test_who_left_without_a_date_stays_out_until_the_erp_says_something_newer(site: Site) -> None:
    """The row was deleted, so that nothing says when: what a backup brings back is older than that."""
    rows = site.box.server.world.state.table("erp", "res.partner")
    row = dict(rows[str(BEAT)])
    site.delete(BEAT)
    for _ in range(3):
        site.sync(full=True)
        site.passed(3.1)
    assert EMAIL[BEAT] not in site.everywhere()
    rows[str(BEAT)] = row
    site.sync(full=True)
    assert EMAIL[BEAT] not in site.everywhere()
    site.passed(1)
    site.edit(BEAT, function="back again")
    site.sync(full=True)
    assert EMAIL[BEAT] in site.everywhere()
