"""The page for people: what exists in the pretend systems, and a simple page for each object."""

from __future__ import annotations

from integrations.sandbox.server import Server


def mount(server: Server) -> None:
    """Serve the overview at `/` and the objects' own pages."""
