"""The contract of an adapter: its settings, its system, and a store for each kind of object.

What happens to an adapter, in this order:

1. `registry` finds its package by the entry point, and reads its section of the settings into its `Settings`.
2. `connect` gives the `System`: title, settings, stores by kind, and what it is read for. Nothing is sent yet.
3. `check` reads, and says what works, what is missing, and who fixes it.
4. A run hands a store many look-ups at once. `find` reads, and answers each: the object, None (proven absent), or an
   error (not known: nothing is made).
5. The core compares, has the change approved, and writes its intent into the ledger. Then `put` gets at most `batch`
   changes, writes each, and answers with what the vendor holds then.
6. After a crash or a lost answer the same look-up comes again, perhaps on another machine with an empty ledger: `find`
   has to see what `put` made. So the mark is written with the creation, or a claim before it.

An adapter must answer row by row, take "may not see" never for "absent", touch no field that it was not asked for, and
raise only `IntegrationError`s, whose text says what was tried on what. It may answer many rows with one request, keep
what hardly changes while it lives, and offer people, deals, customers, contacts or billing. It must not repeat a
request by itself (`http` does), keep anything between runs, print, or log what people are called.

`docs/adapter.md` builds a small one; `tests/conformance` has the laws.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import Field, HttpUrl, field_validator

from integrations.core.change import Change
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.hook import Hook
from integrations.core.http import Http, HttpContext, Limits
from integrations.core.member import Access, Membership, Present
from integrations.core.model import Contact, Customer, Deal, ErpContacts, Model, Person, RecordChange, Reference
from integrations.core.resource import Live, Lookup, Owner, R, Resource, Taken
from integrations.core.rows import Failed
from integrations.core.search import Candidate, Kind
from integrations.core.succession import Succession, Traces
from integrations.core.text import one_line, shorten

if TYPE_CHECKING:
    from integrations.core.billing import Account, Invoice, Survey

Answer = Mapping[str, Live[Any] | Taken[Any] | None | IntegrationError]
"""Many in, one answer per key: the object, None (proven absent), or why that is not known.

`Taken`, only by `find`: proven absent, and something else has a name that it would get."""


@dataclasses.dataclass(frozen=True)
class IdForm:
    """The form of the ids of one kind of object, as people read them off its page.

    Attributes:
        pattern: What the whole of an id matches. Anything else is sent nowhere.
        like: What one looks like, for people: `a number, such as 17`.
    """

    pattern: re.Pattern[str]
    like: str

    def prove(self, text: str, *, step: str, system: str) -> None:
        """Make sure that a text from a person or a playbook could be such an id.

        Raises:
            Rejected: It could not.
        """
        if self.pattern.fullmatch(text) is None:
            raise Rejected(
                f"{step}: “{shorten(one_line(text), 60)}” is no id there: it has to be {self.like}",
                system=system,
                who="the person who chose it",
                next="Name the id that the object's own page shows.",
            )


NUMBER = IdForm(re.compile(r"[1-9][0-9]{0,17}"), "a number, such as 17")
"""The ids of most systems."""


class Store(Protocol[R]):
    """Store of one kind of resource in one system.

    A store never raises for one row what concerns one row: it answers it. Its docstring says where the
    mark lives, whether it is written atomically with the creation, and if not, what an orphan looks like.
    """

    resource: type[R]
    writes: Literal["create", "send", "manual"]
    """What making one is: a creation, a message that can't be taken back, or a task for a person."""
    batch: int
    """How many changes `put` takes at once."""
    id_form: IdForm
    """What an id looks like that a person chooses: no other one reaches `find`."""

    def find(self, lookups: Sequence[Lookup[R]]) -> Answer:
        """Return what is there, by the resource's key. Sends no writing request.

        By itself it gives only objects that bear our mark, that a person chose, or that a system of record
        points to. A look-alike without our mark, or several, is `Ambiguous`. Absent only where visibility is
        proven and the read consistent: an object that may not be seen is an error, never None. A chosen
        object that bears another customer's mark is `Rejected`. Where a name that it would be made with is
        another customer's: `Taken`.
        """
        ...

    def put(self, changes: Sequence[Change[R]]) -> Answer:
        """Write the changes, each by its action, and return what the vendor then holds, by key.

        `create` is safe to repeat after a lost answer; `adopt` writes our mark and the fields; `update`
        writes only `change.fields`; where the vendor versions objects, a newer version than `change.found` is
        `Conflict`; elsewhere the object is read again just before. Nothing that was not asked for is touched.
        A new object has the wanted names, or is not made: `Conflict` where another customer has one
        meanwhile.
        """
        ...


