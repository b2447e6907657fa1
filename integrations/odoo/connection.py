"""How to talk to one Odoo: JSON-2 where the server has it, else JSON-RPC; chosen by asking the server, once."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import requests

from integrations.core.errors import AuthError, IntegrationError
from integrations.core.http import Effect, Http, Shape, Wire, fits
from integrations.core.pool import Pool
from integrations.core.text import segment
from integrations.odoo.refusal import ADMINISTRATOR, Refusals
from integrations.odoo.settings import Settings

Row = dict[str, Any]
"""A record as Odoo sends it: unset values are `False`, a reference is `[id, name]`."""

Refusal = Callable[[Any], IntegrationError | None]
"""Finds the refusal in a result; None where there is none."""

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
HIGHEST_ID = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class _Sending:
    """How a call is sent; see `Connection.call`."""

    what: str
    shape: Shape
    effect: Effect = "read"
    repeat: bool = False
    refusal: Refusal = lambda _: None


class Connection:
    """Calls methods of models, over whichever transport the server has."""

    page = 1000
    """Records a listing asks for at once."""

    def __init__(self, name: str, settings: Settings, wire: Wire) -> None:
        """Nothing is contacted before the first call."""
        self.name, self.settings, self.folder = name, settings, wire.folder
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
        """The number before the point of the server's version."""
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
        """A method's result.

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
            IntegrationError: What went wrong, by what has to happen next.
        """
        sending = _Sending(what, RESULTS[method], "write" if writes else "read", repeat, refusal)
        send = self._json2 if self.version >= 19 else self._jsonrpc
        return send(model, method, ids, sending, dict(context or {}), arguments)

    def search(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], *, what: str, archived: bool = True
    ) -> list[Row]:
        """Every visible record that fits, by id, all at once."""
        return [row for rows in self.pages(model, domain, fields, what=what, archived=archived) for row in rows]

    def pages(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], *, what: str, archived: bool = True
    ) -> Iterator[list[Row]]:
        """Every visible record that fits, by id: page after page, each after the last id of the one before."""
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
        """The visible records that fit with the lowest ids, so many at most, in one request."""
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
        """Of records that a search left out, those that exist all the same and may not be read.

        A search leaves out what is hidden as it does what is gone; a read refuses the one and leaves out the other.
        """
        left_out = sorted(set(ids))
        if not left_out:
            return {}
        try:
            # Not the id alone: that is answered without looking.
            rows = self.call(model, "read", left_out, what=what, fields=["write_date"])
        except AuthError:
            if len(left_out) == 1:
                return {left_out[0]: self.refusals.not_allowed(what)}
            return {one: refused for each in left_out for one, refused in self.hidden(model, [each], what=what).items()}
        return {row["id"]: self.refusals.not_allowed(what) for row in rows}

    def together(self, *reads: Callable[[], Any]) -> list[Any]:
        """The results of reads that do not need each other, sent at the same time."""
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
        answer = self.http.request("GET", "/web/version", what=what, operation="version", expect=(400, 404, 405))
        if answer.status_code < 300:
            return _major(self.http.decoded(answer, what, {"version_info": list})["version_info"])
        told = self.http.json(
            "POST",
            "/web/webclient/version_info",
            what=what,
            operation="version",
            shape={"result": {"server_version_info": list}},
            effect="read",
            json={},
        )
        return _major(told["result"]["server_version_info"])

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
        """Return the JSON of an answer of this form; a refusal in it counts as one.

        Odoo has rolled the call's transaction back then.
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
    """Whether this is a record's id, written as Odoo would."""
    return text.isascii() and text.isdigit() and str(int(text)) == text and 0 < int(text) <= HIGHEST_ID


def _major(information: list[Any]) -> int:
    """The major version out of `[19, 0, 0, "final", 0, ""]`; online versions say `saas~19` instead of 19."""
    first = str(information[0]) if information else ""
    number = re.search(r"\d+", first)
    return int(number.group()) if number else 0
