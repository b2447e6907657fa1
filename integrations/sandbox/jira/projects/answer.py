"""A project as Jira shows it."""

from __future__ import annotations

from collections.abc import Collection

from integrations.sandbox.jira.accounts import account, user_answer
from integrations.sandbox.jira.answers import Json
from integrations.sandbox.jira.call import PLATFORM, Call
from integrations.sandbox.jira.templates import issue_type_answer, issue_types_of
from integrations.sandbox.state import Document

EXPANDABLE = "description,lead,issueTypes,url,projectKeys,permissions,insight"


def project_answer(call: Call, project: Document, expand: Collection[str], properties: Collection[str] = ()) -> Json:
    """The project; listings show description, lead and issue types only if they are asked for."""
    base = call.base
    body: Json = {
        "expand": EXPANDABLE,
        "self": f"{base}{PLATFORM}/project/{project['id']}",
        "id": project["id"],
        "key": project["key"],
        "name": project["name"],
        "avatarUrls": dict.fromkeys(("48x48", "24x24", "16x16", "32x32"), f"{base}/icon/project"),
        "projectTypeKey": project["projectTypeKey"],
        "simplified": project["simplified"],
        "style": "next-gen" if project["simplified"] else "classic",
        "isPrivate": False,
        "properties": {key: project["properties"][key] for key in properties if key in project["properties"]},
        "uuid": project["uuid"],
    }
    if project["archived"]:
        body["archived"] = True
    if project["deleted"]:
        body |= {"deleted": True, "deletedDate": project["deleted"], "retentionTillDate": project["retentionTillDate"]}
    return body | _expanded(call, project, expand)


def _expanded(call: Call, project: Document, expand: Collection[str]) -> Json:
    body: Json = {}
    if "description" in expand:
        body["description"] = project["description"]
    lead = account(call.world, project["leadAccountId"])
    if "lead" in expand and lead is not None:
        body["lead"] = user_answer(call.base, lead)
    if "issueTypes" in expand:
        body["issueTypes"] = [issue_type_answer(call.base, key) for key in issue_types_of(project["projectTypeKey"])]
    if "url" in expand and project["url"]:
        body["url"] = project["url"]
    return body


def detailed_answer(call: Call, project: Document, properties: Collection[str] = ()) -> Json:
    """The project as reading it alone shows it."""
    body = project_answer(call, project, ("description", "lead", "issueTypes", "url"), properties)
    more = {"components": [], "versions": [], "roles": {}, "assigneeType": project["assigneeType"]}
    return body | more
