"""The likeness of two customers, with its reasons: asked by every look-up and every rule.

What is alike, a person has to judge. Alike are companies with one VAT number, one name (legal forms do not count) or
one e-mail address, and those with an e-mail domain of their own or a telephone number in common and names that
resemble each other. Not alike, whatever else they share, are companies with two valid VAT numbers of one country.
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
"""Letters of a word that two resembling names have in common."""
RESEMBLING: Final = 0.85
"""The share of two names that is equal where one is the other mistyped."""
ENDING: Final = 7
"""Last digits of a telephone number by which it is looked up, however its beginning is written."""
SHORTEST: Final = 4
"""Digits and letters of a VAT number without its zeros: fewer stand for none."""
SHARED: Final = 20
"""So many companies with one e-mail domain or telephone number: it is somebody's who serves them all."""
_WORDS_OF_MANY = frozenset(
    {
        "group", "gruppe", "groupe", "gruppo", "holding", "services", "service", "international", "schweiz", "suisse",
        "svizzera", "switzerland", "deutschland", "germany", "oesterreich", "austria", "europe", "europa", "solutions",
        "consulting", "management", "the", "der", "die", "das", "les", "for", "fuer", "und", "and",
    }
)  # fmt: skip
"""Words that the names of many companies have in common."""

_SEVERAL = re.compile(r"[,;\n]")
_EXTENSION = re.compile(r"(?<=\d)\s*(?:ext|int|x|dw|durchwahl|poste)\b.*", re.IGNORECASE | re.DOTALL)
_NO_DIGIT = re.compile(r"\D+")


@dataclasses.dataclass(frozen=True)
class Features:
    """Features that tell a customer from others.

    Attributes:
        name: As it is entered.
        vat: Its VAT number, in any spelling.
        emails: Its e-mail fields, each with any number of addresses, and whose it is, in words (empty: the company's).
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
        """Return whether its VAT number is a number, and no sign that there is none."""
        return _is_number(vat.read(self.vat.strip(), self.country))

    @functools.cached_property
    def addresses(self) -> Mapping[str, str]:
        """The e-mail addresses, folded, and whose they are."""
        found: dict[str, str] = {}
        for field, whose in self.emails:
            for address in emails(field):
                found.setdefault(address, whose)
        return found

    @functools.cached_property
    def domains(self) -> frozenset[str]:
        """The domains of these addresses where not everybody may have one."""
        return frozenset(domain for address in self.addresses if not is_free_mail(domain := address.rpartition("@")[2]))

    @functools.cached_property
    def numbers(self) -> Mapping[str, str]:
        """The telephone numbers by their digits, as they are entered."""
        parts = [part for field in self.phones for part in _SEVERAL.split(field)]
        return {digits: part for part in parts if len(digits := _digits(_EXTENSION.sub("", part))) >= ENDING}

    @functools.cached_property
    def keys(self) -> frozenset[str]:
        """The keys of its look-up: companies that are alike have at least one of them in common."""
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
        reasons: What they have in common, in people's words and from the other's side: `has the same name`.
        certain: VAT number and name are equal: it is the same company.
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
    first, second = sorted((first, second))  # what it finds depends on the order
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() >= RESEMBLING


def _compared_vat(features: Features, other: Features) -> bool | None:
    """Return whether two VAT numbers are the same.

    False means that they are certainly two, None that the numbers do not tell. A number without letters is
    read as the other's country has it. An invalid number may be a slip of a right one.
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
    """Return whether two texts are the same telephone number.

    Where one can't be read, return whether one ends as the other.
    """
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
    """Customers by what they can be looked up by: many in, few out. It keeps their ids and hashes, not their data."""

    def __init__(self) -> None:
        self._ids: dict[int, int | tuple[int, ...]] = {}

    def add(self, number: int, features: Features) -> None:
        """Let a customer be found by these features, beside those that it was added with before."""
        for key in features.keys:
            hashed = hash(key)
            known = self._ids.get(hashed)
            if known is None:
                self._ids[hashed] = number
            elif isinstance(known, int):
                self._ids[hashed] = known if known == number else (known, number)
            elif number not in known and len(known) <= self._most(key):
                self._ids[hashed] = (*known, number)

    def candidates(self, features: Features) -> set[int]:
        """Return the ids of the customers that may be alike; `likeness` decides."""
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
