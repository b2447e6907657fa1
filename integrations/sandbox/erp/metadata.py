"""Odoo's metadata of records besides their fields, and of users besides their rights."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.search import rows
from integrations.sandbox.erp.target import Target

_LOGGED = ["create_uid", "create_date", "write_uid", "write_date"]


def get_metadata(target: Target) -> list[dict[str, Any]]:
    """Return who made and wrote the records, and all their external ids.

    Open to everybody who may read them.
    """
    environment, model = target.environment, target.model
    environment.check(model, "read")
    environment.check_records(model, target.ids, "read")
    documents = [row for row in (environment.record(model.name, key) for key in target.ids) if row is not None]
    answers = rows(environment, model, documents, _LOGGED)
    named: dict[int, list[dict[str, Any]]] = {}
    for full, entry in environment.table("ir.model.data").items():
        if entry["model"] == model.name:
            named.setdefault(entry["res_id"], []).append({"xmlid": full, "noupdate": bool(entry["noupdate"])})
    for answer in answers:
        names = named.get(answer["id"], [])
        first = names[0] if names else {"xmlid": False, "noupdate": False}
        answer.update(first, xmlids=names)
    return answers


def has_group(target: Target, group_ext_id: str) -> bool:
    """Return whether the user is in a group; from 18 on a method of the user itself."""
    return not target.environment.lacks(f"group:{group_ext_id}")
