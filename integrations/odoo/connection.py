"""Connection to one Odoo: JSON-2 where the server has it, else JSON-RPC; chosen by asking the server, once."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import requests

from integrations.core.errors import AuthError, ErrorMaker, IntegrationError, Rejected, Unavailable
from integrations.core.http import Effect, Http, HttpContext, Shape, fits, vendor_text
from integrations.core.pool import Pool
from integrations.core.text import segment
from integrations.odoo.settings import Settings

ADMINISTRATOR = "an Odoo administrator"
OPERATOR = "the person who runs closedwon"

# Their messages are written for people, so they are shown.
_SHOWN = ("odoo.exceptions.ValidationError", "odoo.exceptions.UserError", "odoo.exceptions.RedirectWarning")
_DENIED = ("odoo.exceptions.AccessDenied", "werkzeug.exceptions.Unauthorized")
_UNKNOWN_CALL = ("werkzeug.exceptions.NotFound", "builtins.AttributeError")


class Missing(Rejected):
    """A write to, or a reference to, a record that is gone."""


class BadValue(Rejected):
    """Python's ValueError on the server: an unknown field, or an external id that no record has."""


@dataclasses.dataclass(frozen=True)
class Refusals:
    """Translation of one Odoo's refusals into our errors.

    JSON-2 uses HTTP statuses (401, 403, 404, 422, 500), JSON-RPC always 200; both name the exception, and only the
    name is looked at. `debug` holds a traceback: it is neither shown nor kept.

    Attributes:
        system: The system's name in the settings.
        account: The login we use.
        url: Where it is.
    """

    system: str
    account: str
    url: str

    def of_response(self, response: requests.Response, what: str) -> IntegrationError | None:
        """The error that a response without success stands for; None leaves it to the rules for HTTP statuses."""
        try:
            body = response.json()
        except requests.exceptions.JSONDecodeError:
            return self._without_json(response, what)
        if not isinstance(body, dict) or not isinstance(body.get("name"), str):
            return self._without_json(response, what)
        return self.of_exception(body, what)

    def of_exception(self, body: Mapping[str, Any], what: str) -> IntegrationError:
        """The error that an exception of Odoo's stands for; its transaction was rolled back."""
        name, message = str(body.get("name")), str(body.get("message") or "")
        if name in _DENIED:
            return self.not_accepted(what)
        if name == "odoo.exceptions.AccessError":
            return self.not_allowed(what, message)
        if name == "odoo.exceptions.MissingError":
            return Missing(f"Odoo: could not {what}: it is gone, or names something that is", system=self.system)
        if name in _SHOWN:
            return Rejected(f"Odoo: could not {what}: {vendor_text(message)}", system=self.system)
        return self._fault(name, message, what)

    def not_accepted(self, what: str) -> AuthError:
        """The key is wrong, has expired, or is not this account's."""
        return AuthError(
            f"Odoo: could not {what}: the key of {self.account} is not accepted; perhaps it has expired",
            system=self.system,
            who=f"{self.account} in Odoo",
            next=f"Make a new key (Preferences, Account Security), then: closedwon check {self.system}",
        )

    def not_allowed(self, what: str, message: str = "") -> AuthError:
        """A right of the account is missing."""
        text = f": {vendor_text(message)}" if message else ""
        return AuthError(
            f"Odoo: {self.account} may not {what}{text}",
            system=self.system,
            who=ADMINISTRATOR,
            next=f"Ask {ADMINISTRATOR} for the right, then: closedwon check {self.system}",
        )

    def concerns_one_part(self, error: AuthError | Rejected) -> bool:
        """Return whether a refusal concerns a single right or app; one of our key or database concerns every call."""
        if isinstance(error, AuthError):
            return error.next != self.not_accepted("").next
        return error.field != "database"

    def no_database(self, what: str) -> Rejected:
        """No database is named, or the server has none of that name."""
        return Rejected(
            f"Odoo: could not {what}: {self.url} has no such database",
            system=self.system,
            who=OPERATOR,
            next="Put the database's name into the settings as `database`.",
            field="database",
        )

    def _fault(self, name: str, message: str, what: str) -> IntegrationError:
        if name in _UNKNOWN_CALL:
            return Rejected(
                f"Odoo: could not {what}: the app that it needs is not installed",
                system=self.system,
                who=ADMINISTRATOR,
                next="Install it, or take the step out of the playbook.",
            )
        if name == "psycopg2.OperationalError" and "does not exist" in message:
            return self.no_database(what)
        # All other errors of its database are taken to pass by themselves.
        if name.startswith("psycopg2."):
            return Unavailable(f"Odoo: could not {what}: its database is busy or down", system=self.system)
        if name == "builtins.ValueError":
            return BadValue(f"Odoo: could not {what}: {vendor_text(message)}", system=self.system)
        return Rejected(f"Odoo: could not {what}: it failed with {vendor_text(name, 60)}", system=self.system)

    def _without_json(self, response: requests.Response, what: str) -> IntegrationError | None:
        # JSON-2 answers an unknown database with an HTML page (404): its own errors are JSON.
        if response.status_code == 404:
            return self.no_database(what)
        return self.not_accepted(what) if response.status_code == 401 else None


