"""Leavers: who is to be taken out, why, and when: slowly where the ERP merely no longer names somebody."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from integrations.core import calendar
from integrations.core.errors import IntegrationError
from integrations.core.model import Contact
from integrations.flows.contacts.memory import Leaving, Reason
from integrations.flows.contacts.settings import ContactSettings

PASSES = 2
"""Complete full passes that must not have seen somebody of whom the ERP no longer tells."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """Present knowledge about one customer's people.

    Attributes:
        exists: The ERP has the company, and lets us see it.
        active: It is not archived.
        given: The people whom its contacts stand for.
        ours: Those who turned out to be our own.
        archived: Those of its archived contacts.
        contacts: By contact of its own, active or archived: the people that its row names now.
        closed: Its archived contacts.
        rows: By contact: the people it stood for when it was last read.
        elsewhere: Contacts that it had and has no more: where they are now; None: deleted; an error: not known.
    """

    customer: str
    exists: bool
    active: bool
    given: frozenset[str]
    ours: frozenset[str]
    archived: frozenset[str]
    contacts: Mapping[str, Collection[str]]
    closed: frozenset[str]
    rows: Mapping[str, Collection[str]]
    elsewhere: Mapping[str, Contact | None | IntegrationError]


def reason(person: str, evidence: Evidence) -> Reason | None:
    """Return why somebody who is a member has no right to be one any more; `missing` where the ERP does not say.

    None where that is not known: their contacts are there, and we may not see them, or not their company.
    """
    contacts = [contact for contact, people in evidence.rows.items() if person in people]
    found = [evidence.elsewhere[contact] for contact in contacts if contact in evidence.elsewhere]
    if evidence.exists and not evidence.active:
        return "company"
    if any(isinstance(contact, IntegrationError) for contact in found):
        return None
    if not evidence.exists:
        return None if any(_is_of(contact, evidence.customer) for contact in found) else "missing"
    if person in evidence.given:
        return "function"
    if person in evidence.ours:
        return "ours"
    if person in evidence.archived:
        return "archived"
    own = [contact for contact in contacts if contact in evidence.contacts]
    if own:
        return _of_own(own, evidence)
    return "moved" if any(isinstance(contact, Contact) for contact in found) else "missing"


def _of_own(contacts: Sequence[str], evidence: Evidence) -> Reason:
    """Return why somebody's address stands in none of the contacts any more that it stood in and that are there.

    Where such a contact names another one, it was changed. Where it names none, the field was emptied or spoilt, which
    tells no more than a row that is missing.
    """
    if evidence.closed.issuperset(contacts):
        return "archived"
    return "address" if any(evidence.contacts[contact] for contact in contacts) else "missing"


def _is_of(contact: Contact | IntegrationError | None, customer: str) -> bool:
    """Return whether a contact that was not read with its company belongs to it all the same, and is not archived."""
    return isinstance(contact, Contact) and contact.customer == customer and contact.active


def noted(known: Leaving | None, system: str, key: str, customer: str, why: Reason, now: datetime) -> Leaving:
    """Return what is to be remembered of a leaver; what the ERP once said is not unsaid by its silence."""
    if known is None:
        return Leaving(system, key, customer, now, why, 0)
    reason = known.reason if why == "missing" else why
    passes = known.passes if reason == "missing" == known.reason else 0
    # A clock that was set back must not make anybody stay until the future that it once showed.
    return Leaving(system, key, customer, min(known.since, now), reason, passes)


def stays_until(leaver: Leaving, settings: ContactSettings) -> datetime:
    """Return when the grace period of somebody who was noted as leaving is over."""
    return calendar.company().later(leaver.since, settings.grace_days, working=settings.grace_in_working_days)


def is_due(leaver: Leaving, now: datetime, settings: ContactSettings, *, confirming: bool) -> bool:
    """Return whether somebody is to be taken out now.

    Args:
        leaver: As remembered from earlier runs, or as noted now.
        now: The time.
        settings: How long everybody stays, since it was first known.
        confirming: This very reading is a full pass, so that it counts as one if it is complete.
    """
    if leaver.reason in ("revoked", "never"):
        return True
    if now < stays_until(leaver, settings):
        return False
    return leaver.reason != "missing" or leaver.passes + confirming >= PASSES
