"""One person of one customer, as the rules see it, and what is wrong with a row."""

from __future__ import annotations

import dataclasses
from typing import Literal

from integrations.core.rows import Failed
from integrations.flows.contacts.settings import Function

Code = Literal["no address", "bad address", "ours", "inactive company", "hidden", "left", "gone", "place", "refused"]
"""Why somebody is not synced: the ledger keeps this word, never the address itself.

`place`: not the row, but what its people go into was refused; each full pass looks whether that was fixed.
"""


@dataclasses.dataclass(frozen=True)
class Entry:
    """A person, or a shared mailbox, of one customer: one e-mail address, whichever contacts it stands in.

    Attributes:
        email: Normalised.
        name: Of the contact with the lowest id, but for mere addresses.
        phone: E.164; as it was typed where it is no number.
        functions: What they are to us, in the order of `FUNCTIONS`.
        projects: For a contact of one of the customer's projects, its name; sorted. Empty: the customer's own.
        contacts: The ERP's ids of the contacts that it stands in.
        since: The newest change of these contacts, in seconds since 1970; 0: not known.
    """

    email: str
    name: str
    phone: str
    functions: tuple[Function, ...]
    contacts: tuple[str, ...]
    projects: tuple[str, ...] = ()
    since: float = 0.0

    @property
    def is_mailbox(self) -> bool:
        """Whether nobody in particular reads it."""
        return "mailbox" in self.functions


@dataclasses.dataclass(frozen=True)
class Skip:
    """A contact, or one of its addresses, that is not synced.

    Attributes:
        words: The reason, for a person: it may name the address, so it is never stored.
        wrong: Somebody should fix it; otherwise it is merely none of ours to sync.
    """

    contact: str
    code: Code
    words: str
    wrong: bool = True
    email: str = ""
    """The address, where it is one; never stored."""


@dataclasses.dataclass(frozen=True)
class People:
    """A customer's people and what was left out, as the ERP's rows tell.

    Attributes:
        failed: Contacts that could not be worked on: whom they stand for is not known.
    """

    entries: tuple[Entry, ...]
    skips: tuple[Skip, ...]
    failed: tuple[Failed, ...] = ()
