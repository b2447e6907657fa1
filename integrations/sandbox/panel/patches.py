"""Merge patches, and server-side apply with its field managers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.panel import checks, objects, store
from integrations.sandbox.panel.call import APPLY, MANAGER, RefusedError, allow, media_type
from integrations.sandbox.panel.kinds import SYSTEM, Kind
from integrations.sandbox.pretend import World, world
from integrations.sandbox.state import Document

Flat = dict[tuple[str, ...], Any]
"""The decided fields of an object by their place: each label, each annotation, each field of the spec."""


def patch(request: Request, body: Any, kind: Kind) -> Response:
    """Change parts of an object; an apply also makes it where there is none."""
    allow(world(request), "patch", kind, request.path_params["name"])
    if media_type(request) == APPLY:
        return _apply(request, body, kind)
    before = objects.found(request, kind)
    if not isinstance(body, dict):
        raise RefusedError(400, "the patch is no object")
    merged = _merge({"metadata": before["metadata"], "spec": before["spec"]}, {"metadata": {}, **body})
    if merged["metadata"].get("name") != request.path_params["name"]:
        raise RefusedError(400, "the name of the object does not match the name on the URL")
    if "resourceVersion" not in (body.get("metadata") or {}):
        merged["metadata"].pop("resourceVersion", None)
    after = objects.changed(request, kind, before, merged)
    _own(world(request), after, _changed(before, after), request.query_params.get("fieldManager", MANAGER))
    return JSONResponse(store.shown(kind, after))


def _merge(value: Any, change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    merged = dict(value) if isinstance(value, dict) else {}
    for name, part in change.items():
        if part is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), part)
    return merged


def _apply(request: Request, body: Any, kind: Kind) -> Response:
    there, name = world(request), request.path_params["name"]
    manager = request.query_params.get("fieldManager")
    if not manager:
        raise RefusedError(
            422, "PatchOptions.meta.k8s.io is invalid: fieldManager: Required value: is required for apply patch"
        )
    metadata = checks.identity(kind, body)
    if metadata.get("name", name) != name:
        raise RefusedError(400, "the name of the object does not match the name on the URL")
    wanted = _flat({"metadata": metadata, "spec": body.get("spec") or {}})
    before = store.stored(there, kind, name, request.path_params.get("namespace", ""))
    if before is None:
        allow(there, "create", kind, name)
        created = objects.create_named(request, kind, name, body)
        _own(there, created, set(wanted), manager)
        return JSONResponse(store.shown(kind, created), 201)
    owners = _owners(there, before)
    current = _flat(before)
    if request.query_params.get("force") != "true":
        _refuse_conflicts(kind, name, wanted, current, owners, manager)
    given_up = {place for place, owner in owners.items() if owner == manager and place not in wanted}
    kept = {place: value for place, value in current.items() if place not in given_up}
    whole = _nested(kept | wanted)
    whole["metadata"]["resourceVersion"] = metadata.get("resourceVersion")
    after = objects.changed(request, kind, before, whole)
    _own(there, after, set(wanted), manager)
    return JSONResponse(store.shown(kind, after))


def _refuse_conflicts(
    kind: Kind, name: str, wanted: Flat, current: Flat, owners: Mapping[tuple[str, ...], str], manager: str
) -> None:
    others = [
        (place, owners[place])
        for place, value in wanted.items()
        if owners.get(place, manager) != manager and current.get(place, value) != value
    ]
    if not others:
        return
    causes = [
        {"reason": "FieldManagerConflict", "message": f'conflict with "{owner}"', "field": "." + ".".join(place)}
        for place, owner in others
    ]
    text = ", ".join(f"{cause['message']}: {cause['field']}" for cause in causes)
    details = {"name": name, "group": kind.group, "kind": kind.plural, "causes": causes}
    raise RefusedError(409, f"Apply failed with {len(causes)} conflict(s): {text}", details=details)


def _flat(document: Mapping[str, Any]) -> Flat:
    found: Flat = {}
    for part in ("labels", "annotations"):
        for name, value in (document["metadata"].get(part) or {}).items():
            found["metadata", part, name] = value
    for name, value in document["spec"].items():
        found["spec", name] = value
    return found


def _nested(flat: Flat) -> Document:
    whole: Document = {"metadata": {"labels": {}, "annotations": {}}, "spec": {}}
    for place, value in flat.items():
        target = whole["spec"] if place[0] == "spec" else whole["metadata"][place[1]]
        target[place[-1]] = value
    return whole


def _changed(before: Document, after: Document) -> set[tuple[str, ...]]:
    old, new = _flat(before), _flat(after)
    return {place for place in new if old.get(place) != new[place]}


def _owners(there: World, document: Document) -> dict[tuple[str, ...], str]:
    kept = there.state.table(SYSTEM, "_owner").get(document["metadata"]["uid"], {"fields": []})
    return {tuple(place): owner for place, owner in kept["fields"]}


def _own(there: World, document: Document, places: set[tuple[str, ...]], manager: str) -> None:
    owners = _owners(there, document)
    present = _flat(document)
    owners = {place: owner for place, owner in owners.items() if place in present}
    owners |= dict.fromkeys(places, manager)
    fields = [[list(place), owner] for place, owner in owners.items()]
    there.state.table(SYSTEM, "_owner")[document["metadata"]["uid"]] = {"fields": fields}
