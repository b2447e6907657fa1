"""Wants from a deal and a playbook; pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from integrations.core.address import unreadable, wrong
from integrations.core.document import Document, Paragraph, Span
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.model import Deal, DealReference, plain
from integrations.core.playbook.playbook import Playbook, Step, Subject, templates
from integrations.core.resource import PLACEHOLDER, Later, Outcomes, Resource, Want, is_empty
from integrations.core.template import TemplateFault

EMPTY = frozenset({"missing", "string_too_short", "too_short"})
"""pydantic's error types for a missing value."""
EMAIL = frozenset({"customer.email", "deal.customer.email"})
"""The names of the customer's e-mail address in templates."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The wants of a deal.

    Attributes:
        wants: In the playbook's order.
        refused: Steps whose data is wrong, with the errors: a person fixes the deal.
    """

    wants: tuple[Want[Any], ...]
    refused: Mapping[str, IntegrationError]


def wanted(playbook: Playbook, deal: Deal, settings: Mapping[str, Mapping[str, Any]]) -> Wanted:
    """Return a deal's wants by this playbook; templates see `settings` as `systems`."""
    subject = Subject.of(deal)
    context = {"deal": deal, "customer": deal.customer, "systems": settings}
    wants: list[Want[Any]] = []
    refused: dict[str, IntegrationError] = {}
    asked = _asked_for_every_deal(playbook)
    payers = tuple(party.id or party.name if party is not None else None for party in (deal.bill_to, deal.channel))
    # Who pays is no field of any step, but a person approves it with each of them.
    whose: dict[str, Any] = {"customer": deal.customer.id, "terms": payers if any(payers) else ()}
    for step in playbook.steps:
        if step.look and not _others(deal):
            continue
        keys = subject.keys(step)
        try:
            wants.append(dataclasses.replace(_want(step, keys, context), **whose))
        except Rejected as error:
            refused[step.name] = error
            bare = step.resource.model_construct(**keys)
            unfit = Want(step.name, step.system, bare, per_customer=step.per == "customer", **whose)
            wants.append(unfit)
            continue
        if step.per == "deal" and step.name in asked:
            wants.extend(_siblings(wants[-1], step, deal))
    return Wanted(tuple(wants), refused)


def _others(deal: Deal) -> list[DealReference]:
    return [reference for reference in deal.customer.deals if reference.id != deal.id]


def _siblings(want: Want[Any], step: Step, deal: Deal) -> list[Want[Any]]:
    """Return the same step for the customer's other deals, only to be looked for."""
    suffix = f"/{step.name}" if step.resource.several else ""
    return [
        Want(
            _sibling(step.name, reference),
            want.system,
            want.resource.model_copy(update={"key": f"deal:{reference.id}{suffix}", "is_proven": True}),
            look=True,
            customer=want.customer,
        )
        for reference in _others(deal)
    ]


def _sibling(step: str, reference: DealReference) -> str:
    return f"{step}@{reference.id}"


def _asked_for_every_deal(playbook: Playbook) -> set[str]:
    """Return the steps that others ask about for every deal of the customer (`steps.ticket.every`)."""
    return {
        other
        for step in playbook.steps
        for value in step.fields.values()
        for template in templates(value)
        for other, attributes in template.references.items()
        if "every" in attributes
    }


def _want(step: Step, keys: Mapping[str, Any], context: Mapping[str, Any]) -> Want[Any]:
    values: dict[str, Any] = {**keys}
    later: dict[str, Later] = {}
    for field in step.fields:
        _check_address(step, field, context)
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
        why = "it is empty" if first["type"] in EMPTY else str(first["msg"]).removeprefix("Value error, ")
        raise _refused(step, str(first["loc"][0] if first["loc"] else ""), why) from None
    is_customers = step.per == "customer"
    return Want(
        step.name,
        step.system,
        resource,
        later,
        step.after,
        look=step.look,
        per_customer=is_customers,
        city=context["customer"].city or "",
    )


def _check_address(step: Step, field: str, context: Mapping[str, Any]) -> None:
    """Refuse a field with the customer's e-mail while that can't be read: a part of it is written nowhere."""
    typed = context["customer"].unread_email
    if typed and any(EMAIL & template.reads(context).keys() for template in templates(step.fields[field])):
        raise _refused(step, field, f"the customer's e-mail can't be read: {wrong(unreadable(typed))}")


def _later(step: Step, field: str, context: Mapping[str, Any]) -> Later | None:
    references: dict[str, frozenset[str]] = {}
    for template in templates(step.fields[field]):
        for other, attributes in template.references.items():
            references[other] = references.get(other, frozenset()) | attributes
    if not references:
        return None

    deal: Deal = context["deal"]
    every = {other for other, attributes in references.items() if "every" in attributes}
    heard = {other for other, attributes in references.items() if "exists" in attributes} | every

    def value(outcomes: Outcomes) -> Any:
        views = {**outcomes, **{other: _OfEveryDeal(other, deal, outcomes) for other in every}}
        return step.value(field, {**context, "steps": views})

    return Later(
        depends_on=frozenset(references.keys() - heard),
        runs_after=frozenset(heard | {_sibling(other, reference) for other in every for reference in _others(deal)}),
        text=_text(step, field, context, deal.customer.deals if every else ()),
        value=value,
    )


def _text(step: Step, field: str, context: Mapping[str, Any], deals: tuple[DealReference, ...]) -> str:
    """Return the expressions with the deal's values in them, which are what the approval of a plan covers."""
    parts = templates(step.fields[field])
    values: dict[str, Any] = {"every": deals}
    for template in parts:
        values.update(template.reads(context))
    return "\n".join([*(template.text for template in parts), json.dumps(plain(values), sort_keys=True, default=str)])


class _OfEveryDeal:
    """A step's view that includes the same step of the customer's other deals."""

    def __init__(self, step: str, deal: Deal, outcomes: Outcomes) -> None:
        self._step, self._deal, self._outcomes = step, deal, outcomes

    def __getitem__(self, name: str) -> Any:
        if name != "every":
            return self._outcomes[self._step][name]
        return [self._entry(reference) for reference in self._deal.customer.deals]

    def _entry(self, reference: DealReference) -> dict[str, Any]:
        own = reference.id == self._deal.id
        view = self._outcomes[self._step if own else _sibling(self._step, reference)]
        exists = view["exists"]
        return {
            "deal": reference,
            "exists": exists,
            "id": view["id"] if exists else None,
            "url": view["url"] if exists else None,
        }


def _placeholder(resource: type[Resource], field: str) -> Any:
    annotation = resource.model_fields[field].annotation
    if annotation is Document:
        return Document(blocks=(Paragraph(spans=(Span(text=PLACEHOLDER),)),))
    return PLACEHOLDER if annotation in (str, str | None) else None


def _refused(step: Step, field: str, why: str) -> Rejected:
    return Rejected(
        f"{step.system}: the {step.resource.kind} can't be made from this deal: {f'{field}: ' if field else ''}{why}",
        system=step.system,
        field=field,
        who="the account manager",
        next="Fix the deal in the CRM, then run the command again.",
    )
