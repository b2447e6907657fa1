"""External ids: names of records, unique, and closed to ordinary users but for `check_object_reference`."""

from __future__ import annotations

import time
from typing import Any

from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.errors import RefusedImport, ValidationError
from integrations.sandbox.state import Document

MODEL = "ir.model.data"


def qualified(environment: Environment, name: str) -> str:
    """The name with its module, which is the import's own where none stands before a point.

    Raises:
        ValidationError: The name has a space in it.
    """
    if any(character.isspace() for character in name):
        raise ValidationError(f"The external id {name!r} must not contain spaces")
    return name if "." in name else f"{environment.context.get('_import_current_module', '__import__')}.{name}"


def bound(environment: Environment, name: str) -> Document | None:
    """The entry of a name, if there is one."""
    return environment.table(MODEL).get(qualified(environment, name))


def bind(environment: Environment, name: str, model: str, record_id: int, *, noupdate: bool = False) -> None:
    """Name a record. A name that another record bears moves to this one, as Odoo does."""
    full = qualified(environment, name)
    module, _, remainder = full.partition(".")
    number = environment.world.state.number("erp", MODEL, 100_001)
    environment.table(MODEL)[full] = {
        "id": number,
        "module": module,
        "name": remainder,
        "model": model,
        "res_id": record_id,
        "noupdate": noupdate,
        "create_uid": environment.uid,
        "create_date": environment.now,
        "write_uid": environment.uid,
        "write_date": environment.now,
    }
    environment.table("_committed")[full] = {"at": time.time()}
    environment.table("_made_as")[f"{model},{record_id}"] = {"name": remainder}


def refuse_overlap(environment: Environment, name: str) -> None:
    """End the import if another one made this name after this one had begun.

    The database shows this transaction a world in which the name is free, and refuses to write into it.

    Raises:
        RefusedImport: Nothing of this import is kept; HTTP says 200 all the same.
    """
    committed: Any = environment.table("_committed").get(qualified(environment, name))
    if committed is not None and committed["at"] > environment.started:
        raise RefusedImport(
            [
                {
                    "type": "error",
                    "message": "could not serialize access due to concurrent update\n",
                    "rows": {"from": 0, "to": 0},
                    "record": 0,
                }
            ]
        )
