"""List, read, create, replace and delete: the same for every kind."""

from __future__ import annotations

import base64
import itertools
import json
import secrets
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from integrations.sandbox.panel import billing, checks, invitations, selectors, store
from integrations.sandbox.panel.call import RefusedError, allow, conflict, exists, missing
from integrations.sandbox.panel.kinds import BILLING_ENTITY, INVITATION, MEMBERS, ORGANIZATION, Kind
from integrations.sandbox.panel.store import Content
from integrations.sandbox.pretend import ACCOUNT, World, world
from integrations.sandbox.state import Document

OTHER_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "appuio-control-api"})
"""Organizations are namespaces underneath: these names are taken, though no organization is to be seen."""
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def listing(request: Request, kind: Kind) -> Document:
    """Return a part of the list, by name; `metadata.continue` where there is more.

    Invitations are cut off without notice: their storage asks its secrets with `limit` and drops their
    `continue` (control API v0.33.4, `apiserver/secretstorage/storage.go`).
    """
    there = world(request)
    allow(there, "list", kind)
    query = request.query_params
    if query.get("watch") in ("1", "true"):
        raise RefusedError(400, "watch is not supported by the sandbox")
    fits = selectors.by_labels(query.get("labelSelector", ""))
    named = selectors.by_fields(query.get("fieldSelector", ""))
    after = _continued(query.get("continue"))
    limit = _limit(query.get("limit"), there)
    rows = _rows(there, kind, request.path_params.get("namespace"), query.get("labelSelector", ""), after)
    chosen = (row for row in rows if fits(row[1]) and named(row[1]))
    found = list(chosen if limit is None else itertools.islice(chosen, limit + 1))
    metadata: Document = {"resourceVersion": str(_newest(there))}
    if limit is not None and len(found) > limit:
        found.pop()
        if kind is not INVITATION:
            metadata["continue"] = base64.urlsafe_b64encode(json.dumps({"start": found[-1][0]}).encode()).decode()
    items = [store.item(document) for _, document in found]
    return {"kind": f"{kind.name}List", "apiVersion": kind.api_version, "metadata": metadata, "items": items}


def get(request: Request, kind: Kind) -> Document:
    """Return an object."""
    there, name = world(request), request.path_params["name"]
    allow(there, "get", kind, name)
    if kind is BILLING_ENTITY:
        return store.shown(kind, billing.entity(there, name))
    return store.shown(kind, found(request, kind))


def found(request: Request, kind: Kind) -> Document:
    """The stored object that the path names.

    Raises:
        RefusedError: 404.
    """
    name = request.path_params["name"]
    document = store.stored(world(request), kind, name, request.path_params.get("namespace", ""))
    if document is None:
        raise missing(kind, name)
    return document


def create(request: Request, body: Any, kind: Kind) -> Document:
    """A new object, whose name must be free."""
    there = world(request)
    allow(there, "create", kind)
    if kind is BILLING_ENTITY:
        return store.shown(kind, billing.create(there, billing.spec_of(body, strict=strict(request))))
    metadata = checks.identity(kind, body)
    name = _name(kind, metadata)
    namespace = request.path_params.get("namespace", "")
    if metadata.get("namespace", namespace) != namespace:
        raise RefusedError(400, "the namespace of the provided object does not match the namespace sent on the request")
    return store.shown(kind, create_named(request, kind, name, body))


def create_named(request: Request, kind: Kind, name: str, body: Any) -> Document:
    """Check and store a new object of this name."""
    there, namespace = world(request), request.path_params.get("namespace", "")
    checks.name(kind, name)
    wanted = wanted_content(request, kind, name, body)
    if store.stored(there, kind, name, namespace) is not None or (kind is ORGANIZATION and name in OTHER_NAMESPACES):
        raise exists(kind, name)
    if kind.namespaced and store.stored(there, ORGANIZATION, namespace) is None:
        raise RefusedError(
            404, f'namespaces "{namespace}" not found', details={"name": namespace, "kind": "namespaces"}
        )
    document = store.create(there, kind, name, wanted, namespace, status(there, kind, wanted.spec, {}))
    if kind is ORGANIZATION:
        members = Content({}, {}, {"userRefs": [{"name": ACCOUNT.partition("@")[0]}]})
        store.create(there, MEMBERS, "members", members, name)
    return document


