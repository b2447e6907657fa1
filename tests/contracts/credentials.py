"""Whether a request carries credentials where its vendor looks for them, never what they are."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.sandbox.server import Exchange


def authorization(exchange: Exchange, *schemes: str) -> Iterator[str]:
    """A request must have an `Authorization` header of one of these schemes, with something behind it."""
    scheme, _, credential = exchange.headers.get("authorization", "").partition(" ")
    if not credential.strip():
        yield "request: carries no credentials"
    elif scheme.lower() not in {known.lower() for known in schemes}:
        yield f"request: authenticates by {scheme!r}, the vendor knows {' and '.join(schemes)}"
