"""An organization of the control panel: as it is wanted, and as the API spells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import field_validator

from integrations.core import naming
from integrations.core.resource import PLACEHOLDER, About, Resource
from integrations.core.text import one_line, short_hash, shorten

MARK = "closedwon.io/key"
"""The annotation with our key."""
LABEL = "closedwon.io/key-hash"
"""The label with a hash of it: annotations can't be selected by."""
NAME_LIMIT = 200
RESERVED = ("kube-", "openshift", "appuio", "default")
"""Beginnings of namespaces that belong to the cluster: an organization is a namespace inside."""


class Organization(Resource):
    """An organization: what a customer's projects, members and bills belong to.

    `contact` is the ERP's id of the customer's own contact for invoices; an organization without our mark
    that is billed to it is the customer's. `billing_contact` is that of whoever pays.
    """

    kind: ClassVar[str] = "organization"
    title: ClassVar[str] = "organization"
    names: ClassVar[tuple[str, ...]] = ("name",)

    display_name: Annotated[str, About(owner="people", label="name")]
    contact: Annotated[str | None, About(looked_up=True, hidden=True)] = None
    billing_contact: Annotated[str | None, About(owner="people", label="billed to contact")] = None
    name: Annotated[str, About(output=True, label="id")] = ""

    @field_validator("display_name")
    @classmethod
    def _one_short_line(cls, value: str) -> str:
        return shorten(one_line(value), NAME_LIMIT)

    def named(self, distinction: str) -> Self:
        """See `Resource.named`. What it is called for people may be shared; a name in the API may not."""
        if self.display_name in ("", PLACEHOLDER):
            return self
        return self.model_copy(update={"name": naming.identifier(self.display_name, distinction, RESERVED)})

    def label(self) -> str:
        """Its name for people."""
        return self.display_name


def key_hash(key: str) -> str:
    """A key as a label's value may be: keys have colons and slashes, labels may not."""
    return short_hash(key, 32)


def marked(key: str) -> dict[str, Any]:
    """The metadata that mark an organization as the one of `key`."""
    return {"annotations": {MARK: key}, "labels": {LABEL: key_hash(key)}}


def mark(item: Mapping[str, Any]) -> str:
    """Our key in an organization; empty where it bears none."""
    return str((item["metadata"].get("annotations") or {}).get(MARK) or "")


def name(item: Mapping[str, Any]) -> str:
    """Its name in the API, which people use as its id."""
    return str(item["metadata"]["name"])


def is_going(item: Mapping[str, Any]) -> bool:
    """Return whether it is being deleted.

    Kubernetes shows it, and keeps its name, until that is done.
    """
    return bool(item["metadata"].get("deletionTimestamp"))


def is_name(text: str) -> bool:
    """Return whether the text could be an organization's name in the API; no other may stand in a path."""
    return bool(text) and len(text) <= 63 and all(part.isascii() and (part.isalnum() or part == "-") for part in text)


def display_name(item: Mapping[str, Any]) -> str:
    """Its name for people; the API's where it has none."""
    return one_line(str((item.get("spec") or {}).get("displayName") or "")) or name(item)


def billing_reference(item: Mapping[str, Any]) -> str:
    """The name of the billing entity it is billed to; empty where there is none."""
    return str((item.get("spec") or {}).get("billingEntityRef") or "")


def spec(wanted: Organization, fields: frozenset[str], prefix: str) -> dict[str, str]:
    """Return those of the fields that are set, as the API wants them."""
    parts = {}
    if "display_name" in fields:
        parts["displayName"] = wanted.display_name
    if "billing_contact" in fields and wanted.billing_contact:
        parts["billingEntityRef"] = prefix + wanted.billing_contact
    return parts


def state(item: Mapping[str, Any], key: str, prefix: str) -> Organization:
    """Return the organization that the API holds.

    A reference of another form than ours stays as it is.
    """
    return Organization(
        key=key,
        display_name=str((item.get("spec") or {}).get("displayName") or ""),
        billing_contact=billing_reference(item).removeprefix(prefix) or None,
        name=name(item),
    )
