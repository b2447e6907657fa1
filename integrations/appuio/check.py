"""What `check` finds out about the control panel, by asking it what we may do."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json

from integrations.appuio.connection import ADMINISTRATOR, GROUP, Connection
from integrations.core.errors import Rejected
from integrations.core.system import Finding, Report

READING = ("list", "get")
WRITING = ("create", "patch")
NEEDLESS = ("delete",)


def report(connection: Connection, kinds: frozenset[str]) -> Report:
    """Who we are, and each right on organizations: needed, missing, or held without need.

    Raises:
        AuthError: The token is not accepted.
        Unavailable: The panel can't be reached.
    """
    writes = "organization" in kinds
    findings = []
    account = _account(connection)
    for verb in (*READING, *WRITING, *NEEDLESS):
        needed = verb in READING or (writes and verb in WRITING)
        findings.extend(_finding(verb, allowed=_allowed(connection, verb), needed=needed, system=connection.name))
    until = key_until(connection.settings.token.reveal())
    if until is None:
        findings.append(Finding(ok=True, text="how long the token lives cannot be told"))
    return Report(account=account, key_until=until, findings=tuple(findings))


def key_until(token: str) -> dt.date | None:
    """The day a service account's token ends, if it is a JSON Web Token that says so."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return dt.datetime.fromtimestamp(int(claims["exp"]), tz=dt.UTC).date()
    except (ValueError, KeyError, TypeError, OverflowError, OSError, binascii.Error):
        return None


def _account(connection: Connection) -> str:
    """The name behind the token; some clusters do not serve this question."""
    try:
        status = connection.review("SelfSubjectReview", "authentication.k8s.io")
    except Rejected:
        return "cannot be told"
    user = status.get("userInfo")
    return str(user.get("username") or "cannot be told") if isinstance(user, dict) else "cannot be told"


def _allowed(connection: Connection, verb: str) -> bool:
    attributes = {"group": GROUP, "version": "v1", "resource": "organizations", "verb": verb}
    status = connection.review("SelfSubjectAccessReview", "authorization.k8s.io", {"resourceAttributes": attributes})
    return status.get("allowed") is True


def _finding(verb: str, *, allowed: bool, needed: bool, system: str) -> list[Finding]:
    right = f"{verb} organizations.{GROUP}"
    if allowed:
        return [Finding(ok=True, text=right if needed else f"can {right}, needn't")]
    if not needed:
        return []
    following = f"Ask {ADMINISTRATOR} for it, then: closedwon check {system}"
    return [Finding(ok=False, text=right, who=ADMINISTRATOR, next=following)]
