"""A deal from a TOML file, for those who sell without a CRM."""

from __future__ import annotations

from integrations.file.read import read

__all__ = ["read"]
