"""Methods that tell what the user may do."""

from __future__ import annotations

from integrations.sandbox.erp.errors import AccessError, BadValueError
from integrations.sandbox.erp.target import Target

_OPERATIONS = ("read", "write", "create", "unlink")


def check_access(target: Target, operation: str) -> None:
    """Refuse unless the user may do it to these records."""
    if operation not in _OPERATIONS:
        raise BadValueError(f"Invalid access mode {operation!r}")
    target.environment.check(target.model, operation)
    target.environment.check_records(target.model, target.ids, operation)


def has_access(target: Target, operation: str) -> bool:
    """Return whether the user may do it to these records; without ids, to the model at all."""
    try:
        check_access(target, operation)
    except AccessError:
        return False
    return True


def check_access_rights(target: Target, operation: str, raise_exception: bool = True) -> bool:
    """Return whether the user may do it to the model at all.

    Refuse if not, unless `raise_exception` is false.
    """
    if raise_exception:
        check_access(target, operation)
        return True
    return has_access(target, operation)


def check_access_rule(target: Target, operation: str) -> None:
    """Refuse if a record rule keeps these records from the user."""
    target.environment.check_records(target.model, target.ids, operation)
