"""A company's name as it reads: regardless of case, accents, blanks, signs and the legal form."""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Iterable

from integrations.core.legal_forms import BEFORE, BEHIND, WITHOUT_BLANKS
from integrations.core.text import spelled_out

_IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Unicode's `Default_Ignorable_Code_Point` (`DerivedCoreProperties.txt`): invisible characters."""
_ACCENT = re.compile("[\u0300-\u036f]")
"""Combining accents of Latin, Greek and Cyrillic letters: in other scripts such marks make another letter."""
_APART = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŧ": "t"}
)
"""Letters that Unicode does not decompose."""
_DOTTED = re.compile(r"(?<!\w)(?:\w\.){2,}|(?<!\w)\w(?:/\w)+(?!\w)")
"""Initials with dots, such as `G.m.b.H.`, or with slashes, such as `A/S`: one word."""
_AND = frozenset({"und", "and", "et", "u", "e", "y", "og", "och"})
LONGEST_FORM = 8
"""The most words that a legal form has."""


@dataclasses.dataclass(frozen=True, slots=True)
class CompanyName:
    """A company's name, taken apart.

    Attributes:
        words: Folded, without the legal form.
        readings: The words joined, in each way of spelling them (`müller` is `mueller` or `muller`): two names read the
            same where they share one. Empty where there is no name.
        form: The legal form, folded and joined; empty where there is none.
    """

    words: tuple[str, ...]
    readings: frozenset[str]
    form: str

    def reads_as(self, other: CompanyName) -> bool:
        """Return whether both names have a reading in common; legal forms do not count."""
        return not self.readings.isdisjoint(other.readings)


def folded(text: str) -> str:
    """Return the text in lower case, without accents (`ä` is `ae`, `ß` is `ss`), invisible characters, outer blanks."""
    return _bare(spelled_out(_small(text)))


@functools.lru_cache(maxsize=4096)
def company_name(text: str) -> CompanyName:
    """Take a company's name apart."""
    small = _small(text)
    words, form = _without_form(_words(_bare(spelled_out(small))))
    readings = {"".join(words)}
    if not small.isascii():
        readings.add("".join(_without_form(_words(_bare(small)))[0]))
    return CompanyName(tuple(words), frozenset(readings - {""}), form)


def reads_the_same(name: str, other: str) -> bool:
    """Return whether two texts are the same company name."""
    return company_name(name).reads_as(company_name(other))


def _small(text: str) -> str:
    """Return the text by Unicode's `NFKC_Casefold`, without invisible signs."""
    if text.isascii():
        return text.lower()
    for _ in range(2):  # some letters come apart only when they are small
        text = unicodedata.normalize("NFKC", _IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold())
    return text


def _bare(small: str) -> str:
    if small.isascii():
        return " ".join(small.split())
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", small.translate(_APART)))
    return " ".join(unicodedata.normalize("NFKC", bare).split())


def _words(bare: str) -> list[str]:
    """Return the words of a name; for a name of signs alone, the signs as one word."""
    joined = _DOTTED.sub(lambda found: re.sub(r"[./]", "", found.group()) + " ", bare)
    words = joined.translate(_NO_SIGNS).split() if joined.isascii() else _separated(joined).split()
    return words or ["".join(bare.split())]


_QUOTES = "'’‘ʼ`´"
_NO_QUOTES = {ord(sign): None for sign in _QUOTES}
_NO_SIGNS = {code: None if chr(code) in _QUOTES else " " for code in range(128) if not chr(code).isalnum()}


def _separated(text: str) -> str:
    """Return the text with a blank for each character that is no letter, digit or combining mark.

    Apostrophes are removed without a blank.
    """
    kept = text.translate(_NO_QUOTES)
    return "".join(sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in kept)


def _without_form(words: list[str]) -> tuple[list[str], str]:
    """Return the words before the legal form, at least one, and the form."""
    form = ""
    while True:
        number = _behind(words)
        if number:
            form = "".join(words[-number:]) + form
            words = words[:-number]
            continue
        if len(words) > 1 and words[0] in _forms().before:  # spelled apart, `A B Foo` are somebody's initials
            form, words = form or words[0], words[1:]
            continue
        fewer = [word for word in words if word not in _AND]
        if not fewer or len(fewer) == len(words):
            return _without_signs_form(words, form)
        words = fewer


def _behind(words: list[str]) -> int:
    """Return the number of words at the end that are a legal form; 0 where there is none.

    The form is matched as it is written first, then joined from initials spelt apart.
    """
    forms = _forms()
    if words[-1] not in forms.ends:
        return 0
    most = min(len(words) - 1, LONGEST_FORM)
    for number in range(most, 1, -1) if words[-1] in forms.last else ():
        if tuple(words[-number:]) in forms.several:
            return number
    apart = [1, *range(most, 1, -1)][: max(most, 0)]
    return next((number for number in apart if "".join(words[-number:]) in forms.behind), 0)


def _without_signs_form(words: list[str], form: str) -> tuple[list[str], str]:
    """Remove a legal form that is attached to the name without a blank, as in Japanese.

    Return the remaining words and the form.
    """
    if "".join(words).isascii():
        return words, form
    whole = " ".join(words)
    for sign in _forms().without_blanks:
        remainder = whole.removesuffix(sign).removeprefix(sign).strip()
        if remainder and remainder != whole:
            return remainder.split(), form or sign
    return words, form


@dataclasses.dataclass(frozen=True)
class _Forms:
    """Legal forms, folded: of several words; behind and before a name, joined; without blanks.

    `last`: the last words of forms of several; `ends`: any end of a form, since it may be spelt apart.
    """

    several: frozenset[tuple[str, ...]]
    last: frozenset[str]
    behind: frozenset[str]
    ends: frozenset[str]
    before: frozenset[str]
    without_blanks: tuple[str, ...]


@functools.cache
def _forms() -> _Forms:
    spelled = [words for form in _all(BEHIND.values()) for words in _spellings(form)]
    behind = {"".join(words) for words in spelled}
    return _Forms(
        frozenset(tuple(words) for words in spelled if len(words) > 1),
        frozenset(words[-1] for words in spelled if len(words) > 1),
        frozenset(behind),
        frozenset(form[place:] for form in behind for place in range(len(form))),
        frozenset("".join(words) for form in _all(BEFORE.values()) for words in _spellings(form)),
        tuple(sorted({_bare(_small(form)) for form in _all(WITHOUT_BLANKS.values())}, key=len, reverse=True)),
    )


def _all(lists: Iterable[Iterable[str]]) -> set[str]:
    return {form for forms in lists for form in forms}


def _spellings(form: str) -> list[list[str]]:
    small = _small(form)
    return [_words(_bare(small)), _words(_bare(spelled_out(small)))]
