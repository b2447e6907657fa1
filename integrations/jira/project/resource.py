"""A customer's project as it is wanted."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field

from integrations.core import naming
from integrations.core.address import folded
from integrations.core.resource import About, Resource
from integrations.core.text import one_line, shorten

LONGEST_NAME = 80


class Project(Resource):
    """A project, made once from a template; people run it from then on."""

    kind: ClassVar[str] = "project"
    title: ClassVar[str] = "project"
    names: ClassVar[tuple[str, ...]] = ("name", "project_key")

    name: Annotated[
        str,
        AfterValidator(lambda name: shorten(one_line(name), LONGEST_NAME)),
        Field(min_length=2),
        About(owner="people", once=True, looked_up=True),
    ]
    template: Annotated[str | None, About(owner="people", once=True, kept=True)] = None
    """The template's key; None: the settings' one."""
    project_type: Annotated[str | None, About(owner="people", once=True, label="type", kept=True)] = None
    """`business`, `software` or `service_desk`; None: the settings' one."""
    lead: Annotated[
        str | None,
        AfterValidator(lambda email: email and folded(email)),
        About(owner="people", once=True, kept=True),
    ] = None
    """The e-mail address of who leads it; None: the settings' one."""
    project_key: Annotated[str | None, About(output=True, label="key")] = None

    def named(self, distinction: str) -> Self:
        """See `Resource.named`."""
        names = {
            "name": naming.title(self.name, distinction, LONGEST_NAME),
            "project_key": naming.project_key(self.name, distinction),
        }
        return self.model_copy(update=names)

    def label(self) -> str:
        """Its name."""
        return self.name
