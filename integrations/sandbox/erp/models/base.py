"""The models of every Odoo database: users, companies, currencies, countries, keys, external ids."""

from __future__ import annotations

from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.state import Document

_INHERITED = ("name", "email", "lang")
"""Fields of a user, or of a company, that Odoo keeps on the partner: a write to them is one to the partner."""


def _follow_partner(environment: Environment, document: Document, changed: frozenset[str]) -> None:
    partner = environment.record("res.partner", document["partner_id"])
    given = {name: document[name] for name in _INHERITED if name in changed and name in document}
    if partner is not None and given:
        environment.store("res.partner", {**partner, **given, "write_date": environment.now})


USER = Model(
    "res.users",
    "User",
    {
        "name": Field("char", "Name", required=True),
        "login": Field("char", "Login", required=True),
        "email": Field("char", "Email"),
        "active": Field("boolean", "Active", default=True),
        "share": Field("boolean", "Share User"),
        "partner_id": Field("many2one", "Related Partner", "res.partner", required=True),
        "company_id": Field("many2one", "Company", "res.company", required=True),
        "company_ids": Field("many2many", "Companies", "res.company"),
        "lang": Field("char", "Language"),
        "tz": Field("char", "Timezone"),
    },
    order="name, login",
    indexes=("login",),
    by_people=True,
    follow=_follow_partner,
)

COMPANY = Model(
    "res.company",
    "Companies",
    {
        "name": Field("char", "Company Name", required=True),
        "active": Field("boolean", "Active", default=True),
        "sequence": Field("integer", "Sequence", default=10),
        "partner_id": Field("many2one", "Partner", "res.partner", required=True),
        "currency_id": Field("many2one", "Currency", "res.currency", required=True),
        "country_id": Field("many2one", "Country", "res.country"),
        "email": Field("char", "Email"),
    },
    order="sequence, name",
    by_people=True,
    follow=_follow_partner,
)

EMPLOYEE = Model(
    "hr.employee.public",
    "Public Employee",
    {
        "name": Field("char", "Name", readonly=True),
        "active": Field("boolean", "Active", default=True),
        "company_id": Field("many2one", "Company", "res.company", readonly=True),
        "user_id": Field("many2one", "User", "res.users", readonly=True),
        "work_email": Field("char", "Work Email", readonly=True),
        "work_contact_id": Field("many2one", "Work Contact", "res.partner", readonly=True),
    },
    order="name",
    app="hr",
)
"""What every internal user may read of the employees."""

CURRENCY = Model(
    "res.currency",
    "Currency",
    {
        "name": Field("char", "Currency", required=True),
        "full_name": Field("char", "Name"),
        "symbol": Field("char", "Symbol", required=True),
        "rounding": Field("float", "Rounding Factor", default=0.01),
        "decimal_places": Field("integer", "Decimal Places", readonly=True),
        "active": Field("boolean", "Active", default=True),
    },
    order="active desc, name",
)

COUNTRY = Model(
    "res.country",
    "Country",
    {
        "name": Field("char", "Country Name", required=True),
        "code": Field("char", "Country Code", required=True),
    },
    order="name",
    indexes=("code",),
)

API_KEY = Model(
    "res.users.apikeys",
    "Users API Keys",
    {
        "name": Field("char", "Description", required=True, readonly=True),
        "user_id": Field("many2one", "User", "res.users", required=True, readonly=True),
        "scope": Field("char", "Scope", readonly=True),
        "expiration_date": Field("datetime", "Expiration Date", readonly=True, since=18),
    },
)


def _complete_name(_environment: Environment, document: Document) -> str:
    return f"{document['module']}.{document['name']}"


EXTERNAL_ID = Model(
    "ir.model.data",
    "Model Data",
    {
        "module": Field("char", "Module", required=True),
        "name": Field("char", "External Identifier", required=True),
        "complete_name": Field("char", "Complete ID", compute=_complete_name),
        "model": Field("char", "Model Name", required=True),
        "res_id": Field("integer", "Record ID"),
        "noupdate": Field("boolean", "Non Updatable"),
    },
    order="module, model, name",
    rights=frozenset(),
)
