"""What a person is to us: as tags, the kind of address, and the job position tell."""

from __future__ import annotations

from collections.abc import Iterable

from integrations.core.model import Contact
from integrations.flows.contacts.settings import FUNCTIONS, ContactSettings, Function
from integrations.flows.contacts.words import words

Phrases = tuple[tuple[str, Function], ...]
"""What tells a function, as it is compared."""


def phrases(settings: ContactSettings) -> Phrases:
    """The settings' words, prepared once for many contacts."""
    pairs = ((_spaced(word), function) for function in FUNCTIONS for word in sorted(settings.words(function)))
    return tuple((phrase, function) for phrase, function in pairs if phrase.strip())


def functions(
    contacts: Iterable[Contact], email: str, settings: ContactSettings, known: Phrases | None = None
) -> tuple[Function, ...]:
    """What the person, or the shared mailbox, behind an address is, in the order of `FUNCTIONS`.

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
    said = "\n".join(_spaced(text) for text in texts)
    told = {function for phrase, function in known if phrase in said}
    if is_mailbox(email, settings) or (contacts and all(is_address(contact, settings) for contact in contacts)):
        told.add("mailbox")
    if not told and settings.otherwise != "none":
        told.add(settings.otherwise)
    return tuple(function for function in FUNCTIONS if function in told)


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
