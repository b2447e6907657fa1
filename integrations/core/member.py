"""The customers' people in other systems: members of an organization, rows of a contact table."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field

from integrations.core.resource import FieldInfo, Resource
from integrations.core.text import one_line, short_hash, shorten

Access = Literal["service desk", "control panel", "directory"]
"""The rights in a place: to raise requests, to work in the control panel, or none (a list for our own staff)."""

LONGEST = 200
_MARK = 24
"""Characters of a mark: fewer than the keyed hash of the first release has, so that the two are told apart."""


def _name(text: str) -> str:
    return shorten(one_line(text), LONGEST)


def mark_of(customer: str, email: str) -> str:
    """Return the mark of a person (`Member.mark`) of a customer (`customer:101`)."""
    return short_hash(f"{customer} {email}", _MARK)


class Member(Resource):
    """A person in a place: `customer:101/contact/1f2e…`, the last part a keyed hash of the e-mail address."""

    kind: ClassVar[str] = "member"
    title: ClassVar[str] = "member"
    several: ClassVar[bool] = True

    place: Annotated[str, FieldInfo(looked_up=True, hidden=True)]
    """The id of the object that people are members of: an organization, a page."""
    email: Annotated[str, FieldInfo(looked_up=True, hidden=True)] = ""
    """Normalised; empty only for a removal, where the ledger knows the person by id."""
    account: Annotated[str, FieldInfo(looked_up=True, hidden=True)] = ""
    """The account's id that a person named; empty: it is found by e-mail."""
    name: Annotated[str, AfterValidator(_name), FieldInfo(once=True)] = ""
    status: Annotated[str, FieldInfo(output=True)] = ""
    """The person's state in the system's words: `invited`."""

    @property
    def mark(self) -> str:
        """The person's mark in a vendor's system, beside the address; empty where no address is known.

        A plain hash of customer and address: it reveals no more than the address itself does, and every machine writes
        the same one, with any ledger.
        """
        return mark_of(self.key.partition("/")[0], self.email) if self.email else ""

    @property
    def container(self) -> str:
        """The id of the place."""
        return self.place

    def in_container(self, container: str) -> Self:
        """Return the same person in another place."""
        return self.model_copy(update={"place": container})

    def label(self) -> str:
        """Return the name, or else the address."""
        return self.name or self.email or self.key


class Listed(Member):
    """A person in a directory that people read: they may type over every field that we write."""

    kind: ClassVar[str] = "contact"
    title: ClassVar[str] = "contact"

    name: Annotated[str, AfterValidator(_name), FieldInfo(owner="source")] = ""
    functions: Annotated[tuple[str, ...], FieldInfo(owner="source")] = Field(default=())
    """Their functions for us: `billing`, `technical`; `Webshop: technical` for a project's."""
    phone: Annotated[str, AfterValidator(_name), FieldInfo(owner="source")] = ""


@dataclasses.dataclass(frozen=True)
class Present:
    """A person who is in a place, with or without a known reason.

    Attributes:
        id: The id that `link` takes.
        email: In lower case; empty where the system does not show it.
        own: It is our own account, or one of our staff by that system's account.
    """

    id: str
    email: str = ""
    name: str = ""
    own: bool = False


@dataclasses.dataclass(frozen=True)
class Membership:
    """An address in a place that bears our mark, as the system shows it.

    Attributes:
        place: The place's id.
        subject: The owner according to the mark: `customer:101`, `deal:42`.
        email: As the system shows it, in lower case.
        title: The name by which people know the place.
    """

    place: str
    subject: str
    email: str
    title: str = ""
