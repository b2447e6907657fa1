"""Adapters by name: ours are imported when used, others' come by the entry point group `closedwon.adapters`."""

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from integrations.core.errors import ConfigError, Fault, IntegrationError, Rejected
from integrations.core.http import HttpContext
from integrations.core.meant import did_you_mean
from integrations.core.rows import attempt
from integrations.core.shape import lacking_adapter, lacking_system, unusable
from integrations.core.system import Adapter, System, SystemSettings

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
        ConfigError: There is none.
        Rejected: Its package can't be imported, or lacks one of these.
    """
    if name in BUILT_IN:
        return cast("Adapter", importlib.import_module(BUILT_IN[name]))
    point = _point(name)
    if point is None:
        meant = did_you_mean(name, names())
        raise ConfigError(Fault("", "adapter", f"no adapter of this name; there are: {', '.join(names())}{meant}"))
    found = attempt(name, point.load)
    if isinstance(found, IntegrationError):
        raise refused(name, f"its package can't be imported: {found.message}")
    lacking = lacking_adapter(found)
    if lacking:
        raise refused(name, lacking)
    return cast("Adapter", found)


def connected(name: str, settings: SystemSettings, wire: HttpContext, error: IntegrationError | None = None) -> System:
    """The system of a section, connected by its adapter; where that can't be used, one that says so in its place.

    Args:
        name: The section.
        settings: What it says.
        wire: What all senders share.
        error: Why the adapter can't be used, where that is known already.

    Raises:
        ConfigError: The settings make no sense.
    """
    is_ours = settings.adapter in BUILT_IN
    if error is None:
        made: Any = attempt(name, _made, name, settings, wire)
        lacking = f"its connect fails: {made.message}" if isinstance(made, IntegrationError) else ""
        if not is_ours:
            lacking = lacking or lacking_system(made)
            made = refused(settings.adapter, lacking) if lacking else made
        if isinstance(made, System):
            return made
        error = made
    error = error.saying(f"[{name}]: {error.message}")
    error.system = name
    return unusable(name, settings, error)


def _made(name: str, settings: SystemSettings, wire: HttpContext) -> System:
    settings.public()  # templates are given it later
    return adapter(settings.adapter).connect(name, settings, wire)


def refused(name: str, lacking: str) -> Rejected:
    """Return why somebody else's adapter can't be used: its package, and what is missing."""
    point = _point(name)
    package = f"{point.dist.name} {point.dist.version}" if point is not None and point.dist is not None else name
    return Rejected(
        f"the adapter {name} (package {package}) can't be used: {lacking}",
        who=f"the person who looks after the package {package}",
        next="Install a version of it that fits this closedwon, then: closedwon check",
    )


def names() -> list[str]:
    """The names of all adapters that can be had."""
    return sorted({*BUILT_IN, *(point.name for point in entry_points(group=GROUP))})


def _point(name: str) -> EntryPoint | None:
    return next(iter(entry_points(group=GROUP, name=name)), None)
