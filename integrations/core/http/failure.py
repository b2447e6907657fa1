"""What becomes of a request that was refused or got no answer: the error, and what the attempt may have done."""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Callable

import requests
import urllib3.exceptions

from integrations.core.errors import AuthError, Conflict, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.http.answer import TooLarge, retry_after
from integrations.core.http.attempt import Attempt
from integrations.core.http.not_before import until

Classify = Callable[[requests.Response, str], IntegrationError | None]
"""An adapter's reading of a refused answer: the error, or None for the usual one. Gets what was tried."""


@dataclasses.dataclass(frozen=True)
class Failures:
    """The errors of one system's requests, in words."""

    system: str
    title: str
    url: str
    administrator: str
    classify: Classify
    account: str = ""
    """Whose credentials they are; empty where only the system itself knows."""

    def refused(self, response: requests.Response, what: str) -> tuple[IntegrationError, Attempt]:
        """Return the error of an answer that is no success, and what the attempt may have done.

        An adapter's own reading of an answer counts as a refusal, unless it is `Unavailable`: what broke down inside
        the vendor may have broken down after it was done.
        """
        status = response.status_code
        said = f"{self.title}: could not {what}"
        wait = retry_after(response)
        if status == 429:
            return self.asked_to_wait(what, wait), "refused"
        if status == 503 and wait is not None:
            return self.asked_to_wait(what, wait), "maybe"
        error = self.classify(response, what)
        if error is not None:
            return error, "maybe" if isinstance(error, Unavailable) else "refused"
        if status >= 500 or status == 408:
            return Unavailable(f"{said}: it is out of order ({status})", system=self.system, retry_after=wait), "maybe"
        if status in (401, 403):
            return self._denied(status, what), "refused"
        if status in (409, 412):
            conflict = Conflict(f"{said}: it was changed meanwhile", system=self.system, next="Look at the plan again.")
            return conflict, "refused"
        if status < 400:
            moved = Rejected(
                f"{said}: {self.url} has moved",
                system=self.system,
                who="whoever runs closedwon",
                next="Correct the address.",
            )
            return moved, "refused"
        return Rejected(f"{said}: refused ({status})", system=self.system), "refused"

    def asked_to_wait(self, what: str, seconds: float | None) -> Unavailable:
        """Return the error of a request that the system wants later, with the time where it says one."""
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
        """Return the error of a request to which no answer came, and what the attempt may have done."""
        said = f"{self.title}: could not {what}"
        if is_of_certificate(exception):
            untrusted = AuthError(
                f"{said}: the certificate of {self.url} is not trusted",
                system=self.system,
                who="whoever runs closedwon",
                next="Renew the certificate, or name its authority in REQUESTS_CA_BUNDLE.",
            )
            return untrusted, "not sent"
        if was_not_sent(exception):
            return Unavailable(f"{said}: {self.url} can't be reached", system=self.system), "not sent"
        if isinstance(exception, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
            return Rejected(f"{said}: the address or the token is malformed", system=self.system), "not sent"
        if isinstance(exception, TooLarge):
            large = Rejected(f"{said}: the answer is larger than any that is asked for", system=self.system)
            return large, "maybe"
        return Unavailable(f"{said}: no answer came", system=self.system), "maybe"

    def uncertain(self, error: IntegrationError, what: str, attempt: Attempt) -> Uncertain:
        """Return the error of a write that failed in the end, and may have been done by this or an earlier attempt."""
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
