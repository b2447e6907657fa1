"""The order of the CRM's opportunities: stages, teams, tags, recurring plans, reasons for a loss."""

from __future__ import annotations

from integrations.sandbox.erp.environment import EVERYTHING, Field, Model

STAGE = Model(
    "crm.stage",
    "CRM Stages",
    {
        "name": Field("char", "Stage Name", required=True),
        "sequence": Field("integer", "Sequence", default=1),
        "is_won": Field("boolean", "Is Won Stage?"),
        "fold": Field("boolean", "Folded in Pipeline"),
        "team_id": Field("many2one", "Sales Team", "crm.team", until=18),
    },
    order="sequence, name, id",
)

TEAM = Model(
    "crm.team",
    "Sales Team",
    {
        "name": Field("char", "Sales Team", required=True),
        "active": Field("boolean", "Active", default=True),
        "sequence": Field("integer", "Sequence", default=10),
        "user_id": Field("many2one", "Team Leader", "res.users"),
        "company_id": Field("many2one", "Company", "res.company"),
    },
    order="sequence, id",
)

TAG = Model(
    "crm.tag",
    "CRM Tag",
    {
        "name": Field("char", "Tag Name", required=True),
        "color": Field("integer", "Color"),
    },
    rights=EVERYTHING,
    indexes=("name",),
    unique={"name": "Tag name already exists!"},
)

RECURRING_PLAN = Model(
    "crm.recurring.plan",
    "CRM Recurring revenue plans",
    {
        "name": Field("char", "Plan Name", required=True),
        "number_of_months": Field("integer", "# Months", required=True),
        "active": Field("boolean", "Active", default=True),
        "sequence": Field("integer", "Sequence", default=10),
    },
    order="sequence",
)

LOST_REASON = Model(
    "crm.lost.reason",
    "Opp. Lost Reason",
    {
        "name": Field("char", "Description", required=True),
        "active": Field("boolean", "Active", default=True),
    },
)
