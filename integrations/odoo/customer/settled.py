"""What came of writing, once it has been read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from integrations.core.errors import IntegrationError, Unavailable, Uncertain
from integrations.core.resource import Live
from integrations.odoo.customer.resource import Customer

Put = dict[str, "Live[Customer] | None | IntegrationError"]


def after_writing(keys: Iterable[str], read: Callable[[], Put]) -> Put:
    """What `read` answers; where it fails, it was written all the same, and nobody may be told otherwise."""
    try:
        return read()
    except Unavailable as error:
        lost = Uncertain(
            f"{error.message}; it was written before",
            system=error.system,
            next="It is looked for before anything else.",
        )
        return dict.fromkeys(keys, lost)
    except IntegrationError as error:
        return dict.fromkeys(keys, error)
