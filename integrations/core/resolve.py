"""Fields that depend on other steps: the state of those steps, and the resource validated with their values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from integrations.core.errors import Rejected
from integrations.core.resource import BASE_FIELDS, PLACEHOLDER, Later, Live, R, Want, is_empty
from integrations.core.template import NotYet, StepView, TemplateFault


@dataclasses.dataclass(frozen=True)
class StepState:
    """State of a step's object, as far as it is known.

    Attributes:
        exists: Whether it exists, or will be made by this plan.
        pending: Whether this plan still has to write it.
        attributes: The known values.
    """

    exists: bool
    pending: bool
    attributes: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def view(self) -> StepView:
        """Return a template's view of the object."""
        return StepView(self.exists, self.attributes, complete=not self.pending)


def known_of(live: Live[Any] | None, *, changing: frozenset[str] = frozenset(), pending: bool = False) -> StepState:
    """Return the state of an object that was found, or not.

    While it is pending, the fields in `changing` are unknown.
    """
    if live is None:
        return StepState(exists=pending, pending=pending)
    attributes: dict[str, Any] = {"id": live.id, "url": live.url}
    for name in type(live.state).model_fields:
        value = getattr(live.state, name)
        if name not in BASE_FIELDS and name not in changing and not (pending and is_empty(value)):
            attributes[name] = value
    return StepState(exists=True, pending=pending, attributes=attributes)


def resolve(want: Want[R], known: Mapping[str, StepState]) -> tuple[Want[R], dict[str, Later]]:
    """Return the want with all values that are known by now, and the fields that are still unknown.

    Raises:
        Rejected: Another step's value does not fit the field.
    """
    if not want.open:
        return want, {}
    views = {step: state.view() for step, state in known.items()}
    absent = StepView(exists=False, attributes={})
    unknown: dict[str, Later] = {}
    values: dict[str, Any] = {}
    for name, later in want.open.items():
        try:
            values[name] = later.value({step: views.get(step, absent) for step in later.depends_on | later.runs_after})
        except NotYet:
            unknown[name] = later
        except TemplateFault as fault:
            raise _refused(want, name, str(fault)) from None
    if not values:
        return want, unknown
    current = {name: getattr(want.resource, name) for name in want.resource.model_fields_set}
    current.update({name: value for name, value in values.items() if not is_empty(value)})
    for name, value in values.items():
        if is_empty(value):
            current.pop(name, None)
    try:
        resource = type(want.resource).model_validate(current)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _refused(want, str(first["loc"][0] if first["loc"] else ""), str(first["msg"])) from None
    return dataclasses.replace(want, resource=resource, resolved=want.resolved | values.keys()), unknown


def preview(later: Later) -> Any:
    """Return a field's value as far as it is known; None where it can't be rendered.

    `PLACEHOLDER` stands for the values of other steps.
    """
    views = dict.fromkeys(
        later.depends_on | later.runs_after, StepView(exists=True, attributes={}, unknown=PLACEHOLDER)
    )
    try:
        return later.value(views)
    except TemplateFault:
        return None


def _refused(want: Want[Any], field: str, why: str) -> Rejected:
    return Rejected(f"the step {want.step}, field {field}: {why}", system=want.system, field=field)
