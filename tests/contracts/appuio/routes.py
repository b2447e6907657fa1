"""Which paths the Control API has, and which Kubernetes verb a method on them is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

EVERYTHING = frozenset({"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"})
READING = frozenset({"get", "list", "watch"})


@dataclasses.dataclass(frozen=True)
class Served:
    """One kind of object that the API serves."""

    group: str
    plural: str
    kind: str
    namespaced: bool = False
    verbs: frozenset[str] = EVERYTHING

    @property
    def api_version(self) -> str:
        """What stands in an object's `apiVersion`."""
        return f"{self.group}/v1"


SERVED = (
    Served("organization.appuio.io", "organizations", "Organization"),
    Served(
        "billing.appuio.io",
        "billingentities",
        "BillingEntity",
        verbs=frozenset({"get", "list", "watch", "create", "update", "patch"}),
    ),
    Served("user.appuio.io", "invitations", "Invitation"),
    Served("user.appuio.io", "invitationredeemrequests", "InvitationRedeemRequest", verbs=frozenset({"create"})),
    Served("appuio.io", "organizationmembers", "OrganizationMembers", namespaced=True),
    Served("appuio.io", "teams", "Team", namespaced=True),
    Served("appuio.io", "users", "User"),
    Served("appuio.io", "usageprofiles", "UsageProfile"),
    Served("appuio.io", "zones", "Zone", verbs=READING),
    Served("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview", verbs=frozenset({"create"})),
    Served("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", verbs=frozenset({"create"})),
)
_BY_PLACE: Mapping[tuple[str, str], Served] = {(served.group, served.plural): served for served in SERVED}

DISCOVERY = frozenset({"/version", "/api", "/apis", "/livez", "/readyz", "/healthz", "/openapi/v2", "/openapi/v3"}) | {
    f"/apis/{served.group}{version}" for served in SERVED for version in ("", "/v1")
}
"""Paths that tell about the server, by GET."""

_COLLECTION = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
_OBJECT = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}

_COMMON = frozenset({"pretty"})
_LISTING = _COMMON | {
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
}
_WRITING = _COMMON | {"dryRun", "fieldManager", "fieldValidation"}
_DELETING = _COMMON | {"dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"}
QUERIES: Mapping[str, frozenset[str]] = {
    "get": _COMMON | {"resourceVersion"},
    "list": _LISTING,
    "create": _WRITING,
    "update": _WRITING,
    "patch": _WRITING | {"force"},
    "delete": _DELETING,
    "deletecollection": _DELETING | _LISTING,
}
"""Query parameters that each verb takes, the same for every kind."""

STATUSES: Mapping[str, frozenset[int]] = {
    "get": frozenset({200, 404}),
    "list": frozenset({200, 400, 410}),
    "create": frozenset({201, 400, 404, 409, 415, 422}),
    "update": frozenset({200, 201, 400, 404, 409, 415, 422}),
    "patch": frozenset({200, 201, 400, 404, 409, 415, 422}),
    "delete": frozenset({200, 202, 404, 409}),
    "deletecollection": frozenset({200, 404}),
}
"""Statuses that a verb may be answered with, beside refusals (401, 403, 429) and the server's own failures."""


@dataclasses.dataclass(frozen=True)
class Call:
    """What one method on one path means. `verb` is empty where the path does not know the method."""

    served: Served
    verb: str
    namespace: str | None
    name: str | None
    subresource: str | None = None

    @property
    def operation(self) -> str:
        """The call without names, as `kubectl auth can-i` would put it."""
        part = f"/{self.subresource}" if self.subresource else ""
        return f"{self.verb} {self.served.plural}.{self.served.group}{part}"


def call(method: str, path: str) -> Call | None:
    """The call that a request is; None where the API has no such path."""
    parts = path.split("/")[1:]
    if parts[:1] != ["apis"] or len(parts) < 4 or parts[2] != "v1":
        return None
    group, names = parts[1], parts[3:]
    namespace = None
    if names[0] == "namespaces" and len(names) > 2:
        namespace, names = names[1], names[2:]
    served = _BY_PLACE.get((group, names[0]))
    if served is None or len(names) > 3 or "" in names or not _fits(served, namespace, names):
        return None
    name = names[1] if len(names) > 1 else None
    subresource = names[2] if len(names) > 2 else None
    if subresource not in (None, "status"):
        return None
    verb = (_OBJECT if name else _COLLECTION).get(method, "")
    return Call(served, verb if verb in served.verbs else "", namespace, name, subresource)


def _fits(served: Served, namespace: str | None, names: list[str]) -> bool:
    """A namespaced kind stands in a namespace, but may be listed over all; any other never stands in one."""
    if not served.namespaced:
        return namespace is None
    return bool(namespace) or (namespace is None and len(names) == 1)
