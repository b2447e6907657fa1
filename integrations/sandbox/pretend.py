"""The parts of every pretend system, and the facts that the server around it needs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import http
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from integrations.sandbox.state import State

TOKEN = "sandbox-token"  # noqa: S105  (the sandbox's one credential, on loopback, protects nothing)
ACCOUNT = "closedwon@acme.example"
COLLEAGUE_TOKEN = "sandbox-colleague-token"  # noqa: S105  (nothing to protect either)
"""Of one of our people, who may do everything to the ERP's contacts: what tests change as somebody else goes by it."""
COLLEAGUE = "lena.gerber@acme.example"


@dataclasses.dataclass(frozen=True)
class Operation:
    """The operation of a request: shown in the request log and matched by faults.

    `name` tells apart what one path serves (`res.partner.write` from `res.partner.read`); `writes` is whether
    the vendor would change anything if it succeeded.
    """

    name: str
    writes: bool


@dataclasses.dataclass(frozen=True)
class Traps:
    """Traps of the vendors today; changed by `POST /_sandbox/traps`, put back by a reset."""

    odoo_version: str = "19.0"
    """`19.0` has JSON-2 and `won_status`; `17.0` has JSON-RPC only, and `mobile`."""
    jira_index_lag: float = 0.3
    """Seconds until a new or changed issue can be found by JQL, and a new account by the search of users."""
    jira_organization_name: str = "duplicate"
    """What creating an organization whose name exists does: `duplicate` makes one more, `existing` returns it."""
    page_size: int | None = None
    """Caps every listing's page, so that a test with few objects reads several pages."""


class Contracts(enum.Enum):
    """Recurring billing in the ERP.

    It is kept as OCA's contracts, as Enterprise's subscriptions, or not at all.
    """

    OCA = "oca"
    ENTERPRISE = "enterprise"
    NONE = "none"

    @property
    def absent(self) -> frozenset[str]:
        """The apps that this ERP does not have. Either kind of contract has its own for a line's days of service."""
        oca, enterprise = frozenset({"contract"}), frozenset({"sale_subscription", "account_accountant"})
        days = frozenset({"account_invoice_start_end_dates"})
        return {
            Contracts.OCA: enterprise,
            Contracts.ENTERPRISE: oca | days,
            Contracts.NONE: oca | enterprise,
        }[self]


def today() -> dt.date:
    """The real day, in UTC."""
    return dt.datetime.now(dt.UTC).date()


@dataclasses.dataclass(frozen=True)
class Billing:
    """The billing of the pretend ERP."""

    contracts: Contracts = Contracts.OCA
    seeded: bool = False
    """Whether there are customers with invoicing exceptions, and with what only looks like one."""
    today: dt.date = dataclasses.field(default_factory=today)
    """The day that those customers' dates are counted from."""


@dataclasses.dataclass
class World:
    """World of a pretend system: the objects, today's traps, and the account's missing rights."""

    state: State
    traps: Traps = dataclasses.field(default_factory=Traps)
    missing_rights: dict[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    """By system: names of rights that the sandbox's account lacks, as the vendor calls them."""
    billing: Billing = dataclasses.field(default_factory=Billing)

    def lacks(self, system: str, right: str) -> bool:
        """Return whether the account lacks this right in this system."""
        return right in self.missing_rights.get(system, frozenset())


def gateway_page(_path: str, status: int) -> Response:
    """A status as the web server before a product answers it: a page for people, nothing of the product's."""
    title = f"{status} {http.HTTPStatus(status).phrase}"
    return HTMLResponse(
        f"<html>\n<head><title>{title}</title></head>\n<body><h1>{title}</h1></body>\n</html>\n", status
    )


@dataclasses.dataclass(frozen=True)
class Pretend:
    """A pretend system.

    `routes` stand below `/<name>`. `operation` names a request before it is handled; it gets the body because
    some vendors tell read from write only there. `seed` fills an empty world. `duplicates` lists the objects
    that exist twice although they are one thing, a sentence each. `link` gives an object's page for people,
    for the overview at `/`. `controls` stand below `/_sandbox`: what people and tests do to this system where
    the vendor has no call for it. `refuse` gives an answer with a status that a test injects, by the
    request's path, in the form that the vendor gives it.
    """

    name: str
    title: str
    routes: Sequence[Route]
    operation: Callable[[Request, bytes], Operation]
    seed: Callable[[World], None]
    duplicates: Callable[[World], list[str]]
    link: Callable[[str, dict[str, Any]], str | None]
    controls: Sequence[Route] = ()
    refuse: Callable[[str, int], Response] = gateway_page


Handler = Callable[[Request], Response]


def world(request: Request) -> World:
    """The world that a handler works in."""
    found: World = request.app.state.world
    return found


def arrived(request: Request) -> float:
    """Return when the request came in (monotonic seconds), before any latency.

    Two whose spans overlap ran at once.
    """
    moment: float = request.scope["closedwon.arrived"]
    return moment