Row = dict[str, Any]
"""A record as Odoo sends it: unset values are `False`, a reference is `[id, name]`."""

Refusal = Callable[[Any], IntegrationError | None]
"""Function that finds the refusal in a result, such as a `load` that kept nothing; None where there is none."""

RESULTS: Mapping[str, Shape] = {
    "check_access_rights": bool,
    "check_object_reference": [str, int],
    "context_get": {"uid": int},
    "fields_get": dict,
    "get_metadata": [{"id": int}],
    "has_group": bool,
    "load": {"ids": (list, bool)},
    "read": [{"id": int}],
    "search_read": [{"id": int}],
    "write": bool,
}
"""The form of each method's result. A reference that Odoo can't show has `False` for an id, which is an int here."""

ARCHIVED_TOO: Mapping[str, Any] = {"active_test": False}
"""Context in which Odoo finds archived records too."""
HIGHEST_ID = 2**31 - 1
"""The largest value of PostgreSQL's `integer`, the type of Odoo's ids."""


@dataclasses.dataclass(frozen=True)
class _Sending:
    """Options of a call; see `Connection.call`."""

    what: str
    shape: Shape
    effect: Effect = "read"
    repeat: bool = False
    refusal: Refusal = lambda _: None


class Connection(ErrorMaker):
    """Calls of models' methods, by the transport that the server has: JSON-2 from 19 on, JSON-RPC before.

    One call is one transaction. When the answer is lost the server commits all the same, so a time-out of a write
    means that its outcome is unknown. XML-RPC is never used: a method that returns nothing fails there after it has
    committed.
    """

    page = 1000
    """Records of a listing per request."""

    def __init__(self, name: str, settings: Settings, wire: HttpContext) -> None:
        """Nothing is contacted before the first call."""
        self.name, self.settings, self.locks = name, settings, wire.locks
        self.refusals = Refusals(name, settings.account, settings.base)
        self.http = Http(
            name,
            settings.base,
            wire,
            settings.limits,
            title="Odoo",
            classify=self.refusals.of_response,
            administrator=ADMINISTRATOR,
            account=settings.account,
        )
        self._guard = threading.Lock()
        self._version: int | None = None
        self._uid: int | None = None
        self._secret: str | None = None

    @property
    def version(self) -> int:
        """The server's major version, such as 19; asked once per connection."""
        with self._guard:
            if self._version is None:
                self._version = self._asked_version()
            return self._version

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        *,
        what: str,
        writes: bool = False,
        repeat: bool = False,
        refusal: Refusal = lambda _: None,
        context: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Any:
        """Call a method, in one request and one transaction, and return its result.

        Args:
            model: The model's technical name.
            method: A public method's name, one of `RESULTS`.
            ids: The records; None for a method of the model itself.
            what: What this tries, to follow "could not".
            writes: Whether it changes anything.
            repeat: Whether what it changes may safely be done twice.
            refusal: Finds the refusal in a result, where the method has such results.
            context: Odoo's context.
            arguments: The method's own, by name.

        Raises:
            IntegrationError: Refused, or not reached; `Uncertain` where a write's answer was lost.
        """
        sending = _Sending(what, RESULTS[method], "write" if writes else "read", repeat, refusal)
        send = self._json2 if self.version >= 19 else self._jsonrpc
        return send(model, method, ids, sending, dict(context or {}), arguments)

    def search(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], *, what: str, archived: bool = True
    ) -> list[Row]:
        """All visible records that match, by id, in as many requests as there are pages."""
        return [row for rows in self.pages(model, domain, fields, what=what, archived=archived) for row in rows]

    def pages(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], *, what: str, archived: bool = True
    ) -> Iterator[list[Row]]:
        """All visible records that match, by id, page by page.

        Each page begins after the last id of the one before: with an offset, a record that is deleted or made between
        two requests would make others be skipped or read twice.
        """
        beyond: list[Any] = []
        while True:
            found = self.first(model, [*beyond, *domain], fields, self.page, what=what, archived=archived)
            yield found
            if len(found) < self.page:
                return
            beyond = [["id", ">", found[-1]["id"]]]

    def first(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], limit: int, *, what: str, archived: bool = True
    ) -> list[Row]:
        """The first `limit` visible records that match, by id, in one request."""
        found: list[Row] = self.call(
            model,
            "search_read",
            what=what,
            context=ARCHIVED_TOO if archived else None,
            domain=list(domain),
            fields=list(fields),
            order="id",
            limit=limit,
        )
        return found

    def hidden(self, model: str, ids: Iterable[int], *, what: str) -> dict[int, AuthError]:
        """Find which of the records that a search did not return exist but may not be read.

        A search returns neither deleted nor hidden records; a read by id refuses a hidden one and leaves a deleted one
        out.
        """
        left_out = sorted(set(ids))
        if not left_out:
            return {}
        try:
            # The id alone is answered from the request, without a look at the record.
            rows = self.call(model, "read", left_out, what=what, fields=["write_date"])
        except AuthError:
            if len(left_out) == 1:
                return {left_out[0]: self.refusals.not_allowed(what)}
            return {
                record: refused for key in left_out for record, refused in self.hidden(model, [key], what=what).items()
            }
        return {row["id"]: self.refusals.not_allowed(what) for row in rows}

    def together(self, *reads: Callable[[], Any]) -> list[Any]:
        """Send independent reads at the same time, at most `concurrency` at once, and return their results in order."""
        if not reads:
            return []
        with Pool(min(len(reads), self.settings.concurrency)) as pool:
            others = [pool.submit(read) for read in reads[1:]]
            return [reads[0](), *(other.result() for other in others)]

    def link(self, model: str, record: int | str) -> str:
        """The record's page for people."""
        if self.version >= 18:
            return f"{self.settings.base}/odoo/{model}/{record}"
        return f"{self.settings.base}/web#id={record}&model={model}&view_type=form"

    def _asked_version(self) -> int:
        what = "ask for the version"
        # Neither request needs a key. The first is there from 19 on; earlier versions answer it with an error.
        answer = self.http.request("GET", "/web/version", what=what, operation="version", expect=(400, 404, 405))
        if answer.status_code < 300:
            return _major(self.http.decoded(answer, what, {"version_info": list})["version_info"])
        document = self.http.json(
            "POST",
            "/web/webclient/version_info",
            what=what,
            operation="version",
            shape={"result": {"server_version_info": list}},
            effect="read",
            json={},
        )
        return _major(document["result"]["server_version_info"])

    @property
    def _key(self) -> str:
        if self._secret is None:
            self._secret = self.settings.key.reveal()
        return self._secret

    def _json2(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        sending: _Sending,
        context: Mapping[str, Any],
        arguments: Mapping[str, Any],
    ) -> Any:
        headers = {"Authorization": f"bearer {self._key}"}
        # Needed only where several databases match the host.
        if self.settings.database:
            headers["X-Odoo-Database"] = self.settings.database
        body = {**arguments, **({} if ids is None else {"ids": list(ids)}), **({"context": context} if context else {})}
        path = f"/json/2/{segment(model)}/{segment(method)}"
        return self._answer(path, f"{model}.{method}", sending, body, sending.shape, sending.refusal, headers)

    def _jsonrpc(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        sending: _Sending,
        context: Mapping[str, Any],
        arguments: Mapping[str, Any],
    ) -> Any:
        uid = self._own_id(sending.what)
        named = {**arguments, **({"context": context} if context else {})}
        positional: list[Any] = [] if ids is None else [list(ids)]
        if method == "write":
            positional.append(named.pop("vals"))  # overrides of `write` name it differently
        call = [self.settings.database, uid, self._key, model, method, positional, named]
        return self._service("object", "execute_kw", call, f"{model}.{method}", sending)

    def _own_id(self, what: str) -> int:
        with self._guard:
            if self._uid is None:
                if not self.settings.database:
                    raise self.refusals.no_database(what)
                login = [self.settings.database, self.settings.account, self._key, {}]
                sending = _Sending(what, int)  # false where it refuses
                uid = self._service("common", "authenticate", login, "common.authenticate", sending)
                if not uid:
                    raise self.refusals.not_accepted(what)
                self._uid = int(uid)
            return self._uid

    def _service(self, service: str, method: str, arguments: list[Any], operation: str, sending: _Sending) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}

        def refusal(answer: Any) -> IntegrationError | None:
            if "error" in answer:
                return self.refusals.of_exception(answer["error"].get("data") or {}, sending.what)
            if not fits(answer.get("result"), sending.shape):
                return self.http.strange(sending.what, sending.effect)
            return sending.refusal(answer["result"])

        answer = self._answer("/jsonrpc", operation, sending, body, {"jsonrpc": str}, refusal)
        return answer["result"]

    def _answer(
        self,
        path: str,
        operation: str,
        sending: _Sending,
        body: Mapping[str, Any],
        shape: Shape,
        refusal: Refusal,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Post, and return the answer's JSON once it has the expected shape.

        A refusal inside an answer with status 200 is raised like any other: Odoo has rolled the transaction back then,
        so nothing was written.
        """
        answers: list[Any] = []

        def judged(response: requests.Response) -> IntegrationError | None:
            try:
                answers.append(self.http.decoded(response, sending.what, shape, effect=sending.effect))
            except IntegrationError as error:
                return error
            return refusal(answers[-1])

        self.http.request(
            "POST",
            path,
            what=sending.what,
            operation=operation,
            effect=sending.effect,
            repeat=sending.repeat,
            refusal=judged,
            json=body,
            headers=headers,
        )
        return answers[-1]


def is_id(text: str) -> bool:
    """Return whether the text is a record's id as Odoo writes it: no sign, no leading zero, within `HIGHEST_ID`."""
    return text.isascii() and text.isdigit() and str(int(text)) == text and 0 < int(text) <= HIGHEST_ID


def _major(information: list[Any]) -> int:
    """The major version from `[19, 0, 0, "final", 0, ""]`; on odoo.com the first item is `saas~19`; 0 if unknown."""
    first = str(information[0]) if information else ""
    number = re.search(r"\d+", first)
    return int(number.group()) if number else 0
