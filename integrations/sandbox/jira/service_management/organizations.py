"""Organizations: names are not unique (or creating one twice gives the first: nobody knows), ids are text."""

from __future__ import annotations

import uuid

from starlette.responses import Response

from integrations.sandbox.jira import properties
from integrations.sandbox.jira.accounts import current
from integrations.sandbox.jira.answers import answered, desk_refused, done, moment
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import DESK, SYSTEM, Call, Endpoint
from integrations.sandbox.jira.permissions import need_administrator, need_agent
from integrations.sandbox.jira.service_management.page import organization_answer, paged
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document

LONGEST_NAME = 200


def add_organization(world: World, name: str) -> Document:
    """Store a new organization, linked to no desk."""
    number = str(world.state.number(SYSTEM, "organization"))
    organization = {
        "id": number,
        "uuid": str(uuid.uuid4()),
        "name": name,
        "created": moment(),
        "properties": {},
        "servicedesks": [],
        "users": [],
    }
    books(world).organizations.save(number, organization)
    return organization


def found_organization(call: Call, organization_id: str) -> Document:
    """The organization, if the account sees it: who is no agent sees only those that he is a member of."""
    found = call.world.state.table(SYSTEM, "organization").get(organization_id)
    if found is None or not _visible(call, found):
        raise desk_refused(404, f"The organization with ID '{organization_id}' does not exist.")
    return found


def _visible(call: Call, organization: Document) -> bool:
    if not call.lacks("Service Desk Agent"):
        return True
    return current(call.world)["accountId"] in organization["users"]


def list_organizations(call: Call) -> Response:
    """`GET organization`: all of them, or those that an account is a member of."""
    table = call.world.state.table(SYSTEM, "organization")
    account_id = call.query.get("accountId")
    if account_id is not None:
        need_agent(call)
        if account_id not in call.world.state.table(SYSTEM, "user"):
            raise desk_refused(404, f"The user with account ID '{account_id}' does not exist.")
    if account_id is None and not call.lacks("Service Desk Agent"):
        return paged(call, table.values(), lambda organization: organization_answer(call, organization))
    member = account_id or current(call.world)["accountId"]
    seen = [organization for organization in table.values() if member in organization["users"]]
    return paged(call, seen, lambda organization: organization_answer(call, organization))


def create_organization(call: Call) -> Response:
    """`POST organization`: 201 either way, for a new one and for the one that had the name (a trap says which)."""
    if call.lacks("Create Organizations") or call.lacks("Service Desk Agent"):
        raise desk_refused(403, "Sorry, you do not have permission to create organizations.")
    name = (call.document({"name": str}).get("name") or "").strip()
    if not name:
        raise desk_refused(400, "The organization name cannot be empty.", "sd.organization.name.empty")
    if len(name) > LONGEST_NAME:
        message = f"The organization name cannot have more than {LONGEST_NAME} characters."
        raise desk_refused(400, message, "sd.organization.name.too.long")
    existing = books(call.world).organizations.one(f"name:{name}")
    if existing is not None and call.world.traps.jira_organization_name == "existing":
        return answered(organization_answer(call, existing), 201)
    return answered(organization_answer(call, add_organization(call.world, name)), 201)


def get_organization(call: Call) -> Response:
    """`GET organization/{id}`."""
    return answered(organization_answer(call, found_organization(call, call.path["organization"])))


def delete_organization(call: Call) -> Response:
    """`DELETE organization/{id}`: also from every desk that it is linked to."""
    need_administrator(call)
    found = found_organization(call, call.path["organization"])
    for desk in found["servicedesks"]:
        del call.world.state.table(SYSTEM, f"_linked_{desk}")[found["id"]]
    del call.world.state.table(SYSTEM, "organization")[found["id"]]
    return done()


def _find(call: Call, for_writing: bool) -> Document:
    given = call.path["organization"]
    if not given.isdecimal():
        raise desk_refused(400, f"The organization ID '{given}' is not valid.")
    if for_writing:
        need_agent(call)
    return found_organization(call, given)


def _save(call: Call, organization: Document) -> None:
    books(call.world).organizations.save(organization["id"], organization)


_PATH = f"{DESK}/organization"
ENDPOINTS = [
    Endpoint("GET", _PATH, "organization.list", list_organizations),
    Endpoint("POST", _PATH, "organization.create", create_organization),
    Endpoint("GET", f"{_PATH}/{{organization}}", "organization.get", get_organization),
    Endpoint("DELETE", f"{_PATH}/{{organization}}", "organization.delete", delete_organization),
    *properties.endpoints(f"{_PATH}/{{organization}}/property", "organization", _find, _save),
]
