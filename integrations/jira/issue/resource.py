"""The fields that all our tickets share."""

from __future__ import annotations

import functools
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, model_validator

from integrations.core.address import folded
from integrations.core.document import Document
from integrations.core.resource import About, Resource
from integrations.core.text import one_line, shorten
from integrations.jira.adf import from_adf, to_adf

LONGEST_SUMMARY = LONGEST_LABEL = 255

NONE = "none"
"""No other ticket bears the same mark."""


def _words(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels as Jira takes them: without blanks, each once."""
    joined = (shorten("-".join(one_line(label).split()), LONGEST_LABEL) for label in labels)
    return tuple(dict.fromkeys(label for label in joined if label))


@functools.lru_cache(maxsize=64)
def _read_back(description: Document) -> Document:
    return from_adf(to_adf(description))


class WorkItem(Resource):
    """Content that is written once, when the ticket is made; from then on it is the assignee's."""

    several: ClassVar[bool] = True

    project: Annotated[str, Field(min_length=1), About(once=True, kept=True)]
    """The project's key."""
    summary: Annotated[
        str,
        AfterValidator(lambda summary: shorten(one_line(summary), LONGEST_SUMMARY)),
        Field(min_length=1),
        About(owner="people", once=True),
    ]
    description: Annotated[Document, About(owner="people", once=True)] = Document()
    issue_type: Annotated[str | None, About(owner="people", once=True, label="type", kept=True)] = None
    """The issue type's name; None: the settings' one."""
    assignee: Annotated[
        str | None,
        AfterValidator(lambda email: email and folded(email)),
        About(owner="people", once=True, kept=True),
    ] = None
    """The e-mail address of who does the work."""
    labels: Annotated[tuple[str, ...], AfterValidator(_words), About(owner="people", once=True)] = ()
    duplicates: Annotated[str, About(output=True)] = NONE
    """The other tickets that bear the same mark and are to be closed, as keys; `none` is always wanted."""

    @model_validator(mode="before")
    @classmethod
    def _is_wanted_once(cls, values: Any) -> Any:
        """Said or not, that there is no other is part of what is wanted."""
        return {"duplicates": NONE, **values} if isinstance(values, dict) else values

    def comparable(self, field: str) -> Any:
        """The description as Jira gives it back: equal for two texts that read the same."""
        return _read_back(self.description) if field == "description" else super().comparable(field)

    def label(self) -> str:
        """Its summary."""
        return self.summary
