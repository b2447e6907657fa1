"""Invitations: who redeems one becomes a member of what it names."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.panel import checks, store
from integrations.sandbox.panel.call import RefusedError
from integrations.sandbox.panel.kinds import INVITATION, KINDS, REDEMPTION, USER
from integrations.sandbox.panel.store import Content
from integrations.sandbox.pretend import World, world
from integrations.sandbox.state import Document

PREFIX = "appuio#"
"""Before the name of a user who logged in; service accounts have none and redeem nothing."""
IMPERSONATED = "impersonate-user"
LIFETIME = timedelta(days=30)


def fresh() -> Document:
    """Return the status that the API's controller fills in: the token that is mailed to the invited."""
    return {"token": str(uuid.uuid4()), "validUntil": _stamp(datetime.now(UTC) + LIFETIME)}


def redemption(request: Request, body: Any) -> Document:
    """`InvitationRedeemRequest`: with the token, by the user who sends it (here: in whose name it is sent).

    Raises:
        RefusedError: 403 for a wrong token, a redeemed or expired invitation, or no user; 500 where there is none.
    """
    there = world(request)
    name = str(checks.identity(REDEMPTION, body).get("name", ""))
    invitation = store.stored(there, INVITATION, name)
    if invitation is None:
        raise RefusedError(500, f'failed to get invitation: {INVITATION.resource} "{name}" not found', "")
    user = request.headers.get(IMPERSONATED, "")
    wrong = invitation["status"].get("token") != body.get("token") or not user.startswith(PREFIX)
    if wrong or invitation["status"].get("redeemedBy") or _is_over(invitation):
        raise RefusedError(403, "", "Forbidden")
    redeem(there, invitation, user.removeprefix(PREFIX))
    return {**body, "metadata": {"name": name, "creationTimestamp": None}}


def redeem(there: World, invitation: Document, user: str, *, arrived: bool = True) -> None:
    """The user, made where there is none, redeems it; `arrived`: the controller has added them everywhere."""
    register(there, user, invitation["spec"].get("email", ""))
    targets = invitation["spec"].get("targetRefs", [])
    if arrived:
        for target in targets:
            _join(there, target, user)
    status = {
        **invitation["status"],
        "redeemedBy": PREFIX + user,
        "conditions": [_condition("Redeemed", "True", f'Redeemed by "{PREFIX}{user}"')],
        "targetStatuses": [
            {"targetRef": target, "condition": _condition("Redeemed", "True" if arrived else "Unknown", "")}
            for target in targets
        ],
    }
    store.change(there, INVITATION, invitation, store.content(invitation), status)


def register(there: World, name: str, email: str, title: str = "") -> None:
    """Somebody logs in for the first time; who is there already stays as they are."""
    if store.stored(there, USER, name) is None:
        status = {"id": str(uuid.uuid4()), "username": name, "displayName": title or name.title(), "email": email}
        store.create(there, USER, name, Content({}, {}, {"preferences": {}}), status=status)


def _join(there: World, target: Document, user: str) -> None:
    kinds = {(kind.group, kind.name): kind for kind in KINDS}
    kind = kinds.get((target.get("apiGroup", ""), target.get("kind", "")))
    found = store.stored(there, kind, target.get("name", ""), target.get("namespace", "")) if kind else None
    if kind is None or found is None or "userRefs" not in kind.spec:
        return
    references = found["spec"].get("userRefs", [])
    if {"name": user} not in references:
        content = store.content(found)
        wanted = Content(
            content.labels, content.annotations, {**found["spec"], "userRefs": [*references, {"name": user}]}
        )
        store.change(there, kind, found, wanted, found["status"])


def _is_over(invitation: Document) -> bool:
    return str(invitation["status"].get("validUntil", "9999")) < _stamp(datetime.now(UTC))


def _condition(kind: str, status: str, message: str) -> Document:
    moment = _stamp(datetime.now(UTC))
    return {"type": kind, "status": status, "reason": kind, "message": message, "lastTransitionTime": moment}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def _redeemed(request: Request) -> Response:
    """`{"invitation": …, "user": …, "arrived": true}`: the invited follows the link in the mail."""
    body = await request.json()
    there = world(request)
    with there.state.transaction():
        invitation = store.stored(there, INVITATION, str(body.get("invitation", "")))
        if invitation is None or not body.get("user"):
            return JSONResponse({"message": "name an invitation and who redeems it"}, 404)
        redeem(there, invitation, str(body["user"]), arrived=body.get("arrived", True))
    return Response(status_code=204)


async def _registered(request: Request) -> Response:
    """`{"name": …, "email": …, "title": …}`: somebody logs in for the first time."""
    body = await request.json()
    there = world(request)
    with there.state.transaction():
        register(there, str(body["name"]), str(body.get("email", "")), str(body.get("title", "")))
    return Response(status_code=204)


CONTROLS = [
    Route("/panel/redeem", _redeemed, methods=["POST"]),
    Route("/panel/users", _registered, methods=["POST"]),
]
