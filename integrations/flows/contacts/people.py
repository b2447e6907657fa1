"""A customer's people, as its contacts in the ERP tell: one for each address, under a key that hides it."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from integrations.core.address import Address, addresses, emails, wrong
from integrations.core.errors import IntegrationError
from integrations.core.model import Contact, ErpContacts
from integrations.core.rows import Failed, attempt
from integrations.core.text import one_line
from integrations.flows.contacts.settings import FUNCTIONS, ContactSettings, Function

CUSTOMER = "customer:"


def subject(customer: str) -> str:
    """The key of a customer, by its id in the ERP."""
    return CUSTOMER + customer


SEGMENT = "/contact/"
FORMER = "/in/"
"""Stands in the key of a membership in a place, or of an account, that is the person's no more."""


def person_key(customer: str, person: str) -> str:
    """The key of a person of a customer; `person` is the keyed hash of the address."""
    return f"{subject(customer)}{SEGMENT}{person}"


def person_of(key: str) -> str:
    """The keyed hash that ends a person's key."""
    return key.rpartition("/")[2]


def ending_key(key: str, place: str) -> str:
    """The key of a membership that is to end, beside the person's own: `customer:101/in/17/contact/1f2e…`."""
    name, _, person = key.partition(SEGMENT)
    return key if FORMER in key else f"{name}{FORMER}{place}{SEGMENT}{person}"


def place_of(key: str) -> str:
    """The place in the key of a membership that is to end; empty for any other."""
    return key.partition(SEGMENT)[0].partition(FORMER)[2]


def step_of(system: str, key: str) -> str:
    """The name of the one step that a person is in a system."""
    return f"{system} {key}"


Code = Literal["no address", "bad address", "ours", "inactive company", "hidden", "left", "gone", "place", "refused"]
"""Why somebody is not synced: the ledger keeps this word, never the address itself.

`place`: not the row, but what its people go into was refused; each full pass looks whether that was fixed.
"""


@dataclasses.dataclass(frozen=True)
class Entry:
    """A person, or a shared mailbox, of one customer: one e-mail address, whichever contacts it stands in.

    Attributes:
        email: Normalised.
        name: Of the contact with the lowest id, but for mere addresses.
        phone: E.164; as it was typed where it is no number.
        functions: What they are to us, in the order of `FUNCTIONS`.
        projects: For a contact of one of the customer's projects, its name; sorted. Empty: the customer's own.
        contacts: The ERP's ids of the contacts that it stands in.
        since: The newest change of these contacts, in seconds since 1970; 0: not known.
    """

    email: str
    name: str
    phone: str
    functions: tuple[Function, ...]
    contacts: tuple[str, ...]
    projects: tuple[str, ...] = ()
    since: float = 0.0

    @property
    def is_mailbox(self) -> bool:
        """Return whether nobody in particular reads it."""
        return "mailbox" in self.functions


@dataclasses.dataclass(frozen=True)
class Skip:
    """A contact, or one of its addresses, that is not synced.

    Attributes:
        words: The reason, for a person: it may name the address, so it is never stored.
        wrong: Somebody should fix it; otherwise it is merely none of ours to sync.
    """

    contact: str
    code: Code
    words: str
    wrong: bool = True
    email: str = ""
    """The address, where it is one; never stored."""


@dataclasses.dataclass(frozen=True)
class People:
    """A customer's people and what was left out, as the ERP's rows tell.

    Attributes:
        failed: Contacts that could not be worked on: whom they stand for is not known.
    """

    entries: tuple[Entry, ...]
    skips: tuple[Skip, ...]
    failed: tuple[Failed, ...] = ()


class Phone(NamedTuple):
    """A phone field.

    Attributes:
        e164: `+41525550102`; empty where the field is no valid number, or more than one number.
        typed: The field itself.
    """

    e164: str
    typed: str

    @property
    def shown(self) -> str:
        """Return what others are to see: the number, or what was typed for one, in one line."""
        return self.e164 or one_line(self.typed)


