"""The form of an answer: what tells a vendor's own from one of something that stands before it.

A proxy's page to sign in, or another product at the same address, may answer with status 200. What it says must
never be taken for an empty list, or for an object that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import requests

from integrations.core.errors import Rejected

Shape: TypeAlias = type | tuple[type, ...] | list[Any] | Mapping[str, Any]
"""The types of an answer's parts: of an object's keys that are always there, of every item of a list in `[…]` or,
where that names several, of each of as many.

`{"values": [{"id": str}]}` fits `{"values": [{"id": "7", "name": "Acme"}], "isLast": true}`, and `[str, int]` fits
`["a", 1]`.
"""


class ForeignAnswer(Rejected):
    """Something else than the system answered: what it says, or leaves out, is no fact about the system."""

    @property
    def type(self) -> str:
        """What it is for everybody outside the adapters."""
        return "Rejected"


def fits(value: object, shape: Shape) -> bool:
    """Whether a decoded answer has this form, whatever else is in it."""
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
    """Whether an answer is a page for people."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return media_type in ("text/html", "application/xhtml+xml")
