"""Who somebody could be whom the ERP does not know: only ever a suggestion, for a person to choose from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import IntFlag

from integrations.core.address import only, variants
from integrations.core.member import Present
from integrations.flows.contacts.entry import Entry
from integrations.flows.contacts.words import words

_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "ł": "l"})
_ACCENT = re.compile("[\u0300-\u036f]")
"""Of Latin, Greek and Cyrillic letters: elsewhere such signs make another letter."""


class Likeness(IntFlag):
    """What two have in common: an address that may reach the same person outweighs any name."""

    WORDS = 1
    NAME = 2
    ADDRESS = 4


def suggestions(present: Sequence[Present], entries: Sequence[Entry]) -> Mapping[str, tuple[str, ...]]:
    """For people of one customer's place: whom of the same customer they could be, the likeliest first.

    Gives the e-mail addresses of the entries, by the id of those who are present: nothing for our own accounts, for
    those whose very address an entry has, and for those that nobody resembles. A shared mailbox is known by its address
    alone: many people sign with the same `Support`.
    """
    by_key: dict[str, set[str]] = {}
    for entry in entries:
        for key, _ in _likenesses(entry.email, "" if entry.is_mailbox else entry.name):
            by_key.setdefault(key, set()).add(entry.email)
    known = {entry.email for entry in entries}
    found: dict[str, tuple[str, ...]] = {}
    for one in present:
        email = only(one.email).email
        if one.own or email in known:
            continue
        likely: dict[str, Likeness] = {}
        for key, likeness in _likenesses(email, one.name):
            for other in by_key.get(key, ()):
                likely[other] = likely.get(other, likeness) | likeness
        if likely:
            found[one.id] = tuple(sorted(likely, key=lambda other: (-likely[other], other)))
    return found


def _likenesses(email: str, name: str) -> Iterator[tuple[str, Likeness]]:
    """By what somebody can be found, and what it tells: `Müller Beat` and `Beat Mueller` have the same words."""
    if email:
        yield f"address {variants(email)}", Likeness.ADDRESS
    for spelled in _spellings(name):
        yield f"name {' '.join(spelled)}", Likeness.NAME
        yield f"words {' '.join(sorted(spelled))}", Likeness.WORDS


def _spellings(name: str) -> set[tuple[str, ...]]:
    """The name's words without accents, and with umlauts spelled out."""
    lowered = unicodedata.normalize("NFKC", name).casefold()
    spellings = (lowered, unicodedata.normalize("NFC", lowered).translate(_SPELLED_OUT))
    bare = (_ACCENT.sub("", unicodedata.normalize("NFKD", spelling)) for spelling in spellings)
    return {spelled for spelled in map(words, bare) if spelled}
