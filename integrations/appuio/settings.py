"""The settings of the control panel."""

from __future__ import annotations

from typing import ClassVar

from pydantic import HttpUrl

from integrations.core.secret import Secret
from integrations.core.system import RemoteSettings


class Settings(RemoteSettings):
    """The control API's address and a token of a service account there."""

    token: Secret
    billing_prefix: str = "be-"
    """What stands before the ERP's id of an invoice contact in the name of its billing entity."""
    user_prefix: str = "appuio#"
    """What the API puts before a user's name where it tells who redeemed an invitation (its `--username-prefix`)."""
    portal_url: HttpUrl | None = None
    """The portal for people, for links to an organization; without it links lead to the API."""

    secrets: ClassVar[frozenset[str]] = frozenset({"token"})
