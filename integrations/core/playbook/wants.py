"""From a deal and a playbook to wants: pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from integrations.core.document import Document, Paragraph, Span
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.model import Deal
from integrations.core.playbook.playbook import Playbook, Step, templates
from integrations.core.playbook.subject import Subject
from integrations.core.resource import PLACEHOLDER, Later, Outcomes, Resource, Want, is_empty
from integrations.core.template import TemplateFault


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a deal wants.

    Attributes:
        wants: In the playbook's order.
        refused: Steps whose data is wrong, with why: a person mends the deal.
    """

    wants: tuple[Want[Any], ...]
    refused: Mapping[str, IntegrationError]


def wanted(playbook: Playbook, deal: Deal, settings: Mapping[str, Mapping[str, Any]]) -> Wanted:
    """What this deal wants by this playbook; `settings` are what templates see as `systems`."""
    subject = Subject.of(deal)
    context = {"deal": deal, "customer": deal.customer, "systems": settings}
    wants: list[Want[Any]] = []
    refused: dict[str, IntegrationError] = {}
    for step in playbook.steps:
        key, aliases = subject.key(step)
        try:
            wants.append(_want(step, key, aliases, context))
        except Rejected as error:
            refused[step.name] = error
            wants.append(Want(step.name, step.system, step.resource.model_construct(key=key, aliases=aliases)))
    return Wanted(tuple(wants), refused)


def _want(step: Step, key: str, aliases: tuple[str, ...], context: Mapping[str, Any]) -> Want[Any]:
    values: dict[str, Any] = {"key": key, "aliases": aliases}
    later: dict[str, Later] = {}
    for field in step.fields:
        depends = _later(step, field, context)
        if depends is not None:
            later[field] = depends
            placeholder = _placeholder(step.resource, field)
            if placeholder is not None:
                values[field] = placeholder
            continue
        try:
            value = step.value(field, {**context, "steps": {}})
        except TemplateFault as fault:
            raise _refused(step, field, str(fault)) from None
        if not is_empty(value):
            values[field] = value
    try:
        resource = step.resource.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _refused(step, str(first["loc"][0] if first["loc"] else ""), str(first["msg"])) from None
    return Want(step.name, step.system, resource, later, step.after)


def _later(step: Step, field: str, context: Mapping[str, Any]) -> Later | None:
    references: dict[str, frozenset[str]] = {}
    for template in templates(step.fields[field]):
        for other, attributes in template.references.items():
            references[other] = references.get(other, frozenset()) | attributes
    if not references:
        return None

    def value(outcomes: Outcomes) -> Any:
        return step.value(field, {**context, "steps": outcomes})

    return Later(
        needs=frozenset(other for other, attributes in references.items() if "exists" not in attributes),
        hears=frozenset(other for other, attributes in references.items() if "exists" in attributes),
        text="\n".join(template.text for template in templates(step.fields[field])),
        value=value,
    )


def _placeholder(resource: type[Resource], field: str) -> Any:
    annotation = resource.model_fields[field].annotation
    if annotation is Document:
        return Document(blocks=(Paragraph(spans=(Span(text=PLACEHOLDER),)),))
    return PLACEHOLDER if annotation in (str, str | None) else None


def _refused(step: Step, field: str, why: str) -> Rejected:
    return Rejected(
        f"{step.system}: the {step.resource.kind} can't be made from this deal: {field}: {why}",
        system=step.system,
        field=field,
        who="the account manager",
        next="Mend the deal in the CRM, then run the command again.",
    )
