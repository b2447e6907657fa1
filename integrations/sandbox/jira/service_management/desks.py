"""Service desks and the organizations linked to them; linking twice, or unlinking what is not linked, is 204."""

from __future__ import annotations

from starlette.responses import Response

from integrations.sandbox.jira.answers import Json, answered, desk_refused, done
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import DESK, SYSTEM, Call, Endpoint
from integrations.sandbox.jira.permissions import may
from integrations.sandbox.jira.service_management.organizations import found_organization
from integrations.sandbox.jira.service_management.page import found_desk, need_agent_of, organization_answer, paged
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document, Table


def linked(world: World, desk: str) -> Table:
    """The organizations linked to a desk, by id."""
    return world.state.table(SYSTEM, f"_linked_{desk}")


def link_organization(world: World, organization: Document, desk: str) -> None:
    """Link an organization to a desk."""
    if desk in organization["servicedesks"]:
        return
    linked(world, desk)[organization["id"]] = {}
    changed = {**organization, "servicedesks": [*organization["servicedesks"], desk]}
    books(world).organizations.save(organization["id"], changed)


def desk_answer(call: Call, desk: Document) -> Json:
    """A service desk as Service Management shows it."""
    project = call.world.state.table(SYSTEM, "project")[desk["projectId"]]
    return {
        "id": desk["id"],
        "projectId": desk["projectId"],
        "projectName": project["name"],
        "projectKey": project["key"],
        "projectTypeKey": project["projectTypeKey"],
        "_links": {"self": f"{call.base}{DESK}/servicedesk/{desk['id']}"},
    }


def list_desks(call: Call) -> Response:
    """`GET servicedesk`: those that the account sees."""
    desks = [
        desk
        for desk in call.world.state.table(SYSTEM, "servicedesk").values()
        if may(call, "Browse Projects", desk["projectKey"])
    ]
    return paged(call, desks, lambda desk: desk_answer(call, desk))


def get_desk(call: Call) -> Response:
    """`GET servicedesk/{id}`."""
    return answered(desk_answer(call, found_desk(call)))


def list_linked(call: Call) -> Response:
    """`GET servicedesk/{id}/organization`: all that are linked, or those of one account."""
    desk = found_desk(call)
    need_agent_of(call, desk)
    table = call.world.state.table(SYSTEM, "organization")
    account_id = call.query.get("accountId")
    if account_id is None:
        return paged(call, linked(call.world, desk["id"]), lambda key: organization_answer(call, table[key]))
    if account_id not in call.world.state.table(SYSTEM, "user"):
        raise desk_refused(404, f"The user with account ID '{account_id}' does not exist.")
    seen = [table[key] for key in linked(call.world, desk["id"]) if account_id in table[key]["users"]]
    return paged(call, seen, lambda organization: organization_answer(call, organization))


def _named(call: Call) -> tuple[Document, Document]:
    desk = found_desk(call)
    need_agent_of(call, desk)
    number = call.document({"organizationId": int, "serviceDeskId": str}, ("organizationId",))["organizationId"]
    return desk, found_organization(call, str(number))


def add_link(call: Call) -> Response:
    """`POST servicedesk/{id}/organization`: the id is a number here."""
    desk, organization = _named(call)
    link_organization(call.world, organization, desk["id"])
    return done()


def remove_link(call: Call) -> Response:
    """`DELETE servicedesk/{id}/organization`: the organization stays, the desk no longer serves it."""
    desk, organization = _named(call)
    if desk["id"] in organization["servicedesks"]:
        del linked(call.world, desk["id"])[organization["id"]]
        left = [desk_id for desk_id in organization["servicedesks"] if desk_id != desk["id"]]
        books(call.world).organizations.save(organization["id"], {**organization, "servicedesks": left})
    return done()


_PATH = f"{DESK}/servicedesk"
ENDPOINTS = [
    Endpoint("GET", _PATH, "servicedesk.list", list_desks),
    Endpoint("GET", f"{_PATH}/{{desk}}", "servicedesk.get", get_desk),
    Endpoint("GET", f"{_PATH}/{{desk}}/organization", "servicedesk.organization.list", list_linked),
    Endpoint("POST", f"{_PATH}/{{desk}}/organization", "servicedesk.organization.add", add_link),
    Endpoint("DELETE", f"{_PATH}/{{desk}}/organization", "servicedesk.organization.remove", remove_link),
]
