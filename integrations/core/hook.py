"""Hooks: what a system sends when something has happened there, and how it proves who it is.

1. `serve` takes a delivery at `/hooks/SYSTEM`, of a bounded size and number.
2. The system's `Hook` proves the sender first, then reads the body, and gives a hint; None: nothing that concerns us.
3. The hint is queued on the disk, and only then the delivery is accepted.

A hint carries an id and is never the truth: the deal is read from the CRM. So a hint that is forged, late or doubled
costs a look. A hook contacts nobody, keeps nothing, and is answered within milliseconds.
"""

from __future__ import annotations

import dataclasses
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from integrations.core.errors import ConfigError
from integrations.core.model import Model
from integrations.core.secret import Secret

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
"""The form of a deal's id as a delivery may name it."""
PROOF = (401, "it is not proved who sent this")

Secrets = Annotated[tuple[Secret, ...], Field(min_length=1, max_length=2)]
"""A secret, or two that are valid at the same time, while one takes the other's place."""


class Refused(Exception):
    """A delivery that is not taken: the status that it is answered with, and why, in words without values."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclasses.dataclass(frozen=True)
class Delivery:
    """A delivery as it came.

    Attributes:
        token: What stands behind the system's name in the path.
        headers: By their names in lower case.
        sender: The address that it came from.
    """

    body: bytes
    token: str = ""
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sender: str = ""

    def document(self) -> Mapping[str, Any]:
        """Return the body.

        Raises:
            Refused: It is no JSON object.
        """
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Refused(400, "the body is not JSON") from None
        if not isinstance(found, dict):
            raise Refused(400, "the body is no JSON object")
        return found


@dataclasses.dataclass(frozen=True)
class Hint:
    """A deal that something happened to.

    Attributes:
        message: The id of the delivery, where its sender gives it one that never comes twice.
    """

    deal: str
    message: str = ""


Hook = Callable[[Delivery], Hint | None]


def deal_id(value: Any) -> str:
    """Return the id of a deal that a delivery names.

    Raises:
        Refused: It could be none.
    """
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if ID.fullmatch(text) is None:
        raise Refused(400, "the body names no deal")
    return text


def revealed(secrets: Iterable[Secret]) -> list[str]:
    """Return the secrets that there are now: a file or variable that is empty is none."""
    found = []
    for secret in secrets:
        try:
            found.append(secret.reveal())
        except ConfigError:
            continue
    return found


def is_among(given: str, secrets: Iterable[Secret]) -> bool:
    """Return whether what was given is one of these secrets; takes as long whichever it is."""
    matches = [hmac.compare_digest(given.encode(), secret.encode()) for secret in revealed(secrets)]
    return any(matches)


class StandardSettings(Model):
    """`[serve.hooks.NAME]`: a sender that signs as <https://www.standardwebhooks.com> says."""

    secrets: Secrets
    """What it signs with, as it shows it: `whsec_…`."""
    types: tuple[str, ...] = ()
    """The types of event that are about a won deal; empty: all."""
    deal: str = "data.id"
    """Where the deal's id stands in the body."""


def standard(settings: StandardSettings) -> Hook:
    """Return the hook for a sender that signs by Standard Webhooks: at most five minutes old, and each message once."""

    def take(delivery: Delivery) -> Hint | None:
        _prove(delivery, revealed(settings.secrets))
        document = delivery.document()
        if settings.types and document.get("type") not in settings.types:
            return None
        value: Any = document
        for part in settings.deal.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return Hint(deal_id(value), delivery.headers["webhook-id"][:200])

    return take


def _prove(delivery: Delivery, secrets: Iterable[str]) -> None:
    from standardwebhooks import Webhook, WebhookVerificationError  # noqa: PLC0415  (only where somebody signs so)

    is_old = False
    for secret in secrets:
        try:
            Webhook(secret).verify(delivery.body, dict(delivery.headers), json_parse=False)
        except WebhookVerificationError as error:
            is_old = is_old or "too old" in str(error) or "too new" in str(error)
        except ValueError:  # what is no text, or no base64
            continue
        else:
            return
    if is_old:
        raise Refused(409, "this is more than five minutes old, or a clock is wrong")
    raise Refused(*PROOF)
