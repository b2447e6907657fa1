"""Search for a deal or a customer by what a person calls it: its number, or a name or a part of one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Literal

from integrations.core.company_name import CompanyName, company_name
from integrations.core.likeness import resemble

Kind = Literal["deal", "customer"]

_NUMBER = re.compile(r"(?:#|(?P<kind>deal|customer):)?(?P<number>[0-9]+)", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A deal or a customer that may be meant.

    Attributes:
        id: Its number.
        names: The names by which people call it: of a deal its customer's and its own.
        note: A line that tells it from others, for people.
    """

    id: str
    names: tuple[str, ...]
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Matches:
    """The candidates that may be meant.

    Attributes:
        found: Those whose name is the same; where there are none, those that have all words in their names; else those
            whose name resembles it.
        are_sure: False: they merely resemble it, so that a person has to say whether it is one of them.
    """

    found: tuple[Candidate, ...] = ()
    are_sure: bool = True


def number(text: str, kind: Kind) -> str | None:
    """Return the number in `42`, `#42` and `deal:42`; None for other text or another kind's number."""
    found = _NUMBER.fullmatch(text.strip())
    return found["number"] if found is not None and found["kind"] in (None, kind) else None


def search(text: str, candidates: Iterable[Candidate]) -> Matches:
    """Return the candidates that a name, or a part of one, may mean.

    Legal forms, accents, signs and case do not count.
    """
    wanted = company_name(text)
    if not wanted.readings:
        return Matches()
    known = [(candidate, [company_name(name) for name in candidate.names if name.strip()]) for candidate in candidates]
    for fits in (_is_called, _has):
        found = tuple(candidate for candidate, names in known if fits(wanted, names))
        if found:
            return Matches(found)
    alike = (candidate for candidate, names in known if any(resemble(wanted, name) for name in names))
    return Matches(tuple(alike), are_sure=False)


def _is_called(wanted: CompanyName, names: Iterable[CompanyName]) -> bool:
    return any(name.reads_as(wanted) for name in names)


def _has(wanted: CompanyName, names: Iterable[CompanyName]) -> bool:
    readings = [reading for name in names for reading in name.readings]
    return any(part in reading for part in wanted.readings for reading in readings) or all(
        any(word in reading for reading in readings) for word in wanted.words
    )
