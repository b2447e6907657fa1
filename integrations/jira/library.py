"""The `jira` library, with its session replaced by one that sends through our own `Http`.

So limits, counting, time-outs and errors are the same whoever builds the request. Which calls go through it
and which do not: docs/adr/0003-jira-library.md.
"""

from __future__ import annotations

import json as json_format
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import requests

from integrations.core.http import Http, Shape

if TYPE_CHECKING:
    from jira import JIRA


class Sender(Protocol):
    """Interface through which the library's requests go out."""

    @property
    def base(self) -> str:
        """The site's address."""

    def request(
        self,
        method: str,
        path: str,
        *,
        what: str,
        operation: str,
        right: str = "",
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> requests.Response:
        """Send a request; see `Connection.request`."""

    @property
    def http(self) -> Http:
        """The HTTP client that finally sends the request and checks the form of the answer."""


_DATA_CENTER_ONLY = frozenset({"includeActive", "includeInactive", "username"})
"""Sent by the library's user search; Jira Cloud does not know them."""


class _Session:
    """Stand-in for the session that the library expects."""

    def __init__(self, sender: Sender, what: str, operation: str, shape: Shape, right: str) -> None:
        self._sender, self._what, self._operation, self._shape, self._right = sender, what, operation, shape, right

    def get(self, url: str, *, params: Mapping[str, Any] | None = None, **_: Any) -> requests.Response:
        kept = {name: value for name, value in (params or {}).items() if name not in _DATA_CENTER_ONLY}
        return self._send("GET", url, params=kept)

    def post(self, url: str, *, data: str | None = None, **_: Any) -> requests.Response:
        return self._send("POST", url, json=json_format.loads(data) if data else None)

    def _send(
        self, method: str, url: str, params: Mapping[str, Any] | None = None, json: Any = None
    ) -> requests.Response:
        response = self._sender.request(
            method,
            url.removeprefix(self._sender.base),
            what=self._what,
            operation=self._operation,
            right=self._right,
            params=params,
            json=json,
        )
        self._sender.http.decoded(response, self._what, self._shape)
        return response

    def close(self) -> None:
        """The connections belong to `Http`."""


def library(sender: Sender, *, what: str, operation: str, shape: Shape, right: str = "") -> JIRA:
    """Return a client for one call, whose answer has this form.

    Making a client costs a quarter of a millisecond and contacts nothing.
    """
    from jira import JIRA  # noqa: PLC0415  (imported at its first use)

    client = JIRA(
        sender.base,
        options={"rest_api_version": "3", "check_update": False},
        get_server_info=False,
        logging=False,
    )
    vars(client)["_session"] = _Session(
        sender, what, operation, shape, right
    )  # private to the library: pinned by a test
    return client


def rights_of(*names: str) -> Shape:
    """The form of an answer about these rights of ours."""
    return {"permissions": {name: {"havePermission": bool} for name in names}}
