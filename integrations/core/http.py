"""The only sender of requests: one session a system, limits, time-outs, and what is safe to send again.

A request that changes something is sent again only if it provably was not done: the connection was
refused, or the system said 429 or 503 with a time to wait. A lost answer to it is `Uncertain`.
"""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
import requests.adapters
import requests.utils
import urllib3.exceptions

from integrations.core.errors import (
    AuthError,
    ConfigError,
    Conflict,
    IntegrationError,
    Rejected,
    Unavailable,
    Uncertain,
)
from integrations.core.lock import Slots
from integrations.core.rate import Rate
from integrations.core.text import one_line, shorten

CONNECT_TIMEOUT = 5.0
FIRST_PAUSE = 0.3
LONGEST_PAUSE = 8.0

Classify = Callable[[requests.Response, str], IntegrationError | None]
"""An adapter's reading of a refused answer: the error, or None for the usual one. Gets what was tried."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """How hard one system may be pressed; the same fields as in the settings."""

    concurrency: int = 4
    rate: float = 0
    timeout: float = 30
    patience: float = 60


@dataclasses.dataclass(frozen=True)
class Sent:
    """One request that went out, for `-v`: nothing of its body or query."""

    system: str
    operation: str
    status: int | None
    """None: the answer was lost."""
    milliseconds: float


@dataclasses.dataclass
class Wire:
    """What the senders of one run share: where locks and limits live, and who listens.

    Attributes:
        folder: A folder of this user's on this machine, the same for all runs.
        sent: Told of every request.
        waiting: Told, in words, when a system makes us wait: system, seconds, why.
    """

    folder: Path
    sent: Callable[[Sent], None] = lambda _: None
    waiting: Callable[[str, float, str], None] = lambda *_: None


class Http:
    """Sends one system's requests."""

    def __init__(
        self,
        system: str,
        url: str,
        wire: Wire,
        limits: Limits,
        *,
        title: str = "",
        headers: Callable[[], Mapping[str, str]] = dict,
        classify: Classify = lambda *_: None,
        administrator: str = "",
    ) -> None:
        """Nothing is contacted and no secret read before the first request.

        Args:
            system: The section's name in the settings.
            url: The address that every path is put behind.
            wire: What all senders share.
            limits: How hard it may be pressed.
            title: What people call the product.
            headers: The headers with the credentials; asked once, at the first request.
            classify: The vendor's way of saying no.
            administrator: Who grants rights there (`a Jira administrator`).
        """
        self.system, self.title, self.url = system, title or system, url.rstrip("/")
        self.administrator = administrator or f"whoever looks after {self.title}"
        self._wire, self._limits, self._headers, self._classify = wire, limits, headers, classify
        self._slots = Slots(wire.folder, system, limits.concurrency)
        self._rate = Rate(wire.folder, system, limits.rate)
        self._guard = threading.Lock()
        self._session: requests.Session | None = None
        self.count = 0
        """Requests sent so far."""

    def request(
        self,
        method: str,
        path: str,
        *,
        what: str,
        operation: str = "",
        repeat: bool | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        expect: Collection[int] = (),
    ) -> requests.Response:
        """Send a request and give its answer, if that is a success or one of `expect`.

        Args:
            method: The HTTP method.
            path: What comes behind the address, quoted already.
            what: What this tries on which object, to follow "could not": `read the organization 7`.
            operation: Its name in the log of requests.
            repeat: Whether it may safely be done twice; by default GET and HEAD only.
            params: The query.
            json: The body, as JSON.
            data: The body, as it is.
            headers: More headers.
            expect: Statuses that are answers to the caller, not errors.

        Raises:
            AuthError: 401 or 403.
            Rejected: Another 4xx, or a redirect.
            Conflict: 409 or 412.
            Unavailable: Nothing was done; the system is down, or made us wait longer than `patience`.
            Uncertain: The answer to something that may not be done twice was lost.
            IntegrationError: Whatever the adapter's `classify` makes of the answer.
        """
        safe = method in ("GET", "HEAD") if repeat is None else repeat
        deadline = time.monotonic() + self._limits.patience
        pause = FIRST_PAUSE
        while True:
            try:
                response = self._send(method, path, operation or f"{method} {path}", params, json, data, headers)
                if response.status_code < 300 or response.status_code in expect:
                    return response
                error = self._refusal(response, what, safe=safe)
            except requests.RequestException as exception:
                error = self._lost(exception, what, safe=safe)
            if not isinstance(error, Unavailable) or isinstance(error, Uncertain):
                raise error from None
            wait = error.retry_after if error.retry_after is not None else pause * random.uniform(0.5, 1)  # noqa: S311
            if time.monotonic() + wait > deadline:
                raise error from None
            self._wire.waiting(self.title, wait, error.message)
            time.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    def json(self, method: str, path: str, *, what: str, **options: Any) -> Any:
        """As `request`, and give the answer's JSON.

        Raises:
            Rejected: The answer is not JSON: the address is probably not this product's.
            Uncertain: The same, to something that may not be done twice.
        """
        response = self.request(method, path, what=what, **options)
        return self.decoded(response, what, safe=options.get("repeat") or method in ("GET", "HEAD"))

    def decoded(self, response: requests.Response, what: str, *, safe: bool = True) -> Any:
        """The answer's JSON; see `json`."""
        try:
            return response.json()
        except requests.exceptions.JSONDecodeError:
            said = f"{self.title}: could not {what}: it answered with something else than JSON"
            if not safe:
                raise Uncertain(said, system=self.system, next="It is looked for before it is tried again.") from None
            raise Rejected(
                said, system=self.system, who="whoever runs closedwon", next=f"Is {self.url} the right address?"
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self._rate.close()
        if self._session is not None:
            self._session.close()

    def _send(
        self,
        method: str,
        path: str,
        operation: str,
        params: Mapping[str, Any] | None,
        json: Any,
        data: Any,
        headers: Mapping[str, str] | None,
    ) -> requests.Response:
        session = self._opened()
        with self._slots.take():
            self._rate.take()
            with self._guard:
                self.count += 1
            begun = time.monotonic()
            status: int | None = None
            try:
                # `Session.request` merges settings that never change, at twice the cost of sending.
                request = requests.PreparedRequest()
                request.prepare_method(method)
                request.prepare_url(self.url + path, params)
                request.prepare_headers({**session.headers, **(headers or {})})
                request.prepare_body(data, None, json)
                response = session.get_adapter(self.url).send(
                    request,
                    timeout=(min(CONNECT_TIMEOUT, self._limits.timeout), self._limits.timeout),
                    verify=session.verify is None or session.verify,
                    proxies=session.proxies,
                )
                _ = response.content  # read here, so that the connection is free again
                status = response.status_code
                return response
            finally:
                self._wire.sent(Sent(self.system, operation, status, (time.monotonic() - begun) * 1000))

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
                session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
                session.headers["User-Agent"] = "closedwon"
                session.headers.update(self._credentials())
                self._session = session
            return self._session

    def _credentials(self) -> Mapping[str, str]:
        """The headers with the credentials; a secret that is not where the settings point stops this system alone."""
        try:
            return self._headers()
        except ConfigError as error:
            raise AuthError(
                f"{self.title}: {error.faults[0].message}",
                system=self.system,
                who="whoever runs closedwon",
                next=error.next,
            ) from None

    def _refusal(self, response: requests.Response, what: str, *, safe: bool) -> IntegrationError:
        status = response.status_code
        said = f"{self.title}: could not {what}"
        wait = _retry_after(response)
        if status == 429 or (status == 503 and wait is not None):
            return Unavailable(f"{said}: it asks us to wait", system=self.system, retry_after=wait)
        error = self._classify(response, what)
        if error is not None:
            return error
        if status >= 500 or status == 408:
            if safe:
                return Unavailable(f"{said}: it is out of order ({status})", system=self.system, retry_after=wait)
            return self._uncertain(said)
        if status in (401, 403):
            return self._denied(status, what)
        if status in (409, 412):
            return Conflict(f"{said}: it was changed meanwhile", system=self.system, next="Look at the plan again.")
        if status < 400:
            return Rejected(
                f"{said}: {self.url} has moved",
                system=self.system,
                who="whoever runs closedwon",
                next="Mend the address.",
            )
        return Rejected(f"{said}: refused ({status})", system=self.system)

    def _denied(self, status: int, what: str) -> AuthError:
        if status == 401:
            return AuthError(
                f"{self.title}: could not {what}: our credentials are not accepted",
                system=self.system,
                who=self.administrator,
                next=f"Renew the token, then: closedwon check {self.system}",
            )
        return AuthError(
            f"{self.title}: may not {what}",
            system=self.system,
            who=self.administrator,
            next=f"Ask {self.administrator} for the right, then: closedwon check {self.system}",
        )

    def _lost(self, exception: requests.RequestException, what: str, *, safe: bool) -> IntegrationError:
        said = f"{self.title}: could not {what}"
        if isinstance(exception, requests.exceptions.SSLError):
            return AuthError(
                f"{said}: the certificate of {self.url} is not trusted",
                system=self.system,
                who="whoever runs closedwon",
                next="Mend the certificate, or name its authority in REQUESTS_CA_BUNDLE.",
            )
        if _was_not_sent(exception):
            return Unavailable(f"{said}: {self.url} can't be reached", system=self.system)
        if isinstance(exception, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
            return Rejected(f"{said}: the address or the token is malformed", system=self.system)
        if safe:
            return Unavailable(f"{said}: no answer came", system=self.system)
        return self._uncertain(said)

    def _uncertain(self, said: str) -> Uncertain:
        return Uncertain(
            f"{said}: the answer was lost, perhaps it was done",
            system=self.system,
            next="It is looked for before it is tried again.",
        )


def vendor_text(text: object, limit: int = 200) -> str:
    """What a vendor said, as one short line fit for a message."""
    return shorten(one_line(str(text)), limit)


def _was_not_sent(exception: requests.RequestException) -> bool:
    if isinstance(exception, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    reason = getattr(exception.args[0], "reason", None) if exception.args else None
    return isinstance(reason, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError))


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  (the rare form of the header)

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
