"""The body of a create or an update, read strictly."""

from __future__ import annotations

import dataclasses
from typing import Any

from integrations.sandbox.wiki import storage
from integrations.sandbox.wiki.call import RefusedError, not_a_number

LONGEST_TITLE = 255
LARGEST_BODY = 5_000_000
_NEW = frozenset({"spaceId", "status", "title", "parentId", "body", "subtype"})
_CHANGED = frozenset({"id", "status", "title", "spaceId", "parentId", "ownerId", "body", "version"})


@dataclasses.dataclass(frozen=True)
class Draft:
    """The content that was sent. None: not sent."""

    title: str
    value: str
    status: str
    space: str | None
    parent: str | None
    version: int = 1
    message: str = ""


def new(body: Any) -> Draft:
    """The body of `POST /pages`."""
    fields = _fields(body, _NEW, {"spaceId"})
    return Draft(
        title=_title(fields.get("title")),
        value=_value(fields.get("body")),
        status=_status(fields.get("status", "current")),
        space=_id(fields["spaceId"], "spaceId"),
        parent=_id(fields.get("parentId"), "parentId"),
    )


def changed(body: Any, page_id: str) -> Draft:
    """The body of `PUT /pages/{id}`; its status `draft` means the page's unpublished draft, whose version is 1."""
    fields = _fields(body, _CHANGED, {"id", "status", "title", "body", "version"})
    if str(fields["id"]) != page_id:
        raise RefusedError(400, f"Provided id {{{fields['id']}}} does not match the id in the path {{{page_id}}}")
    version = fields["version"]
    if not isinstance(version, dict) or type(version.get("number")) is not int or set(version) - {"number", "message"}:
        raise RefusedError(400, "Provided value for 'version' is not the correct type. Expected {number, message}")
    return Draft(
        title=_title(fields["title"]),
        value=_value(fields["body"]),
        status="draft" if fields["status"] == "draft" else _status(fields["status"]),
        space=_id(fields.get("spaceId"), "spaceId"),
        parent=_id(fields.get("parentId"), "parentId"),
        version=version["number"],
        message=str(version.get("message", "")),
    )


def stored(value: str, seed: str) -> str:
    """The body as Confluence keeps it.

    Raises:
        RefusedError: It is not well-formed.
    """
    storage.check(value)
    return storage.normalised(value, seed)


def _fields(body: Any, known: frozenset[str], required: set[str]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise RefusedError(400, "Malformed request body: an object is expected")
    for name in sorted(set(body) - known):
        raise RefusedError(400, f'Unrecognized field "{name}"')
    for name in sorted(required - set(body)):
        raise RefusedError(400, f"Missing required field '{name}'")
    return body


def _title(title: Any) -> str:
    if not isinstance(title, str) or not title.strip():
        raise RefusedError(400, "Title is required for a page that is not a draft")
    if len(title) > LONGEST_TITLE:
        raise RefusedError(400, f"Title cannot be longer than {LONGEST_TITLE} characters.")
    return title.strip()


def _value(body: Any) -> str:
    """Either the body itself or, by a longer way, the body below its representation's name."""
    if body is None:
        return ""
    nested = body.get("storage") if isinstance(body, dict) and "representation" not in body else body
    if not isinstance(nested, dict) or set(nested) - {"representation", "value"}:
        raise RefusedError(400, "Provided value for 'body' is not the correct type")
    if nested.get("representation") != "storage":
        raise RefusedError(
            400, f"Unsupported representation {{{nested.get('representation')}}}: the sandbox takes storage"
        )
    value = nested.get("value")
    if not isinstance(value, str):
        raise RefusedError(400, "Provided value for 'body.value' is not the correct type. Expected type is string")
    if len(value.encode()) > LARGEST_BODY:
        raise RefusedError(413, "Request is too large: the limit is 5 MB")
    return value


def _status(status: Any) -> str:
    if status != "current":
        raise RefusedError(400, f"Provided value {{{status}}} for 'status' is not supported here: current is")
    return "current"


def _id(value: Any, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isdecimal():
        raise not_a_number(name, value)
    return value
