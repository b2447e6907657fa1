"""The pretend VSHN portal: it lists customer ids and cannot be told to make one.

A person does that on the portal's own pages. Here `POST /_sandbox/portal {"id": …}` or the form on the
overview stands for that person.
"""

from __future__ import annotations

from integrations.sandbox.portal.customers import CONTROLS, ROUTES, SYSTEM, duplicates, link, operation, refusal, seed
from integrations.sandbox.pretend import Pretend

PRETEND = Pretend(
    name=SYSTEM,
    title="VSHN portal",
    routes=ROUTES,
    operation=operation,
    seed=seed,
    duplicates=duplicates,
    link=link,
    controls=CONTROLS,
    refuse=refusal,
)

__all__ = ["PRETEND"]
