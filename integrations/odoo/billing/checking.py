"""What `check` tells of billing: which parts of it can be read, and whether the settings name what is there."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.core.billing import Part
from integrations.core.system import Finding
from integrations.odoo.billing.server import MODELS, Server
from integrations.odoo.billing.survey import absent, prepare
from integrations.odoo.refusal import ADMINISTRATOR, OPERATOR

NEEDED: tuple[Part, ...] = ("invoices", "orders", "contracts")
"""Without these most rules can say nothing, so that we may not read them is a fault; of the others it is told."""


def findings(server: Server) -> Iterator[Finding]:
    """Missing rights, and fields that the settings name and Odoo does not have. An app that is not there is no fault.

    Raises:
        IntegrationError: Odoo can't be reached, or does not accept our key.
    """
    prepare(server)
    lacking = absent(server)
    for part, lack in lacking.items():
        needed = part in NEEDED and lack.right
        yield Finding(
            not needed,
            lack.why,
            ADMINISTRATOR if needed else "",
            f"Grant it, then: closedwon check {server.connection.name}" if needed else "",
            minor=not lack.right,
        )
    if not any(part in lacking for part in NEEDED):
        yield Finding(True, "reads invoices, orders and contracts", minor=True)
    for name, field in server.settings.fields.items():
        models = [model for model in MODELS[name] if server.fields(model)]
        if models and not any(server.configured(name, model) for model in models):
            yield Finding(
                False,
                f"{' and '.join(models)} has no field {field}",
                OPERATOR,
                f"Fix `{name}` in [{server.connection.name}.billing] in the settings.",
            )
