"""The pretend Confluence Cloud: v2 for spaces, pages and their properties, v1 for labels, search and the account."""

from __future__ import annotations

from integrations.sandbox.pretend import Pretend
from integrations.sandbox.wiki.call import SYSTEM, refusal
from integrations.sandbox.wiki.overview import duplicates, link
from integrations.sandbox.wiki.routes import ROUTES, operation
from integrations.sandbox.wiki.seed import seed

PRETEND = Pretend(
    name=SYSTEM,
    title="Confluence",
    routes=ROUTES,
    operation=operation,
    seed=seed,
    duplicates=duplicates,
    link=link,
    refuse=refusal,
)

__all__ = ["PRETEND"]
