"""Where a customer is, before it has been read."""

from __future__ import annotations

import dataclasses

from integrations.core.errors import IntegrationError


@dataclasses.dataclass(frozen=True)
class Place:
    """A company's id.

    Attributes:
        ours: Nothing has to be written to make it ours.
    """

    number: int
    ours: bool = True


Places = dict[str, "Place | None | IntegrationError"]
"""By key: where it is, that it is nowhere, or why that is not known."""