def number(text: str, country_code: str | None) -> Phone:
    """The number that a phone field holds. Never raises.

    A number with an extension stays as it was typed: E.164 has no place for it, and without it the exchange answers.

    Args:
        text: The field.
        country_code: ISO 3166-1 alpha-2 of the company, for numbers without `+`; None: not known, such are none.
    """
    if not text.strip():
        return Phone("", text)
    import phonenumbers  # noqa: PLC0415  (25 ms; most commands ask for no number)

    try:
        found = phonenumbers.parse(text, country_code.strip().upper() if country_code else None)
    except phonenumbers.NumberParseException:
        return Phone("", text)
    if found.extension or not phonenumbers.is_valid_number(found):
        return Phone("", text)
    return Phone(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164), text)


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """A text's words in NFC without regard to case; accents and vowel signs are part of a word, and count."""
    folded = unicodedata.normalize("NFC", text.casefold())
    letters = (letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " " for letter in folded)
    return tuple("".join(letters).split())


Phrases = tuple[tuple[str, Function], ...]
"""What tells a function, as it is compared."""


def phrases(settings: ContactSettings) -> Phrases:
    """The settings' words, prepared once for many contacts."""
    pairs = ((_spaced(word), function) for function in FUNCTIONS for word in sorted(settings.words(function)))
    return tuple((phrase, function) for phrase, function in pairs if phrase.strip())


def functions(
    contacts: Iterable[Contact], email: str, settings: ContactSettings, known: Phrases | None = None
) -> tuple[Function, ...]:
    """Return what the person, or the shared mailbox, behind an address is, in the order of `FUNCTIONS`.

    All the contacts that it stands in count; where they are mere addresses, nobody in particular is behind it. A shared
    mailbox keeps what it is read for (`billing`, `mailbox`): the
    directory shows it. `otherwise` is for people alone, and only where no contact tells anything.

    Args:
        contacts: Those with this address.
        email: Normalised.
        settings: What tells a function.
        known: The settings' `phrases`, where they are prepared.
    """
    known = phrases(settings) if known is None else known
    contacts = tuple(contacts)
    texts = {text for contact in contacts for text in (*contact.tags, contact.type, contact.position) if text}
    words = "\n".join(_spaced(text) for text in texts)
    functions = {function for phrase, function in known if phrase in words}
    if is_mailbox(email, settings) or (contacts and all(is_address(contact, settings) for contact in contacts)):
        functions.add("mailbox")
    if not functions and settings.otherwise != "none":
        functions.add(settings.otherwise)
    return tuple(function for function in FUNCTIONS if function in functions)


def is_address(contact: Contact, settings: ContactSettings) -> bool:
    """Tell whether a row is where something is sent, and names nobody: an invoice address called `Accounting`.

    One that bears a person's name is that person.
    """
    if contact.type not in _ADDRESSES:
        return False
    named = words(contact.name)
    return not named or not settings.department_words.isdisjoint(named)


_ADDRESSES = frozenset({"invoice", "delivery"})


def is_mailbox(email: str, settings: ContactSettings) -> bool:
    """Tell whether several people read it, as far as what stands before the `@`, or before a `+`, tells."""
    return email.rpartition("@")[0].partition("+")[0] in settings.mailboxes


def _spaced(text: str) -> str:
    """The words with a blank around each: `it` is not in `Italy`, and `decision maker` stands in a sentence."""
    return f" {' '.join(words(text))} "


def people(roster: ErpContacts, settings: ContactSettings, staff: frozenset[str]) -> People:
    """Return the people to look after, and those left out and why; the same in any order of the contacts.

    Archived contacts give nothing, nor do those that belong to another company. A company that is archived or gone has
    no people.

    Args:
        roster: The customer with its contacts.
        settings: Who is who, and who is one of us.
        staff: The addresses of our own people: never a customer's.
    """
    contacts = sorted(
        (contact for contact in roster.contacts if contact.active and contact.customer == roster.customer), key=_order
    )
    if not roster.exists:
        return People((), ())
    if not roster.active:
        return People((), tuple(Skip(contact.id, "inactive company", _INACTIVE, wrong=False) for contact in contacts))
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
    customers = [address.email for address in found if address.email and not _is_ours(address.email, ours)]
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
        Skip(contact.id, "ours", f"{address.email} is one of our own people", wrong=False, email=address.email)
        for address in found
        if _is_ours(address.email, ours)
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
