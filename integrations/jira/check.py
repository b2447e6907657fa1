"""The Jira part of `check`, which only reads."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.core.errors import AuthError, Rejected
from integrations.core.system import Finding, Report
from integrations.core.text import segment
from integrations.jira.connection import ADMINISTRATOR, DESK, Connection, Missing, library, rights_of
from integrations.jira.people import RIGHT as BROWSE_PEOPLE
from integrations.jira.people import USER, People

BROWSE = "Browse Projects"
NAMES = {
    "BROWSE_PROJECTS": BROWSE,
    "CREATE_ISSUES": "Create Issues",
    "ASSIGN_ISSUES": "Assign Issues",
    "EDIT_ISSUES": "Edit Issues",
    "TRANSITION_ISSUES": "Transition Issues",
    "ADD_COMMENTS": "Add Comments",
    "SCHEDULE_ISSUES": "Schedule Issues",
    "ADMINISTER_PROJECTS": "Administer Projects",
}
TO_WRITE_TICKETS = ("BROWSE_PROJECTS", "CREATE_ISSUES", "ASSIGN_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES")
TO_WRITE_EXCEPTIONS = (*TO_WRITE_TICKETS, "ADD_COMMENTS", "SCHEDULE_ISSUES")
CLAIMED = frozenset({"organization", "ticket", "exception"})
"""Kinds of which the register says what is about to be made."""


def report(connection: Connection, people: People, kinds: frozenset[str]) -> Report:
    """Return who we are, and each right: needed, missing, or held without need.

    Raises:
        AuthError: The token is not accepted.
        Unavailable: Jira can't be reached.
    """
    client = library(connection, what="read our own account", operation="user.myself", shape=USER)
    account = client.myself()
    findings = [*_global(connection, kinds), *_desk(connection, kinds)]
    for project, rights in _project_rights(connection, kinds).items():
        findings.extend(_project(connection, project, rights))
    if "project" in kinds and connection.settings.project_lead:
        findings.append(_lead(connection.settings.project_lead, people))
    findings.append(Finding(ok=True, text="how long the token lives is not known", minor=True))
    return Report(account=str(account.get("emailAddress") or account["displayName"]), findings=tuple(findings))


def _missing(connection: Connection, text: str) -> Finding:
    following = f"Ask {ADMINISTRATOR} for it, then: closedwon check {connection.name}"
    return Finding(ok=False, text=text, who=ADMINISTRATOR, next=following)


def _global(connection: Connection, kinds: frozenset[str]) -> Iterator[Finding]:
    shape = rights_of("ADMINISTER", "USER_PICKER")
    client = library(connection, what="read our rights", operation="permission.mine", shape=shape)
    held = client.my_permissions(permissions="ADMINISTER,USER_PICKER")["permissions"]
    administers = bool(held["ADMINISTER"]["havePermission"])
    # Needed to create a project, to see all of them in a search, and to make customers' accounts.
    if kinds & {"project", "member"}:
        text = "Administer Jira"
        yield Finding(ok=True, text=text, minor=True) if administers else _missing(connection, text)
    elif administers:
        yield Finding(ok=True, text="can Administer Jira, needn't")
    picks = bool(held["USER_PICKER"]["havePermission"])
    if kinds & {"project", "ticket", "exception", "member"}:
        yield Finding(ok=True, text=BROWSE_PEOPLE, minor=True) if picks else _missing(connection, BROWSE_PEOPLE)


def _desk(connection: Connection, kinds: frozenset[str]) -> Iterator[Finding]:
    desk = connection.settings.service_desk
    try:
        project = connection.desk_project()
    except AuthError:
        yield _missing(connection, f"access to the service desk {desk}")
        return
    yield Finding(ok=True, text=f"access to the service desk {desk} ({project})", minor=True)
    if not kinds & {"organization", "member"}:
        return
    text = f"Service Desk Agent on {project}"
    # There is no call for this right: the listing, which is for agents only, proves it.
    try:
        connection.json(
            "GET",
            f"{DESK}/servicedesk/{segment(desk)}/organization",
            what="list the service desk's organizations",
            operation="servicedesk.organization.list",
            shape={"values": list},
            params={"limit": 1},
        )
        yield Finding(ok=True, text=text, minor=True)
    except (AuthError, Missing):
        yield _missing(connection, text)
    # A setting of the site (Organization management), which no call shows.
    if "organization" in kinds:
        yield Finding(ok=True, text="whether the site lets agents create organizations is not known")


def _project_rights(connection: Connection, kinds: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The rights needed, by project. Without the service desk, whose project the register may be, it is not asked."""
    rights: dict[str, tuple[str, ...]] = {}
    tickets = TO_WRITE_TICKETS if "ticket" in kinds else ("BROWSE_PROJECTS",)
    for project in connection.settings.projects.values():
        rights[project] = TO_WRITE_EXCEPTIONS if "exception" in kinds else tickets
    try:
        register = connection.register()
    except AuthError:
        return rights
    needed = ("BROWSE_PROJECTS", "ADMINISTER_PROJECTS") if kinds & CLAIMED else ("BROWSE_PROJECTS",)
    rights[register] = tuple(dict.fromkeys((*rights.get(register, ()), *needed)))
    return rights


def _project(connection: Connection, project: str, rights: tuple[str, ...]) -> Iterator[Finding]:
    what = f"read our rights on {project}"
    client = library(connection, what=what, operation="permission.mine", shape=rights_of(*rights))
    try:
        held = client.my_permissions(projectKey=project, permissions=",".join(rights))["permissions"]
    except Missing:  # 404 also means that we may not browse it
        yield _missing(connection, f"{BROWSE} on {project} (or there is no such project)")
        return
    for right in rights:
        text = f"{NAMES[right]} on {project}"
        yield Finding(ok=True, text=text, minor=True) if held[right]["havePermission"] else _missing(connection, text)


def _lead(email: str, people: People) -> Finding:
    try:
        people.account_id(email, "project_lead")
    except Rejected as error:
        return Finding(ok=False, text=f"project_lead {email} is not found", who=error.who, next=error.next)
    return Finding(ok=True, text=f"project_lead {email}", minor=True)
