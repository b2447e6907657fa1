"""The kinds of objects that the Control API serves, and the types of what stands in their `spec`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

SYSTEM = "panel"
TEXT = "string"
"""In a description of types: a string. A dict is an object, a list of one thing an array of it."""

Types = Mapping[str, Any]
_USERS = [{"name": TEXT}]
_TARGETS = [{"apiGroup": TEXT, "kind": TEXT, "name": TEXT, "namespace": TEXT}]
EVERYTHING = frozenset({"get", "list", "create", "update", "patch", "delete"})


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of object. `named` gives the rule for its names: a DNS `label` or `subdomain`."""

    group: str
    plural: str
    name: str
    spec: Types
    required: tuple[str, ...] = ()
    namespaced: bool = False
    named: str = "subdomain"
    verbs: frozenset[str] = EVERYTHING

    @property
    def api_version(self) -> str:
        """As it stands in each object."""
        return f"{self.group}/v1"

    @property
    def table(self) -> str:
        """The table of its objects."""
        return self.name.lower()

    @property
    def resource(self) -> str:
        """As error messages call it."""
        return f"{self.plural}.{self.group}"


ORGANIZATION = Kind(
    "organization.appuio.io",
    "organizations",
    "Organization",
    {"displayName": TEXT, "billingEntityRef": TEXT},
    named="label",
)
BILLING_ENTITY = Kind(
    "billing.appuio.io",
    "billingentities",
    "BillingEntity",
    {
        "name": TEXT,
        "phone": TEXT,
        "emails": [TEXT],
        "address": {"line1": TEXT, "line2": TEXT, "city": TEXT, "postalCode": TEXT, "country": TEXT},
        "accountingContact": {"name": TEXT, "emails": [TEXT]},
        "languagePreference": TEXT,
    },
    verbs=frozenset({"get", "list", "create"}),
)
INVITATION = Kind("user.appuio.io", "invitations", "Invitation", {"note": TEXT, "email": TEXT, "targetRefs": _TARGETS})
REDEMPTION = Kind(
    "user.appuio.io", "invitationredeemrequests", "InvitationRedeemRequest", {}, verbs=frozenset({"create"})
)
"""Asked, never stored."""
MEMBERS = Kind("appuio.io", "organizationmembers", "OrganizationMembers", {"userRefs": _USERS}, namespaced=True)
TEAM = Kind(
    "appuio.io",
    "teams",
    "Team",
    {"displayName": TEXT, "userRefs": _USERS},
    required=("userRefs",),
    namespaced=True,
)
USER = Kind("appuio.io", "users", "User", {"preferences": {"defaultOrganizationRef": TEXT}})

KINDS = (ORGANIZATION, BILLING_ENTITY, INVITATION, MEMBERS, TEAM, USER)
BY_RESOURCE = {(kind.group, kind.plural): kind for kind in (*KINDS, REDEMPTION)}
