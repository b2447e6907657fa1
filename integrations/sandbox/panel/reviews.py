"""Questions about ourselves: POST, though they change nothing."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from integrations.sandbox.panel.call import RefusedError
from integrations.sandbox.panel.kinds import BY_RESOURCE, SYSTEM
from integrations.sandbox.pretend import ACCOUNT, world
from integrations.sandbox.state import Document


def access(request: Request, body: Any) -> Document:
    """`SelfSubjectAccessReview`: may we do this?"""
    document = _question(body, "authorization.k8s.io/v1", "SelfSubjectAccessReview")
    attributes = (document.get("spec") or {}).get("resourceAttributes")
    if not isinstance(attributes, dict):
        raise RefusedError(422, "exactly one of nonResourceAttributes or resourceAttributes must be specified")
    verb, resource = str(attributes.get("verb", "")), str(attributes.get("resource", ""))
    kind = BY_RESOURCE.get((str(attributes.get("group", "")), resource))
    allowed = kind is not None and verb in kind.verbs and not world(request).lacks(SYSTEM, f"{verb}:{resource}")
    reason = f'RBAC: allowed by ClusterRoleBinding "closedwon" to User "{ACCOUNT}"' if allowed else ""
    return {**document, "metadata": {}, "status": {"allowed": allowed, **({"reason": reason} if reason else {})}}


def myself(_request: Request, body: Any) -> Document:
    """`SelfSubjectReview`: who are we?"""
    document = _question(body, "authentication.k8s.io/v1", "SelfSubjectReview")
    who = {"username": ACCOUNT, "groups": ["system:authenticated"]}
    return {**document, "metadata": {}, "status": {"userInfo": who}}


def _question(body: Any, api_version: str, kind: str) -> Document:
    if not isinstance(body, dict) or (body.get("apiVersion"), body.get("kind")) != (api_version, kind):
        raise RefusedError(400, f"the object provided is unrecognized: {kind} of {api_version} is expected")
    return body
