"""The Confluence settings."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from integrations.core.secret import Secret
from integrations.core.system import RemoteSettings


class Settings(RemoteSettings):
    """The site's address (`https://SITE.atlassian.net`), an account's API token, and where customers' pages go."""

    account: Annotated[str, Field(min_length=3)]
    """The e-mail of the account that the token belongs to."""
    token: Secret
    space: Annotated[str, Field(pattern=r"^~?[A-Za-z0-9_.-]{1,255}$")]
    """The space's key."""
    parent: Annotated[str, Field(min_length=1)] | None = None
    """The page below which customers' pages go, by title or by id; the space's homepage without it."""

    secrets: ClassVar[frozenset[str]] = frozenset({"token"})

    @property
    def site(self) -> str:
        """The site's address; people tend to copy it with the wiki's own path behind it."""
        host = self.url.host or ""
        return self.base.removesuffix("/wiki") if host.endswith(".atlassian.net") else self.base
