"""What becomes of a request that was refused, or whose answer was lost.

One that changes something may be sent again only if it provably was not done: the connection was refused, or
the system said 429 or 503 with a time to wait. A lost answer to it is `Uncertain`.
"""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Callable

import requests
import urllib3.exceptions

from integrations.core.errors import AuthError, Conflict, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.http.answer import TooLarge, retry_after

Classify = Callable[[requests.Response, str], IntegrationError | None]
"""An adapter's reading of a refused answer: the error, or None for the usual one. Gets what was tried."""


@dataclasses.dataclass(frozen=True)
class Failures:
    """The errors of one system's requests, in words; `safe` says whether a request may be done twice."""

    system: str
    title: str
    url: str
    administrator: str
    classify: Classify
    account: str = ""
    """Whose credentials they are; empty where only the system itself knows."""

    def refused(self, response: requests.Response, what: str, *, safe: bool) -> IntegrationError:
        """The error of an answer that is no success."""
        status = response.status_code
        said = f"{self.title}: could not {what}"
        wait = retry_after(response)
        if status == 429 or (status == 503 and wait is not None):
            return Unavailable(f"{said}: it asks us to wait", system=self.system, retry_after=wait)
        error = self.classify(response, what)
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

    def lost(self, exception: requests.RequestException, what: str, *, safe: bool) -> IntegrationError:
        """The error of a request to which no answer came."""
        said = f"{self.title}: could not {what}"
        if is_of_certificate(exception):
            return AuthError(
                f"{said}: the certificate of {self.url} is not trusted",
                system=self.system,
                who="whoever runs closedwon",
                next="Mend the certificate, or name its authority in REQUESTS_CA_BUNDLE.",
            )
        if was_not_sent(exception):
            return Unavailable(f"{said}: {self.url} can't be reached", system=self.system)
        if isinstance(exception, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
            return Rejected(f"{said}: the address or the token is malformed", system=self.system)
        if safe and isinstance(exception, TooLarge):
            return Rejected(f"{said}: the answer is larger than any that is asked for", system=self.system)
        if safe:
            return Unavailable(f"{said}: no answer came", system=self.system)
        return self._uncertain(said)

    def _uncertain(self, said: str) -> Uncertain:
        return Uncertain(
            f"{said}: the answer was lost, perhaps it was done",
            system=self.system,
            next="It is looked for before it is tried again.",
        )


def is_of_certificate(exception: requests.RequestException) -> bool:
    """Whether the other side could not prove who it is, so that nothing was sent; not any trouble of the connection."""
    reason: object = exception
    while isinstance(reason, BaseException):
        if isinstance(reason, ssl.SSLCertVerificationError):
            return True
        reason = getattr(reason, "reason", None) or (reason.args[0] if reason.args else None)
    return False


def was_not_sent(exception: requests.RequestException) -> bool:
    """Whether no connection came about."""
    if isinstance(exception, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    reason = getattr(exception.args[0], "reason", None) if exception.args else None
    return isinstance(reason, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError))
