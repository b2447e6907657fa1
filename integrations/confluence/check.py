"""The Confluence part of `check`, which only reads."""

from __future__ import annotations

from integrations.confluence.connection import ADMINISTRATOR, TITLE, V1, V2, Connection
from integrations.confluence.pages import Pages
from integrations.core.errors import AuthError, Rejected
from integrations.core.system import Finding, Report
from integrations.core.text import segment

NEEDED = {("create", "page"): "add pages", ("update", "page"): "change pages"}
"""What a space allows, by operation and target."""
WRITTEN = frozenset({"section", "contact"})
"""The kinds that are written into pages."""
NEEDLESS = {
    ("administer", "space"): "administer the space",
    ("delete", "page"): "delete pages",
    ("delete", "space"): "delete the space",
    ("export", "space"): "export the space",
}


def report(connection: Connection, kinds: frozenset[str]) -> Report:
    """Return who we are, whether space and parent page can be viewed, and our rights, needed or not.

    Raises:
        AuthError: The credentials are not accepted.
        Unavailable: The wiki can't be reached.
    """
    account = _account(connection)
    unknown = Finding(ok=True, text="how long the API token lives is not known", minor=True)
    key = connection.settings.space
    try:
        space = connection.space()
    except AuthError as error:
        missing = Finding(ok=False, text=f"view the space {key}", who=ADMINISTRATOR, next=error.next)
        return Report(account=account, findings=(missing, unknown))
    parent = _parent(connection)
    allowed = _operations(connection, f"/spaces/{segment(space.id)}/operations", f"the space {key}")
    if ("update", "page") not in allowed and parent.ok:
        # Not every site tells of changing pages among a space's operations.
        allowed |= _operations(
            connection, f"/pages/{segment(connection.parent())}/operations", "the customers' parent page"
        )
    rights = _rights(allowed, connection, writes=bool(WRITTEN & kinds))
    view = Finding(ok=True, text=f"view the space {key}", minor=True)
    return Report(account=account, findings=(view, parent, *rights, unknown))


def _account(connection: Connection) -> str:
    what = "read who we are"
    user = connection.http.json("GET", f"{V1}/user/current", what=what, operation="user.current", shape={"type": str})
    if user["type"] == "anonymous":
        raise connection.error(
            AuthError,
            f"{TITLE}: could not {what}: the credentials of {connection.settings.account} are not accepted",
            who=ADMINISTRATOR,
            next=f"Renew the token, then: closedwon check {connection.name}",
        )
    return str(user.get("email") or user.get("displayName") or connection.settings.account)


def _parent(connection: Connection) -> Finding:
    try:
        page = Pages(connection).get(connection.parent())
    except Rejected as error:
        return Finding(ok=False, text=error.message, who=error.who, next=error.next)
    if page is None:
        following = f"Fix `parent` in [{connection.name}], or ask for the right to view it."
        return Finding(ok=False, text="view the customers' parent page", who=ADMINISTRATOR, next=following)
    return Finding(ok=True, text=f"view the customers' parent page, {page.title}", minor=True)


def _operations(connection: Connection, path: str, place: str) -> frozenset[tuple[str, str]]:
    what = f"read what we may do in {place}"
    shape = {"operations": [{"operation": str, "targetType": str}]}
    answer = connection.http.json("GET", V2 + path, what=what, operation="operations.list", shape=shape)
    return frozenset((operation["operation"], operation["targetType"]) for operation in answer["operations"])


def _rights(allowed: frozenset[tuple[str, str]], connection: Connection, *, writes: bool) -> list[Finding]:
    findings = []
    following = f"Ask {ADMINISTRATOR} for it, then: closedwon check {connection.name}"
    for operation, text in NEEDED.items():
        if operation in allowed:
            findings.append(Finding(ok=True, text=text if writes else f"can {text}, needn't", minor=writes))
        elif writes:
            findings.append(Finding(ok=False, text=text, who=ADMINISTRATOR, next=following))
    findings += [Finding(ok=True, text=f"can {text}, needn't") for op, text in NEEDLESS.items() if op in allowed]
    return findings
