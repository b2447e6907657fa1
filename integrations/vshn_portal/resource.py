"""A customer's organization in the portal, of which the portal tells its id alone."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import field_validator

from integrations.core import naming
from integrations.core.resource import PLACEHOLDER, About, Resource
from integrations.core.text import one_line, shorten, slug

NAME_LIMIT = 200


class Organization(Resource):
    """A customer in the portal, entered by a person.

    It takes the fields of the control API's organization, so that one playbook fits both panels. Nothing but
    the id can be read back, so no field is ever compared.
    """

    kind: ClassVar[str] = "organization"
    title: ClassVar[str] = "organization"
    names: ClassVar[tuple[str, ...]] = ("name",)

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

    def named(self, distinction: str) -> Self:
        """See `Resource.named`. Its id has the customer's number, once there is one: nothing has to be added."""
        del distinction
        is_known = self.key.startswith("customer:") and self.display_name != PLACEHOLDER
        return self.model_copy(update={"name": proposed_id(self, self.key)}) if is_known else self

    def label(self) -> str:
        """Its name for people."""
        return self.display_name


def plain_id(wanted: Organization) -> str:
    """The id that somebody who enters the customer by hand would probably choose; empty without letters."""
    return slug(wanted.display_name)


def proposed_id(wanted: Organization, key: str) -> str:
    """The id to enter: the name and the customer's own number, so that no two customers are shown the same.

    A namesake may be shown its id before anybody has entered either: what is listed does not tell yet.
    """
    return naming.identifier(wanted.display_name, number(key))


def number(key: str) -> str:
    """Return the customer's number in our key, in the form that an id has."""
    return slug(key.partition("/")[0].removeprefix("customer:"), naming.LONGEST)
