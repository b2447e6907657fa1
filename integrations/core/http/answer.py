"""An answer, read to its end: neither endless time nor endless memory is spent on it."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeAlias

import requests
import urllib3.exceptions

from integrations.core.errors import AuthError, Conflict, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.http.pace import until
from integrations.core.text import one_line, shorten

PIECE = 65_536
LARGEST = 64_000_000
"""Bytes after decompression, against a small answer that unpacks without end; none that we ask for is as large."""


class TooLarge(requests.RequestException):
    """The answer is larger than any that we ask for."""


def read(response: requests.Response, seconds: float) -> None:
    """Read the body of an answer into `response.content`, and free the connection for the next request.

    The time-out of a connection is only the time between two bytes: a body that trickles in would never end.

    Raises:
        requests.RequestException: The body broke off, took longer than `seconds`, or is too large.
    """
    deadline = time.monotonic() + seconds
    parts: list[bytes] = []
    length = 0
    try:
        while part := response.raw.read1(PIECE, decode_content=True):
            parts.append(part)
            length += len(part)
            if length > LARGEST:
                raise TooLarge
            if time.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout
    except urllib3.exceptions.SSLError as error:
        response.close()
        raise requests.exceptions.SSLError(error) from None
    except urllib3.exceptions.HTTPError as error:
        response.close()
        raise requests.exceptions.ConnectionError(error) from None
    except requests.RequestException:
        response.close()
        raise
    response.raw.release_conn()
    vars(response).update(_content=b"".join(parts), _content_consumed=True)  # private to requests: pinned by a test


def retry_after(response: requests.Response) -> float | None:
    """Return the seconds that the system asks us to wait; None where it names none."""
    text = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None
    there = date(response)  # the vendor's clock may be minutes from ours
    return max(0.0, until - (there.timestamp() if there is not None else time.time()))


def date(response: requests.Response) -> datetime | None:
    """Return the system's time when it answered (RFC 9110, 6.6.1); None where it does not give it."""
    return _moment(response.headers.get("Date", ""))


@functools.lru_cache(maxsize=16)
def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError):
        return None


def vendor_text(text: object, limit: int = 200) -> str:
    """Return a vendor's text as one short line, fit for a message."""
    return shorten(one_line(str(text)), limit)


Shape: TypeAlias = type | tuple[type, ...] | list[Any] | Mapping[str, Any]
"""The types of an answer's parts.

A mapping names the keys that an object always has. `[shape]` is a list of any length, `[shape, shape]` a list of
exactly as many items.


`{"values": [{"id": str}]}` fits `{"values": [{"id": "7", "name": "Acme"}], "isLast": true}`, and `[str, int]` fits
`["a", 1]`.
"""


class ForeignAnswer(Rejected):
    """An answer that does not come from this system: it proves nothing about the system, not even an absence."""

    @property
    def type(self) -> str:
        """The error's kind as people see it: that of a refusal."""
        return "Rejected"


def fits(value: object, shape: Shape) -> bool:
    """Return whether a decoded answer has this shape; further parts are allowed."""
    if isinstance(shape, (type, tuple)):
        return isinstance(value, shape)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(key in value and fits(value[key], part) for key, part in shape.items())
    if isinstance(shape, list):
        if not isinstance(value, list) or len(shape) not in (1, len(value)):
            return False
        return all(map(fits, value, shape if len(shape) > 1 else shape * len(value)))
    return False


def is_page(response: requests.Response) -> bool:
    """Return whether an answer is a page for people (HTML), such as a proxy's or a sign-in page."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return media_type in ("text/html", "application/xhtml+xml")


Effect = Literal["read", "claim", "write"]
"""The effect of a request; a `claim` announces at the vendor what is about to be made, and makes nothing."""

Attempt = Literal["not sent", "refused", "maybe", "done"]
"""The end of one attempt; `maybe`: no answer came, or one that does not tell what was done (408 and every 5xx)."""


class Writes:
    """The writes of one `put` that were done or may have been, by the keys of the changes that they were for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._keys: set[str] = set()
        self._all = False

    def add(self, keys: frozenset[str] | None) -> None:
        """Note a write for these changes; None: for any change of the `put`."""
        with self._guard:
            if keys is None:
                self._all = True
            else:
                self._keys |= keys

    def touched(self, key: str) -> bool:
        """Return whether the vendor has done something for this change, or may have."""
        with self._guard:
            return self._all or key in self._keys


_WRITES: ContextVar[Writes | None] = ContextVar("writes", default=None)
_KEYS: ContextVar[frozenset[str] | None] = ContextVar("keys", default=None)


@contextlib.contextmanager
def counted_writes() -> Iterator[Writes]:
    """Count the writes that are sent in this block, also in threads of a `Pool`."""
    writes = Writes()
    token = _WRITES.set(writes)
    try:
        yield writes
    finally:
        _WRITES.reset(token)


@contextlib.contextmanager
def on_behalf_of(keys: Iterable[str]) -> Iterator[None]:
    """Send the requests of this block on behalf of these changes alone.

    For a store that writes several changes at once: without it, a write counts for all of them.
    """
    token = _KEYS.set(frozenset(keys))
    try:
        yield
    finally:
        _KEYS.reset(token)


def note_write() -> None:
    """Note that a write was done, or may have been, for the changes on whose behalf it was sent."""
    writes = _WRITES.get()
    if writes is not None:
        writes.add(_KEYS.get())


