"""Reading projects: one, a page of those that the account may browse, and what they are made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from starlette.responses import Response

from integrations.sandbox.jira.answers import answered, refused
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import PLATFORM, SYSTEM, Call, Endpoint
from integrations.sandbox.jira.permissions import may, visible_project
from integrations.sandbox.jira.projects.answer import detailed_answer, project_answer
from integrations.sandbox.jira.templates import PROJECT_TYPES, issue_type_answer, issue_types_of
from integrations.sandbox.state import Document

ORDERS = ("key", "name", "category", "issueCount", "lastIssueUpdatedTime", "owner", "archivedDate", "deletedDate")
MOST_KEYS = 50


def found_project(call: Call, key_or_id: str) -> Document:
    """A project that the account may browse; Jira says of one that it may not that there is none."""
    project = visible_project(call, key_or_id)
    if project is None:
        what = "id" if key_or_id.isdecimal() else "key"
        raise refused(404, f"No project could be found with {what} '{key_or_id}'.")
    return project


def get_project(call: Call) -> Response:
    """`GET project/{key}`."""
    return answered(detailed_answer(call, found_project(call, call.path["project"]), call.list("properties")))


def list_projects(call: Call) -> Response:
    """`GET project`: deprecated, answers all the same, everything at once."""
    seen = _with_status(call, _visible(call, call.world.state.table(SYSTEM, "project").values()), {"live"})
    return answered([project_answer(call, project, call.list("expand")) for project in seen])


def search_projects(call: Call) -> Response:
    """`GET project/search`: a page of the projects that the account may browse or administer."""
    start, most = call.number("startAt", 0), call.number("maxResults", 50, 50)
    seen = _ordered(call, _searched(call))
    page = list(itertools.islice(seen, start, start + most))
    address = f"{call.base}{PLATFORM}/project/search"
    body = {
        "self": f"{address}?maxResults={most}&startAt={start}",
        "maxResults": most,
        "startAt": start,
        "total": len(seen),
        "isLast": start + len(page) >= len(seen),
        "values": [project_answer(call, project, call.list("expand"), call.list("properties")) for project in page],
    }
    if not body["isLast"]:
        body["nextPage"] = f"{address}?maxResults={most}&startAt={start + most}"
    return answered(body)


def _searched(call: Call) -> list[Document]:
    status = set(call.list("status")) or {"live"}
    if not status <= {"live", "archived", "deleted"}:
        raise refused(400, "The status must be one of live, archived and deleted.")
    types = call.list("typeKey")
    if any(kind not in PROJECT_TYPES for kind in types):
        raise refused(400, "The project type key is not valid.")
    text = call.query.get("query", "").lower()
    seen = _visible(call, _named(call)) if call.lacks("Administer Jira") else _named(call)
    return [
        project
        for project in _with_status(call, seen, status)
        if (not types or project["projectTypeKey"] in types)
        and (text in project["key"].lower() or text in project["name"].lower())
    ]


def _named(call: Call) -> Iterable[Document]:
    keys, ids = call.list("keys"), call.list("id")
    if len(keys) > MOST_KEYS or len(ids) > MOST_KEYS:
        raise refused(400, f"At most {MOST_KEYS} projects can be named.")
    lookup = books(call.world).projects
    if not keys and not ids:
        return lookup.table.values()
    terms = [f"key:{key}" for key in keys] + [f"id:{number}" for number in ids]
    return [project for term in terms if (project := lookup.one(term)) is not None]


def _ordered(call: Call, projects: list[Document]) -> list[Document]:
    order = call.query.get("orderBy", "key")
    name = order.lstrip("+-")
    if name not in ORDERS:
        raise refused(400, f"The orderBy value '{order}' is not valid.")
    by = name if name in ("key", "name") else "id"
    return sorted(projects, key=lambda project: str(project[by]), reverse=order.startswith("-"))


def _visible(call: Call, projects: Iterable[Document]) -> Iterator[Document]:
    """Listings show more than `GET project/{key}` does: also what the account may administer."""
    rights = ("Browse Projects", "Administer Projects")
    return (project for project in projects if any(may(call, right, project["key"]) for right in rights))


def _with_status(call: Call, projects: Iterable[Document], wanted: set[str]) -> Iterator[Document]:
    for project in projects:
        status = "deleted" if project["deleted"] else "archived" if project["archived"] else "live"
        if status in wanted and (status == "live" or not call.lacks("Administer Jira")):
            yield project


def list_types(_call: Call) -> Response:
    """`GET project/type`."""
    names = {"software": "Software", "service_desk": "Service Desk", "business": "Business"}
    types = [
        {
            "key": key,
            "formattedKey": names[key],
            "descriptionI18nKey": f"jira.project.type.{key}.description",
            "icon": "",
            "color": "#1D7AFC",
        }
        for key in PROJECT_TYPES
    ]
    return answered(types)


def list_issue_types(call: Call) -> Response:
    """`GET issuetype/project?projectId=`: the issue types of one project."""
    project = found_project(call, str(call.number("projectId", 0)))
    return answered([issue_type_answer(call.base, key) for key in issue_types_of(project["projectTypeKey"])])


def create_metadata(call: Call) -> Response:
    """`GET issue/createmeta/{project}/issuetypes`: what may be created, as a page."""
    start, most = call.number("startAt", 0), call.number("maxResults", 50, 200)
    project = found_project(call, call.path["project"])
    allowed = may(call, "Create Issues", project["key"])
    keys = issue_types_of(project["projectTypeKey"]) if allowed else []
    types = [issue_type_answer(call.base, key) for key in keys[start : start + most]]
    return answered({"maxResults": most, "startAt": start, "total": len(keys), "issueTypes": types})


ENDPOINTS = [
    Endpoint("GET", f"{PLATFORM}/project", "project.list", list_projects),
    Endpoint("GET", f"{PLATFORM}/project/search", "project.search", search_projects),
    Endpoint("GET", f"{PLATFORM}/project/type", "project.type.list", list_types),
    Endpoint("GET", f"{PLATFORM}/project/{{project}}", "project.get", get_project),
    Endpoint("GET", f"{PLATFORM}/issuetype/project", "issuetype.list", list_issue_types),
    Endpoint("GET", f"{PLATFORM}/issue/createmeta/{{project}}/issuetypes", "issue.createmeta", create_metadata),
]
