"""An organization as it is wanted."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from integrations.core import naming
from integrations.core.resource import About, Resource
from integrations.core.text import one_line, shorten

LONGEST_NAME = 200

NONE = "none"
"""No other organization of the service desk bears the same mark."""


class Organization(Resource):
    """An organization, and whether the service desk serves it."""

    kind: ClassVar[str] = "organization"
    title: ClassVar[str] = "organization"
    names: ClassVar[tuple[str, ...]] = ("name",)

    name: Annotated[
        str,
        AfterValidator(lambda name: shorten(one_line(name), LONGEST_NAME)),
        Field(min_length=1),
        About(owner="people", looked_up=True),
    ]
    """Service Management can't rename one."""
    in_service_desk: Annotated[bool, About(label="service desk", words=("not linked", "linked"), kept=True)] = True
    duplicates: Annotated[str, About(output=True, kept=True)] = NONE
    """The other organizations of the service desk that bear the same mark and have no people, as ids; `none` is always
    wanted."""

    @model_validator(mode="before")
    @classmethod
    def _are_always_wanted(cls, values: Any) -> Any:
        """Said or not, the link is part of what is wanted: a run that ended before linking is made good."""
        return {"in_service_desk": True, "duplicates": NONE, **values} if isinstance(values, dict) else values

    def named(self, distinction: str) -> Self:
        """See `Resource.named`."""
        return self.model_copy(update={"name": naming.title(self.name, distinction, LONGEST_NAME)})

    def label(self) -> str:
        """Its name."""
        return self.name