D_co = TypeVar("D_co", covariant=True)


class Source(Protocol[D_co]):
    """Objects that a system is read for."""

    def get(self, keys: Sequence[str]) -> Mapping[str, D_co | None | IntegrationError]:
        """Each object, None (proven absent), or why that is not known."""
        ...

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[D_co | Failed]:
        """Every deal won or lost since a day, by its closing, the oldest first, then the open ones; all without a day.

        `won_only`: the won ones alone. `Failed`: one whose rows can't be read, wherever it would stand.
        """
        ...


class Contacts(Protocol):
    """The customers' people in the system of record."""

    def changed(self, since: datetime) -> Iterator[Sequence[RecordChange | Failed]]:
        """Yield the contacts and companies written to at `since` or later, page after page.

        Archived ones are among them. Rows that somebody else's system is still making are left out. A page
        that can't be read raises: what came before it is then not the whole. `Failed`: a row of which it
        can't be told whose it is.
        """
        ...

    def rosters(self, customers: Sequence[str]) -> Iterator[ErpContacts | Failed]:
        """Each customer with all its contacts, in any order, read a bounded number of contacts at a time.

        `Failed`: a customer whose rows can't be read; `ErpContacts.unread`: single contacts.
        Raises what a request raises; then the rest is not known.
        """
        ...

    def get(self, contacts: Sequence[str]) -> Mapping[str, Contact | None | IntegrationError]:
        """Contacts by id, whichever customer they belong to now; None: deleted; an error: may not be seen."""
        ...

    def staff(self) -> frozenset[str]:
        """The e-mail addresses of our own people, in lower case."""
        ...

    def having(self, email: str) -> Sequence[Contact]:
        """The contacts that have this address, archived ones too, whichever customer they belong to."""
        ...

    def made_by(self, change: Change[Any]) -> Sequence[Contact]:
        """The contacts without an id that a change of a customer, who exists, is going to make there; asks nothing."""
        ...

    def mentions(self, email: str) -> Sequence[Reference]:
        """Return the places in the system of record where this address stands, and why it has to."""
        ...


class Billing(Protocol):
    """Contracts, orders, invoices and payments in the system of record."""

    def survey(self) -> Survey:
        """Return the kinds of billing data that there are to read, and the currencies' rates.

        Raises what a request raises.
        """
        ...

    def customers(self, among: Sequence[str] | None = None) -> Iterator[Sequence[str | Failed]]:
        """Yield the ids of all who may have something to bill, page after page, each once.

        Our own companies are never among them. `among`: only those of these ids who are customers by the same
        measure, however they came to be asked for. `Failed`: a record of which it can't be told whose it is:
        then somebody may be missing.
        """
        ...

    def changed(self, since: datetime) -> Iterator[Sequence[RecordChange | Failed]]:
        """Yield the records of billing written to at `since` or later, page after page.

        `contact` is the record, in any form. A page that can't be read raises: what came before it is then
        not the whole. `Failed`: a record of which it can't be told whose it is. Not every `customer` is one:
        `customers` tells.
        """
        ...

    def accounts(self, customers: Sequence[str], since: date) -> Iterator[Account | Failed]:
        """Each of these customers with all about its billing, in any order, a bounded number in memory at a time.

        `Failed`: a customer some of whose rows can't be read.
        Settled invoices before `since` are left out, and customers who are gone or may not be seen. A part that can't
        be read is named in `Account.unread`; what nothing can be read without raises what the request raises.
        """
        ...

    def numbered(self, number: str) -> Sequence[Invoice]:
        """The invoices with this number or this id, without lines: several where our companies repeat numbers."""
        ...

    def names(self, customers: Sequence[str]) -> Mapping[str, str]:
        """Return these customers' names; those that are gone, or may not be seen, are left out."""
        ...


class MemberStore(Store[R], Protocol[R]):
    """A store of the customers' people: each is a member of one place, such as an organization.

    A person has no mark of ours there: an exact e-mail address is what tells, or the id that the ledger or a
    person gave. `find` answers for a place that is gone, or is marked as another customer's, with an error for each
    of its people. Archiving takes a person out of the place, with every account or
    row of theirs there where the address is given: accounts stay.
    """

    container: str
    """The kind whose objects are the places: `organization`."""
    access: Access
    """What being in it means."""

    def present(self, place: str) -> Sequence[Present]:
        """Return everybody in this place.

        It is as `find` last saw it; the place is read where `find` has not.
        """
        ...

    def memberships(self, email: str = "") -> Sequence[Membership | IntegrationError]:
        """Return the members of all places that bear our mark, without the ledger's help.

        Args:
            email: Of exactly this address; empty: of every address that the system shows.

        Returns:
            Each address once a place, and an error for each place that could not be looked into.

        Raises:
            IntegrationError: Nothing could be looked at.
        """
        ...


