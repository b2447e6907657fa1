"""Calls of a model's methods, each in one transaction."""

from __future__ import annotations

import inspect
from typing import Any

from integrations.sandbox.erp.environment import Environment
from integrations.sandbox.erp.errors import RefusedImport
from integrations.sandbox.erp.methods import Method


def call(environment: Environment, method: Method, arguments: inspect.BoundArguments) -> Any:
    """Run a method: what it wrote is kept only if it ends well and, for an import, without a bad row."""
    try:
        with environment.world.state.transaction():
            return method.function(*arguments.args, **arguments.kwargs)
    except RefusedImport as refused:
        return refused.answer
