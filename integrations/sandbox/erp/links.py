"""The ends of a many2many field, changed by Odoo's commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.erp.errors import BadValueError, ValidationError


def linked(
    environment: Environment,
    field: Field,
    current: list[int],
    orders: list[Any],
    *,
    create: Callable[[Environment, Model, Any], int],
) -> list[int]:
    """The ids after `orders`: 0 creates, 3 unlinks, 4 links, 5 clears, 6 replaces.

    Raises:
        BadValueError: Another command.
        ValidationError: A record that does not exist.
    """
    other = environment.known_model(field.relation)
    ids = list(current)
    for code, *operands in orders:
        if code == 0:
            ids.append(create(environment, other, operands[-1]))
        elif code == 3:
            ids = [number for number in ids if number != operands[0]]
        elif code == 4:
            ids.append(operands[0])
        elif code in (5, 6):
            ids = list(operands[1]) if code == 6 else []
        else:
            raise BadValueError(f"Wrong command for a relation: {code!r}")
    for number in ids:
        if environment.record(other.name, number) is None:
            raise ValidationError(
                "The operation cannot be completed: another model requires the record being deleted. "
                f"If possible, archive it instead.\n\nModel: {other.description} ({other.name})\n"
            )
    return list(dict.fromkeys(ids))
