"""The settings of the portal."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from integrations.core.secret import Secret
from integrations.core.system import RemoteSettings


class Settings(RemoteSettings):
    """The portal's address and a token that may read the customers."""

    token: Secret
    customers_path: Annotated[str, Field(pattern=r"^/[^?#\s]*$")] = "/api/servers/1/"
    """Where the ids of all customers are listed, a line each."""

    secrets: ClassVar[frozenset[str]] = frozenset({"token"})
