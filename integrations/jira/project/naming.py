"""Keys of customers' projects: those to try, and those that may be ours already."""

from __future__ import annotations

from integrations.core.naming import INITIALS, further_keys, project_key, unlabelled
from integrations.core.text import short_hash, slug
from integrations.jira.project.resource import LONGEST_NAME, Project

AT_FIRST = 8
"""Keys beside the wanted one that are asked for together with it."""


def proposed_keys(wanted: Project) -> list[str]:
    """Return the keys to try, the best first: the wanted one, then others with a number."""
    first = wanted.project_key or project_key(wanted.name, "")
    return [first, *further_keys(first)]


def former_keys(wanted: Project) -> list[str]:
    """Return the keys that earlier releases gave, with a hash of our own key.

    Those releases did not yet propose names in the plan.
    """
    first = project_key(wanted.name, "")[:INITIALS]
    hashes = [short_hash(key, 6).upper() for key in (wanted.key, *wanted.former)]
    return [key for hashed in hashes for key in (f"{first}{hashed}", f"C{hashed}")]


def alike(name: str, other: str) -> bool:
    """Return whether the names of two projects share a distinctive word.

    Short keys coincide by chance, the names of one customer do not. Words of up to two letters, the label
    before a colon and the usual legal forms do not count.
    """
    return not _words(name).isdisjoint(_words(other)) or not (_words(name) and _words(other))


def _words(name: str) -> set[str]:
    return {word for word in slug(unlabelled(name), limit=LONGEST_NAME).split("-") if len(word) > 2}
