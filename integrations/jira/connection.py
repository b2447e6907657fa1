"""The connection to Jira: one account, its rights by name, pages, and what several stores share."""

from __future__ import annotations

import base64
import dataclasses
import json as json_format
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, Unpack

import requests

from integrations.core.errors import AuthError, ErrorMaker, IntegrationError, Rejected, Unavailable
from integrations.core.http import CallOptions, Http, HttpContext, Shape, default_effect, is_page, vendor_text
from integrations.core.pool import Pool
from integrations.core.rows import attempt
from integrations.jira.settings import Settings

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
    # The library has no time-out of its own, and its errors hold headers and bodies: its session is replaced by ours.
    from jira import JIRA  # noqa: PLC0415  (imported at its first use)

    client = JIRA(
        sender.base,
        options={"rest_api_version": "3", "check_update": False},
        get_server_info=False,  # the library's default costs a request
        logging=False,
    )
    vars(client)["_session"] = _Session(
        sender, what, operation, shape, right
    )  # private to the library: pinned by a test
    return client


def rights_of(*names: str) -> Shape:
    """The form of an answer about these rights of ours."""
    return {"permissions": {name: {"havePermission": bool} for name in names}}


TITLE = "Jira"
ADMINISTRATOR = "a Jira administrator"
PLATFORM = "/rest/api/3"
DESK = "/rest/servicedeskapi"
PAGE = 50
"""Service Management gives no more on one page, whatever is asked for."""
NOTHING = (204,)
"""The status of a write that Jira answers without a body, by its documents."""
WRITTEN = frozenset(
    {"summary", "description", "labels", "assignee", "project", "issuetype", "duedate", "comment"}
    | {
        "name",
        "key",
        "projectName",
        "projectKey",
        "projectLead",
        "leadAccountId",
        "projectTypeKey",
        "projectTemplateKey",
    }
)
"""Fields that we send, as Jira names them in its refusals."""
READINGS = 5
"""How often a listing that others keep changing is read from its beginning."""

Row = Mapping[str, Any]
"""An object as a listing shows it."""


class Missing(Rejected):
    """404: there is no such object, or our account may not see it. Callers decide which."""

    @property
    def type(self) -> str:
        """The kind of error as the rest of the program sees it."""
        return "Rejected"


class Denied(AuthError):
    """403: the account lacks a right, which the caller can name."""

    @property
    def type(self) -> str:
        """The kind of error as the rest of the program sees it."""
        return "AuthError"


@dataclasses.dataclass(frozen=True)
class Page:
    """A part of a listing, and whether the listing ends with it."""

    rows: Sequence[Row]
    is_last: bool


@dataclasses.dataclass(frozen=True)
class Listed:
    """A whole listing, each object once, and the number of pages that it was read in."""

    rows: Sequence[Row]
    pages: int