Classify = Callable[[requests.Response, str], IntegrationError | None]
"""An adapter's reading of a refused answer: the error, or None for the usual one.

Its second argument says what was tried."""


@dataclasses.dataclass(frozen=True)
class Failures:
    """The errors of one system's requests, in words for people."""

    system: str
    title: str
    url: str
    administrator: str
    classify: Classify
    account: str = ""
    """The account of the credentials; empty where only the system itself knows it."""

    def refused(self, response: requests.Response, what: str) -> tuple[IntegrationError, Attempt]:
        """Return the error of an answer that is no success, and what the attempt may have done.

        An adapter's own reading of an answer counts as a refusal, unless it is `Unavailable`: what broke down inside
        the vendor may have broken down after it was done.
        """
        status = response.status_code
        sentence = f"{self.title}: could not {what}"
        wait = retry_after(response)
        if status == 429:
            return self.asked_to_wait(what, wait), "refused"
        # With a 503 the request may have got further than the server that asks us to wait; a 429 refuses it.
        if status == 503 and wait is not None:
            return self.asked_to_wait(what, wait), "maybe"
        error = self.classify(response, what)
        if error is not None:
            return error, "maybe" if isinstance(error, Unavailable) else "refused"
        if status >= 500 or status == 408:
            return Unavailable(
                f"{sentence}: it is out of order ({status})", system=self.system, retry_after=wait
            ), "maybe"
        if status in (401, 403):
            return self._denied(status, what), "refused"
        if status in (409, 412):
            conflict = Conflict(
                f"{sentence}: it was changed meanwhile", system=self.system, next="Look at the plan again."
            )
            return conflict, "refused"
        if status < 400:
            moved = Rejected(
                f"{sentence}: {self.url} has moved",
                system=self.system,
                who="the person who runs closedwon",
                next="Correct the address.",
            )
            return moved, "refused"
        return Rejected(f"{sentence}: refused ({status})", system=self.system), "refused"

    def asked_to_wait(self, what: str, seconds: float | None) -> Unavailable:
        """Return the error of a request that the system asks us to send later, with the time where it gives one."""
        when = f" until {until(seconds)}" if seconds else ""
        return Unavailable(
            f"{self.title}: could not {what}: it asks us to wait{when}", system=self.system, retry_after=seconds
        )

    def _denied(self, status: int, what: str) -> AuthError:
        if status == 401:
            credentials = f"the credentials of {self.account}" if self.account else "our credentials"
            return AuthError(
                f"{self.title}: could not {what}: {credentials} are not accepted",
                system=self.system,
                who=self.administrator,
                next=f"Renew the token, then: closedwon check {self.system}",
            )
        return AuthError(
            f"{self.title}: {self.account} may not {what}" if self.account else f"{self.title}: may not {what}",
            system=self.system,
            who=self.administrator,
            next=f"Ask {self.administrator} for the right, then: closedwon check {self.system}",
        )

    def lost(self, exception: requests.RequestException, what: str) -> tuple[IntegrationError, Attempt]:
        """Return the error of a request that got no answer, and what the attempt may have done."""
        sentence = f"{self.title}: could not {what}"
        if is_of_certificate(exception):
            untrusted = AuthError(
                f"{sentence}: the certificate of {self.url} is not trusted",
                system=self.system,
                who="the person who runs closedwon",
                next="Renew the certificate, or name its authority in REQUESTS_CA_BUNDLE.",
            )
            return untrusted, "not sent"
        if was_not_sent(exception):
            return Unavailable(f"{sentence}: {self.url} can't be reached", system=self.system), "not sent"
        if isinstance(exception, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
            return Rejected(f"{sentence}: the address or the token is malformed", system=self.system), "not sent"
        if isinstance(exception, TooLarge):
            large = Rejected(f"{sentence}: the answer is larger than any that is asked for", system=self.system)
            return large, "maybe"
        return Unavailable(f"{sentence}: no answer came", system=self.system), "maybe"

    def uncertain(self, error: IntegrationError, what: str, attempt: Attempt) -> Uncertain:
        """Return the error of a write that failed in the end, and that this attempt or an earlier one may have done."""
        if isinstance(error, Uncertain):
            return error
        if attempt == "maybe":
            message = f"{self.title}: could not {what}: the answer was lost, perhaps it was done"
        else:
            message = f"{error.message}; an earlier answer was lost, perhaps it was done"
        following = "It is looked for before it is tried again."
        if error.next and attempt != "maybe":
            following = f"{following} {error.next}"
        wait = error.retry_after if isinstance(error, Unavailable) else None
        return Uncertain(message, system=self.system, next=following, who=error.who, retry_after=wait)


def is_of_certificate(exception: requests.RequestException) -> bool:
    """Return whether the server's certificate could not be verified, so that nothing was sent.

    Other trouble of the connection does not count.
    """
    # requests and urllib3 wrap the cause in `reason` or in the first argument, several levels deep.
    reason: object = exception
    while isinstance(reason, BaseException):
        if isinstance(reason, ssl.SSLCertVerificationError):
            return True
        reason = getattr(reason, "reason", None) or (reason.args[0] if reason.args else None)
    return False


def was_not_sent(exception: requests.RequestException) -> bool:
    """Return whether no connection came about, so that the request can't have arrived."""
    if isinstance(exception, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    reason = getattr(exception.args[0], "reason", None) if exception.args else None
    return isinstance(reason, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError))
