"""The customers' people as other systems hold them: members of an organization, rows of a contact table."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field

from integrations.core.resource import FieldInfo, Resource
from integrations.core.text import one_line, short_hash, shorten

Access = Literal["service desk", "control panel", "directory"]
"""What a place gives its people: they may raise requests, work in the panel, or are only listed for us."""

LONGEST = 200
_MARK = 24
"""Characters of a mark: fewer than the keyed hash has that stood in its place in the first release."""


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
    """Normalised; empty where somebody is only to be taken out, whom the ledger knows by id."""
    account: Annotated[str, FieldInfo(looked_up=True, hidden=True)] = ""
    """The id that a person named for it; empty: found by e-mail."""
    name: Annotated[str, AfterValidator(_name), FieldInfo(once=True)] = ""
    status: Annotated[str, FieldInfo(output=True)] = ""
    """What the system says of them: `invited`."""

    @property
    def mark(self) -> str:
        """The person's mark in a vendor's system, beside the address; empty where no address is known.

        A plain hash of customer and address: it says no more than the address does, and is the same whichever
        machine writes it, with whichever ledger.
        """
        return mark_of(self.key.partition("/")[0], self.email) if self.email else ""

    @property
    def container(self) -> str:
        """The place."""
        return self.place

    def in_container(self, container: str) -> Self:
        """Return the person in another place."""
        return self.model_copy(update={"place": container})

    def label(self) -> str:
        """The name, or else the address."""
        return self.name or self.email or self.key


class Listed(Member):
    """A person in a directory that people read: every field can be written, and may be typed over by somebody."""

    kind: ClassVar[str] = "contact"
    title: ClassVar[str] = "contact"

    name: Annotated[str, AfterValidator(_name), FieldInfo(owner="source")] = ""
    functions: Annotated[tuple[str, ...], FieldInfo(owner="source")] = Field(default=())
    """What they are to us: `billing`, `technical`; `Webshop: technical` for a project's."""
    phone: Annotated[str, AfterValidator(_name), FieldInfo(owner="source")] = ""


@dataclasses.dataclass(frozen=True)
class Present:
    """Somebody who is in a place, whether or not anybody knows why.

    Attributes:
        id: As `link` takes it.
        email: In lower case; empty where the system does not show it.
        own: It is our own account, or one of our people as that system knows them.
    """

    id: str
    email: str = ""
    name: str = ""
    own: bool = False


@dataclasses.dataclass(frozen=True)
class Membership:
    """An address in a place that bears our mark, as the system itself shows it.

    Attributes:
        place: The place's id.
        subject: The owner by the mark: `customer:101`, `deal:42`.
        email: As the system shows it, in lower case.
        title: The name by which people know the place.
    """

    place: str
    subject: str
    email: str
    title: str = ""
