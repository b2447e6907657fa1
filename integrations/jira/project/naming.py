"""What a customer's project is called: the key from its name, the same on every machine."""

from __future__ import annotations

import re

from integrations.core.text import romanized, short_hash, slug, with_hash
from integrations.jira.project.resource import LONGEST_NAME, Project

LONGEST_KEY = 10
SHORT_KEY = 4
_LABEL = re.compile(r"^[^:]{1,40}:\s+(?=\S)")


def proposed_keys(wanted: Project) -> tuple[str, str]:
    """The key to try first, and the one to try when that is taken.

    Initials of the first words, filled up from the last of them: `Customer: Müller & Söhne AG` is `MSAG`.
    What stands before a colon is a label that all customers' projects share. A name without letters
    gets a key from the hash of ours. The second is the first with that hash behind it.
    """
    suffix = short_hash(wanted.key, 6).upper()
    first = _initials(_LABEL.sub("", wanted.name)) or f"C{suffix}"
    return first, f"{first[:SHORT_KEY]}{suffix}"[:LONGEST_KEY]


def proposed_names(wanted: Project) -> tuple[str, str]:
    """The name, and what it becomes when another customer's project has it."""
    return wanted.name, with_hash(wanted.name, wanted.key, LONGEST_NAME)


def alike(name: str, other: str) -> bool:
    """Whether two projects' names share a word that tells: short keys meet by chance, names of one customer don't.

    Words of up to two letters, the label before a colon and the usual legal forms do not count.
    """
    return not _words(name).isdisjoint(_words(other)) or not (_words(name) and _words(other))


def _words(name: str) -> set[str]:
    return {word for word in slug(_LABEL.sub("", name), limit=LONGEST_NAME).split("-") if len(word) > 2}


def _initials(name: str) -> str:
    words = [word for word in re.findall(r"[a-z0-9]+", romanized(name)) if word[0].isalpha()][:SHORT_KEY]
    if not words:
        return ""
    key = "".join(word[0] for word in words)
    filled = (key + words[-1][1:])[:SHORT_KEY].upper()
    return filled if len(filled) > 1 else ""
