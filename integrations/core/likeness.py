"""The likeness of two customers, with its reasons: asked by every look-up and every rule.

Likeness is a question for a person, not an answer. Alike are companies with the same VAT number, name (legal forms do
not count) or e-mail address, and those with resembling names that share an e-mail domain of their own or a telephone
number. Companies with two valid VAT numbers of one country are never alike, whatever else they share.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from integrations.core import vat
from integrations.core.address import emails
from integrations.core.company_name import CompanyName, company_name
from integrations.core.free_mail import is_free_mail

TELLING: Final = 3
"""Letters of the shortest word that two resembling names may share."""
RESEMBLING: Final = 0.85
"""The least similarity of two names, from 0 to 1, of which one may be the other misspelt."""
ENDING: Final = 7
"""Last digits of a telephone number by which it is looked up, since its prefix is written in many ways."""
SHORTEST: Final = 4
"""Digits and letters of a VAT number without its zeros: fewer are a placeholder, such as `0` or `n/a`."""
SHARED: Final = 20
"""Companies that share an e-mail domain or telephone number, from which on it is a service provider's."""
_WORDS_OF_MANY = frozenset(
    {
        "group", "gruppe", "groupe", "gruppo", "holding", "services", "service", "international", "schweiz", "suisse",
        "svizzera", "switzerland", "deutschland", "germany", "oesterreich", "austria", "europe", "europa", "solutions",
        "consulting", "management", "the", "der", "die", "das", "les", "for", "fuer", "und", "and",
    }
)  # fmt: skip
"""Words that are common in company names, so that sharing them means nothing."""

_SEVERAL = re.compile(r"[,;\n]")
_EXTENSION = re.compile(r"(?<=\d)\s*(?:ext|int|x|dw|durchwahl|poste)\b.*", re.IGNORECASE | re.DOTALL)
_NO_DIGIT = re.compile(r"\D+")


@dataclasses.dataclass(frozen=True)
class Features:
    """The features of a customer that are compared.

    Attributes:
        name: As it is entered.
        vat: Its VAT number, in any spelling.
        emails: Its e-mail fields, each with any number of addresses, and its owner, in words (empty: the company).
        phones: Its telephone numbers, in any spelling.
        city: As it is entered.
        country: ISO 3166-1 alpha-2; empty where it is not known.
    """

    name: str = ""
    vat: str = ""
    emails: tuple[tuple[str, str], ...] = ()
    phones: tuple[str, ...] = ()
    city: str = ""
    country: str = ""

    @classmethod
    def of(
        cls, name: str | None, *, vat: str | None = "", email: str | None = "", phone: str | None = "",
        city: str | None = "", country: str | None = "",
    ) -> Features:  # fmt: skip
        """Return the features of a company with one e-mail field and one telephone number."""
        return cls(
            name or "",
            vat or "",
            ((email, ""),) if email else (),
            (phone,) if phone else (),
            city or "",
            (country or "").upper(),
        )

    @functools.cached_property
    def company(self) -> CompanyName:
        """The name, taken apart."""
        return company_name(self.name)

    @property
    def has_vat(self) -> bool:
        """Return whether its VAT number is a number, and no placeholder for a missing one."""
        return _is_number(vat.read(self.vat.strip(), self.country))

    @functools.cached_property
    def addresses(self) -> Mapping[str, str]:
        """The e-mail addresses, folded, each with its owner in words."""
        found: dict[str, str] = {}
        for field, whose in self.emails:
            for address in emails(field):
                found.setdefault(address, whose)
        return found

    @functools.cached_property
    def domains(self) -> frozenset[str]:
        """The domains of these addresses, without free-mail domains."""
        return frozenset(domain for address in self.addresses if not is_free_mail(domain := address.rpartition("@")[2]))

    @functools.cached_property
    def numbers(self) -> Mapping[str, str]:
        """The telephone numbers by their digits, as they are entered."""
        parts = [part for field in self.phones for part in _SEVERAL.split(field)]
        return {digits: part for part in parts if len(digits := _digits(_EXTENSION.sub("", part))) >= ENDING}

    @functools.cached_property
    def keys(self) -> frozenset[str]:
        """The keys of its look-up: customers that are alike share at least one of them."""
        return frozenset([*self._certain_keys(), *self._shared_keys()])

    def _certain_keys(self) -> Iterator[str]:
        yield from (f"name {reading}" for reading in self.company.readings)
        if digits := _digits(self.vat).lstrip("0"):
            yield f"vat {digits}"
        yield from (f"email {address}" for address in self.addresses)

    def _shared_keys(self) -> Iterator[str]:
        yield from (f"domain {domain}" for domain in self.domains)
        yield from (f"phone {number[-ENDING:]}" for number in self.numbers)


@dataclasses.dataclass(frozen=True)
class Likeness:
    """The reasons why two customers are alike.

    Attributes:
        reasons: The things in common, as clauses about the other one: `has the same name`.
        certain: VAT number and name are equal, so it is the same company.
        same_vat: Whether the VAT number is one of the reasons.
    """

    reasons: tuple[str, ...]
    certain: bool = False
    same_vat: bool = False


def likeness(features: Features, other: Features) -> Likeness | None:
    """Return the likeness of two customers; None where they are not alike.

    The reasons are worded about `other`.
    """
    if features.keys.isdisjoint(other.keys):
        return None
    # Before all else: two valid numbers of one country prove two companies.
    by_vat = _compared_vat(features, other)
    if by_vat is False:
        return None
    has_name = features.company.reads_as(other.company)
    reasons = [
        *(["has the same VAT number"] if by_vat else []),
        *([_named(features.company, other.company)] if has_name else []),
        *_by_address(features, other),
        *_by_what_is_shared(features, other, has_name=has_name, has_vat=bool(by_vat)),
    ]
    if not reasons:
        return None
    if not by_vat and features.has_vat and other.has_vat:
        reasons.append("has another VAT number")
    return Likeness(tuple(reasons), certain=bool(by_vat) and has_name, same_vat=bool(by_vat))


