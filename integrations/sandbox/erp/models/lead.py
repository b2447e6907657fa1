"""Leads and opportunities."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.environment import EVERYTHING, Environment, Field, Model
from integrations.sandbox.state import Document

RECURRING = "crm.group_use_recurring_revenues"


def _company_currency(environment: Environment, document: Document) -> Any:
    company = environment.record("res.company", document.get("company_id") or 1)
    return company["currency_id"] if company else False


def _commercial_partner(environment: Environment, document: Document) -> Any:
    partner = environment.record("res.partner", document.get("partner_id") or 0)
    return partner["commercial_partner_id"] if partner else False


def _won_status(environment: Environment, document: Document) -> str:
    stage = environment.record("crm.stage", document.get("stage_id") or 0)
    probability = document.get("probability") or 0.0
    if document.get("active") and probability == 100 and stage and stage.get("is_won"):
        return "won"
    return "lost" if not document.get("active") and probability == 0 else "pending"


def _monthly(environment: Environment, document: Document) -> float:
    plan = environment.record("crm.recurring.plan", document.get("recurring_plan") or 0)
    months = plan["number_of_months"] if plan else 0
    return float(document.get("recurring_revenue") or 0.0) / (months or 1)


def _complete(environment: Environment, document: Document, changed: frozenset[str]) -> None:
    if not document.get("name"):
        partner = environment.record("res.partner", document.get("partner_id") or 0)
        if partner:
            document["name"] = f"{partner['name']}'s opportunity"
    stage = environment.record("crm.stage", document.get("stage_id") or 0)
    if "stage_id" in changed or not document.get("date_last_stage_update"):
        document["date_last_stage_update"] = environment.now
    if "stage_id" in changed and stage and stage.get("is_won"):
        # Before 19 nothing fills the closing of one that is made in a won stage.
        left_empty = "write_date" not in document and environment.major < 19
        closed = document.get("date_closed") or (False if left_empty else environment.now)
        document.update(probability=100.0, date_closed=closed)
    elif "probability" in changed and "date_closed" not in changed:
        ended = document["probability"] >= 100 or not document.get("active")
        document["date_closed"] = environment.now if ended else False


def _follow(environment: Environment, document: Document, changed: frozenset[str]) -> None:
    """Remember which companies made through the API ever stood for this opportunity: duplicates are told by it."""
    partner = environment.record("res.partner", document.get("partner_id") or 0)
    if "partner_id" not in changed or partner is None or partner["create_uid"] == 1 or not partner.get("is_company"):
        return
    links = environment.table("_companies_made_for")
    made = links.get(str(document["id"]), {"ids": []})["ids"]
    if partner["id"] not in made:
        links[str(document["id"])] = {"ids": [*made, partner["id"]]}


LEAD = Model(
    "crm.lead",
    "Lead",
    {
        "name": Field("char", "Opportunity", required=True),
        "active": Field("boolean", "Active", default=True),
        "type": Field(
            "selection",
            "Type",
            required=True,
            selection=(("lead", "Lead"), ("opportunity", "Opportunity")),
            default="opportunity",
        ),
        "partner_id": Field("many2one", "Customer", "res.partner"),
        "commercial_partner_id": Field(
            "many2one", "Commercial Entity", "res.partner", compute=_commercial_partner, since=19
        ),
        "partner_name": Field("char", "Company Name"),
        "contact_name": Field("char", "Contact Name"),
        "email_from": Field("char", "Email"),
        "function": Field("char", "Job Position"),
        "phone": Field("char", "Phone"),
        "mobile": Field("char", "Mobile", until=18),
        "street": Field("char", "Street"),
        "street2": Field("char", "Street2"),
        "zip": Field("char", "Zip"),
        "city": Field("char", "City"),
        "country_id": Field("many2one", "Country", "res.country"),
        "website": Field("char", "Website"),
        "description": Field("html", "Notes"),
        "stage_id": Field("many2one", "Stage", "crm.stage", default=1),
        "team_id": Field("many2one", "Sales Team", "crm.team", default=1),
        "user_id": Field("many2one", "Salesperson", "res.users"),
        "tag_ids": Field("many2many", "Tags", "crm.tag"),
        "company_id": Field("many2one", "Company", "res.company"),
        "company_currency": Field("many2one", "Currency", "res.currency", compute=_company_currency),
        "expected_revenue": Field("monetary", "Expected Revenue"),
        "recurring_revenue": Field("monetary", "Recurring Revenues", groups=RECURRING),
        "recurring_plan": Field("many2one", "Recurring Plan", "crm.recurring.plan", groups=RECURRING),
        "recurring_revenue_monthly": Field("monetary", "Expected MRR", compute=_monthly, groups=RECURRING),
        "probability": Field("float", "Probability", default=10.0),
        "won_status": Field(
            "selection",
            "Is Won",
            selection=(("won", "Won"), ("lost", "Lost"), ("pending", "Pending")),
            compute=_won_status,
            since=19,
        ),
        "priority": Field(
            "selection",
            "Priority",
            selection=(("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")),
            default="0",
        ),
        "date_deadline": Field("date", "Expected Closing"),
        "date_closed": Field("datetime", "Closed Date", readonly=True),
        "date_last_stage_update": Field("datetime", "Last Stage Update", readonly=True),
        "lost_reason_id": Field("many2one", "Lost Reason", "crm.lost.reason"),
        "x_account_manager": Field("many2one", "Account Manager", "res.users"),
        "order_ids": Field("one2many", "Orders", "sale.order", "opportunity_id", app="sale"),
    },
    order="priority desc, id desc",
    rights=EVERYTHING,
    indexes=("partner_id",),
    complete=_complete,
    follow=_follow,
)
