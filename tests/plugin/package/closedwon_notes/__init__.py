"""Notes about customers, as files in a folder: the smallest system that closedwon can keep in step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from integrations.core.http import HttpContext
from integrations.core.system import Finding, Report, System, SystemSettings

from .store import Notes


def _beside_the_settings(folder: Path, info: ValidationInfo) -> Path:
    return Path((info.context or {}).get("base", ".")) / folder


class Settings(SystemSettings):
    """`[notes]`: where the notes are."""

    folder: Annotated[Path, AfterValidator(_beside_the_settings)]


def connect(name: str, settings: Settings, wire: HttpContext) -> System:
    """The notes in the settings' folder."""
    del wire  # nothing is sent

    def check(kinds: frozenset[str]) -> Report:
        right = os.access(settings.folder, os.W_OK if kinds else os.R_OK)
        finding = Finding(ok=right, text=f"use the folder {settings.folder.name}", who="the person who owns the folder")
        return Report(account=f"user {os.getuid()}", findings=(finding,))

    return System(name, "Notes", settings, {"note": Notes(name, settings.folder)}, check)


__all__ = ["Settings", "connect"]
