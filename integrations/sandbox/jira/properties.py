"""Entity properties, which projects, issues and organizations share: any JSON below a key, never shown to people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from integrations.sandbox.jira.answers import Json, answered, done
from integrations.sandbox.jira.call import Call, Endpoint
from integrations.sandbox.state import Document

LONGEST_KEY, LONGEST_VALUE = 255, 32768

Find = Callable[[Call, bool], Document]
"""The object of the path, if it may be read (or, with True, written); else a refusal."""
Save = Callable[[Call, Document], None]


def fault(key: Any, value: Any) -> str | None:
    """Return the reason why a property may not be set; None: it may."""
    if not isinstance(key, str) or not key or len(key) > LONGEST_KEY:
        return f"The property key has to be between 1 and {LONGEST_KEY} characters."
    if len(json.dumps(value, ensure_ascii=False).encode()) > LONGEST_VALUE:
        return f"The property value cannot be longer than {LONGEST_VALUE} characters."
    return None


def endpoints(path: str, name: str, find: Find, save: Save) -> list[Endpoint]:
    """The four operations on the properties of one kind of object."""

    def list_keys(call: Call) -> Response:
        found = find(call, False)
        address = call.base + path.format(**call.path)
        keys = [{"self": f"{address}/{key}", "key": key} for key in found["properties"]]
        return answered({"keys": keys})

    def get(call: Call) -> Response:
        return answered({"key": call.path["property"], "value": _existing(call, find(call, False))})

    def put(call: Call) -> Response:
        found, key, value = find(call, True), call.path["property"], call.json()
        problem = fault(key, value)
        if problem:
            raise call.refuse(400, problem)
        properties: Json = {**found["properties"], key: value}
        save(call, {**found, "properties": properties})
        return answered({}, 200 if key in found["properties"] else 201)

    def delete(call: Call) -> Response:
        found = find(call, True)
        _existing(call, found)
        left = {key: value for key, value in found["properties"].items() if key != call.path["property"]}
        save(call, {**found, "properties": left})
        return done()

    return [
        Endpoint("GET", path, f"{name}.property.list", list_keys),
        Endpoint("GET", f"{path}/{{property}}", f"{name}.property.get", get),
        Endpoint("PUT", f"{path}/{{property}}", f"{name}.property.put", put),
        Endpoint("DELETE", f"{path}/{{property}}", f"{name}.property.delete", delete),
    ]


def _existing(call: Call, found: Document) -> Any:
    key = call.path["property"]
    if key not in found["properties"]:
        raise call.refuse(404, f"The property with key '{key}' does not exist.")
    return found["properties"][key]