Mode = Literal["read", "ask", "write"]


class SystemSettings(Model):
    """The settings of every system's section; an adapter's `Settings` adds its own."""

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
        """Limits on the load on the system."""
        return Limits(self.concurrency, self.rate, self.timeout, self.patience)

    secrets: ClassVar[frozenset[str]] = frozenset()
    """The names of an adapter's fields that hold secrets."""


class RemoteSettings(SystemSettings):
    """A system that is reached over HTTP."""

    url: HttpUrl

    @field_validator("url")
    @classmethod
    def _is_an_address_alone(cls, url: HttpUrl) -> HttpUrl:
        """Check that the address holds no credentials, query or fragment.

        It is named in messages, and every path is put behind it.
        """
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
    """A line of a `check`: something right, needless, or wrong and who fixes it."""

    ok: bool
    text: str
    """The right or fact, in the vendor's words: `Administer Jira`."""
    who: str = ""
    next: str = ""
    minor: bool = False
    """As it should be, and nothing that anybody has to know: shown with `-v` only."""


@dataclasses.dataclass(frozen=True)
class Report:
    """Result of `check` for one system, by reading only."""

    account: str
    """Who we are there."""
    key_until: date | None = None
    """The day our key ends; None where the system does not tell."""
    findings: tuple[Finding, ...] = ()

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that have to be fixed."""
        return tuple(finding for finding in self.findings if not finding.ok)


@dataclasses.dataclass
class System:
    """A configured product, as an adapter's `connect` returns it.

    Attributes:
        name: Its section in the settings.
        title: The name by which people know the product (`Odoo`, `Jira`).
        stores: By kind.
        deals: The source of deals, where it is one.
        customers: Returns a customer by its id, where it is the system of record: completes a deal that comes
            from elsewhere. None: there is no such customer.
        former: The deals that are proven to have made these customers (ids), by customer, where it is the
            system of record: one request for all. Raises what a request raises.
        successions: What became of these customers (ids), where it is the system of record; None: still a
            customer of its own. An error: it may not be seen, or could not be asked, so it counts as not
            gone.
        predecessors: The customers (ids) that may have become a part of these, by customer, as far as the
            system's own records of merges tell, in one request. Asked where something is about to be made for
            a customer that a predecessor unknown here may have had. Raises what a request raises.
        account_manager: Who is to look after a customer that names nobody, and why, of a deal from elsewhere
            with this account manager and this salesperson; where it is the system of record.
        contacts: The customers' people, where it is the system of record.
        connect_billing: Returns the contracts, orders, invoices and payments, where it is the system of
            record; called only where that is wanted: most runs read nothing of it.
        people: The one of its stores that holds the customers' people, where it has one.
        linked: The id of the deal or the customer whose page has this address; None: it is no such page of
            this system. Sends no request.
        companies: All companies and private persons that may be customers, by name, where it is the system of
            record.
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
    hook: Hook | None = None
    unusable: IntegrationError | None = None

    def may_write(self, customer: str | None) -> bool:
        """Return whether it may be written to for this customer (an ERP id).

        It may where it is not in mode `read`, and the customer is in its pilot.
        """
        settings = self.settings
        return settings.mode != "read" and (not settings.only or customer in settings.only)

    def now(self) -> datetime:
        """The time by its own clock, as its answers gave it; by ours where it has not answered yet."""
        return self.http.clock.now() if self.http is not None else datetime.now(UTC)

    @functools.cached_property
    def billing(self) -> Billing | None:
        """The contracts, orders, invoices and payments; None where it is not the system of record."""
        return self.connect_billing() if self.connect_billing is not None else None


class Adapter(Protocol):
    """The interface of an adapter's package: its settings' model and `connect`.

    `connect` contacts nothing: whatever has to be asked of the server is asked at first use.
    """

    Settings: type[SystemSettings]

    def connect(self, name: str, settings: Any, wire: HttpContext) -> System:
        """The system, by its section's name and checked settings."""
        ...


def resources(system: System) -> Mapping[str, type[Resource]]:
    """The kinds of resource that a playbook may want in this system: not its people, who follow the ERP."""
    return {
        kind: store.resource
        for kind, store in system.stores.items()
        if store is not system.people and store.resource.in_playbooks
    }
