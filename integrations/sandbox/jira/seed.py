"""Initial data of the pretend Jira: our people, three projects, a service desk, hand-made organizations."""

from __future__ import annotations

import hashlib

from integrations.sandbox.jira.accounts import account, add_account, add_customer, current
from integrations.sandbox.jira.answers import moment
from integrations.sandbox.jira.books import books, forget
from integrations.sandbox.jira.call import SYSTEM
from integrations.sandbox.jira.issues.records import add_issue
from integrations.sandbox.jira.projects.write import add_project
from integrations.sandbox.jira.service_management.desks import link_organization
from integrations.sandbox.jira.service_management.organizations import add_organization
from integrations.sandbox.jira.service_management.request_types import add_request_type
from integrations.sandbox.pretend import World
from integrations.sandbox.seed import EXISTING_IN_JIRA, STAFF

FORMER = ("anna.keller@acme.example", "Anna Keller")
"""Has left: deactivated, so no search finds her and no issue can be assigned to her."""
HIDDEN = ("marc.dubois@acme.example", "Marc Dubois")
"""Hides his e-mail address: a search for it finds nobody."""

UNRELATED = ("Gasthof Sonne", "Zentrum für Klang", "Atelier Brunner & Partner")


def account_id_of(email: str) -> str:
    """An account id that looks like one, the same in every world."""
    return hashlib.sha256(email.encode()).hexdigest()[:23] + "g"


def seed(world: World) -> None:
    """Fill an empty world."""
    forget(world)
    for email, name in STAFF.items():
        add_account(world, account_id_of(email), email, name)
    add_account(world, account_id_of(FORMER[0]), *FORMER, active=False)
    add_account(world, account_id_of(HIDDEN[0]), *HIDDEN, emailHidden=True)
    _projects(world)
    for name in (*EXISTING_IN_JIRA.values(), *UNRELATED):
        link_organization(world, add_organization(world, name), "1")
    member = add_customer(world, "finances@lacnoir.example", "Claire Rey")
    organization = world.state.table(SYSTEM, "organization")["1"]
    books(world).organizations.save("1", {**organization, "users": [member["accountId"]]})
    forget(world)  # nothing seeded is new to the index


def _projects(world: World) -> None:
    lead = current(world)["accountId"]
    lena = account(world, account_id_of("lena.gerber@acme.example"))
    desk_lead = lena["accountId"] if lena else lead
    add_project(world, "SUP", "Support", "service_desk", leadAccountId=desk_lead)
    team = add_project(world, "OPS", "Technical team", "software", leadAccountId=lead)
    add_project(world, "HAND", "Hand-over", "business", leadAccountId=lead)
    add_project(
        world, "MIG", "Old migration", "software", leadAccountId=lead, deleted=moment(), retentionTillDate=moment()
    )
    desk = world.state.table(SYSTEM, "servicedesk")["1"]
    add_request_type(world, desk, "Get help", "10010")
    add_request_type(world, desk, "Report an incident", "10011")
    add_issue(world, team, "10001", {"summary": "Renew the monitoring certificate", "labels": ["monitoring"]}, {})
