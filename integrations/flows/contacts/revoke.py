"""`contacts revoke` and `contacts forget`: one person out of every system, today."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Literal

from integrations.core.address import emails, only
from integrations.core.errors import IntegrationError, Rejected, Unavailable, Unsafe
from integrations.core.lock import WAIT
from integrations.core.model import Contact, Reference
from integrations.core.run import Ended, Run
from integrations.flows.contacts.batch import Batch
from integrations.flows.contacts.customer_contacts import CustomerContacts
from integrations.flows.contacts.everywhere import Everywhere, Sightings, outstanding, rosters, taken_out
from integrations.flows.contacts.memberships import Containers, Wanted, out
from integrations.flows.contacts.memory import (
    EVERYWHERE,
    STEP,
    SYSTEM,
    ContactRepository,
    Learned,
    Leaving,
    TombstoneRecord,
    system,
    tombstone,
    tombstone_of,
)
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.people import CUSTOMER, SEGMENT
from integrations.flows.contacts.settings import Function
from integrations.flows.contacts.sync import ALLOWED, Approval, ContactFlow, ContactSync, stopped

NEEDED: tuple[Function, ...] = ("billing", "emergency")
"""Functions that every customer should have somebody for."""


def revoke(sync: ContactSync, email: str, approval: Approval) -> Outcome:
    """Take a person out of every customer's places in every system; nothing but `restore` lets them back in.

    Whatever the ledger and the ERP know: each system is asked where it has the address, in all that bears our mark.
    What is found is taken out at once; a system that could not be looked at is named, and the next sync goes on with
    it. Accounts and history stay. Twice: nothing is left to do.
    """
    return _removed(sync, email, approval, "revoked")


def forget(sync: ContactSync, email: str, approval: Approval) -> Outcome:
    """As `revoke`; besides, nothing stays in the ledger but a keyed hash, and it is told where the person still is."""
    return _removed(sync, email, approval, "forgotten")


def _removed(sync: ContactSync, email: str, approval: Approval, reason: Literal["revoked", "forgotten"]) -> Outcome:
    session = sync.session

    def run() -> Outcome:
        return Run(session, Removal(sync, email, approval, reason), approval, sync.limits).outcome()

    return session.run(run, stopped)


def restore(sync: ContactSync, email: str) -> list[str]:
    """Take back a `revoke`: the next sync gives what the ERP says; gives what was done, in words.

    Raises:
        Rejected: It is no address, or nobody was revoked who has it.
    """
    person = sync.ledger.hash(address(email))
    memory = ContactRepository(sync.ledger)
    stones = [stone for stone in memory.tombstones_of([person]).values() if stone.reason != "left"]
    if not stones:
        raise Rejected("nobody with this address was taken out by hand", who="the caller")
    customers = {roster.customer for roster in sync.source.having(address(email))}
    memory.revive([(stone.person, stone.customer) for stone in stones])
    memory.learn(
        Learned(staying=[(leaver.system, leaver.key) for leaver in outstanding(person, sync.systems, sync.now())])
    )
    memory.postpone(dict.fromkeys(customers, "again"))
    return ["The address may be a member again: the next sync gives what the ERP says."]


def address(text: str) -> str:
    """The one address in a text, normalised.

    Raises:
        Rejected: There is none, or several.
    """
    found = only(text)
    if not found.email:
        raise Rejected("this is no e-mail address, or several", who="the caller", next="Name exactly one.")
    return found.email


class Removal(ContactFlow):
    """The flow that takes one person out, of the customers where they are, or may be, a member.

    Before anything else the ledger keeps that they are to be out: whatever happens then, no other run lets them in
    again, and the next sync ends what this one did not come to.
    """

    few: ClassVar[int] = sys.maxsize
    at_once: ClassVar[int] = sys.maxsize

    def __init__(
        self, sync: ContactSync, email: str, approval: Approval, reason: Literal["revoked", "forgotten"]
    ) -> None:
        super().__init__(sync, approval, sync.lock_wait or WAIT)
        self._reason = reason
        self._email = address(email)
        self._person = sync.ledger.hash(self._email)
        self._everywhere = Everywhere(sync.systems, sync.ledger)
        self._seen = Sightings()
        self._contacts: Sequence[Contact] = ()
        self._unasked: IntegrationError | None = None
        """Why the ERP could not be asked."""
        self._customers: Sequence[str] = ()
        self._was_out = False
        self._chunk = Batch({}, whole=False)
        self.chunks.own = {SYSTEM: system(sync.ledger, self._bury)}

    def select(self) -> Sequence[str]:
        """The customers where the person is; before them, that they are to be out everywhere.

        Where it needs no further yes, the ledger says so before any system is asked.
        """
        if self.approval.yes:
            self._customers = sorted(self._known_customers())
            self._was_out = tombstone_of(self.memory, self._person) is not None
            self._bury()
        self._contacts = self._having()
        self._seen = self._everywhere.look(self._everywhere.names(), self._email)
        known = self._known_customers() | {contact.customer for contact in self._contacts} & self._visited()
        self._customers = sorted(
            known | {membership.customer for membership in self._seen.found},
            key=lambda customer: (len(customer), customer),
        )
        return [EVERYWHERE, *self._customers]

    def batches(self, ids: Sequence[str], *, held: bool) -> Iterator[Batch]:
        """Yield what has to be done to have them out."""
        del held
        households = self._households([customer for customer in ids if customer != EVERYWHERE])
        wanted = [
            dataclasses.replace(entry, want=dataclasses.replace(entry.want, after=frozenset({STEP})))
            for entry in self._wanted(households)
        ]
        yield self.chunks.plan_out(ids, households, wanted, [tombstone(self._person, self._reason)])

    def show(self, batch: Batch) -> None:
        """Take the plan into what people read."""
        self._chunk = batch
        super().show(batch)

    def worded(self, over: Unsafe) -> Unsafe:
        """The limits' own words; nobody is kept out by what is not done."""
        if self.approval.yes and not self._was_out:
            self.memory.revive([(self._person, EVERYWHERE)])
            self.memory.learn(Learned(staying=[(row.system, row.key) for row in self._rows()]))
        return over

    def finish(self, ended: Ended) -> None:
        """Keep where nobody has to be looked for any more; of somebody who is forgotten, nothing else."""
        if self._has_begun:
            self.memory.keep(ALLOWED, datetime.now(UTC))
        outcome = self.outcome(ended)
        self._end(self._ended(outcome))
        if self._reason == "forgotten" and outcome.ending == "done":
            self._erase()

    def outcome(self, ended: Ended) -> Outcome:
        """Return how it stands."""
        outcome = self._told(super().outcome(ended), self._chunk)
        is_left = self.summary.left and not ended.not_applied
        return dataclasses.replace(outcome, error=outcome.error or self._being_held()) if is_left else outcome

    def _being_held(self) -> Unavailable:
        """That the person is still in somewhere, where another run was at work."""
        return Unavailable(
            f"another run is working on {len(self.summary.left)} of the customers: the person is still in there",
            next="The next sync takes them out there as well; or run the command again.",
        )

    def _having(self) -> Sequence[Contact]:
        try:
            return self.sync.source.having(self._email)
        except IntegrationError as error:
            self._unasked = error
            return ()

    def _known_customers(self) -> set[str]:
        """Those where the ledger has let them in, or may have."""
        object_index, end = self.sync.ledger.object_index, SEGMENT + self._person
        kinds = [(name, store.resource.kind) for name, store in self.chunks.people()]
        keys = {key for place in kinds for key in object_index.ending(*place, end)}
        keys |= {key for place in kinds for key in object_index.begun(*place) if key.endswith(end)}
        return {key.partition("/")[0].removeprefix(CUSTOMER) for key in keys}

    def _visited(self) -> set[str]:
        """The customers whose places the ledger knows, so that a sync looks at them."""
        return set(Containers(self.sync.systems, self.sync.ledger).customers())

    def _households(self, customers: Sequence[str]) -> Mapping[str, CustomerContacts]:
        """All that is known of these customers; without the ERP, what the ledger and the systems know."""
        chunks, titles = self.chunks, self._seen.titles()
        try:
            if self._unasked is None:
                return chunks.households(rosters(customers, self.sync.source, titles))
        except IntegrationError as error:
            self._unasked = error
        return chunks.households(rosters(customers, None, titles), asking=False)

    def _wanted(self, households: Mapping[str, CustomerContacts]) -> Iterator[Wanted]:
        """That the person is out of every place that the ledger knows, and of every other one where they were seen."""
        looked_at = set()
        for household in households.values():
            for name, place in household.places.items():
                for key in household.keys_of(name, self._person):
                    want = out(self.sync.systems[name], household.customer, key, place, self._email)
                    looked_at.add((name, household.customer, want.resource.place))
                    yield Wanted(want, household.customer, None, self._reason)
        for membership in self._seen.found:
            holder = households.get(membership.customer)
            if (
                holder is not None
                and (membership.system, membership.customer, membership.membership.place) not in looked_at
            ):
                yield taken_out(membership, self._person, holder, self.sync.systems[membership.system], self._reason)

    def _bury(self) -> None:
        now = self.sync.now()
        stone = TombstoneRecord(self._person, EVERYWHERE, self._reason, now, now.timestamp())
        self.memory.revoke(stone, self._rows())
        self.memory.postpone(dict.fromkeys(self._visited() & set(self._customers), "again"))

    def _end(self, systems: Collection[str]) -> None:
        """Keep that the person is out of these systems, wherever in them."""
        self._everywhere.settle(systems, self._person)
        ended = [(row.system, row.key) for row in self._rows() if row.system in systems]
        self.memory.learn(Learned(staying=ended))

    def _rows(self) -> list[Leaving]:
        """That the person has to be out of every system."""
        return outstanding(self._person, self._everywhere.names(), self.sync.now())

    def _ended(self, outcome: Outcome) -> set[str]:
        """The systems that were looked through, and in which nothing is left that a later run could do."""
        waiting = {line.system for line in outcome.lines if line.status in ("waiting", "blocked", "failed")}
        is_whole = not (self.summary.left or outcome.interrupted or outcome.error is not None)
        return set(self._everywhere.names()) - waiting - self._seen.unread.keys() if is_whole else set()

    def _erase(self) -> None:
        self.memory.erase(self._person)
        self.sync.ledger.object_index.blank(SEGMENT + self._person)

    def _told(self, outcome: Outcome, chunk: Batch) -> Outcome:
        mentions = self._mentions()
        erp = {self._erp[0]: self._unasked} if self._unasked is not None else {}
        notes = (*self._last_of(chunk), *self._addresses(), *self._whereabouts(outcome), *self._not_asked())
        return dataclasses.replace(outcome, notes=notes, mentions=mentions, unread={**self._seen.unread, **erp})

    def _mentions(self) -> tuple[Reference, ...]:
        if self._reason != "forgotten" or self._unasked is not None:
            return ()
        try:
            return tuple(self.sync.source.mentions(self._email))
        except IntegrationError as error:
            self._unasked = error
            return ()

    @property
    def _erp(self) -> tuple[str, str]:
        """The system of record's name and title."""
        having = (
            (name, system.title) for name, system in self.sync.systems.items() if system.contacts is self.sync.source
        )
        return next(having, ("erp", "the ERP"))

    def _addresses(self) -> Iterator[str]:
        """That the ERP still has the address, and that a contact with it has another one."""
        active = [contact.id for contact in self._contacts if contact.active]
        if active:
            yield f"The ERP still has this address (contact {', '.join(active)}): archive it there too."
        for contact in self._contacts:
            for email in emails(contact.email):
                if email != self._email and not self._is_out(email):
                    yield (
                        f"The contact {contact.id} has another address as well, which stays where it is: {email}. "
                        f"If it is the same person: closedwon contacts {self._command} {email}"
                    )

    @property
    def _command(self) -> str:
        return "revoke" if self._reason == "revoked" else "forget"

    def _is_out(self, email: str) -> bool:
        person = self.sync.ledger.hash(email)
        stone = self.memory.tombstones_of([person]).get((person, EVERYWHERE))
        return stone is not None

    def _whereabouts(self, outcome: Outcome) -> Iterator[str]:
        """Return what was looked through, where nobody was found in it; and where somebody stays."""
        read = [self.sync.systems[name].title for name in self._everywhere.names() if name not in self._seen.unread]
        found = [line for line in outcome.lines if line.action == "archive" or line.error is not None]
        if read and not found:
            unknown = "" if self._contacts or self._unasked else ", nor in a contact of the ERP: is it spelt right?"
            yield f"This address is in no organization and no page with our mark in {_listed(read)}{unknown or '.'}"
        shown = {line.system: line.title for line in outcome.lines if line.status == "planned"}
        if not outcome.not_applied and not outcome.interrupted:
            for title in shown.values():
                yield f"{title}: the person stays in there, because nothing is written there (`mode`, `only`)."

    def _not_asked(self) -> Iterator[str]:
        for name, error in self._seen.unread.items():
            title = self.sync.systems[name].title
            yield (
                f"{title} could not be looked through: {error.message}. The person may be in there still; the next "
                "sync goes on with it, or run the command again."
            )
        if self._unasked is not None:
            yield (
                f"{self._erp[1]} could not be asked: {self._unasked.message}. Whether it has this address, and the "
                "person another one, is not known."
            )

    def _last_of(self, chunk: Batch) -> Iterator[str]:
        for household in chunk.households.values():
            yield from self._last(household)

    def _last(self, household: CustomerContacts) -> Iterator[str]:
        """That a customer has nobody left for something that it needs somebody for."""
        for function in NEEDED:
            people = [person for person, entry in household.entries if function in entry.functions]
            if people == [self._person]:
                yield f"{household.roster.name} has no other {function} contact: name another in the ERP."


def _listed(titles: Sequence[str]) -> str:
    """`Jira`, `Jira and Confluence`, `Jira, Panel and Confluence`."""
    *first, last = titles
    return f"{', '.join(first)} and {last}" if first else last
