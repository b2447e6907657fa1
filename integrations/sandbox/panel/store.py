"""The stored objects: versions, identities, and how they look on the wire."""

from __future__ import annotations

import dataclasses
import uuid
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.lookup import Lookup
from integrations.sandbox.panel.kinds import SYSTEM, Kind
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document, State

_LOOKUPS: weakref.WeakKeyDictionary[State, dict[str, Lookup]] = weakref.WeakKeyDictionary()
FIRST_VERSION = 1000


@dataclasses.dataclass(frozen=True)
class Content:
    """The part of an object that its writer decides; all else is the server's."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]


def lookup(there: World, kind: Kind) -> Lookup:
    """The objects of a kind, by name in their order."""
    lookups = _LOOKUPS.setdefault(there.state, {})
    if kind.table not in lookups:
        lookups[kind.table] = Lookup(there.state.table(SYSTEM, kind.table), _terms, str)
    return lookups[kind.table]


def forget(there: World) -> None:
    """Make the look-ups anew: the world is filled from scratch."""
    _LOOKUPS.pop(there.state, None)


def key(kind: Kind, name: str, namespace: str) -> str:
    """Return the key under which an object is kept."""
    return f"{namespace}/{name}" if kind.namespaced else name


def stored(there: World, kind: Kind, name: str, namespace: str = "") -> Document | None:
    """Return an object, if it exists."""
    return lookup(there, kind).table.get(key(kind, name, namespace))


def content(document: Document) -> Content:
    """Return the content that its writers have decided so far."""
    metadata = document["metadata"]
    return Content(metadata.get("labels", {}), metadata.get("annotations", {}), document["spec"])


def create(
    there: World, kind: Kind, name: str, wanted: Content, namespace: str = "", status: Mapping[str, Any] | None = None
) -> Document:
    """Store a new object."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata: Document = {
        "name": name,
        **({"namespace": namespace} if kind.namespaced else {}),
        "uid": str(uuid.uuid4()),
        "creationTimestamp": moment,
        "generation": 1,
    }
    return _save(there, kind, metadata, wanted, dict(status or {}))


def change(there: World, kind: Kind, before: Document, wanted: Content, status: Mapping[str, Any]) -> Document:
    """Store another content; an equal one keeps the version, as Kubernetes does."""
    after = {**before, "status": dict(status)}
    if content(before) == wanted and before["status"] == after["status"]:
        return before
    metadata = {name: value for name, value in before["metadata"].items() if name not in ("labels", "annotations")}
    if dict(wanted.spec) != before["spec"]:
        metadata["generation"] += 1
    return _save(there, kind, metadata, wanted, dict(status))


def shown(kind: Kind, document: Document) -> Document:
    """The object as the API answers it."""
    answer = {"apiVersion": kind.api_version, "kind": kind.name, **item(document)}
    answer["metadata"] = dict(answer["metadata"])
    return answer


def item(document: Document) -> Document:
    """The object's own parts."""
    return {name: document[name] for name in ("metadata", "spec", "status")}


def _save(there: World, kind: Kind, metadata: Document, wanted: Content, status: Document) -> Document:
    metadata["resourceVersion"] = str(there.state.number(SYSTEM, "version", FIRST_VERSION))
    if wanted.labels:
        metadata["labels"] = dict(wanted.labels)
    if wanted.annotations:
        metadata["annotations"] = dict(wanted.annotations)
    document = {"name": metadata["name"], "metadata": metadata, "spec": dict(wanted.spec), "status": status}
    lookup(there, kind).save(key(kind, metadata["name"], metadata.get("namespace", "")), document)
    return document


def _terms(document: Document) -> list[str]:
    metadata = document["metadata"]
    labels = [f"label:{name}={value}" for name, value in metadata.get("labels", {}).items()]
    return ["all", f"namespace:{metadata.get('namespace', '')}", *labels]
