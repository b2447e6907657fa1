"""Rights: what the account may do, as Jira names it, and the calls that tell."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from integrations.sandbox.jira.answers import answered, refused
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import DESK, PLATFORM, SYSTEM, Call, Endpoint, of_type
from integrations.sandbox.state import Document

GLOBAL = {"ADMINISTER": "Administer Jira", "USER_PICKER": "Browse users and groups"}
PROJECT = {
    "BROWSE_PROJECTS": "Browse Projects",
    "ADMINISTER_PROJECTS": "Administer Projects",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "ASSIGN_ISSUES": "Assign Issues",
    "TRANSITION_ISSUES": "Transition Issues",
    "ADD_COMMENTS": "Add Comments",
    "SCHEDULE_ISSUES": "Schedule Issues",
    "DELETE_ISSUES": "Delete Issues",
    "SERVICEDESK_AGENT": "Service Desk Agent",
}


def may(call: Call, right: str, project_key: str) -> bool:
    """Return whether the account has the right on the project.

    A site-wide loss of it (no `:KEY`) counts too.
    """
    return not call.lacks(f"{right}:{project_key}") and not call.lacks(right)


def need_administrator(call: Call) -> None:
    """Refuse who may not administer the whole site."""
    if call.lacks("Administer Jira"):
        raise call.refuse(403, "You are not authorized to perform this action. Administrator privileges are required.")


def need_agent(call: Call) -> None:
    """Refuse who is no agent of Service Management."""
    if call.lacks("Service Desk Agent"):
        raise call.refuse(403, "Sorry, you do not have permission to perform this action.")


def visible_project(call: Call, key_or_id: str) -> Document | None:
    """A live or archived project that the account may browse."""
    lookup = books(call.world).projects
    project = lookup.one(f"key:{key_or_id}") or lookup.one(f"id:{key_or_id}")
    if project is None or project["deleted"] or not may(call, "Browse Projects", project["key"]):
        return None
    return project


def _context(call: Call) -> Document | None:
    """The project that `mypermissions` is asked about; None: any."""
    key = call.query.get("projectKey") or call.query.get("projectId")
    issue_key = call.query.get("issueKey") or call.query.get("issueId")
    if issue_key:
        lookup = books(call.world).issues
        issue = lookup.one(f"key:{issue_key.upper()}") or lookup.one(f"id:{issue_key}")
        project = visible_project(call, issue["project"]) if issue else None
        if project is None:
            raise refused(404, "Issue does not exist or you do not have permission to see it.")
        return project
    if not key:
        return None
    project = visible_project(call, key)
    if project is None:
        raise refused(404, f"No project could be found with key '{key}'.")
    return project


def _granted(call: Call, key: str, project: Document | None) -> bool:
    if key in GLOBAL:
        return not call.lacks(GLOBAL[key])
    if project is not None:
        return may(call, PROJECT[key], project["key"])
    return any(
        may(call, PROJECT[key], project["key"])
        for project in call.world.state.table(SYSTEM, "project").values()
        if not project["deleted"]
    )


def my_permissions(call: Call) -> Response:
    """`GET mypermissions`: the asked rights, anywhere or in the named project or issue."""
    asked = call.list("permissions")
    if not asked:
        raise refused(400, "The 'permissions' query parameter is required.")
    unknown = [key for key in asked if key not in GLOBAL and key not in PROJECT]
    if unknown:
        raise refused(400, f"Unrecognized permission: {', '.join(unknown)}")
    project = _context(call)
    names = {**GLOBAL, **PROJECT}
    found = {
        key: {
            "id": str(list(names).index(key)),
            "key": key,
            "name": names[key],
            "type": "GLOBAL" if key in GLOBAL else "PROJECT",
            "description": names[key],
            "havePermission": _granted(call, key, project),
        }
        for key in asked
    }
    return answered({"permissions": found})


def check_permissions(call: Call) -> Response:
    """`POST permissions/check`: which of the named rights the account has, project by project."""
    body = call.document({"accountId": str, "globalPermissions": list, "projectPermissions": list})
    asked = body.get("globalPermissions") or []
    unknown = [key for key in asked if str(key) not in GLOBAL]
    if unknown:
        raise refused(400, f"Unrecognized global permission: {', '.join(map(str, unknown))}")
    grants = [grant for wish in body.get("projectPermissions") or [] for grant in _project_grants(call, wish)]
    held = [key for key in asked if _granted(call, key, None)]
    return answered({"globalPermissions": held, "projectPermissions": grants})


def _project_grants(call: Call, wish: Any) -> list[Document]:
    known = {"permissions": list, "projects": list, "issues": list}
    if not isinstance(wish, dict) or not all(key in known and of_type(value, list) for key, value in wish.items()):
        raise refused(400, "projectPermissions: permissions, projects and issues are lists.")
    keys = wish.get("permissions") or []
    if not keys or any(str(key) not in PROJECT for key in keys):
        raise refused(400, "Unrecognized or missing project permission.")
    found = []
    for key in keys:
        projects = [
            number for number in wish.get("projects", []) if _holds(call, key, visible_project(call, str(number)))
        ]
        issues = [number for number in wish.get("issues", []) if _holds(call, key, _project_of(call, number))]
        found.append({"permission": key, "projects": projects, "issues": issues})
    return found


def _project_of(call: Call, issue_id: Any) -> Document | None:
    issue = call.world.state.table(SYSTEM, "issue").get(str(issue_id))
    return visible_project(call, issue["project"]) if issue else None


def _holds(call: Call, key: str, project: Document | None) -> bool:
    return project is not None and may(call, PROJECT[key], project["key"])


def server_info(call: Call) -> Response:
    """`GET serverInfo`: also without credentials."""
    return answered(
        {
            "baseUrl": call.base,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100290,
            "serverTitle": "Acme",
        }
    )


def desk_info(call: Call) -> Response:
    """`GET servicedeskapi/info`: also without credentials."""
    links = {"self": f"{call.base}{DESK}/info"}
    body = {"version": "5.18.0", "platformVersion": "1001.0.0", "buildChangeSet": "0", "isLicensedForUse": True}
    return answered({**body, "_links": links})


ENDPOINTS = [
    Endpoint("GET", f"{PLATFORM}/mypermissions", "permission.mine", my_permissions),
    Endpoint("POST", f"{PLATFORM}/permissions/check", "permission.check", check_permissions, writes=False),
    Endpoint("GET", f"{PLATFORM}/serverInfo", "server.get", server_info, anonymous=True),
    Endpoint("GET", f"{DESK}/info", "servicedesk.info", desk_info, anonymous=True),
]