def replace(request: Request, body: Any, kind: Kind) -> Document:
    """Another content for an object; with a `resourceVersion`, only if that is still the newest."""
    there, name = world(request), request.path_params["name"]
    allow(there, "update", kind, name)
    before = found(request, kind)
    metadata = checks.identity(kind, body)
    if metadata.get("name", name) != name:
        raise RefusedError(
            400, f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
        )
    return store.shown(kind, changed(request, kind, before, body))


def changed(request: Request, kind: Kind, before: Document, body: Any) -> Document:
    """Check and store what an object shall be."""
    there, name = world(request), before["metadata"]["name"]
    version = body["metadata"].get("resourceVersion")
    if version not in (None, "", before["metadata"]["resourceVersion"]):
        raise conflict(kind, name)
    wanted = wanted_content(request, kind, name, body, before)
    return store.change(there, kind, before, wanted, status(there, kind, wanted.spec, before["status"]))


def delete(request: Request, kind: Kind) -> Document:
    """Remove an object."""
    there, name = world(request), request.path_params["name"]
    allow(there, "delete", kind, name)
    document = found(request, kind)
    del store.lookup(there, kind).table[store.key(kind, name, request.path_params.get("namespace", ""))]
    if kind is INVITATION:
        return store.shown(kind, document)
    details = {"name": name, "group": kind.group, "kind": kind.plural, "uid": document["metadata"]["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def wanted_content(request: Request, kind: Kind, name: str, body: Any, before: Document | None = None) -> Content:
    """Return the checked content that a body decides; the server's own fields in it are ignored."""
    metadata = body.get("metadata") or {}
    checks.marks(kind, name, metadata)
    spec = checks.spec(kind, name, body.get("spec"), strict=strict(request))
    if kind is ORGANIZATION:
        old = before["spec"].get("billingEntityRef", "") if before else ""
        billing.check_reference(world(request), old, spec.get("billingEntityRef", ""))
    return Content(metadata.get("labels") or {}, metadata.get("annotations") or {}, spec)


def status(there: World, kind: Kind, spec: Any, before: Document) -> Document:
    """Return the status that the API's own controllers would fill in."""
    if kind is ORGANIZATION and spec.get("billingEntityRef"):
        try:
            return {"billingEntityName": billing.entity(there, spec["billingEntityRef"])["spec"]["name"]}
        except RefusedError:
            return before
    if kind is INVITATION:
        return before or invitations.fresh()
    return before


def strict(request: Request) -> bool:
    """Return whether the request wants unknown fields refused rather than dropped."""
    return request.query_params.get("fieldValidation") == "Strict"


def _rows(
    there: World, kind: Kind, namespace: str | None, selector: str, after: str | None
) -> Iterable[tuple[str, Document]]:
    if kind is BILLING_ENTITY:
        every = ((entity["metadata"]["name"], entity) for entity in billing.entities(there))
        return (row for row in every if after is None or row[0] > after)
    inside = "all" if namespace is None else f"namespace:{namespace}"
    term = selectors.equality(selector) if namespace is None else None
    return store.lookup(there, kind).find(term or inside, after)


def _newest(there: World) -> int:
    return int(there.state.table("panel", "_sequence").get("version", {"next": store.FIRST_VERSION})["next"]) - 1


def _limit(text: str | None, there: World) -> int | None:
    if text is not None and not text.isdecimal():
        raise RefusedError(400, f'strconv.ParseInt: parsing "{text}": invalid syntax')
    wanted = int(text or 0) or None
    if wanted is None:
        return None
    return min(wanted, there.traps.page_size or wanted)


def _continued(token: str | None) -> str | None:
    if not token:
        return None
    try:
        return str(json.loads(base64.urlsafe_b64decode(token))["start"])
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(400, "continue key is not valid") from error


def _name(kind: Kind, metadata: Any) -> str:
    name, prefix = metadata.get("name"), metadata.get("generateName")
    if name:
        return str(name)
    if prefix:
        return str(prefix) + "".join(secrets.choice(_ALPHABET) for _ in range(5))
    text = f"resource name may not be empty: {kind.name}.{kind.group} needs metadata.name or metadata.generateName"
    raise RefusedError(422, text)
