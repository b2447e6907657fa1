"""What is only read keeps the laws of reading: 1, 2, 7, 8 and 10."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
import requests.adapters

from integrations.core.errors import AuthError, Conflict, IntegrationError, Rejected, Unavailable
from integrations.core.model import Deal
from integrations.odoo.connection import Connection
from tests.conformance.cases import CASES, odoo
from tests.conformance.test_law_08_faults import SECRETS, TRANSPORT

BEGINNING = dt.date(2026, 1, 1)
SOURCES = pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for case in CASES if case in odoo.CASES and case is not odoo.COMPLETED]
)
WON = "42"
STATUSES = {401: AuthError, 403: AuthError, 409: Conflict, 422: Rejected, 429: Unavailable, 500: Unavailable}


def read(side, deal=WON):
    """What the source says of one deal, however it says it."""
    try:
        return side.system.deals.get([deal])[deal]
    except IntegrationError as error:
        return error


@SOURCES
def test_reading_deals_writes_nothing(bench):
    side = bench.side()
    assert isinstance(read(side), Deal)
    assert [deal.id for deal in side.system.deals.scan(BEGINNING)]
    assert bench.requests()
    assert bench.writes() == []


@SOURCES
def test_an_unknown_deal_is_absent_and_one_that_may_not_be_seen_is_not(bench):
    assert read(bench.side(), "999999") is None
    bench.forbid(f"see:crm.lead:{WON}")
    assert isinstance(read(bench.side()), AuthError)


@SOURCES
def test_every_page_of_deals_is_read(bench, monkeypatch):
    everything = [deal.id for deal in bench.side().system.deals.scan(BEGINNING)]
    assert len(everything) > 4
    monkeypatch.setattr(Connection, "page", 2)
    bench.forget_requests()
    assert [deal.id for deal in bench.side().system.deals.scan(BEGINNING)] == everything
    assert len(bench.requests()) > len(everything) / 2


@SOURCES
@pytest.mark.parametrize("status", STATUSES)
def test_a_refused_read_is_the_right_error(bench, status, caplog):
    caplog.set_level(logging.DEBUG)
    bench.fault("status", status=status, retry_after=60 if status == 429 else None)
    error = read(bench.side(patience=0.0))
    assert isinstance(error, STATUSES[status])
    assert not [secret for secret in SECRETS if secret in f"{error!r} {vars(error)} {caplog.text}"]


@SOURCES
@pytest.mark.parametrize("do", TRANSPORT)
def test_a_lost_read_is_unavailable(bench, do):
    bench.fault(do)
    assert isinstance(read(bench.side(patience=0.0, timeout=0.3 if do.startswith("hang") else 10)), Unavailable)


@SOURCES
def test_every_read_has_a_time_out(bench, monkeypatch):
    heard = []
    send = requests.adapters.HTTPAdapter.send

    def listening(adapter, request, **options):
        heard.append(options["timeout"])
        return send(adapter, request, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", listening)
    assert isinstance(read(bench.side(timeout=7.0)), Deal)
    assert set(heard) == {(5.0, 7.0)}


SINCE = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
PEOPLE = ("101", "102", "103", "104")


def listened(side):
    """Everything that is told of the customers' people, or why it is not."""
    contacts = side.system.contacts
    try:
        return [*contacts.rosters(PEOPLE), *(touch for page in contacts.changed(SINCE) for touch in page)]
    except IntegrationError as error:
        return error


@SOURCES
def test_reading_contacts_writes_nothing(bench):
    side = bench.side()
    assert listened(side)
    assert side.system.contacts.get(["201"])["201"]
    assert side.system.contacts.staff()
    assert side.system.contacts.mentions("beat@mueller-soehne.example")
    assert bench.requests()
    assert bench.writes() == []


@SOURCES
def test_an_unknown_contact_is_absent_and_one_that_may_not_be_seen_is_not(bench):
    assert bench.side().system.contacts.get(["999999"]) == {"999999": None}
    bench.forbid("see:res.partner:201")
    assert isinstance(bench.side().system.contacts.get(["201"])["201"], AuthError)


@SOURCES
def test_every_page_of_contacts_is_read(bench, monkeypatch):
    everything = listened(bench.side())
    monkeypatch.setattr(Connection, "page", 2)
    bench.forget_requests()
    found = listened(bench.side())
    assert found == everything
    assert len(bench.requests()) > len(everything) / 2


@SOURCES
@pytest.mark.parametrize("status", STATUSES)
def test_contacts_that_are_refused_are_the_right_error_and_never_a_short_list(bench, status, caplog):
    caplog.set_level(logging.DEBUG)
    bench.fault("status", status=status, operation="res.partner.search_read", retry_after=60 if status == 429 else None)
    error = listened(bench.side(patience=0.0))
    assert isinstance(error, STATUSES[status])
    assert not [secret for secret in SECRETS if secret in f"{error!r} {vars(error)} {caplog.text}"]
