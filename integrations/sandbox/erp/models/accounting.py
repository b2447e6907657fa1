"""Payment terms."""

from __future__ import annotations

from integrations.sandbox.erp.model import Field, Model

PAYMENT_TERM = Model(
    "account.payment.term",
    "Payment Terms",
    {
        "name": Field("char", "Payment Terms", required=True),
        "active": Field("boolean", "Active", default=True),
        "sequence": Field("integer", "Sequence", default=10),
        "company_id": Field("many2one", "Company", "res.company"),
    },
    order="sequence, id",
)