def _named(name: CompanyName, other: CompanyName) -> str:
    has_other_form = name.form and other.form and name.form != other.form
    return "has the same name, with another legal form" if has_other_form else "has the same name"


def _by_address(features: Features, other: Features) -> Iterator[str]:
    for address, whose in other.addresses.items():
        if address in features.addresses:
            yield f"{whose} has the same e-mail address" if whose else "has the same e-mail address"


def _by_what_is_shared(features: Features, other: Features, *, has_name: bool, has_vat: bool) -> Iterator[str]:
    domains = sorted(features.domains & other.domains)
    has_phone = _has_same_phone(features, other)
    if not (domains or has_phone) or not (has_name or has_vat or resemble(features.company, other.company)):
        return
    if domains and features.addresses.keys().isdisjoint(other.addresses):
        yield f"has the same e-mail domain {domains[0]}"
    if has_phone:
        yield "has the same telephone number"
    if not has_name and resemble(features.company, other.company):
        yield "has a like name"


def resemble(name: CompanyName, other: CompanyName) -> bool:
    """Return whether two names resemble each other.

    They share a telling word, one is part of the other, or one may be the other misspelled.
    """
    if _telling(name) & _telling(other):
        return True
    pairs = [(first, second) for first in name.readings for second in other.readings]
    return any(
        min(len(first), len(second)) > TELLING and (first in second or second in first or _is_mistyped(first, second))
        for first, second in pairs
    )


def _telling(name: CompanyName) -> set[str]:
    return {word for word in name.words if len(word) >= TELLING} - _WORDS_OF_MANY


def _is_mistyped(first: str, second: str) -> bool:
    first, second = sorted((first, second))  # the ratio depends on the order
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() >= RESEMBLING


def _compared_vat(features: Features, other: Features) -> bool | None:
    """Return whether two VAT numbers are the same; None where they don't tell.

    False means that they are certainly two. A number without letters is read in the other's country. An invalid number
    may be a slip of a correct one, so it proves nothing.
    """
    if not features.vat or not other.vat:
        return None
    country = features.country or other.country or _country_of(features.vat) or _country_of(other.vat)
    numbers = (
        vat.read(features.vat.strip(), features.country or country),
        vat.read(other.vat.strip(), other.country or country),
    )
    if not all(map(_is_number, numbers)):
        return None
    if numbers[0][:2] == numbers[1][:2]:
        return True
    are_two = numbers[0].country == numbers[1].country and all(number.is_valid for number in numbers)
    return False if are_two else None


def _is_number(number: vat.VatNumber) -> bool:
    return len(number.body.strip("0")) >= SHORTEST


def _country_of(number: str) -> str:
    return vat.read(number.strip(), "").country


def _has_same_phone(features: Features, other: Features) -> bool:
    of_one, of_other = features.country or other.country, other.country or features.country
    return any(
        first[-ENDING:] == second[-ENDING:] and _is_one_number(typed, of_one, other.numbers[second], of_other)
        for first, typed in features.numbers.items()
        for second in other.numbers
    )


def _is_one_number(first: str, of_first: str, second: str, of_second: str) -> bool:
    """Return whether two texts are the same telephone number; where one can't be parsed, whether their ends agree."""
    numbers = _e164(first, of_first), _e164(second, of_second)
    if all(numbers):
        return numbers[0] == numbers[1]
    longer, shorter = sorted((_digits(first).lstrip("0"), _digits(second).lstrip("0")), key=len, reverse=True)
    return longer.endswith(shorter)


@functools.lru_cache(maxsize=4096)
def _e164(number: str, country: str) -> str:
    """Return a number as `+41441234567`; empty where it is no number, or its country is not known."""
    import phonenumbers  # noqa: PLC0415  (25 ms; only where the last digits are equal)

    try:
        found = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return ""
    found.extension = None
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))


def _digits(text: str) -> str:
    """Return the digits of a text; those of other scripts as ASCII digits."""
    if text.isascii():
        return _NO_DIGIT.sub("", text)
    return "".join(str(int(sign)) for sign in unicodedata.normalize("NFKC", text) if sign.isdecimal())


class Index:
    """An index of customers by the keys of their features; it keeps ids and hashes, not their data."""

    def __init__(self) -> None:
        self._ids: dict[int, int | tuple[int, ...]] = {}

    def add(self, number: int, features: Features) -> None:
        """Index a customer by these features, in addition to those it was added with before."""
        for key in features.keys:
            hashed = hash(key)
            known = self._ids.get(hashed)
            if known is None:
                self._ids[hashed] = number
            elif isinstance(known, int):
                self._ids[hashed] = known if known == number else (known, number)
            # One more than the bound is kept: that many shows in `candidates` that the key belongs to too many.
            elif number not in known and len(known) <= self._most(key):
                self._ids[hashed] = (*known, number)

    def candidates(self, features: Features) -> set[int]:
        """Return the ids of the customers that may be alike; `likeness` decides about each."""
        found: set[int] = set()
        for key in features.keys:
            known = self._ids.get(hash(key), ())
            numbers = (known,) if isinstance(known, int) else known
            if len(numbers) <= self._most(key):
                found.update(numbers)
        return found

    @staticmethod
    def _most(key: str) -> int:
        return SHARED if key.startswith(("domain ", "phone ")) else 1_000_000
