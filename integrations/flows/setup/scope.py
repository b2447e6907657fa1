"""Where a run may write, and which runs that ended have something left since that changed."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.core.ledger import RunRecord
from integrations.core.system import System


def may_write(system: System, customer: str | None) -> bool:
    """Whether a system is to be written to for this customer (an ERP id): not in mode `read`, and in its pilot."""
    settings = system.settings
    return settings.mode != "read" and (not settings.only or customer in settings.only)


def is_over(run: RunRecord, systems: Mapping[str, System]) -> bool:
    """Whether a deal is done, and nothing that was only shown then may be written now."""
    customer = run.customer.removeprefix("customer:")
    shown = {step["system"] for step in run.document["steps"] if step["result"] == "planned"}
    is_through = run.outcome in ("done", "planned")
    return is_through and not any(may_write(systems[name], customer) for name in shown & systems.keys())
