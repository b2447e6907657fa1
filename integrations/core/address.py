"""E-mail addresses as people and vendors fill them into a field: several, with names, comments and slips.

Where a slip could make somebody else's address out of one (`beat,keller@…` for `beat.keller@…`), nothing is taken from
it: a missing address is reported, a stranger who was let in is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from integrations.core.text import one_line, shorten

__all__ = [
    "Address",
    "addresses",
    "emails",
    "folded_address",
    "joined",
    "mentioned",
    "only",
    "spellings",
    "unreadable",
    "variants",
    "wrong",
]

LONGEST = 254
"""Bytes of an address (RFC 5321, erratum 1690)."""
SEVERAL = "it is not one address alone"
NO_SIGN = "it has no @"

_PLAIN = re.compile(
    r"[a-z0-9_'+-]+(?:\.[a-z0-9_'+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?!(?:arpa|invalid|local|localhost|onion)\Z)[a-z]{2,}"
)
"""Ordinary short addresses, already folded: all others are parsed in full, which is thirty times slower."""
_SHORT = 64
"""Characters: shorter than any part of an address may be, so that no part needs to be measured."""
_SEPARATORS = ",;，；、،"
_COMMAS = ",，、،"
_PART = re.compile(rf'(?:"[^"]*"|<[^<>]*>|\([^()]*\)|[^{_SEPARATORS}])+')
_COMMENT = re.compile(r"\([^()@]*\)")
_DISPLAY_NAME = re.compile(r'"[^"]*"(?=\s*[<\[])')
_AROUND = re.compile(r"""[\s,;:<>"()\[\]]+""")
_FULL_STOP = re.compile(r"\. ([A-Z])")
_COLON = re.compile(r"(?<!\s)\s+:(?=\s)")
"""French puts a blank before a colon: the label `Courriel : ` is one word with its colon."""
_BRACKETED = re.compile(r"<([^<>@]*@[^<>]*)>|\[mailto:([^\[\]]*)\]", re.IGNORECASE)
"""In Outlook's plain text, `[mailto:…]` stands for brackets."""
_JUNK = " \t\n>)]}»”’\"':!?*|/\\"
"""Characters that no address ends in."""
_GLYPHS = {ord("＠"): "@", ord("﹫"): "@"}
_INVISIBLE = dict.fromkeys(
    map(
        ord,
        "\u00ad\u034f\u061c\u180b\u180c\u180d\u180e\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufe0e\ufe0f\ufeff",
    )
)
"""Invisible characters that pasting brings along; not direction overrides, with which the field shows another
address than it holds."""
_JOINER = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
"""Joiners that have nothing to join: between letters of some scripts they are part of a domain."""
_GOOGLE = frozenset({"gmail.com", "googlemail.com"})
"""Both domains reach the same mailbox, whatever dots the local part has."""
_PAIRS = frozenset({'""', "''", "()", "[]", "<>", "“”", "„“", "«»", "‘’"})
_QUOTES = " \t\"'“”„«»‘’,;:-–—/|"


class Address(NamedTuple):
    """Address in a field, or the text that stands in its place.

    Attributes:
        email: Folded as addresses are compared and written: lower-case, NFC, the domain as A-labels; empty
            where it is no address.
        typed: As it stands in the field.
        problem: Why it is no address, for a person.
        name: Whose it is, as the field says; empty where it does not.
    """

    email: str
    typed: str
    problem: str = ""
    name: str = ""


def addresses(text: str | None) -> tuple[Address, ...]:
    """Return each address of a field once, in the field's order. Never raises.

    A text that was meant as an address but is none is among them, with its problem. Addresses are separated
    by commas, semicolons, or by blanks if each part is an address. `Name <address>`, `mailto:`, labels,
    comments, trailing signs and invisible characters are not part of an address.
    """
    email = _plain(text or "")
    if email:
        return (Address(email, text or ""),)
    found: dict[str, Address] = {}
    for part in _parts(_JOINER.sub("", (text or "").translate(_INVISIBLE)).translate(_GLYPHS)):
        for address in _read(part):
            found.setdefault(address.email or f" {address.typed}", address)
    return tuple(found.values())


