"""A managed section: as it is wanted, and as it is compared."""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar, Self

from pydantic import field_validator, model_validator

from integrations.core import naming
from integrations.core.document import Document, Paragraph, Span
from integrations.core.model import plain
from integrations.core.resource import About, Resource
from integrations.core.text import one_line, short_hash, shorten

TITLE_LIMIT = 255
CONTACTS = "contacts"
"""The step that a customer's table of contacts is filed under, in a section of its own."""


class Section(Resource):
    """Managed content of a customer's page: facts, team, links, a table of contacts.

    Where `page` names a page, the section is put into that one; otherwise it makes the page `page_title`, or,
    on a page that a person chose, goes to its top. `heading` stands above the body and is compared as part of
    it.
    """

    kind: ClassVar[str] = "section"
    title: ClassVar[str] = "page section"
    several: ClassVar[bool] = True
    names: ClassVar[tuple[str, ...]] = ("page_title",)

    page_title: Annotated[str, About(looked_up=True, once=True, label="page")] = ""
    page: Annotated[str | None, About(once=True, hidden=True)] = None
    heading: Annotated[str | None, About(once=True)] = None
    body: Document = Document()
    page_id: Annotated[str, About(output=True)] = ""
    digest: Annotated[str, About(output=True, hidden=True)] = ""

    @field_validator("key")
    @classmethod
    def _is_not_the_contacts(cls, value: str) -> str:
        if value.partition("/")[2] == CONTACTS:
            raise ValueError(f"a step for a section can't be called {CONTACTS}: so is the table of contact sync")
        return value

    @field_validator("page_title")
    @classmethod
    def _one_short_line(cls, value: str) -> str:
        return shorten(one_line(value), TITLE_LIMIT)

    @field_validator("heading")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        return None if value is None else one_line(value)

    @model_validator(mode="after")
    def _has_a_place(self) -> Section:
        if not self.page_title and not self.page:
            raise ValueError("a section needs page_title (to make a page) or page (to go into one)")
        return self

    def named(self, distinction: str) -> Self:
        """See `Resource.named`. What goes into a page has no name of its own."""
        if not self.makes_page:
            return self
        return self.model_copy(update={"page_title": naming.title(self.page_title, distinction, TITLE_LIMIT)})

    @property
    def makes_page(self) -> bool:
        """Return whether a page of its own is made for the section."""
        return not self.page

    def label(self) -> str:
        """The page's title, or what stands above the section."""
        return self.heading if self.page and self.heading else self.page_title or self.key

    def kind_label(self) -> str:
        """A page where it makes one."""
        return "page" if self.makes_page else self.title

    def comparable(self, field: str) -> Any:
        """The body by a digest: Confluence's editor rewrites markup, so what is stored is never equal to what was."""
        return self.written if field == "body" else super().comparable(field)

    @property
    def written(self) -> str:
        """The digest of heading and body; empty where there is nothing."""
        if self.digest or not (self.heading or self.body):
            return self.digest
        return short_hash(json.dumps([self.heading or "", plain(self.body)], ensure_ascii=False), 16)


def document(lines: tuple[str, ...]) -> Document:
    """Return the text of a section on a page, a paragraph a line.

    This is for showing it, not for writing it back.
    """
    return Document(blocks=tuple(Paragraph(spans=(Span(text=line),)) for line in lines))


def subject(key: str) -> str:
    """Return the customer that a section belongs to: the key without its step."""
    return key.partition("/")[0]
