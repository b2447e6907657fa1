"""Adapters by name: ours are imported when used, others' come by the entry point group `closedwon.adapters`."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import cast

from integrations.core.errors import ConfigError, Fault
from integrations.core.system import Adapter

GROUP = "closedwon.adapters"

BUILT_IN = {
    "odoo": "integrations.odoo",
    "jira": "integrations.jira",
    "confluence": "integrations.confluence",
    "appuio": "integrations.appuio",
    "vshn_portal": "integrations.vshn_portal",
}


def adapter(name: str) -> Adapter:
    """The adapter of this name: a module (or object) with `Settings` and `connect`.

    Raises:
        ConfigError: There is none, or it can't be imported.
    """
    if name in BUILT_IN:
        return cast("Adapter", importlib.import_module(BUILT_IN[name]))
    for point in entry_points(group=GROUP, name=name):
        try:
            return cast("Adapter", point.load())
        except (ImportError, AttributeError) as error:
            message = f"the adapter can't be loaded ({type(error).__name__})"
            raise ConfigError(Fault("", "adapter", message), next="Install its package anew.") from error
    raise ConfigError(Fault("", "adapter", f"no adapter of this name; there are: {', '.join(names())}"))


def names() -> list[str]:
    """The names of all adapters that can be had."""
    return sorted({*BUILT_IN, *(point.name for point in entry_points(group=GROUP))})
