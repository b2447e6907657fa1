"""What a contract says about one exchange, and what every contract can do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any, Protocol

from jsonschema.exceptions import ValidationError, best_match

from integrations.sandbox.server import Exchange

LONGEST = 240


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One exchange against its vendor's contract.

    `operation` is the vendor's name of what was called, without ids, so that equal calls count as one.
    `unchecked` says why nobody checked it; None where it was checked.
    """

    operation: str
    problems: tuple[str, ...] = ()
    unchecked: str | None = None


class Contract(Protocol):
    """What one vendor publishes, or what is known by hand, about its wire format."""

    def judge(self, exchange: Exchange) -> Verdict:
        """Everything in this exchange that the vendor's contract does not allow."""
        ...


def shortened(text: str) -> str:
    """The text on one line, cut where a schema's message quotes a whole document."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def sentences(errors: Iterable[ValidationError]) -> list[str]:
    """JSON Schema errors as `place: what is wrong`; of alternatives the one that fits best is explained."""
    found = []
    for error in errors:
        closest = best_match([error]) or error
        found.append(f"{closest.json_path}: {shortened(closest.message)}")
    return found


def parsed(body: bytes) -> Any:
    """The body as JSON; None where it is empty or no JSON at all, which the schema checks report themselves."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def unknown(exchange: Exchange, text: str) -> Verdict:
    """The verdict on a request that the vendor's contract has nothing about: always a problem."""
    return Verdict(
        f"{exchange.method} {exchange.path}", (f"request: {text}",), "the vendor's contract does not know it"
    )
