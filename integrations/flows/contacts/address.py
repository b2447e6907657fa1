"""E-mail addresses as people type them into a field: several, with names, comments and slips.

Where a slip could make somebody else's address out of one (`beat,keller@…` for `beat.keller@…`), nothing is taken from
it: a missing member is told about, a stranger who was let in is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.syntax import Address, address, plain

__all__ = ["Address", "addresses", "is_mailbox", "variants"]

_SEPARATORS = ",;，；、،"
_COMMAS = ",，、،"
_PART = re.compile(rf'(?:"[^"]*"|<[^<>]*>|\([^()]*\)|[^{_SEPARATORS}])+')
_COMMENT = re.compile(r"\([^()@]*\)")
_DISPLAY_NAME = re.compile(r'"[^"]*"(?=\s*<)')
_BRACKETED = re.compile(r"<([^<>@]*@[^<>]*)>")
_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF])
"""What pasting brings along and nobody sees. Direction overrides are no part of it: they show another address."""
_GOOGLE = frozenset({"gmail.com", "googlemail.com"})
_PAIRS = frozenset({'""', "''", "()", "[]", "<>", "“”", "„“", "«»", "‘’"})


def addresses(text: str) -> tuple[Address, ...]:
    """Each address of a field once, in their order, and what was meant for one but is none. Never raises.

    Addresses are apart by commas, semicolons, or blanks if each is one. `Name <address>`, `mailto:`, labels, comments,
    dots behind and invisible characters are no part of an address.
    """
    email = plain(text)
    if email:
        return (Address(email, text),)
    found: dict[str, Address] = {}
    for part in _parts(text.translate(_INVISIBLE)):
        for each in _read(part):
            found.setdefault(each.email or f" {each.typed}", each)
    return tuple(found.values())


def is_mailbox(email: str, settings: ContactSettings) -> bool:
    """Whether several people read it, as far as what stands before the `@`, or before a `+`, tells."""
    return email.rpartition("@")[0].partition("+")[0] in settings.mailboxes


def variants(email: str) -> str:
    """What all addresses share that may reach the same person: without `+tag`, and Gmail's without dots.

    Two people may share it, so it only ever suggests somebody to choose, and is no address to write to.
    """
    local, _, domain = email.rpartition("@")
    untagged = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{untagged.replace('.', '')}@gmail.com"
    return f"{untagged}@{domain}"


def _parts(text: str) -> Iterator[str]:
    """The field cut at its separators, but for those that stand inside a name or, by a slip, inside an address.

    A separator without a blank around it, with an `@` on one side of it only, is a slip for a dot.
    """
    waiting, end = "", 0
    for match in _PART.finditer(text):
        part, separator = match.group(), text[end : match.start()]
        end = match.end()
        if waiting and (_is_slip(waiting, part) or _is_name(waiting, separator, part)):
            waiting += separator + part
            continue
        yield from _unless_kept(waiting)
        waiting = part
    yield from _unless_kept(waiting)


def _unless_kept(part: str) -> Iterator[str]:
    if part.strip():
        yield part.strip()


def _is_slip(before: str, after: str) -> bool:
    if before[-1].isspace() or after[0].isspace() or "<" in before or "<" in after:
        return False
    return ("@" in before) != ("@" in after)


def _is_name(before: str, separator: str, after: str) -> bool:
    """`Keller, Beat <…>`, and the beginning of it."""
    return "@" not in before and separator in _COMMAS and ("@" not in after or bool(_BRACKETED.search(after)))


def _read(part: str) -> list[Address]:
    text = _DISPLAY_NAME.sub(" ", _COMMENT.sub(" ", part))
    bracketed = _BRACKETED.findall(text)
    if bracketed:
        return _in_brackets(part, [_single(each, part) for each in bracketed], _BRACKETED.sub(" ", text))
    words = [word for word in text.split() if _counts(word)]
    if not words:
        return []
    if len(words) == 1:
        return [_single(words[0], part)]
    several = [address(word.rstrip(".")) for word in words]
    if all(each.email for each in several):
        return several
    return [Address("", part, "it is not one address alone")]


def _in_brackets(part: str, found: list[Address], beside: str) -> list[Address]:
    """Outlook writes an address twice, `address <address>`; with another one beside the brackets, which is meant?"""
    emails = {each.email for each in found}
    if all(_single(word, word).email in emails for word in beside.split() if "@" in word):
        return found
    return [Address("", part, "it is not one address alone")]


def _counts(word: str) -> bool:
    """Whether it could be meant as part of an address: not a dash, nor a label such as `E-Mail:`."""
    return "@" in word or (any(letter.isalnum() for letter in word) and not word.endswith(":"))


def _single(word: str, typed: str) -> Address:
    bare = word.strip().rstrip(".")
    if bare[:1] + bare[-1:] in _PAIRS:
        bare = bare[1:-1].strip()
    if bare[:7].lower() == "mailto:":
        bare = unquote(bare[7:].partition("?")[0])
    found = address(bare.strip().rstrip("."))
    return Address(found.email, typed, found.problem)
