"""A configured system: its settings, what it holds, and what `check` finds out about it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import Field, HttpUrl, field_validator

from integrations.core.errors import IntegrationError
from integrations.core.http import Http, Limits, Wire
from integrations.core.model import Customer, Deal, Model, Person
from integrations.core.resource import Owner, Resource
from integrations.core.search import Candidate, Kind
from integrations.core.store import Billing, Contacts, MemberStore, Source, Store
from integrations.core.succession import Succession, Traces

Mode = Literal["read", "ask", "write"]


class SystemSettings(Model):
    """What every system's section in the settings may say; an adapter's `Settings` adds its own."""

    adapter: str
    """The adapter's name: `odoo`, `jira`, … or what a plug-in registered."""
    mode: Mode = "ask"
    only: tuple[str, ...] = ()
    """Customers (ERP ids) that a pilot is limited to; empty: all."""
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    """Requests under way at once, over all processes of this machine."""
    rate: Annotated[float, Field(ge=0)] = 0
    """Requests a second at most, over all processes of this machine; 0: no limit of ours."""
    timeout: Annotated[float, Field(gt=0)] = 30
    """Seconds that an answer may take."""
    patience: Annotated[float, Field(ge=0)] = 60
    """Seconds that one request may be tried again in all, when the system asks us to wait or is down."""
    settle: Annotated[float, Field(ge=0)] = 120
    """Seconds that the system's reads may lag behind its writes: so long is looked after a lost answer."""
    owners: Mapping[str, Owner] = Field(default_factory=dict)
    """Who wins on a field that somebody else changed, as `kind.field = "ours" | "people"`."""

    def public(self) -> dict[str, Any]:
        """The settings that playbooks and templates may use: everything but secrets and how to connect."""
        hidden = {"adapter", "mode", "only", "concurrency", "rate", "timeout", "patience", "settle", "owners"}
        return {
            name: value for name, value in self.model_dump(mode="json").items() if name not in hidden | self.secrets
        }

    @property
    def limits(self) -> Limits:
        """How hard the system may be pressed."""
        return Limits(self.concurrency, self.rate, self.timeout, self.patience)

    secrets: ClassVar[frozenset[str]] = frozenset()
    """The names of an adapter's fields that hold secrets."""


class RemoteSettings(SystemSettings):
    """A system that is reached over HTTP."""

    url: HttpUrl

    @field_validator("url")
    @classmethod
    def _is_an_address_alone(cls, url: HttpUrl) -> HttpUrl:
        """It is named in messages, and every path is put behind it."""
        if url.username or url.password:
            raise ValueError("must hold no user and no password: the secret has a line of its own")
        if url.query or url.fragment:
            raise ValueError("must end before ? and #")
        return url

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return str(self.url).rstrip("/")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One line of a `check`: something right, needless, or wrong and who fixes it."""

    ok: bool
    text: str
    """The right or fact, in the vendor's words: `Administer Jira`."""
    who: str = ""
    next: str = ""
    minor: bool = False
    """As it should be, and nothing that anybody has to know: shown with `-v` only."""


@dataclasses.dataclass(frozen=True)
class Report:
    """What `check` found out about one system, by reading only."""

    account: str
    """Who we are there."""
    key_until: date | None = None
    """The day our key ends; None where the system does not tell."""
    findings: tuple[Finding, ...] = ()

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Return what has to be fixed."""
        return tuple(finding for finding in self.findings if not finding.ok)


@dataclasses.dataclass
class System:
    """One configured product: what an adapter's `connect` gives.

    Attributes:
        name: Its section in the settings.
        title: What people call the product (`Odoo`, `Jira`).
        stores: By kind.
        deals: The source of deals, where it is one.
        customers: What it knows of a customer by its id, where it is the system of record: completes a deal that
            comes from elsewhere. None: there is no such customer.
        former: The deals that are proven to have made these customers (ids), by customer, where it is the system of
            record: one request for all. Raises what a request raises.
        successions: What became of these customers (ids), where it is the system of record; None: still a customer of
            its own. An error: it may not be seen, or could not be asked, so it counts as not gone.
        predecessors: The customers (ids) that may have become a part of these, by customer, as far as the system's own
            records of merges tell, in one request. Asked where something is about to be made for it that a customer may
            have had of whom nobody here knows. Raises what a request raises.
        account_manager: Who is to look after a customer that names nobody, and why, of a deal from elsewhere with this
            account manager and this salesperson; where it is the system of record.
        contacts: What it tells of the customers' people, where it is the system of record.
        connect_billing: Gives what it tells of contracts, orders, invoices and payments, where it is the system of
            record; called where that is wanted: most runs read nothing of it.
        people: The one of its stores that holds the customers' people, where it has one.
        linked: The id of the deal or the customer whose page has this address; None: it is no such page of this system.
            Asks nobody.
        companies: All companies and private persons that may be customers, by name, where it is the system of record.
        http: The sender, for counting; None where nothing is sent.
        unusable: Why its adapter can't be used; None for any other.
        check: Tests credentials and the rights needed for these kinds (`{"organization", "ticket"}`; empty:
            for reading only), by reading. `deals` in it stands for the source. Raises what a request raises
            (`AuthError`, `Unavailable`).
    """

    name: str
    title: str
    settings: SystemSettings
    stores: Mapping[str, Store[Any]]
    check: Callable[[frozenset[str]], Report]
    deals: Source[Deal] | None = None
    customers: Callable[[str], Customer | IntegrationError | None] | None = None
    former: Callable[[Collection[str]], Mapping[str, frozenset[str]]] | None = None
    successions: Callable[[Mapping[str, Traces]], Mapping[str, Succession | None | IntegrationError]] | None = None
    predecessors: Callable[[Collection[str]], Mapping[str, Collection[str]]] | None = None
    account_manager: Callable[[Person | None, Person | None], tuple[Person | None, str]] | None = None
    contacts: Contacts | None = None
    connect_billing: Callable[[], Billing] | None = None
    people: MemberStore[Any] | None = None
    linked: Callable[[str, Kind], str | None] | None = None
    companies: Callable[[], Iterable[Candidate]] | None = None
    http: Http | None = None
    unusable: IntegrationError | None = None

    def may_write(self, customer: str | None) -> bool:
        """Return whether it is to be written to for this customer (an ERP id): not in mode `read`, and in its pilot."""
        settings = self.settings
        return settings.mode != "read" and (not settings.only or customer in settings.only)

    def now(self) -> datetime:
        """The time by its own clock, as its answers gave it; by ours where it has not answered yet."""
        return self.http.clock.now() if self.http is not None else datetime.now(UTC)

    @functools.cached_property
    def billing(self) -> Billing | None:
        """What it tells of contracts, orders, invoices and payments; None where it is not the system of record."""
        return self.connect_billing() if self.connect_billing is not None else None


class Adapter(Protocol):
    """What an adapter's package offers: its settings' model and how to connect.

    `connect` contacts nothing: whatever has to be asked of the server is asked at first use.
    """

    Settings: type[SystemSettings]

    def connect(self, name: str, settings: Any, wire: Wire) -> System:
        """The system, by its section's name and checked settings."""
        ...


def resources(system: System) -> Mapping[str, type[Resource]]:
    """The kinds of resource that a playbook may want in this system: not its people, who follow the ERP."""
    return {
        kind: store.resource
        for kind, store in system.stores.items()
        if store is not system.people and store.resource.in_playbooks
    }
