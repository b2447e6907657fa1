"""Names of a customer's objects: proposed once for all systems alike, the same on every machine.

The first proposal is the customer's plain name. Where another customer has it, an addition tells them apart for people:
the city, else a number. An object keeps the name it was made with: that is read back from it, whatever would be
proposed now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations.core.text import one_line, romanized, shorten, slug

PLAIN = ""
"""No addition."""
LONGEST = 30
"""The most characters of an addition."""
NUMBERS = range(2, 100)
"""Numbers that are tried as additions, and behind keys; after them a person has to choose a name."""
LONGEST_SLUG = 60
"""A label in Kubernetes has 63 characters at most."""
LONGEST_KEY = 10
"""Characters of a Jira project's key."""
INITIALS = 4
_ADDED = re.compile(rf" \(([^()]{{1,{LONGEST}}})\)$")
_HASH = re.compile(r"(?=.*[0-9])[0-9a-f]{6}")
_LABEL = re.compile(r"^[^:]{1,40}:\s+(?=\S)")


def distinctions(name: str, city: str) -> Iterator[str]:
    """Yield the additions for a name that is taken, the best first: the city, then numbers.

    A city that is part of the name itself, or that has no letters, tells nobody apart.
    """
    place = shorten(one_line(re.sub(r"[()]", " ", city)), LONGEST)
    has_letters = any(sign.isalpha() for sign in slug(place))
    if has_letters and f"-{slug(place)}-" not in f"-{slug(name, len(name) * 4)}-":
        yield place
    yield from map(str, NUMBERS)


def title(name: str, distinction: str, limit: int) -> str:
    """Return a name or title for people: `Müller AG (Winterthur)`; a long name is cut, the addition never."""
    added = f" ({distinction})" if distinction else ""
    return shorten(name, limit - len(added)) + added


def is_named(found: str, name: str, limit: int) -> bool:
    """Return whether `found` is this name with an addition that sets it apart.

    The addition may be of this release or an earlier one. Names are compared as they are written, except for
    case.
    """
    added = _ADDED.search(found)
    return added is not None and found.casefold() == title(name, added.group(1), limit).casefold()


def addition(found: str, name: str) -> str:
    """Return the addition to a name, for people.

    It is empty where there is none, or where it is the hash of an earlier release.
    """
    added = _ADDED.search(found) if is_named(found, name, len(found)) else None
    return added.group(1) if added and not _HASH.fullmatch(added.group(1)) else ""


def without_addition(found: str) -> str:
    """Return a name without its addition: `Müller AG` for `Müller AG (Winterthur)`."""
    return _ADDED.sub("", found)


def abridged(name: str, limit: int) -> str:
    """Return a name in at most `limit` characters, with its whole addition."""
    added = _ADDED.search(name)
    return title(without_addition(name), added.group(1), limit) if added and len(name) > limit else shorten(name, limit)


def common_beginning(name: str, limit: int) -> str:
    """Return the part with which all titles of this name begin, whatever the addition."""
    shortest = limit - LONGEST - len(" ()")
    return name if len(name) <= shortest else name[: shortest - 1].rstrip()


def identifier(name: str, distinction: str, reserved: tuple[str, ...] = ()) -> str:
    """Return a slug: `mueller-soehne-winterthur`; `customer` where the name has no letter.

    Args:
        name: The name for people.
        distinction: The addition.
        reserved: Beginnings that belong to the system itself.
    """
    plain = slug(name) or "customer"
    if plain.startswith(reserved):
        plain = f"customer-{plain}"
    added = slug(distinction, LONGEST)
    return "-".join([plain[: LONGEST_SLUG - len(added) - 1].rstrip("-"), *([added] if added else [])])


def project_key(name: str, distinction: str) -> str:
    """Return a key of letters and digits: `MSAG` for `Customer: Müller & Söhne AG`, `MSAGWINT` in Winterthur.

    It has the initials of the first words, filled up from the last of them. The text before a colon is left
    out: a label that all customers' projects share.
    """
    added = "".join(re.findall(r"[a-z0-9]+", romanized(distinction)))[:INITIALS].upper()
    return (_initials(unlabelled(name)) or "CUST") + added


def further_keys(key: str) -> list[str]:
    """Return the keys to try where another project happens to have a key, as short ones do: first `MSAG2`."""
    stem = key.rstrip("0123456789")
    proposed = (f"{stem[: LONGEST_KEY - len(str(number))]}{number}" for number in NUMBERS)
    return [other for other in proposed if other != key]


def unlabelled(name: str) -> str:
    """Return a title without its label: `Müller AG` for `Customer: Müller AG`."""
    return _LABEL.sub("", name)


def _initials(name: str) -> str:
    words = [word for word in re.findall(r"[a-z0-9]+", romanized(name)) if word[0].isalpha()][:INITIALS]
    if not words:
        return ""
    key = "".join(word[0] for word in words)
    filled = (key + words[-1][1:])[:INITIALS].upper()
    return filled if len(filled) > 1 else ""
