"""A customer's people, as its contacts in the ERP tell: one for each address, whichever contacts it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from integrations.core.address import Address, addresses, emails, wrong
from integrations.core.errors import IntegrationError
from integrations.core.model import Contact, Roster
from integrations.core.rows import Failed, attempt
from integrations.core.text import one_line
from integrations.flows.contacts.entry import Entry, People, Skip
from integrations.flows.contacts.functions import Phrases, functions, is_address, phrases
from integrations.flows.contacts.phone import number
from integrations.flows.contacts.settings import ContactSettings


def people(roster: Roster, settings: ContactSettings, staff: frozenset[str]) -> People:
    """Who of a customer is to be looked after, and who is not and why; the same whatever the order of its contacts.

    Archived contacts give nothing, nor do those that belong to another company. A company that is archived or gone has
    no people.

    Args:
        roster: The customer with its contacts.
        settings: Who is who, and who is one of us.
        staff: The addresses of our own people: never a customer's.
    """
    contacts = sorted((one for one in roster.contacts if one.active and one.customer == roster.customer), key=_order)
    if not roster.exists:
        return People((), ())
    if not roster.active:
        return People((), tuple(Skip(one.id, "inactive company", _INACTIVE, wrong=False) for one in contacts))
    ours = _ours(staff, settings.ours)
    rows: dict[str, list[Contact]] = {}
    skips: list[Skip] = []
    failed = [Failed(contact, error) for contact, error in roster.unread.items()]
    for contact in contacts:
        read = attempt("", _read, contact, ours)
        if isinstance(read, IntegrationError):
            failed.append(Failed(contact.id, read))
            continue
        customers, skipped = read
        skips += skipped
        for email in customers:
            rows.setdefault(email, []).append(contact)
    known = phrases(settings)
    entries: list[Entry] = []
    for email in sorted(rows):
        made = attempt("", _entry, email, rows[email], roster.country_code, settings, known)
        if isinstance(made, Entry):
            entries.append(made)
        else:
            failed += [Failed(contact.id, made) for contact in rows[email]]
    return People(tuple(entries), tuple(skips), tuple(failed))


def _read(contact: Contact, ours: frozenset[str]) -> tuple[list[str], list[Skip]]:
    """Return the customer's addresses in a contact, and what of it is not synced."""
    found = addresses(contact.email)
    customers = [each.email for each in found if each.email and not _is_ours(each.email, ours)]
    return customers, _skips(contact, found, ours)


_INACTIVE = "its company is archived"


def _order(contact: Contact) -> tuple[int, str]:
    """By number, as a person counts: 9 before 10."""
    digits = contact.id.isascii() and contact.id.isdigit()
    return (int(contact.id) if digits and len(contact.id) < 20 else 0, contact.id)


def _entry(
    email: str, contacts: Sequence[Contact], country_code: str | None, settings: ContactSettings, known: Phrases
) -> Entry:
    named = sorted(contacts, key=lambda contact: is_address(contact, settings))
    phones = (number(contact.phone, country_code).shown for contact in contacts)
    return Entry(
        email=email,
        name=next(filter(None, (one_line(contact.name) for contact in named)), ""),
        phone=next(filter(None, phones), ""),
        functions=functions(contacts, email, settings, known),
        contacts=tuple(contact.id for contact in contacts),
        projects=tuple(sorted(filter(None, {one_line(contact.project) for contact in contacts}))),
        since=max((contact.changed.timestamp() for contact in contacts if contact.changed is not None), default=0.0),
    )


def _skips(contact: Contact, found: Sequence[Address], ours: frozenset[str]) -> list[Skip]:
    """Return what of a contact is not synced: at most one of a kind that somebody should fix."""
    if not found:
        return [Skip(contact.id, "no address", "it has no e-mail address", wrong=False)]
    skips = [
        Skip(contact.id, "ours", f"{each.email} is one of our own people", wrong=False, email=each.email)
        for each in found
        if _is_ours(each.email, ours)
    ]
    if bad := wrong(found):
        skips.append(Skip(contact.id, "bad address", f"the field E-mail holds no address in {bad}"))
    return skips


def _is_ours(email: str, ours: frozenset[str]) -> bool:
    return email in ours or email.rpartition("@")[2] in ours


@lru_cache(maxsize=8)
def _ours(staff: frozenset[str], domains: tuple[str, ...]) -> frozenset[str]:
    """The addresses and domains of our own people in the form in which the customers' are compared."""
    return frozenset(domains) | {email for text in staff for email in emails(text)}
