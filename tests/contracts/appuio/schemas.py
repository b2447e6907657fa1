"""JSON Schemas of the Control API's bodies: the published ones, and Kubernetes' own parts by hand."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Literal

from jsonschema import Draft202012Validator

from tests.contracts import documents

Form = Literal["create", "replace", "part", "answer", "item"]
"""How a body holds its object: whole and new, whole and changed, only its changes, as answered, or in a list."""

LABEL = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
SUBDOMAIN = r"^[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?$"
"""Names that RBAC derives from have colons, as `control-api:organization-admin`."""

_TEXT = {"type": "string"}
_STAMP = {"type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
_KEYED = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
_BOOLEAN = {"type": "boolean"}

_METADATA: Mapping[str, Any] = {
    "name": {"type": "string", "pattern": SUBDOMAIN},
    "generateName": _TEXT,
    "namespace": {"type": "string", "pattern": LABEL},
    "uid": _TEXT,
    "resourceVersion": _TEXT,
    "generation": {"type": "integer"},
    "creationTimestamp": _STAMP,
    "deletionTimestamp": _STAMP,
    "deletionGracePeriodSeconds": {"type": "integer"},
    "selfLink": _TEXT,
    "finalizers": {"type": "array", "items": _TEXT},
    "ownerReferences": {"type": "array", "items": {"type": "object"}},
    "managedFields": {"type": "array", "items": {"type": "object"}},
    "labels": {
        "type": "object",
        "propertyNames": {"pattern": _KEYED},
        "additionalProperties": {"type": "string", "pattern": r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"},
    },
    "annotations": {"type": "object", "propertyNames": {"pattern": _KEYED}, "additionalProperties": _TEXT},
}

_REVIEW = {
    "type": "object",
    "required": ["apiVersion", "kind", "spec"],
    "properties": {
        "apiVersion": {"const": "authorization.k8s.io/v1"},
        "kind": {"const": "SelfSubjectAccessReview"},
        "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "properties": {
                "resourceAttributes": {
                    "type": "object",
                    "properties": dict.fromkeys(
                        ("group", "version", "resource", "subresource", "verb", "namespace", "name"), _TEXT
                    ),
                },
                "nonResourceAttributes": {"type": "object", "properties": {"path": _TEXT, "verb": _TEXT}},
            },
        },
        "status": {
            "type": "object",
            "required": ["allowed"],
            "properties": {"allowed": _BOOLEAN, "denied": _BOOLEAN, "reason": _TEXT, "evaluationError": _TEXT},
        },
    },
}
_WHO = {
    "type": "object",
    "required": ["apiVersion", "kind"],
    "properties": {
        "apiVersion": {"const": "authentication.k8s.io/v1"},
        "kind": {"const": "SelfSubjectReview"},
        "metadata": {"type": "object"},
        "status": {"type": "object", "properties": {"userInfo": {"type": "object"}}},
    },
}
UNSTORED: Mapping[str, Mapping[str, Any]] = {"SelfSubjectAccessReview": _REVIEW, "SelfSubjectReview": _WHO}
"""Kinds of Kubernetes itself that ask a question and are never stored, so they need no name."""

STATUS = Draft202012Validator(
    {
        "type": "object",
        "required": ["kind", "apiVersion", "metadata", "status"],
        "properties": {
            "kind": {"const": "Status"},
            "apiVersion": {"const": "v1"},
            "metadata": {"type": "object"},
            "status": {"enum": ["Success", "Failure"]},
            "message": _TEXT,
            "reason": _TEXT,
            "details": {"type": "object"},
            "code": {"type": "integer"},
        },
        "additionalProperties": False,
    }
)
"""What the API answers where it does not answer with an object."""

LIST = Draft202012Validator(
    {
        "type": "object",
        "required": ["kind", "apiVersion", "metadata", "items"],
        "properties": {
            "kind": _TEXT,
            "apiVersion": _TEXT,
            "metadata": {
                "type": "object",
                "properties": {
                    "resourceVersion": _TEXT,
                    "continue": _TEXT,
                    "remainingItemCount": {"type": ["integer", "null"]},
                    "selfLink": _TEXT,
                },
                "additionalProperties": False,
            },
            "items": {"type": "array", "items": {"type": "object"}},
        },
        "additionalProperties": False,
    }
)

JSON_PATCH = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["op", "path"],
            "properties": {
                "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
                "path": {"type": "string", "pattern": "^/"},
                "from": {"type": "string", "pattern": "^/"},
                "value": {},
            },
            "additionalProperties": False,
        },
    }
)


@functools.cache
def validator(kind: str, form: Form) -> Draft202012Validator:
    """The validator for one kind of object in one form of body."""
    published = UNSTORED.get(kind) or documents.load("appuio/appuio-control-api.schemas.json")["schemas"][kind]
    schema = _closed(published)
    schema["properties"]["metadata"] = _metadata(kind, form)
    if form == "part":
        schema = _optional(schema)
    elif form == "item":
        schema["required"] = [key for key in schema.get("required", ()) if key not in ("apiVersion", "kind")]
    elif kind not in UNSTORED:
        schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
    return Draft202012Validator(schema)


def _metadata(kind: str, form: Form) -> dict[str, Any]:
    properties = dict(_METADATA)
    if kind == "Organization":
        properties["name"] = {"type": "string", "pattern": LABEL}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if kind in UNSTORED or form == "part":
        return schema
    if form == "create":
        schema["anyOf"] = [{"required": ["name"]}, {"required": ["generateName"]}]
        properties["resourceVersion"] = {"enum": ["", None]}
    elif kind == "BillingEntity":  # it stands in the ERP, which knows no versions
        schema["required"] = ["name"]
    elif form == "replace":
        schema["required"] = ["name", "resourceVersion"]
    else:
        schema["required"] = ["creationTimestamp", "name", "resourceVersion", "uid"]
    return schema


def _closed(schema: Any) -> Any:
    """A copy in which objects with named properties have no others: the server drops what it does not know."""
    if isinstance(schema, Mapping):
        copied = {key: _closed(value) for key, value in schema.items()}
        if isinstance(schema.get("properties"), Mapping) and schema.get("type") == "object":
            copied.setdefault("additionalProperties", False)
        return copied
    if isinstance(schema, list):
        return [_closed(value) for value in schema]
    return schema


def _optional(schema: Any) -> Any:
    """A copy that requires nothing: a merge patch names only what changes."""
    if isinstance(schema, Mapping):
        return {
            key: _optional(value)
            for key, value in schema.items()
            if not (key == "required" and isinstance(value, list))
        }
    if isinstance(schema, list):
        return [_optional(value) for value in schema]
    return schema
