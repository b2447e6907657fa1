"""What a row raises is that row's: the others are synced, the run says so, and nobody is gone because of it."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from integrations.flows.contacts.report import changed, problems
from integrations.flows.contacts.settings import ContactSettings
from tests.flows.contacts.site import ANNA_OF_103, ANNA_OF_104, EMAIL, NADJA, Site

SECRET = "hunter2"
BAD = ("customer:103", "customer='103'", "'commercial_partner_id': [103", "alpina-zh")
"""What tells that something is about the customer whose row raises."""
NEW = "urs.muster@mueller-soehne.example"


@dataclasses.dataclass(frozen=True)
class Loop:
    """A loop, by what is called for each of its rows, and which argument tells whose row it is.

    Attributes:
        in_full: A full pass goes through it as well.
    """

    target: str
    argument: int = 0
    in_full: bool = True


LOOPS = {
    "contacts of the ERP": Loop("integrations.odoo.contacts.source:contact"),
    "customers of the ERP": Loop("integrations.odoo.contacts.source:Contacts._roster", 2),
    "changes of the ERP": Loop("integrations.odoo.contacts.source:_touch", in_full=False),
    "contacts": Loop("integrations.flows.contacts.people:_read"),
    "people": Loop("integrations.flows.contacts.people:_entry"),
    "customers": Loop("integrations.flows.contacts.customer_contacts:people"),
    "wants": Loop("integrations.flows.contacts.customer_contacts:CustomerContacts.wanted"),
    "leavers": Loop("integrations.flows.contacts.customer_contacts:CustomerContacts.leavers"),
    "what was read": Loop("integrations.flows.contacts.customer_contacts:CustomerContacts.learned"),
    "memberships": Loop("integrations.flows.contacts.batch:is_settled", in_full=False),
    "places": Loop("integrations.flows.contacts.strangers:_listed", 1),
    "decisions": Loop("integrations.core.plan.difference:Decider.decide", 1),
    "lines": Loop("integrations.flows.contacts.summary:line_of"),
    "results": Loop("integrations.flows.contacts.summary:Results._lasting", 2),
}


def broken(original: Callable[..., Any], argument: int) -> Callable[..., Any]:
    """A function that fails for the bad customer's rows."""

    def replaced(*given: Any, **named: Any) -> Any:
        if any(sign in repr(given[argument]) for sign in BAD):
            raise ZeroDivisionError(SECRET)
        return original(*given, **named)

    return replaced


def break_(monkeypatch: pytest.MonkeyPatch, loop: Loop) -> None:
    module, _, path = loop.target.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    monkeypatch.setattr(owner, name, broken(getattr(owner, name), loop.argument))


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_a_row_that_raises_is_named_and_left_as_it_is_and_its_neighbours_are_synced(
    site: Site, monkeypatch: pytest.MonkeyPatch, loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody new gets in and a leaver gets out elsewhere; of the bad row's customer nobody is taken out, ever."""
    site.contacts = ContactSettings(grace_days=1)
    members = site.everywhere("103")
    site.add("Urs Muster", NEW, function="CTO")
    site.edit(ANNA_OF_104, active=False)
    site.edit(ANNA_OF_103, phone="+41 44 000 00 00", function="CTO")
    with monkeypatch.context() as patch:
        break_(patch, loop)
        outcome = site.sync()
        assert outcome.exit_code == 1
        assert outcome.ending == "failed"
        named = {failure.customer for failure in outcome.failed} | {
            line.customer for line in outcome.lines if line.error
        }
        contacts = {failure.contact for failure in outcome.failed}
        assert named <= {"", "103"}, outcome.failed
        assert "103" in named or str(ANNA_OF_103) in contacts, outcome.failed
        assert NEW in site.jira() & site.panel() & site.wiki().keys()
        for _ in range(2):
            site.passed(1.1)
            assert site.sync(full=True).exit_code == (1 if loop.in_full else 0)
    assert EMAIL[ANNA_OF_104] not in site.everywhere("104")
    assert site.everywhere("103") == members
    assert not [leaver for leaver in site.memory.leavers() if leaver.customer == "103"]
    assert site.sync(full=True).exit_code == 0
    assert site.everywhere("103") == members
    assert SECRET not in f"{outcome} {caplog.text}"
    assert site.sync().failed == ()


def test_a_listing_shows_what_can_be_shown_and_names_the_rest(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report and the problems of customers: a row of one is not shown, and the customer is named."""
    for contact in (NADJA, ANNA_OF_103):
        site.edit(contact, email=f"{contact} is no address")
    site.add("Urs Muster", NEW, function="CTO")
    site.sync()
    site.edit(ANNA_OF_103, phone="+41 44 000 00 00")
    names = "integrations.flows.contacts.report:skipped"
    with monkeypatch.context() as patch:
        break_(patch, Loop(names))
        since = site.clock.now().replace(year=2000)
        found, failed = site.does(lambda sync: problems(sync.ledger, sync.source))
        assert [roster.customer for roster, _ in found] == ["101"]
        assert [failure.id for failure in failed] == ["103"]
        entries, left = site.does(lambda sync: changed(sync.ledger, sync.source, sync.systems, since))
        assert "101" in {entry.customer for entry in entries}
        assert [failure.id for failure in left] == ["103"]
