"""The pretend APPUiO Control API: a Kubernetes API with organizations, billing entities and people.

Billing entities are no objects of its own: they are views on the ERP's contacts for invoices, as they
are on the real one, so that what is made in the ERP can be billed to here without a further step.

People log in and follow the links in their mails; `POST /_sandbox/panel/users {"name", "email"}` and
`POST /_sandbox/panel/redeem {"invitation", "user"}` stand for that.
"""

from __future__ import annotations

from integrations.sandbox.panel.call import refusal
from integrations.sandbox.panel.invitations import CONTROLS
from integrations.sandbox.panel.kinds import SYSTEM
from integrations.sandbox.panel.overview import duplicates, link
from integrations.sandbox.panel.routes import ROUTES, operation
from integrations.sandbox.panel.seed import seed
from integrations.sandbox.pretend import Pretend

PRETEND = Pretend(
    name=SYSTEM,
    title="APPUiO",
    routes=ROUTES,
    operation=operation,
    seed=seed,
    duplicates=duplicates,
    link=link,
    controls=CONTROLS,
    refuse=refusal,
)

__all__ = ["PRETEND"]
