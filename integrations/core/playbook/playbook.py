"""A playbook after its check: steps in order, each with its resource and its fields' templates."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from integrations.core.document import Document
from integrations.core.resource import Resource
from integrations.core.template import Template, document

FieldValue = Template | tuple[Template, ...] | bool | int
"""A text with expressions, several of them, or a plain value."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One step: a resource that is wanted in a system.

    Attributes:
        name: The table's name, which the plan shows and `link` takes.
        per: Whether every deal has one of its own, or all deals of a customer share one.
        after: Steps that must have come first although no field refers to them.
        look: Only look whether it is there; other deals of the customer may have made it.
    """

    name: str
    system: str
    resource: type[Resource]
    per: Literal["customer", "deal"]
    fields: Mapping[str, FieldValue]
    after: frozenset[str] = frozenset()
    look: bool = False

    def value(self, field: str, context: Mapping[str, Any]) -> Any:
        """The field's value for these names; rich text where the field is that.

        Raises:
            TemplateFault: It asks for what there is not.
            NotYet: It asks for what another step will tell.
        """
        given = self.fields[field]
        if isinstance(given, tuple):
            return tuple(text for part in given if (text := part.render(context)))
        if not isinstance(given, Template):
            return given
        if self.resource.model_fields[field].annotation is Document:
            return document(given, context)
        return given.value(context)


@dataclasses.dataclass(frozen=True)
class Playbook:
    """The steps for one kind of engagement.

    Attributes:
        name: The file's name without its ending, which `--playbook` takes.
        title: What people call it.
    """

    name: str
    title: str
    steps: tuple[Step, ...]


def templates(value: FieldValue) -> tuple[Template, ...]:
    """The templates in a field's value."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, Template) else ()
