"""The pretend Jira Cloud with Service Management: `/jira/rest/api/3` and `/jira/rest/servicedeskapi`.

Strict where Jira is (unknown fields, wiki text instead of documents, taken keys) and nasty where it is:
an index that lags, 404 for what may not be seen, organizations whose names may or may not be unique.
"""

from __future__ import annotations

from integrations.sandbox.jira import accounts, pages, permissions, seed
from integrations.sandbox.jira.answers import refusal
from integrations.sandbox.jira.call import SYSTEM, dead_end, namer
from integrations.sandbox.jira.duplicates import duplicates
from integrations.sandbox.jira.issues import comments, search, workflow, write
from integrations.sandbox.jira.projects import properties as project_properties
from integrations.sandbox.jira.projects import read
from integrations.sandbox.jira.projects import write as project_writing
from integrations.sandbox.jira.service_management import customers, desks, members, organizations, request_types
from integrations.sandbox.pretend import Pretend

_MODULES = (
    permissions,
    accounts,
    read,
    project_writing,
    project_properties,
    write,
    workflow,
    comments,
    search,
    organizations,
    members,
    desks,
    customers,
    request_types,
    pages,
)
_ENDPOINTS = [endpoint for module in _MODULES for endpoint in module.ENDPOINTS]
_ROUTES = [endpoint.to_route() for endpoint in _ENDPOINTS]

PRETEND = Pretend(
    name=SYSTEM,
    title="Jira",
    routes=[*_ROUTES, dead_end(_ROUTES)],
    operation=namer(_ENDPOINTS),
    seed=seed.seed,
    duplicates=duplicates,
    link=pages.link,
    controls=accounts.CONTROLS,
    refuse=refusal,
)
__all__ = ["PRETEND"]
