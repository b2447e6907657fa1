"""What contact sync remembers, as it is handed out and taken in."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Literal

EVERYWHERE = "*"
"""In place of a customer: a tombstone that holds for all."""

Reason = Literal["archived", "moved", "address", "function", "company", "ours", "place", "revoked", "never", "missing"]
"""Why somebody is to be taken out. All but `missing` are what the ERP says; that is what it no longer says."""

Why = Literal["again", "approval"]
"""Why a customer is visited again: a system was down or the customer held, or a person has to approve."""


@dataclasses.dataclass(frozen=True)
class Leaving:
    """Somebody who is to be taken out of a system."""

    system: str
    key: str
    customer: str
    since: datetime
    reason: Reason
    passes: int


@dataclasses.dataclass(frozen=True)
class Tombstone:
    """That somebody was taken out.

    Attributes:
        reason: `left`: comes back when the ERP says something newer than `stamp`; `revoked` and `forgotten`: does not.
    """

    person: str
    customer: str
    reason: Literal["left", "revoked", "forgotten"]
    at: datetime
    stamp: float


@dataclasses.dataclass(frozen=True)
class Problem:
    """A contact, or a person in one system (empty: in all), that could not be synced."""

    system: str
    key: str
    customer: str
    contact: str
    manager: str
    code: str
    words: str
    digest: str
    since: datetime


@dataclasses.dataclass
class Learned:
    """What planning and writing one chunk of customers taught.

    Attributes:
        contacts: By contact: its customer, and the people it stands for; those that changed.
        contacts_gone: Contacts that no longer stand for anybody of a customer.
        leaving: Who is to be taken out from now on.
        staying: Who no longer is, by system and key.
        problems: What could not be synced.
        fixed: What now can, by system and key.
        places: Where people go, by system and customer.
    """

    contacts: dict[str, tuple[str, tuple[str, ...]]] = dataclasses.field(default_factory=dict)
    contacts_gone: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    leaving: list[Leaving] = dataclasses.field(default_factory=list)
    staying: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    problems: list[Problem] = dataclasses.field(default_factory=list)
    fixed: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    places: dict[tuple[str, str], str] = dataclasses.field(default_factory=dict)
