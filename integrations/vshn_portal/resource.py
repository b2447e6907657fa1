"""A customer's organization in the portal, of which the portal tells its id alone."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import field_validator

from integrations.core.resource import About, Resource
from integrations.core.text import one_line, short_hash, shorten, slug

NAME_LIMIT = 200


class Organization(Resource):
    """A customer in the portal, entered by a person.

    It takes the fields of the control API's organization, so that one playbook fits both panels. Nothing but
    the id can be read back, so no field is ever compared.
    """

    kind: ClassVar[str] = "organization"
    title: ClassVar[str] = "organization"

    display_name: Annotated[str, About(owner="people", once=True, label="name")]
    contact: Annotated[str | None, About(looked_up=True, hidden=True)] = None
    billing_contact: Annotated[str | None, About(owner="people", once=True, label="billed to contact")] = None
    name: Annotated[str, About(output=True, label="id")] = ""
    task: Annotated[str, About(output=True)] = ""
    """What a person has to do; empty once it is done."""

    @field_validator("display_name")
    @classmethod
    def _one_short_line(cls, value: str) -> str:
        line = shorten(one_line(value), NAME_LIMIT)
        if not line:
            raise ValueError("a name needs a letter at least")
        return line

    def label(self) -> str:
        """Its name for people."""
        return self.display_name


def plain_id(wanted: Organization) -> str:
    """The id that somebody who enters the customer by hand would probably choose; empty without letters."""
    return slug(wanted.display_name)


def proposed_id(wanted: Organization, key: str) -> str:
    """The id to enter: readable, the same at each run, and never another customer's of the same name."""
    return f"{plain_id(wanted) or 'customer'}-{short_hash(key)}"
