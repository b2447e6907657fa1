"""The customers' people in the control panel: members of an organization, and who is invited to be one."""

from __future__ import annotations

from integrations.appuio.member.store import Members

__all__ = ["Members"]
