"""Creating, changing, archiving and deleting projects: key and name are unique, a deleted one keeps its key."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from starlette.responses import Response

from integrations.sandbox.jira.accounts import account
from integrations.sandbox.jira.answers import Json, answered, done, moment, refused
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import PLATFORM, SYSTEM, Call, Endpoint
from integrations.sandbox.jira.permissions import may, need_administrator
from integrations.sandbox.jira.projects.answer import detailed_answer
from integrations.sandbox.jira.projects.read import found_project
from integrations.sandbox.jira.templates import DEFAULT_TEMPLATE, PROJECT_TYPES, TEMPLATES
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document

LONGEST_NAME, TRASH_DAYS = 80, 60
KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}")
SCHEMES = ("issueSecurityScheme", "notificationScheme", "permissionScheme")
CREATION_SCHEMES = (
    "fieldConfigurationScheme",
    "fieldScheme",
    "issueTypeScheme",
    "issueTypeScreenScheme",
    "workflowScheme",
)
KNOWN_SCHEMES = (0, 10000, 10001)
"""Scheme and category ids that the site has."""

EDITABLE: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("assigneeType", "description", "key", "lead", "leadAccountId", "name", "url"), str),
    **dict.fromkeys((*SCHEMES, "avatarId", "categoryId"), int),
    "releasedProjectKeys": list,
}
CREATABLE: dict[str, type | tuple[type, ...]] = {
    **{key: value for key, value in EDITABLE.items() if key != "releasedProjectKeys"},
    **dict.fromkeys(CREATION_SCHEMES, int),
    "projectTypeKey": str,
    "projectTemplateKey": str,
}


def add_project(world: World, key: str, name: str, project_type: str, **changes: Any) -> Document:
    """Store a new project, and the service desk that one of that type brings along."""
    number = str(world.state.number(SYSTEM, "project", 10000))
    template = changes.get("projectTemplateKey") or DEFAULT_TEMPLATE[project_type]
    project = {
        "id": number,
        "key": key,
        "name": name,
        "projectTypeKey": project_type,
        "description": "",
        "assigneeType": "UNASSIGNED",
        "url": "",
        "properties": {},
        "archived": False,
        "deleted": None,
        "retentionTillDate": None,
        "uuid": str(uuid.uuid4()),
        **changes,
        "projectTemplateKey": template,
        "simplified": "agility" in template,
    }
    books(world).projects.save(number, project)
    if project_type == "service_desk":
        desk = str(world.state.number(SYSTEM, "servicedesk"))
        world.state.table(SYSTEM, "servicedesk")[desk] = {"id": desk, "projectId": number, "projectKey": key}
    return project


def create_project(call: Call) -> Response:
    """`POST project`: all faults at once, by field."""
    need_administrator(call)
    body = call.document(CREATABLE)
    project_type = body.get("projectTypeKey") or TEMPLATES.get(body.get("projectTemplateKey") or "", "")
    errors = {**_key_faults(call, body), **_name_faults(call, body, None), **_other_faults(call, body)}
    if not body.get("leadAccountId"):
        errors["projectLead"] = "You must specify a valid project lead."
    errors |= _type_faults(project_type, body.get("projectTemplateKey"))
    if errors:
        raise refused(400, errors=errors)
    kept = {name: body[name] for name in ("description", "assigneeType", "url") if body.get(name) is not None}
    kept |= {"leadAccountId": body["leadAccountId"], "projectTemplateKey": body.get("projectTemplateKey")}
    project = add_project(call.world, body["key"], body["name"], project_type, **kept)
    address = f"{call.base}{PLATFORM}/project/{project['id']}"
    return answered({"self": address, "id": int(project["id"]), "key": project["key"]}, 201)


def _key_faults(call: Call, body: Json) -> dict[str, str]:
    key = body.get("key") or ""
    if not KEY.fullmatch(key):
        message = (
            "Project keys must start with an uppercase letter, followed by one or more uppercase alphanumeric "
            "characters, and have at most 10 characters."
        )
        return {"projectKey": message}
    holder = books(call.world).projects.one(f"key:{key}")
    return {"projectKey": f"Project '{holder['name']}' uses this project key."} if holder else {}


def _name_faults(call: Call, body: Json, own_id: str | None) -> dict[str, str]:
    name = body.get("name") or ""
    if len(name.strip()) < 2:
        return {"projectName": "You must specify a valid project name."}
    if len(name) > LONGEST_NAME:
        return {"projectName": f"The project name must not exceed {LONGEST_NAME} characters in length."}
    holder = books(call.world).projects.one(f"name:{name.lower()}")
    taken = holder is not None and holder["id"] != own_id
    return {"projectName": "A project with that name already exists."} if taken else {}


def _type_faults(project_type: str, template: str | None) -> dict[str, str]:
    if project_type not in PROJECT_TYPES:
        return {"projectType": "An invalid project type was specified. Make sure that the project type exists."}
    if template is not None and TEMPLATES.get(template) != project_type:
        return {"projectTemplateKey": f"The template '{template}' is not one of project type '{project_type}'."}
    return {}


def _other_faults(call: Call, body: Json) -> dict[str, str]:
    errors = {}
    if body.get("lead") is not None:
        errors["lead"] = "The field 'lead' is not available any more: use 'leadAccountId'."
    lead = body.get("leadAccountId")
    found = account(call.world, lead)
    if lead is not None and (found is None or not found["active"] or found["accountType"] != "atlassian"):
        errors["projectLead"] = "You must specify a valid project lead."
    if body.get("assigneeType") not in (None, "PROJECT_LEAD", "UNASSIGNED"):
        errors["assigneeType"] = "An invalid assignee type was specified."
    for name in (*SCHEMES, *CREATION_SCHEMES, "categoryId"):
        if body.get(name) is not None and body[name] not in KNOWN_SCHEMES:
            errors[name] = f"The {name} with id {body[name]} does not exist."
    return errors


def update_project(call: Call) -> Response:
    """`PUT project/{key}`: what is not named stays."""
    project = found_project(call, call.path["project"])
    if not may(call, "Administer Projects", project["key"]):
        raise refused(403, "You do not have permission to edit this project.")
    body = call.document(EDITABLE)
    errors = _other_faults(call, body)
    if body.get("name") is not None:
        errors |= _name_faults(call, body, project["id"])
    if body.get("key") not in (None, project["key"]):
        errors["projectKey"] = "The key of this project cannot be changed."
    if errors:
        raise refused(400, errors=errors)
    kept = ("name", "description", "leadAccountId", "assigneeType", "url")
    changed = {**project, **{name: body[name] for name in kept if body.get(name) is not None}}
    books(call.world).projects.save(project["id"], changed)
    return answered(detailed_answer(call, changed))


def archive_project(call: Call) -> Response:
    """`POST project/{key}/archive`."""
    need_administrator(call)
    project = found_project(call, call.path["project"])
    if project["archived"]:
        raise refused(400, f"The project '{project['key']}' is already archived.")
    books(call.world).projects.save(project["id"], {**project, "archived": True})
    return done()


def restore_project(call: Call) -> Response:
    """`POST project/{key}/restore`: out of the archive or the trash."""
    need_administrator(call)
    lookup = books(call.world).projects
    key = call.path["project"]
    project = lookup.one(f"key:{key}") or lookup.one(f"id:{key}")
    if project is None:
        raise refused(404, f"No project could be found with key '{key}'.")
    if project["deleted"] and _name_faults(call, {"name": project["name"]}, project["id"]):
        raise refused(400, "A project with that name already exists.")
    restored = {**project, "archived": False, "deleted": None, "retentionTillDate": None}
    lookup.save(project["id"], restored)
    return answered(detailed_answer(call, restored))


def delete_project(call: Call) -> Response:
    """`DELETE project/{key}`: into the trash, where it keeps its key for 60 days; for good with `enableUndo=false`."""
    need_administrator(call)
    project = found_project(call, call.path["project"])
    if call.query.get("enableUndo") == "false":
        del books(call.world).projects.table[project["id"]]
        return done()
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=TRASH_DAYS)
    stamp = until.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    books(call.world).projects.save(project["id"], {**project, "deleted": moment(), "retentionTillDate": stamp})
    return done()


ENDPOINTS = [
    Endpoint("POST", f"{PLATFORM}/project", "project.create", create_project),
    Endpoint("PUT", f"{PLATFORM}/project/{{project}}", "project.update", update_project),
    Endpoint("DELETE", f"{PLATFORM}/project/{{project}}", "project.delete", delete_project),
    Endpoint("POST", f"{PLATFORM}/project/{{project}}/archive", "project.archive", archive_project),
    Endpoint("POST", f"{PLATFORM}/project/{{project}}/restore", "project.restore", restore_project),
]