def emails(text: str | None) -> tuple[str, ...]:
    """Return the addresses of a field, folded."""
    return tuple(address.email for address in addresses(text) if address.email)


def joined(text: str | None) -> str:
    """Return the addresses of a field as they are written into one.

    They are folded, without names, and separated by commas.
    """
    return ", ".join(emails(text))


def unreadable(text: str | None) -> tuple[Address, ...]:
    """Return the parts of a field that a person has to correct.

    These are addresses with a slip, or, where no address can be read, the text in its place. Words beside a
    readable address are left alone: mail arrives all the same.
    """
    found = addresses(text)
    slips = tuple(address for address in found if address.problem and "@" in address.typed)
    return slips or (() if any(address.email for address in found) else found)


def only(text: str | None) -> Address:
    """Return the address of a field that has to hold exactly one. Never raises.

    Otherwise, return an `Address` without `email`, with the problem. For an empty field it has neither.
    """
    found = addresses(text)
    if len(found) > 1:
        return Address("", text or "", SEVERAL)
    return found[0] if found else Address("", text or "")


def folded_address(text: str | None) -> str:
    """Return a vendor's address in the form in which addresses are compared.

    A text that is no address is returned in lower case, without surrounding blanks.
    """
    return only(text).email or one_line(text or "").lower()


def mentioned(text: str | None) -> frozenset[str]:
    """Return everything in a text that looks like an address, folded.

    For finding where an address occurs; never for writing to it.
    """
    return frozenset(emails(text)) | {folded_address(word) for word in _AROUND.split(text or "") if "@" in word}


def wrong(found: Iterable[Address]) -> str:
    """Describe the parts of a field that are no addresses, each with its problem; empty where nothing is wrong."""
    return ", ".join(
        f"“{shorten(one_line(address.typed), 80)}” ({address.problem})" for address in found if address.problem
    )


def variants(email: str) -> str:
    """Return the form shared by all addresses that may reach the same person.

    It has no `+tag`, and for Gmail no dots. Two people may share it, so it only ever suggests candidates for
    a person to choose from, and it is not an address to write to.
    """
    local, _, domain = email.rpartition("@")
    untagged = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{untagged.replace('.', '')}@gmail.com"
    return f"{untagged}@{domain}"


def spellings(email: str) -> frozenset[str]:
    """Return the folded address, and the same with its domain as people write it.

    This is for vendors that compare addresses letter by letter.
    """
    local, _, domain = email.rpartition("@")
    if "xn--" not in domain:
        return frozenset({email})
    import idna  # noqa: PLC0415  (rarely needed)

    try:
        return frozenset({email, f"{local}@{idna.decode(domain)}"})
    except idna.IDNAError:
        return frozenset({email})


def _plain(text: str) -> str:
    """Return an ordinary ASCII address, folded; empty for any other text, which may still be an address."""
    if len(text) > _SHORT or not text.isascii():
        return ""
    lowered = text.lower()
    return lowered if _PLAIN.fullmatch(lowered) else ""


def _parts(text: str) -> Iterator[str]:
    """Split a field at its separators, except inside a name or, by a slip, inside an address.

    A separator without a blank around it, with an `@` on one side of it only, is a slip for a dot.
    """
    waiting, end = "", 0
    for match in _PART.finditer(text):
        part, separator = match.group(), text[end : match.start()]
        end = match.end()
        if waiting and (_is_slip(waiting, part) or _is_name(waiting, separator, part)):
            waiting += separator + part
            continue
        yield from _unless_blank(waiting)
        waiting = part
    yield from _unless_blank(waiting)


def _unless_blank(part: str) -> Iterator[str]:
    if part.strip():
        yield part.strip()


def _is_slip(before: str, after: str) -> bool:
    if before[-1].isspace() or after[0].isspace() or "<" in before or "<" in after:
        return False
    return ("@" in before) != ("@" in after)


def _is_name(before: str, separator: str, after: str) -> bool:
    """Return whether the comma belongs to a display name (`Keller, Beat <…>`) whose beginning is `before`."""
    return "@" not in before and separator in _COMMAS and ("@" not in after or bool(_BRACKETED.search(after)))


