"""The sender of one system's requests, which repeats them where that is safe.

A write that may not be done twice is sent again only if it provably was not done: no connection came about, or the
system answered 429. If any attempt may have done it, the call ends as `Uncertain`, whatever the last answer says.
"""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypedDict, Unpack

import requests
import requests.adapters
import requests.utils

from integrations.core.errors import AuthError, ConfigError, IntegrationError, Unavailable, Uncertain
from integrations.core.http import answer
from integrations.core.http.answer import (
    Attempt,
    Classify,
    Effect,
    Failures,
    ForeignAnswer,
    Shape,
    fits,
    is_page,
    note_write,
)
from integrations.core.http.pace import Clock, NotBefore, elapsed
from integrations.core.lock import FileLocks, Locks, Rate, Slots

REQUESTS: ContextVar[Counter[str] | None] = ContextVar("requests", default=None)
"""The count of requests by system, for the run in whose context they are sent; None where nobody counts."""

TIMES: ContextVar[dict[str, tuple[datetime, float]] | None] = ContextVar("times", default=None)
"""By the system's title, the time in its last answer and our monotonic clock then; None where nobody listens."""


def note_time(title: str, date: datetime) -> None:
    """Note the time in a system's answer, for the run in whose context it came."""
    heard = TIMES.get()
    if heard is not None:
        heard[title] = (date, time.monotonic())


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits on the load on one system; the fields of its settings.

    Attributes:
        concurrency: Requests at once, over all processes of this machine.
        rate: Requests a second; 0: no limit.
        timeout: Seconds for the whole answer.
        patience: Seconds within which a request is tried again.
    """

    concurrency: int = 4
    rate: float = 0
    timeout: float = 30
    patience: float = 60


@dataclasses.dataclass(frozen=True)
class Sent:
    """A request that was sent, for `-v`; it holds nothing of the body or query."""

    system: str
    operation: str
    status: int | None
    """None: the answer was lost."""
    milliseconds: float


@dataclasses.dataclass
class HttpContext:
    """The parts that all senders of a run share: the folder of locks and limits, and the listeners.

    Attributes:
        folder: A folder of this user's on this machine, the same for all runs.
        given: The locks that hold over all runs that share the ledger; by default files in the folder.
        sent: Called with every request.
        waiting: Called when a system makes us wait, with words for people: system, seconds, why.
    """

    folder: Path
    sent: Callable[[Sent], None] = lambda _: None
    waiting: Callable[[str, float, str], None] = lambda *_: None
    given: Locks | None = None

    @property
    def locks(self) -> Locks:
        """Return the locks of names that one run after the other may give."""
        return self.given or FileLocks(self.folder)


Refusal = Callable[[requests.Response], IntegrationError | None]
"""Returns the refusal in an answer with a status of success, where a vendor refuses that way; else None."""

# Seconds to connect: a host that does not answer by then is down, and the answer has a time-out of its own.
CONNECT_TIMEOUT = 5.0
FIRST_PAUSE = 0.3
OPERATOR = "the person who runs closedwon"
LONGEST_PAUSE = 8.0
"""Seconds; pauses double from `FIRST_PAUSE` up to this."""


class CallOptions(TypedDict, total=False):
    """Options of a request; see `Call`."""

    effect: Effect | None
    repeat: bool
    refusal: Refusal | None
    params: Mapping[str, Any] | None
    json: Any
    data: Any
    headers: Mapping[str, str] | None
    expect: Collection[int]
    success: Collection[int]


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A request to be sent.

    Attributes:
        method: The HTTP method.
        path: The part after the system's address, already quoted.
        what: The attempt in words, to follow "could not": `read the organization 7`.
        operation: Its name in the log of requests.
        effect: None: GET and HEAD read, every other method writes.
        repeat: Whether a write may safely be done twice; a read always may.
        refusal: Returns the refusal in an answer that looks like a success; None where the vendor has none.
        params: The query.
        json: The body, as JSON.
        data: The body, as bytes or text.
        headers: Additional headers.
        expect: Statuses from 300 on that the caller handles itself, such as 404: refusals, but no errors.
        success: The statuses below 300 that this system's document names, for answers without a body: nothing else
            shows there that this system answered. Empty: any.
    """

    method: str
    path: str
    what: str
    operation: str
    effect: Effect | None = None
    repeat: bool = False
    refusal: Refusal | None = None
    params: Mapping[str, Any] | None = None
    json: Any = None
    data: Any = None
    headers: Mapping[str, str] | None = None
    expect: Collection[int] = ()
    success: Collection[int] = ()

    @property
    def does(self) -> Effect:
        """The request's effect: as stated, else by its method."""
        return self.effect or default_effect(self.method)


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """A failed attempt, with its error and what it may have done."""

    error: IntegrationError
    attempt: Attempt

    @property
    def passes(self) -> bool:
        """Return whether a later attempt may succeed, judging by this answer."""
        return isinstance(self.error, Unavailable) and not isinstance(self.error, Uncertain)


