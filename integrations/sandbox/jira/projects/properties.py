"""The properties of a project: whoever browses it reads them, its administrators write them."""

from __future__ import annotations

from integrations.sandbox.jira import properties
from integrations.sandbox.jira.answers import refused
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import PLATFORM, Call
from integrations.sandbox.jira.permissions import may
from integrations.sandbox.jira.projects.read import found_project
from integrations.sandbox.state import Document


def _find(call: Call, for_writing: bool) -> Document:
    project = found_project(call, call.path["project"])
    if for_writing and not may(call, "Administer Projects", project["key"]):
        raise refused(403, "You do not have permission to edit the properties of this project.")
    return project


def _save(call: Call, project: Document) -> None:
    books(call.world).projects.save(project["id"], project)


ENDPOINTS = properties.endpoints(f"{PLATFORM}/project/{{project}}/properties", "project", _find, _save)
