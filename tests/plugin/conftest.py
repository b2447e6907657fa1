from __future__ import annotations

from tests.cli.conftest import place, whole_sandbox

__all__ = ["place", "whole_sandbox"]
