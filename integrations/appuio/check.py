"""The APPUiO part of `check`, which asks the control panel what we may do."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime as dt
import json

from integrations.appuio.connection import ADMINISTRATOR, GROUP, Connection
from integrations.core.calendar import day_of
from integrations.core.system import Finding, Report

BILLING = "billing.appuio.io"


@dataclasses.dataclass(frozen=True)
class Right:
    """A verb on a kind of object, as `kubectl auth can-i` takes it."""

    verb: str
    resource: str = "organizations"
    group: str = GROUP

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}.{self.group}"

    @property
    def words(self) -> str:
        """The same for people who need not do anything about it."""
        return f"{self.verb} {self.resource}"


READING = (Right("list"), Right("get"))
WRITING = (Right("create"), Right("patch"), Right("get", "billingentities", BILLING))
"""A reference to a billing entity is refused to those who may not read it."""
NEEDLESS = (Right("delete"),)
PEOPLE, INVITING = "appuio.io", "user.appuio.io"
ADMITTING = (
    Right("get", "organizationmembers", PEOPLE),
    Right("patch", "organizationmembers", PEOPLE),
    Right("update", "organizationmembers", PEOPLE),
    Right("list", "users", PEOPLE),
    Right("list", "invitations", INVITING),
    Right("create", "invitations", INVITING),
)
"""Nobody may invite to what they may not update themselves."""
WITHDRAWING = (Right("get", "invitations", INVITING), Right("delete", "invitations", INVITING))
"""Its author may read and delete it without the right to all."""


def report(connection: Connection, kinds: frozenset[str]) -> Report:
    """Return who we are, and each right: needed, missing, or held without need.

    Raises:
        AuthError: The token is not accepted.
        Unavailable: The panel can't be reached.
    """
    needed = READING + (WRITING if "organization" in kinds else ())
    account = connection.account() or "unknown"
    findings = []
    for right in (*READING, *WRITING, *NEEDLESS):
        allowed = _allowed(connection, right)
        findings.extend(_finding(right, allowed=allowed, needed=right in needed, system=connection.name))
    if "member" in kinds:
        findings.extend(_of_members(connection))
    until = key_until(connection.settings.token.reveal())
    if until is None:
        findings.append(Finding(ok=True, text="how long the token lives is not known", minor=True))
    return Report(account=account, key_until=until, findings=tuple(findings))


def _of_members(connection: Connection) -> list[Finding]:
    findings = []
    for right in ADMITTING:
        findings.extend(_finding(right, allowed=_allowed(connection, right), needed=True, system=connection.name))
    for right in WITHDRAWING:
        limits = "" if _allowed(connection, right) else ": only those that we made ourselves"
        findings.append(Finding(ok=True, text=f"{right}{limits}", minor=not limits))
    return findings


def key_until(token: str) -> dt.date | None:
    """The day a service account's token ends, if it is a JSON Web Token that says so."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return day_of(dt.datetime.fromtimestamp(int(claims["exp"]), tz=dt.UTC))
    except (ValueError, KeyError, TypeError, OverflowError, OSError, binascii.Error):
        return None


def _allowed(connection: Connection, right: Right) -> bool:
    attributes = {"group": right.group, "version": "v1", "resource": right.resource, "verb": right.verb}
    status = connection.review("SelfSubjectAccessReview", "authorization.k8s.io", {"resourceAttributes": attributes})
    return status.get("allowed") is True


def _finding(right: Right, *, allowed: bool, needed: bool, system: str) -> list[Finding]:
    if allowed:
        return [Finding(ok=True, text=str(right) if needed else f"can {right.words}, needn't", minor=needed)]
    if not needed:
        return []
    following = f"Ask {ADMINISTRATOR} for it, then: closedwon check {system}"
    return [Finding(ok=False, text=str(right), who=ADMINISTRATOR, next=following)]
