"""The fixed parts of a site: project templates, issue types, statuses and the one workflow."""

from __future__ import annotations

from integrations.sandbox.jira.answers import Json
from integrations.sandbox.jira.call import PLATFORM
from integrations.sandbox.state import Document

PROJECT_TYPES = ("software", "service_desk", "business")

TEMPLATES = {
    **{
        f"com.pyxis.greenhopper.jira:{name}": "software"
        for name in (
            "gh-simplified-agility-kanban",
            "gh-simplified-agility-scrum",
            "gh-simplified-basic",
            "gh-simplified-kanban-classic",
            "gh-simplified-scrum-classic",
        )
    },
    **{
        f"com.atlassian.servicedesk:{name}": "service_desk"
        for name in (
            "simplified-it-service-management",
            "simplified-internal-service-desk",
            "simplified-external-service-desk",
            "company-managed-blank-service-project",
            "company-managed-general-service-project",
        )
    },
    **{
        f"com.atlassian.jira-core-project-templates:jira-core-simplified-{name}": "business"
        for name in (
            "content-management",
            "document-approval",
            "lead-tracking",
            "process-control",
            "procurement",
            "project-management",
            "recruitment",
            "task-",
        )
    },
}
"""Template key -> the project type that it is for."""

DEFAULT_TEMPLATE = {
    "software": "com.pyxis.greenhopper.jira:gh-simplified-kanban-classic",
    "service_desk": "com.atlassian.servicedesk:simplified-external-service-desk",
    "business": "com.atlassian.jira-core-project-templates:jira-core-simplified-project-management",
}

ISSUE_TYPES = {
    "10001": ("Task", ("software", "service_desk", "business")),
    "10002": ("Story", ("software",)),
    "10003": ("Bug", ("software",)),
    "10004": ("Epic", ("software",)),
    "10005": ("Sub-task", PROJECT_TYPES),
    "10010": ("[System] Service request", ("service_desk",)),
    "10011": ("[System] Incident", ("service_desk",)),
}

CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}

STATUSES = {
    "10000": ("To Do", "new"),
    "3": ("In Progress", "indeterminate"),
    "10002": ("Done", "done"),
    "10100": ("Waiting for support", "new"),
    "10101": ("Resolved", "done"),
}

PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}

TRANSITIONS = {
    "11": {"service_desk": ("Back to support", "10100"), "": ("To Do", "10000")},
    "21": {"service_desk": ("In progress", "3"), "": ("In Progress", "3")},
    "31": {"service_desk": ("Resolve this issue", "10101"), "": ("Done", "10002")},
}
"""Transition id -> by project type (else the empty one) its name and the status that it leads to."""


def first_status(project_type: str) -> str:
    """The id of the status that an issue begins in."""
    return "10100" if project_type == "service_desk" else "10000"


def transition_of(transition_id: str, project_type: str) -> tuple[str, str]:
    """Name and target status of a transition in projects of this type."""
    found = TRANSITIONS[transition_id]
    return found.get(project_type, found[""])


def issue_types_of(project_type: str) -> list[str]:
    """Ids of the issue types that a project of this type has."""
    return [key for key, (_, types) in ISSUE_TYPES.items() if project_type in types]


def issue_type_answer(base: str, key: str) -> Json:
    """An issue type as Jira shows it."""
    name = ISSUE_TYPES[key][0]
    subtask = key == "10005"
    level = {"10005": -1, "10004": 1}.get(key, 0)
    return {
        "self": f"{base}{PLATFORM}/issuetype/{key}",
        "id": key,
        "description": "",
        "iconUrl": f"{base}/icon/issuetype/{key}",
        "name": name,
        "subtask": subtask,
        "hierarchyLevel": level,
    }


def status_answer(base: str, key: str) -> Json:
    """A status with its category as Jira shows it."""
    name, category = STATUSES[key]
    number, title, color = CATEGORIES[category]
    return {
        "self": f"{base}{PLATFORM}/status/{key}",
        "description": "",
        "iconUrl": f"{base}/icon/status/{key}",
        "name": name,
        "id": key,
        "statusCategory": {
            "self": f"{base}{PLATFORM}/statuscategory/{number}",
            "id": number,
            "key": category,
            "colorName": color,
            "name": title,
        },
    }


def priority_answer(base: str, key: str) -> Json:
    """A priority as Jira shows it."""
    return {"self": f"{base}{PLATFORM}/priority/{key}", "name": PRIORITIES[key], "id": key}


def with_status(issue: Document, status_id: str) -> Document:
    """The issue in another status."""
    name, category = STATUSES[status_id]
    return {**issue, "status": name, "statusId": status_id, "statusCategory": category}
