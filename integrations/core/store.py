"""The contract between the core and the adapters: stores that are written to, sources that are read."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from integrations.core.change import Change
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.member import Access, Membership, Present
from integrations.core.model import Contact, Mention, Roster, Touch
from integrations.core.resource import Live, Lookup, R, Taken
from integrations.core.rows import Failed
from integrations.core.text import one_line, shorten

if TYPE_CHECKING:  # few commands read what is billed
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
        """Make sure that a text that a person or a playbook gave could be such an id.

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
    """One kind of resource in one system.

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
        """What is there, by the resource's key. Sends no writing request.

        By itself it gives only what bears our mark, what a person chose, or what a system of record points to.
        A look-alike without our mark, or several, is `Ambiguous`. Absent only where visibility is proven and
        the read consistent: what may not be seen is an error, never None. A chosen object that bears another
        customer's mark is `Rejected`. Where a name that it would be made with is another customer's: `Taken`.
        """
        ...

    def put(self, changes: Sequence[Change[R]]) -> Answer:
        """Write the changes, each by its action, and give what the vendor then holds, by key.

        `create` is safe to repeat after a lost answer; `adopt` writes our mark and the fields; `update` writes
        only `change.fields`; where the vendor versions objects, a newer version than `change.found` is
        `Conflict`; elsewhere the object is read again just before. Nothing that was not asked for is touched.
        What is made has the wanted names, or is not made: `Conflict` where another customer has one meanwhile.
        """
        ...


D_co = TypeVar("D_co", covariant=True)


class Source(Protocol[D_co]):
    """What a system is read for."""

    def get(self, keys: Sequence[str]) -> Mapping[str, D_co | None | IntegrationError]:
        """Each object, None (proven absent), or why that is not known."""
        ...

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[D_co | Failed]:
        """Every deal won or lost since a day, by its closing, the oldest first, then the open ones; all without a day.

        `won_only`: the won ones alone. `Failed`: one whose rows can't be read, wherever it would stand.
        """
        ...


class Contacts(Protocol):
    """What the system of record tells of the customers' people."""

    def changed(self, since: datetime) -> Iterator[Sequence[Touch | Failed]]:
        """What was written to at `since` or later, page after page: contacts and companies, archived ones too.

        Rows that are still being made by somebody else's system are left out. A page that can't be read raises:
        what came before it is then not the whole. `Failed`: a row of which it can't be told whose it is.
        """
        ...

    def rosters(self, customers: Sequence[str]) -> Iterator[Roster | Failed]:
        """Each customer with all its contacts, in any order, read a bounded number of contacts at a time.

        `Failed`: a customer whose rows can't be read; `Roster.unread`: single contacts.
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

    def mentions(self, email: str) -> Sequence[Mention]:
        """Where this address stands in the system of record, and why it has to."""
        ...


class Billing(Protocol):
    """What the system of record tells of contracts, orders, invoices and payments."""

    def survey(self) -> Survey:
        """What there is to read, how fresh it is, and what one currency is worth in another.

        Raises what a request raises.
        """
        ...

    def customers(self, among: Sequence[str] | None = None) -> Iterator[Sequence[str | Failed]]:
        """Everybody who may have something to bill: page after page of ids, each once; never we ourselves.

        `among`: only those of these ids who are customers by the same measure, however they came to be asked for.
        `Failed`: a record of which it can't be told whose it is: then somebody may be missing.
        """
        ...

    def changed(self, since: datetime) -> Iterator[Sequence[Touch | Failed]]:
        """Whose billing was written to at `since` or later, page after page: `contact` is the record, in any form.

        A page that can't be read raises: what came before it is then not the whole. `Failed`: a record of which it
        can't be told whose it is. Not each is a customer: `customers` tells.
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
        """What these customers are called; those that are gone, or may not be seen, are left out."""
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
        """Everybody who is in this place, as `find` last saw it; read where it has not been."""
        ...

    def memberships(self, email: str = "") -> Sequence[Membership | IntegrationError]:
        """Return who is in a place that bears our mark, in all of them, without the ledger's help.

        Args:
            email: Of exactly this address; empty: of every address that the system shows.

        Returns:
            Each address once a place, and an error for each place that could not be looked into.

        Raises:
            IntegrationError: Nothing could be looked at.
        """
        ...
