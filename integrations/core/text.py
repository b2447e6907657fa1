"""Text as it may go to another system: without control characters, short enough, and stable as a name."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import urllib.parse

_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
"""Whatever ends a line, a paragraph or a page, as `str.splitlines` has it: Word and spreadsheets leave such."""
_REFUSED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters but tabs and newlines, lone surrogates, direction overrides."""


def clean(text: str) -> str:
    """Return a text in NFC, without control characters and direction overrides.

    Line ends become newlines. Overrides (U+202A–U+202E, U+2066–U+2069) can make a page show something else
    than it says; letters of right-to-left scripts need none of them.
    """
    return _REFUSED.sub("", unicodedata.normalize("NFC", _LINE_END.sub("\n", text)))


def one_line(text: str) -> str:
    """Return a text cleaned, with every run of white space as one blank: for names, titles and summaries."""
    return " ".join(clean(text).split())


def shorten(text: str, limit: int) -> str:
    """Return a text, or its beginning and an ellipsis, in at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def segment(text: str) -> str:
    """Return a text as one segment of a path, quoted.

    Nothing in it leads to another path or begins a query.

    Raises:
        ValueError: It is empty, `.` or `..`, which no quoting makes a name.
    """
    if text in ("", ".", ".."):
        raise ValueError(f"{text!r} is no segment of a path")
    return urllib.parse.quote(text, safe="")


def short_hash(text: str, length: int = 6) -> str:
    """Return the first characters of a hash of a text, in lower-case hexadecimal.

    They are the same on every machine.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:length]


_SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"}
    | {"ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŧ": "t"}
)
"""Letters as people spell them who lack the key; and those that Unicode does not take apart."""


def spelled_out(text: str) -> str:
    """Return a text in small letters, those with umlauts and their like spelled out: `Müller` is `mueller`.

    The one spelling in the whole product: of names that are compared, of slugs and keys. Other accents stay.
    """
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).lower().translate(_SPELLED_OUT)


def romanized(text: str) -> str:
    """Return a text in lower-case ASCII, with letters of every script in Latin ones: `ромашка` is `romashka`.

    German umlauts are spelled out, other accents dropped; signs that are no letters are dropped too.
    """
    lowered = spelled_out(text)
    return lowered if lowered.isascii() else "".join(map(_romanized, lowered))


def _romanized(sign: str) -> str:
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    if plain or sign.isascii() or unicodedata.category(sign)[0] not in "LMN":
        return plain
    from anyascii import anyascii  # noqa: PLC0415  (few names need it)

    return "".join(letter for letter in anyascii(sign).lower() if letter.isalnum())


def slug(name: str, limit: int = 40) -> str:
    """Return a name as an RFC 1123 label, at most `limit` long.

    That is lower-case ASCII letters, digits and inner hyphens. It is `romanized`; the usual legal form at the
    end (AG, GmbH, SA, …) is dropped. Empty where the name has no letter or digit: the caller then names it by
    a hash.
    """
    words = [word for word in re.split(r"[^a-z0-9]+", romanized(name)) if word]
    forms = {"ag", "gmbh", "sa", "sarl", "se", "kg", "ltd", "inc", "spzoo"}
    if len(words) > 3 and words[-3:] == ["sp", "z", "o"]:
        words = words[:-3]
    if len(words) > 4 and words[-4:] == ["sp", "z", "o", "o"]:
        words = words[:-4]
    while len(words) > 1 and words[-1] in forms:
        words.pop()
    return "-".join(words)[:limit].strip("-")