class Connection(ErrorMaker):
    """A Jira site: its sender, and facts about it that do not change while we run."""

    def __init__(self, name: str, settings: Settings, wire: HttpContext) -> None:
        self.name, self.settings, self.wire = name, settings, wire
        self.http = Http(
            name,
            settings.base,
            wire,
            settings.limits,
            title=TITLE,
            headers=self._headers,
            classify=self._classify,
            administrator=ADMINISTRATOR,
            account=settings.account,
        )
        self._guard = threading.Lock()
        self._desk_project: str | None = None

    @property
    def base(self) -> str:
        """The site's address, without a slash at its end."""
        return self.settings.base

    def request(
        self,
        method: str,
        path: str,
        *,
        what: str,
        operation: str,
        right: str = "",
        **options: Unpack[CallOptions],
    ) -> requests.Response:
        """As `Http.request`; a refusal names the `right` that the request needs.

        Raises:
            Missing: 404.
        """
        options["headers"] = {"Accept": "application/json"}
        try:
            return self.http.request(method, path, what=what, operation=operation, **options)
        except Missing as error:
            if not right:
                raise
            message = f"{error.message} ({right})"
            raise Missing(message, system=self.name, who=error.who, next=error.next) from None
        except Denied:
            if not right:
                raise
            raise self.denied(what, right) from None

    def json(self, method: str, path: str, *, what: str, shape: Shape, **options: Any) -> Any:
        """As `request`, and give the answer's JSON, if it has this form."""
        response = self.request(method, path, what=what, **options)
        return self.http.decoded(response, what, shape, effect=options.get("effect") or default_effect(method))

    def listed(
        self,
        path: str,
        *,
        what: str,
        operation: str,
        shape: Shape,
        right: str,
        identity: str = "id",
        start: int = 0,
        params: Mapping[str, Any] | None = None,
    ) -> Listed:
        """Return every object of a Service Management listing, from offset `start` on; see `whole`.

        `shape` is the form of each object.
        """
        form = {"values": [shape], "isLastPage": bool}

        def page(offset: int) -> Page:
            query = {**(params or {}), "start": offset, "limit": PAGE}
            body = self.json("GET", path, what=what, operation=operation, shape=form, right=right, params=query)
            return Page(body["values"], body["isLastPage"])

        return self.whole(page, identity, what=what, start=start)

    def whole(self, page: Callable[[int], Page], identity: str, *, what: str, start: int = 0) -> Listed:
        """Return every object of a listing that Jira pages by offset.

        When somebody is removed from a page that has been read, all that follow move by one place, and the
        first object of the next page is on neither. So each page is requested from the last known object on;
        where that object is not on the page, the listing is read again from `start`. A listing of one page
        takes one request.

        Args:
            page: Reads the page that begins at an offset.
            identity: The field that tells two objects apart.
            what: What is being attempted, for errors.
            start: The offset of the first object.

        Raises:
            Unavailable: The listing changed during each of `READINGS` readings, so that nothing is proven absent.
        """
        for _ in range(READINGS):
            listed = _read(page, identity, start)
            if listed is not None:
                return listed
        raise self.error(
            Unavailable,
            f"{TITLE}: could not {what}: the list changes faster than it can be read",
            next="It is tried again by itself.",
        )

    def denied(self, what: str, right: str) -> AuthError:
        """Return the error for a right that the account lacks."""
        return self.error(
            AuthError,
            f'{TITLE}: may not {what}: {self.settings.account} lacks "{right}"',
            who=ADMINISTRATOR,
            next=f"Ask {ADMINISTRATOR} for it, then: closedwon check {self.name}",
        )

    def desk_project(self) -> str:
        """The key of the service desk's project.

        Raises:
            AuthError: There is no such service desk, or the account may not see it.
        """
        if self.settings.service_desk_project is not None:
            return self.settings.service_desk_project
        with self._guard:
            if self._desk_project is None:
                self._desk_project = self._read_desk_project()
            return self._desk_project

    def _read_desk_project(self) -> str:
        desk = self.settings.service_desk
        what = f"read the service desk {desk}"
        right = f"access to the service desk {desk}"
        try:
            shape = {"id": str, "projectKey": str}
            client = library(self, what=what, operation="servicedesk.get", shape=shape, right=right)
            found = client.service_desk(desk)
        except Missing:
            raise self.denied(what, right) from None
        return str(found.raw["projectKey"])

    def register(self) -> str:
        """The key of the project whose properties hold our claims."""
        return self.settings.register_project or self.desk_project()

    def _headers(self) -> Mapping[str, str]:
        pair = f"{self.settings.account}:{self.settings.token.reveal()}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}

    def _classify(self, response: requests.Response, what: str) -> IntegrationError | None:
        # A page of HTML instead of JSON comes from a proxy or another server, and proves nothing absent.
        if response.status_code == 404 and is_page(response):
            return self.http.strange(what)
        if response.status_code == 404:
            return Missing(
                f"{TITLE}: could not {what}: there is none, or {self.settings.account} may not see it",
                system=self.name,
                who=ADMINISTRATOR,
                next=f"Check the id and the account's rights: closedwon check {self.name}",
            )
        if response.status_code == 403:
            return Denied(
                f"{TITLE}: {self.settings.account} may not {what}",
                system=self.name,
                who=ADMINISTRATOR,
                next=f"Ask {ADMINISTRATOR} for the right, then: closedwon check {self.name}",
            )
        if response.status_code in (400, 422):
            return self.rejected(what, *refusal(response))
        return None

    def rejected(self, what: str, field: str, text: str) -> Rejected:
        """Return the error for a refused value, addressed to the person who can fix it.

        A playbook sets only the fields in `WRITTEN`; all others are as the project's screens and fields
        demand.
        """
        if field in WRITTEN:
            who, following = "the playbook's author", "Fix what Jira names, then run the command again."
        elif field:
            who = ADMINISTRATOR
            following = (
                f"closedwon has no value for {field}: have it made optional where this is created, or given a default "
                "value, then run the command again."
            )
        else:
            who, following = ADMINISTRATOR, "Look in Jira for what it names, then run the command again."
        return self.error(Rejected, f"{TITLE}: could not {what}: {text}", field=field, who=who, next=following)


def _read(page: Callable[[int], Page], identity: str, start: int) -> Listed | None:
    """Return one reading from `start` on; None where the listing was seen to move meanwhile."""
    rows: dict[Any, Row] = {}
    offset, last, pages = start, None, 0
    while True:
        part = page(offset)
        pages += 1
        ids = [row[identity] for row in part.rows]
        if last is not None and last not in ids:
            return None
        rows.update(zip(ids, part.rows, strict=True))
        if part.is_last:
            return Listed(list(rows.values()), pages)
        if len(ids) < 2:
            return None  # what comes next can't be read together with what is known
        # One object is read twice, to see that nothing has moved between the two pages.
        last = ids[-1]
        offset += len(ids) - 1


def refusal(response: requests.Response) -> tuple[str, str]:
    """The field that Jira refused (empty: none in particular), and its words about all of them.

    Of several it is one that no playbook sets, as nobody gets further before that is settled.
    """
    errors, messages = refusals(response)
    if errors:
        unset = [field for field in errors if field not in WRITTEN]
        field = next(iter(unset or errors))
        return field, vendor_text("; ".join(f"{name}: {text}" for name, text in errors.items()))
    return "", vendor_text(messages or "it did not say why")


def refusals(response: requests.Response) -> tuple[dict[str, str], str]:
    """Jira's complaints by field, and what it says of the whole."""
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        return {}, ""
    if not isinstance(body, dict):
        return {}, ""
    errors = body.get("errors")
    messages = body.get("errorMessages")
    whole = " ".join(map(str, messages)) if isinstance(messages, list) else str(body.get("errorMessage") or "")
    return ({str(key): str(value) for key, value in errors.items()} if isinstance(errors, dict) else {}), whole


class Item(Protocol):
    """A look-up or a change."""

    @property
    def key(self) -> str:
        """The key under which its answer is returned."""


RowT = TypeVar("RowT", bound=Item)
A = TypeVar("A")


def answered(rows: Iterable[RowT], answer: Callable[[RowT], A], width: int) -> dict[str, A | IntegrationError]:
    """The answer to each row by its key, up to `width` at once; what one row raises is its own answer."""

    def caught(row: RowT) -> A | IntegrationError:
        return attempt(TITLE, answer, row)

    listed = list(rows)
    if len(listed) < 2 or width < 2:
        return {row.key: caught(row) for row in listed}
    with Pool(min(width, len(listed))) as pool:
        return dict(zip((row.key for row in listed), pool.map(caught, listed), strict=True))
