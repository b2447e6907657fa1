"""The target of a method call."""

from __future__ import annotations

import dataclasses

from integrations.sandbox.erp.environment import Environment, Model


@dataclasses.dataclass(frozen=True)
class Target:
    """A model and, where the method takes some, ids of its records."""

    environment: Environment
    model: Model
    ids: list[int]
