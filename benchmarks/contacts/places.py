"""Telling a ledger where customers are that no run of ours has set up.

Contact sync finds a customer's organizations and page in the ledger alone, as a set-up leaves them there. To set
up thousands of customers only to have something to measure would take hours: the sandbox tells where it put those
that it generated, and they are noted through the ledger's public `note`, just as a plan notes what it finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import requests

from integrations.core.change import Change
from integrations.core.ledger import Ledger
from integrations.core.resource import Live, Resource, Want

LEDGER = Path(".closedwon") / "ledger.sqlite"
"""Where the settings of `closedwon init --sandbox` put it."""
_TIMEOUT = 60.0

Places = Mapping[str, Mapping[str, str]]
"""By customer (ERP id): the id of its organization or page, by system."""


class Organization(Resource):
    """A customer's organization, in Jira or in the control panel."""

    kind: ClassVar[str] = "organization"


class Section(Resource):
    """A customer's section of a wiki page."""

    kind: ClassVar[str] = "section"


def generated(url: str) -> Places:
    """Return the places of the customers that a sandbox generated."""
    answer = requests.get(f"{url}/_sandbox/places", timeout=_TIMEOUT)
    answer.raise_for_status()
    found: Places = answer.json()
    return found


def note(folder: Path, found: Places) -> None:
    """Write these places into the ledger of the settings in `folder`."""
    seen = [_seen(customer, *place) for customer, there in found.items() for place in there.items()]
    ledger = Ledger(folder / LEDGER)
    try:
        ledger.note(seen)
    finally:
        ledger.close()


def _seen(customer: str, system: str, number: str) -> tuple[Change[Any], Live[Any]]:
    key = f"customer:{customer}"
    resource = Section(key=f"{key}/page") if system == "wiki" else Organization(key=key)
    return Change("place", system, "keep", Want("place", system, resource)), Live(number, resource)
