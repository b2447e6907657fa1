"""A deal from a TOML file, for those who sell without a CRM."""

from __future__ import annotations

from integrations.file.read import read
from integrations.file.source import FileDeals

__all__ = ["FileDeals", "read"]
