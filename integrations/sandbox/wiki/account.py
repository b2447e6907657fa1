"""The account behind the token (v1), and the content calls that v1 no longer serves."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from integrations.sandbox.pretend import ACCOUNT
from integrations.sandbox.seed import STAFF
from integrations.sandbox.wiki.call import AUTHOR, RefusedError


def current(_request: Request, _body: Any) -> dict[str, Any]:
    """The account behind the token."""
    return {
        "type": "known",
        "accountId": AUTHOR,
        "accountType": "atlassian",
        "email": ACCOUNT,
        "publicName": STAFF[ACCOUNT],
        "displayName": STAFF[ACCOUNT],
        "isExternalCollaborator": False,
        "_expandable": {},
        "_links": {},
    }


def gone(request: Request, _body: Any) -> None:
    """Content of v1 has been removed in favour of v2."""
    raise RefusedError(410, f"This deprecated endpoint has been removed: {request.method} {request.url.path}")
