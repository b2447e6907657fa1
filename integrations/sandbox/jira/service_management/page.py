"""Common parts of every listing and check of Service Management."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from typing import Any

from starlette.responses import Response

from integrations.sandbox.jira.accounts import user_answer
from integrations.sandbox.jira.answers import Json, answered, date_of, desk_refused
from integrations.sandbox.jira.call import DESK, PLATFORM, SYSTEM, Call
from integrations.sandbox.jira.permissions import may
from integrations.sandbox.state import Document

MOST = 50


def paged(call: Call, objects: Collection[Any], shown: Callable[[Any], Json]) -> Response:
    """A page by `start` and `limit`; `size` counts this page, there is no total."""
    start, limit = call.number("start", 0), call.number("limit", MOST, MOST)
    values = [shown(record) for record in itertools.islice(objects, start, start + limit)]
    last = start + len(values) >= len(objects)
    address = f"{call.base}{call.route.format(**call.path)}"
    links = {"self": address, "base": call.base, "context": ""}
    if not last:
        links["next"] = f"{address}?start={start + limit}&limit={limit}"
    if start:
        links["prev"] = f"{address}?start={max(start - limit, 0)}&limit={limit}"
    body = {"size": len(values), "start": start, "limit": limit, "isLastPage": last, "_links": links, "values": values}
    return answered({"_expands": [], **body})


def need_opt_in(call: Call) -> None:
    """Refuse a call to an experimental operation without the header that says one knows."""
    if call.headers.get("x-experimentalapi") != "opt-in":
        message = "This API is experimental. Set the header X-ExperimentalApi to opt-in to use it."
        raise desk_refused(412, message, "sd.rest.experimental.api")


def found_desk(call: Call) -> Document:
    """The service desk of the path, by id; 404 also for one that may not be seen."""
    desk = call.world.state.table(SYSTEM, "servicedesk").get(call.path["desk"])
    if desk is None or not may(call, "Browse Projects", desk["projectKey"]):
        raise desk_refused(404, f"The service desk with ID '{call.path['desk']}' does not exist.")
    return desk


def need_agent_of(call: Call, desk: Document) -> None:
    """Refuse who is no agent of this service desk."""
    if not may(call, "Service Desk Agent", desk["projectKey"]):
        raise desk_refused(403, "Sorry, you do not have permission to perform this action.")


def desk_user_answer(call: Call, user: Document) -> Json:
    """A user as Service Management shows it."""
    body = user_answer(call.base, user)
    links = {
        "self": body["self"],
        "jiraRest": f"{call.base}{PLATFORM}/user?accountId={user['accountId']}",
        "avatarUrls": body["avatarUrls"],
    }
    kept: Json = {
        name: body[name] for name in ("accountId", "displayName", "active", "timeZone", "emailAddress") if name in body
    }
    return {**kept, "_links": links}


def organization_answer(call: Call, organization: Document) -> Json:
    """An organization as Service Management shows it: the id is text, its properties are not shown."""
    return {
        "id": organization["id"],
        "uuid": organization["uuid"],
        "name": organization["name"],
        "scimManaged": False,
        "created": date_of(organization["created"]),
        "_links": {"self": f"{call.base}{DESK}/organization/{organization['id']}"},
    }