class Http:
    """Sender of one system's requests."""

    def __init__(
        self,
        system: str,
        url: str,
        wire: HttpContext,
        limits: Limits,
        *,
        title: str = "",
        headers: Callable[[], Mapping[str, str]] = dict,
        classify: Classify = lambda *_: None,
        administrator: str = "",
        account: str = "",
    ) -> None:
        """Prepare the sender; no request is sent and no secret read before the first call.

        Args:
            system: The section's name in the settings.
            url: The address that precedes every path.
            wire: The parts that all senders share.
            limits: The limits on the load.
            title: The product's name for people.
            headers: Returns the headers with the credentials; called once, at the first request.
            classify: The adapter's reading of a refused answer.
            administrator: The person who grants rights there (`a Jira administrator`).
            account: The account of the credentials, for naming it in refusals.
        """
        self.system, self.title, self.url = system, title or system, url.rstrip("/")
        self.account = account
        self.administrator = administrator or f"the person who looks after {self.title}"
        self._wire, self._limits, self._headers = wire, limits, headers
        self._failures = Failures(system, self.title, self.url, self.administrator, classify, account)
        self._slots, self._rate = Slots(wire.folder, system, limits.concurrency), Rate(wire.folder, system, limits.rate)
        self._not_before = NotBefore(wire.folder, system)
        self._guard = threading.Lock()
        self._session: requests.Session | None = None
        self.clock = Clock()
        """The system's clock, learnt from its answers."""
        self.count = 0
        """Requests sent so far."""

    def request(
        self, method: str, path: str, *, what: str, operation: str = "", **options: Unpack[CallOptions]
    ) -> requests.Response:
        """Send a request (see `Call`), repeat it where that is safe, and return the answer.

        The answer is a success, or has one of the expected statuses.

        Raises:
            AuthError: 401 or 403.
            Rejected: Another 4xx, a redirect, or a read that something else than this system answered.
            Conflict: 409 or 412.
            Unavailable: Nothing was done; the system is down, or asks us to wait longer than `patience`.
            Uncertain: A write that one of the attempts may have done, or that something else than this system answered.
            IntegrationError: The error that the adapter's `classify` returns.
        """
        call = Call(method, path, what, operation or f"{method} {path}", **options)
        deadline, pause, lost = time.monotonic() + self._limits.patience, FIRST_PAUSE, False
        while True:
            wait = self._not_before.remaining()
            if wait > 0:
                failed = Failed(self._failures.asked_to_wait(what, wait), "not sent")
            else:
                answered = self._attempt(call)
                if isinstance(answered, requests.Response):
                    return answered
                failed, wait = answered, self._pause(answered, pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            lost = lost or (call.does != "read" and failed.attempt == "maybe")
            if time.monotonic() + wait > deadline or not failed.passes or (lost and not call.repeat):
                raise self._final(call, failed, lost=lost) from None
            self._wire.waiting(self.title, wait, failed.error.message)
            time.sleep(wait)

    def _final(self, call: Call, failed: Failed, *, lost: bool) -> IntegrationError:
        """Return the error of a call that is not tried again; `lost`: one of its attempts may have been done."""
        if lost and call.does == "write":
            return self._failures.uncertain(failed.error, call.what, failed.attempt)
        return failed.error

    def _attempt(self, call: Call) -> requests.Response | Failed:
        """Send a request once.

        A write that was done, or may have been, is noted for the changes on whose behalf it was sent.
        """
        try:
            response = self._send(call)
            error, attempt = self._judged(response, call)
        except requests.RequestException as exception:
            error, attempt = self._failures.lost(exception, call.what)
        if call.does == "write" and attempt in ("maybe", "done"):
            note_write()
        return response if error is None else Failed(error, attempt)

    def _judged(self, response: requests.Response, call: Call) -> tuple[IntegrationError | None, Attempt]:
        """Return the error of an answer (None where there is none), and what the attempt has done."""
        status = response.status_code
        if status < 300:
            if is_page(response) or (call.success and status not in call.success):
                # A proxy or a sign-in page answers 200 as well; the write may have reached the system behind it.
                return self.strange(call.what, call.does), "maybe"
            error = call.refusal(response) if call.refusal is not None else None
            if error is None:
                return None, "done"
            return error, "maybe" if isinstance(error, Unavailable) else "refused"
        # Expected statuses are refusals to this request, such as a 404 or 409 that the store interprets.
        if status in call.expect:
            return None, "refused"
        return self._failures.refused(response, call.what)

    def _pause(self, failed: Failed, least: float) -> float:
        """Return the seconds until the next attempt: those that the system asks for, but no less than our own pause.

        After a 429 all senders wait: our other threads, and the runs that begin meanwhile.
        """
        asked = failed.error.retry_after if isinstance(failed.error, Unavailable) else None
        wait = max(asked or 0.0, least * random.uniform(0.5, 1))  # noqa: S311  (jitter, not a secret)
        if failed.attempt == "refused" and isinstance(failed.error, Unavailable):
            self._not_before.postpone(wait)
        return wait

    def json(self, method: str, path: str, *, what: str, shape: Shape, **options: Any) -> Any:
        """Send a request as `request` does, and return the answer's JSON, if it has this shape.

        Raises:
            Rejected: The answer to a read does not come from this system.
            Uncertain: The answer to a write does not.
        """
        response = self.request(method, path, what=what, **options)
        return self.decoded(response, what, shape, effect=options.get("effect") or default_effect(method))

    def decoded(self, response: requests.Response, what: str, shape: Shape, *, effect: Effect = "read") -> Any:
        """Return the answer's JSON, if it has this shape; raises as `json` does."""
        try:
            value = response.json()
        except requests.exceptions.JSONDecodeError:
            raise self.strange(what, effect) from None
        if not fits(value, shape):
            raise self.strange(what, effect)
        return value

    def is_absent(self, response: requests.Response, what: str) -> bool:
        """Return whether the answer is an expected 404, which says that there is no such object.

        Raises:
            Rejected: It is a page for people, so it comes from something in front of this system.
        """
        if response.status_code != 404:
            return False
        if is_page(response):
            raise self.strange(what)
        return True

    def strange(self, what: str, effect: Effect = "read") -> IntegrationError:
        """Return the error of an answer that does not come from this system, so that it proves nothing."""
        message = f"{self.title}: could not {what}: something else than {self.title} answered at {self.url}"
        advice = f"Is {self.url} the right address, and does a page to sign in stand before it?"
        if effect != "read":
            following = f"It is looked for before it is tried again. {advice}"
            return Uncertain(message, system=self.system, who=OPERATOR, next=following)
        following = f"{advice} Then: closedwon check {self.system}"
        return ForeignAnswer(message, system=self.system, who=OPERATOR, next=following)

    def close(self) -> None:
        """Close the connections."""
        self._rate.close()
        self._slots.close()
        if self._session is not None:
            self._session.close()

    def _send(self, call: Call) -> requests.Response:
        session = self._opened()
        with self._slots.take():
            # The slot first: a permit counts from when it is taken, so nothing may wait between it and the request.
            self._rate.take()
            with self._guard:
                self.count += 1
                counted = REQUESTS.get()
                if counted is not None:
                    counted[self.system] += 1
            begun, sent = time.monotonic(), elapsed()
            status: int | None = None
            try:
                # `Session.request` merges settings that never change, at twice the cost of sending.
                request = requests.PreparedRequest()
                request.prepare_method(call.method)
                request.prepare_url(self.url + call.path, call.params)
                request.prepare_headers({**session.headers, **(call.headers or {})})
                request.prepare_body(call.data, None, call.json)
                response = session.get_adapter(self.url).send(
                    request,
                    timeout=(min(CONNECT_TIMEOUT, self._limits.timeout), self._limits.timeout),
                    verify=session.verify is None or session.verify,
                    proxies=session.proxies,
                )
                answer.read(response, self._limits.timeout)
                status = response.status_code
                if (date := answer.date(response)) is not None:
                    note_time(self.title, date)
                    self.clock.hear(date, sent, elapsed())
                return response
            finally:
                self._wire.sent(Sent(self.system, call.operation, status, (time.monotonic() - begun) * 1000))

    def _opened(self) -> requests.Session:
        with self._guard:
            if self._session is None:
                session = requests.Session()
                pool = requests.adapters.HTTPAdapter(
                    pool_connections=1, pool_maxsize=self._limits.concurrency, max_retries=0
                )
                session.mount("https://", pool)
                session.mount("http://", pool)
                # The environment is read once: otherwise requests looks for ~/.netrc at every request.
                found = session.merge_environment_settings(self.url, {}, False, None, None)
                session.proxies, session.verify = found["proxies"], found["verify"]
                session.trust_env = False
                # No cookies: every request brings its own credentials.
                session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
                session.headers["User-Agent"] = "closedwon"
                session.headers.update(self._credentials())
                self._session = session
            return self._session

    def _credentials(self) -> Mapping[str, str]:
        """Return the headers with the credentials; a missing secret stops this system alone."""
        try:
            return {name: _sendable(value) for name, value in self._headers().items()}
        except UnicodeEncodeError:
            raise AuthError(
                f"{self.title}: the token or the account has a letter that can't be sent",
                system=self.system,
                who=OPERATOR,
                next="Copy it anew: perhaps a hyphen became a dash on the way.",
            ) from None
        except ConfigError as error:
            raise AuthError(
                f"{self.title}: {error.faults[0].message}",
                system=self.system,
                who=OPERATOR,
                next=error.next,
            ) from None


def default_effect(method: str) -> Effect:
    """Return the effect of a request with this method, unless the call states another."""
    return "read" if method in ("GET", "HEAD") else "write"


def _sendable(header: str) -> str:
    """Return the header's value, if HTTP can carry it.

    Raises:
        UnicodeEncodeError: It can't: `http.client` encodes headers as Latin-1.
    """
    header.encode("latin-1")
    return header
