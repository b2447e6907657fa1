"""`contacts revoke` and `contacts forget`: one person out of every system, today."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Literal

from integrations.core.errors import Rejected, Unavailable
from integrations.core.lock import WAIT
from integrations.core.model import Contact
from integrations.flows.contacts.address import addresses
from integrations.flows.contacts.carrying import Carrying
from integrations.flows.contacts.chunk import Chunk
from integrations.flows.contacts.customer import Household
from integrations.flows.contacts.memory import Memory
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.places import CUSTOMER, Places
from integrations.flows.contacts.remembered import EVERYWHERE, Tombstone
from integrations.flows.contacts.request import Approval
from integrations.flows.contacts.settings import Function
from integrations.flows.contacts.sync import ContactSync
from integrations.flows.contacts.wanted import SEGMENT

NEEDED: tuple[Function, ...] = ("billing", "emergency")
"""Functions that every customer should have somebody for."""


def revoke(sync: ContactSync, email: str, approval: Approval) -> Outcome:
    """Take a person out of every customer's places in every system; nothing but `restore` lets them back in.

    Accounts and history stay. Twice: nothing is left to do.
    """
    return sync.counted(lambda: Removal(sync, email, approval, "revoked").outcome())


def forget(sync: ContactSync, email: str, approval: Approval) -> Outcome:
    """As `revoke`; besides, nothing stays in the ledger but a keyed hash, and it is told where the person still is."""
    return sync.counted(lambda: Removal(sync, email, approval, "forgotten").outcome())


def restore(sync: ContactSync, email: str) -> list[str]:
    """Take back a `revoke`: the next sync gives what the ERP says; gives what was done, in words.

    Raises:
        Rejected: It is no address, or nobody was revoked who has it.
    """
    person = sync.ledger.hash(address(email))
    memory = Memory(sync.ledger)
    stones = [stone for stone in memory.tombstones_of([person]).values() if stone.reason != "left"]
    if not stones:
        raise Rejected("nobody with this address was taken out by hand", who="whoever called it")
    memory.revive([(stone.person, stone.customer) for stone in stones])
    memory.postpone(dict.fromkeys({one.customer for one in _known(sync, address(email))}, "again"))
    return ["The address may be a member again: the next sync gives what the ERP says."]


def address(text: str) -> str:
    """The one address in a text, normalised.

    Raises:
        Rejected: There is none, or several.
    """
    found = [one.email for one in addresses(text) if one.email]
    if len(found) != 1:
        raise Rejected("this is no e-mail address, or several", who="whoever called it", next="Name exactly one.")
    return found[0]


def _known(sync: ContactSync, email: str) -> Sequence[Contact]:
    return sync.source.having(email)


class Removal:
    """Takes one person out."""

    def __init__(
        self, sync: ContactSync, email: str, approval: Approval, reason: Literal["revoked", "forgotten"]
    ) -> None:
        self._sync, self._approval, self._reason = sync, approval, reason
        self._email = address(email)
        self._person = sync.ledger.hash(self._email)
        self._carrying = Carrying(sync, approval)
        self._contacts: Sequence[Contact] = ()

    def outcome(self) -> Outcome:
        """The person taken out, as far as it may be."""
        self._contacts = _known(self._sync, self._email)
        customers = self._customers()
        if not customers and not self._contacts and not self._buried():
            raise Rejected(
                "nobody with this address is known, neither in the ERP nor in any system that we look after",
                who="whoever called it",
                next="Is it spelt right?",
            )
        with self._carrying.holding(customers, self._sync.lock_wait or WAIT) as held:
            return self._decide(held)

    def _decide(self, customers: Sequence[str]) -> Outcome:
        seen = self._carrying.seen()
        rosters = list(self._sync.source.rosters(customers)) if customers else []
        chunk = self._carrying.chunks.plan_out(rosters, self._person, self._email, self._reason)
        seen.add(chunk)
        shown = self._told(self._carrying.outcome(seen, shown=True), chunk)
        if not seen.digest.count and self._reason not in self._buried():
            # Keeping somebody out is a plan as well, though they are in nowhere, or it can't be read or written.
            plan = self._sync.ledger.hash([self._reason, self._person])[:8]
            shown = dataclasses.replace(shown, plan=plan, is_read_only=False)
        if self._approval.dry:
            return shown
        over = seen.tally.over(self._sync.limits)
        if over is not None:
            return dataclasses.replace(shown, error=over)
        refused = self._carrying.refusal(shown, seen) if shown.plan and not shown.is_read_only else None
        if refused is not None:
            return refused
        # First, so that no other run lets them in again meanwhile, and the next ends what this one may not come to.
        self._carrying.memory.postpone(dict.fromkeys(customers, "again"))
        self._bury()
        self._carrying.write(chunk, seen.hashes)
        self._carrying.allow()
        outcome = self._told(self._carrying.outcome(seen, shown=False), chunk)
        if self._reason == "forgotten" and outcome.ending == "done":
            self._erase()
        return dataclasses.replace(outcome, error=self._held()) if self._carrying.left else outcome

    def _held(self) -> Unavailable:
        """That the person is still in somewhere, where another run was at work."""
        return Unavailable(
            f"another run is working on {len(self._carrying.left)} of the customers: the person is still in there",
            next="The next sync takes them out there as well; or run the command again.",
        )

    def _customers(self) -> list[str]:
        """The customers where this person is, or may be, a member."""
        filing, end = self._sync.ledger.filing, SEGMENT + self._person
        kinds = [(name, store.resource.kind) for name, store in self._carrying.chunks.people()]
        keys = {key for place in kinds for key in filing.ending(*place, end)}
        keys |= {key for place in kinds for key in filing.begun(*place) if key.endswith(end)}
        found = {key.partition("/")[0].removeprefix(CUSTOMER) for key in keys}
        known = set(Places(self._sync.systems, self._sync.ledger).customers())
        return sorted(found | ({one.customer for one in self._contacts} & known), key=lambda one: (len(one), one))

    def _buried(self) -> set[str]:
        """Why the person was taken out before, of one customer or of all."""
        return {stone.reason for stone in self._carrying.memory.tombstones_of([self._person]).values()}

    def _bury(self) -> None:
        now = self._sync.now()
        stone = Tombstone(self._person, EVERYWHERE, self._reason, now, now.timestamp())
        self._carrying.memory.bury([stone])

    def _erase(self) -> None:
        self._carrying.memory.erase(self._person)
        self._sync.ledger.filing.blank(SEGMENT + self._person)

    def _told(self, outcome: Outcome, chunk: Chunk) -> Outcome:
        notes = [note for household in chunk.households.values() for note in self._last(household)]
        active = [contact.id for contact in self._contacts if contact.active]
        if active:
            notes.append(f"The ERP still has this address (contact {', '.join(active)}): archive it there too.")
        mentions = tuple(self._sync.source.mentions(self._email)) if self._reason == "forgotten" else ()
        return dataclasses.replace(outcome, notes=tuple(notes), mentions=mentions)

    def _last(self, household: Household) -> Iterator[str]:
        """That a customer has nobody left for something that it needs somebody for."""
        for function in NEEDED:
            people = [person for person, entry in household.entries if function in entry.functions]
            if people == [self._person]:
                yield f"{household.roster.name} has no other {function} contact: name another in the ERP."
