"""The rates of currencies, each from a day on."""

from __future__ import annotations

from integrations.sandbox.erp.environment import Field, Model

CURRENCY_RATE = Model(
    "res.currency.rate",
    "Currency Rate",
    {
        "name": Field("date", "Date", required=True),
        "rate": Field("float", "Technical Rate"),
        "inverse_company_rate": Field(
            "float", "Inverse Company Rate", compute=lambda _environment, document: 1 / document["rate"]
        ),
        "company_rate": Field("float", "Company Rate", compute=lambda _environment, document: document["rate"]),
        "currency_id": Field("many2one", "Currency", "res.currency", required=True, readonly=True),
        "company_id": Field("many2one", "Company", "res.company"),
    },
    order="name desc, id",
    indexes=("currency_id",),
    by_people=True,
)