def _read(part: str) -> list[Address]:
    text = _COMMENT.sub(_blanks, part)
    bare = _DISPLAY_NAME.sub(_blanks, text)
    if _BRACKETED.search(bare):
        return _in_brackets(part, text, bare)
    words = [word for word in _COLON.sub(":", bare).split() if _counts(word)]
    if not words:
        return []
    if len(words) == 1:
        return [_single(words[0], part)]
    several = [_validated(word.rstrip(".")) for word in words]
    if all(address.email for address in several):
        return several
    return [Address("", part, SEVERAL if "@" in part else NO_SIGN)]


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _in_brackets(part: str, text: str, bare: str) -> list[Address]:
    """Return the addresses in brackets, unless a different one stands beside them: then it is unclear which is meant.

    Outlook writes an address twice, `address <address>`: that is one.
    """
    found, end = [], 0
    for match in _BRACKETED.finditer(bare):
        address = _single(match[1] or match[2] or "", part)
        found.append(address._replace(name=_name(text[end : match.start()])) if address.email else address)
        end = match.end()
    known = {address.email for address in found}
    if all(_single(word, word).email in known for word in _BRACKETED.sub(" ", bare).split() if "@" in word):
        return found
    return [Address("", part, SEVERAL)]


def _name(text: str) -> str:
    """Return the display name before the brackets, without quotes and with encoded words decoded.

    It is empty for a label or an address.
    """
    name = one_line(text.replace('\\"', '"'))
    if "=?" in name:
        name = _decoded(name)
    name = "" if name.endswith(":") else name.strip(_QUOTES)
    return "" if "@" in name else name


def _decoded(name: str) -> str:
    from email.errors import HeaderParseError  # noqa: PLC0415  (rarely needed)
    from email.header import decode_header, make_header  # noqa: PLC0415

    try:
        return one_line(str(make_header(decode_header(name))))
    except (HeaderParseError, LookupError, ValueError):
        return name


def _counts(word: str) -> bool:
    """Return whether a word may be part of an address: it is no dash and no label such as `E-Mail:`."""
    return "@" in word or (any(letter.isalnum() for letter in word) and not word.endswith(":"))


def _single(word: str, typed: str) -> Address:
    bare = _trimmed(word.strip())
    if bare[:1] + bare[-1:] in _PAIRS:
        bare = _trimmed(bare[1:-1].strip())
    if bare[:7].lower() == "mailto:":
        bare = unquote(bare[7:].partition("?")[0])
    return _validated(_trimmed(_trimmed(bare.strip()).rstrip(_JUNK)))._replace(typed=typed)


def _trimmed(word: str) -> str:
    """Return a word without one trailing dot.

    Two dots, or an ellipsis, are kept: they may stand for the rest of a longer address.
    """
    return word if word.endswith("..") else word.removesuffix(".")


def _validated(text: str) -> Address:
    """Return the address of a text that has to be exactly one, with nothing beside it.

    Lower case, not case folding: case folding would turn `strauß@` into `strauss@`, which is somebody else's mailbox.
    Look-alikes of other scripts stay apart for the same reason. Names that no mail reaches (`.local`, `.invalid`) are
    refused.
    """
    email = _plain(text)
    if email:
        return Address(email, text)
    if len(text) > LONGEST:  # the library would go through every character, however long the text
        return Address("", text, "it is too long")
    if text.count("@") != 1:
        return Address("", text, "it has more than one @" if "@" in text else NO_SIGN)
    try:
        return Address(_folded(text), text)
    except ValueError as error:
        return Address("", text, _words(error))


def _folded(text: str) -> str:
    from email_validator import validate_email  # noqa: PLC0415  (30 ms; plain addresses do without)

    found = validate_email(text, check_deliverability=False, test_environment=True, allow_smtputf8=True)
    local = unicodedata.normalize("NFC", found.local_part.lower())
    email = f"{local}@{found.ascii_domain}"
    if len(email.encode()) > LONGEST:
        raise ValueError("it is too long.")
    return email


def _words(error: ValueError) -> str:
    """Return the library's error as a clause that fits into a message of ours."""
    sentence = _FULL_STOP.sub(lambda match: f": {match[1].lower()}", one_line(str(error)).rstrip("."))
    return shorten(sentence[:1].lower() + sentence[1:], 160)
