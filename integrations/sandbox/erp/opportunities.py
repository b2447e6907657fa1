"""The actions behind the buttons of an opportunity."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.records import write
from integrations.sandbox.erp.target import Target


def action_set_won(target: Target) -> bool:
    """Move to the won stage, out of the archive if need be."""
    stages = target.environment.table("crm.stage")
    won = next(int(key) for key, stage in stages.items() if stage.get("is_won"))
    write(target.environment, target.model, target.ids, {"active": True, "stage_id": won, "probability": 100})
    return True


def action_set_lost(target: Target, **additional_values: Any) -> None:
    """Archive with probability 0, and write what else is given (`lost_reason_id`)."""
    values = {"active": False, "probability": 0, **additional_values}
    write(target.environment, target.model, target.ids, values)
