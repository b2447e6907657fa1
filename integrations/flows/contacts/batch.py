"""Some customers at a time: what their people are to have, planned over all systems at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.core.address import emails
from integrations.core.change import Change
from integrations.core.errors import AuthError, IntegrationError, Unavailable, Uncertain
from integrations.core.ledger import Ledger
from integrations.core.ledger import ResourceRecord as Recalled
from integrations.core.model import ErpContacts, plain
from integrations.core.plan import Plan, Planner
from integrations.core.resource import Want, about
from integrations.core.rows import Failed, attempt
from integrations.core.system import Contacts, MemberStore, System
from integrations.flows.contacts.customer_contacts import CustomerContacts, Gathering
from integrations.flows.contacts.leaving import is_due, stays_until
from integrations.flows.contacts.memberships import Wanted
from integrations.flows.contacts.memory import ContactRepository, Leaving, Problem
from integrations.flows.contacts.outcome import FailedRow, Stranger
from integrations.flows.contacts.people import Code, person_of, subject
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.strangers import customer_of, strangers


def is_settled(want: Want[Any], known: Recalled, ledger: Ledger) -> bool:
    """Return whether a membership was as it is wanted now when it was last written or looked at."""
    if known.id is None or known.open_since is not None:
        return False
    if known.choice is not None and known.choice.answer != known.id:
        return False
    for name in want.fields():
        if about(type(want.resource), name).once:
            continue
        base = known.fields.get(name)
        if base is None or base.wanted != ledger.hash(want.resource.comparable(name)):
            return False
    return True


def digest(want: Want[Any], ledger: Ledger) -> str:
    """Return what stands for everything that is wanted of a person in a system."""
    return ledger.hash(plain(want.resource))


NOTHING = Plan((), {})
_NO_ADDRESS = "its e-mail in the ERP is no address"
_HIDDEN = "the ERP does not let us see it any more: whoever it stands for stays a member"
_LEFT = "it was taken out, and is as old as it was then: save it anew in the ERP to have it back"


@dataclasses.dataclass(frozen=True)
class How:
    """Manner in which a run looks at its customers.

    Attributes:
        thorough: Also at those of whom nothing seems to have changed since they were last written.
        retry: Also at rows that were refused as they are.
        confirming: It is a full pass over all customers.
        patient: Wait out what a lost answer leaves open.
        leaving: Take people out, and note who leaves: not where our own clock is wrong.
    """

    thorough: bool = False
    retry: bool = False
    confirming: bool = False
    patient: bool = False
    leaving: bool = True


@dataclasses.dataclass
class _Found:
    """Wants of one customer's rows, before any system was looked at; see `Batch`."""

    wants: list[Wanted]
    problems: list[Problem]
    leaving: list[Leaving] = dataclasses.field(default_factory=list)
    later: list[datetime] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Batch:
    """Some customers, planned.

    Attributes:
        households: By customer (ERP id); without those that failed.
        plan: What would be done for them.
        wanted: By step.
        leaving: Who is on the way out, due or not.
        problems: Rows that are wrong already, by system (empty: in all) and key.
        settled: Memberships that were as wanted when last looked at, and not looked at now.
        later: When the grace period of those is over who are on the way out.
        unasked: Customers with something in a system that was found to be down, and was not asked again.
        whole: All people of its customers were looked at, not a single one.
        ids: What has to be held for it, where it is not whole.
        renamed: Leavers who are members under another address: by system and key.
        failed: Customers, and single contacts, that could not be worked on: nothing is planned for them.
    """

    households: dict[str, CustomerContacts]
    plan: Plan = NOTHING
    wanted: dict[str, Wanted] = dataclasses.field(default_factory=dict)
    leaving: list[Leaving] = dataclasses.field(default_factory=list)
    problems: list[Problem] = dataclasses.field(default_factory=list)
    strangers: list[Stranger] = dataclasses.field(default_factory=list)
    settled: int = 0
    renamed: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    whole: bool = True
    ids: tuple[str, ...] = ()
    later: list[datetime] = dataclasses.field(default_factory=list)
    unasked: set[str] = dataclasses.field(default_factory=set)
    failed: list[FailedRow] = dataclasses.field(default_factory=list)

    def fail(self, customer: str, error: IntegrationError) -> None:
        """Leave a customer as it is: nobody of it is let in, taken out, or noted to leave."""
        self.failed.append(FailedRow(customer, "", error))
        self.households.pop(customer, None)
        self.leaving = [leaver for leaver in self.leaving if leaver.customer != customer]
        self.problems = [problem for problem in self.problems if problem.customer != customer]

    def drop(self, steps: Collection[str]) -> None:
        """Leave these steps out of its plans."""
        if steps:
            self.plan = self.plan.limited_to({change.step for change in self.plan.changes} - set(steps))

    @property
    def people(self) -> list[Change[Any]]:
        """The changes of people: without what is only kept in our own memory."""
        return [change for change in self.plan.changes if change.step in self.wanted]

    @property
    def changing(self) -> list[str]:
        """The customers for which there is something to write."""
        writing = {customer_of(change) for change in self.plan.changes if change.step in self.plan.hashes}
        if not self.whole:
            return list(self.ids) if writing else []
        return [customer for customer in self.households if customer in writing]


@dataclasses.dataclass
class BatchPlanner:
    """Plans chunks of customers.

    Attributes:
        now: The time, with a zone.
        waiting: Told, in words, what is waited for.
        own: Systems besides those that are configured: our own memory.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    memory: ContactRepository
    source: Contacts
    settings: ContactSettings
    now: Callable[[], datetime]
    waiting: Callable[[str, float, str], None] = lambda *_: None
    own: Mapping[str, System] = dataclasses.field(default_factory=dict)
    _gathering: Gathering = dataclasses.field(init=False)
    _staff: frozenset[str] | None = None
    _down: set[str] = dataclasses.field(default_factory=set)

    def __post_init__(self) -> None:
        self._gathering = Gathering(
            self.systems, self.ledger, self.memory, self.source, self.settings, lambda: self.staff
        )

    def plan(self, rosters: Sequence[ErpContacts | Failed], how: How) -> Batch:
        """Return what would be done for these customers. Writes nothing anywhere, but for memory of what was found."""
        chunk = self._chunk(rosters)
        wants: list[Wanted] = []
        for customer, household in list(chunk.households.items()):
            found = attempt("", self._of, household, how)
            if isinstance(found, IntegrationError):
                chunk.fail(customer, found)
                continue
            wants += found.wants
            chunk.leaving += found.leaving
            chunk.later += found.later
            chunk.problems += found.problems
        wanted = [entry for entry in self._worth_looking(wants, chunk, how) if not self._is_down(entry, chunk)]
        wants = [want for want in wants if want.customer in chunk.households]
        chunk.wanted = {entry.want.step: entry for entry in wanted}
        chunk.plan = self.planner(patient=how.patient).plan([entry.want for entry in wanted])
        chunk.drop(self._renamed(chunk.plan, wants, chunk))
        self._notice(chunk)
        chunk.strangers, failed = strangers(chunk.households, chunk.plan.changes, wants, self.systems, self.staff)
        chunk.failed += [FailedRow(failure.id, "", failure.error) for failure in failed]
        return chunk

    def _chunk(self, rosters: Sequence[ErpContacts | Failed]) -> Batch:
        """Some customers with all that is known of them, nothing planned yet."""
        read = [roster for roster in rosters if isinstance(roster, ErpContacts)]
        households, failed = self._gathering.households(read)
        failed += [roster for roster in rosters if isinstance(roster, Failed)]
        chunk = Batch(households)
        for failure in failed:
            chunk.fail(failure.id, failure.error)
        for customer, household in households.items():
            chunk.failed += [FailedRow(customer, contact, error) for contact, error in household.unknown.items()]
        return chunk

    def households(self, rosters: Sequence[ErpContacts], *, asking: bool = True) -> dict[str, CustomerContacts]:
        """Return what is known of these customers; of one whose rows make no sense what the ledger alone knows."""
        found, failed = self._gathering.households(rosters, asking=asking)
        bare = [ErpContacts(customer=failure.id, exists=False) for failure in failed]
        return found | (self._gathering.households(bare, asking=False)[0] if bare else {})

    def plan_out(
        self,
        ids: Sequence[str],
        households: Mapping[str, CustomerContacts],
        wanted: Sequence[Wanted],
        first: Sequence[Want[Any]] = (),
    ) -> Batch:
        """Return what would be done to take these people out, each of some place of one of these customers.

        Args:
            ids: What has to be held for it.
            households: The customers.
            wanted: That the people are out.
            first: What has to be done before that.
        """
        chunk = Batch(
            dict(households), ids=tuple(ids), whole=False, wanted={entry.want.step: entry for entry in wanted}
        )
        chunk.plan = self.planner(patient=True).plan([*first, *(entry.want for entry in wanted)])
        return chunk

    def planner(self, *, patient: bool) -> Planner:
        """Return what looks at the customers' people."""
        return Planner({**self.systems, **self.own}, self.ledger, patient, self.waiting)

    def people(self) -> Iterator[tuple[str, MemberStore[Any]]]:
        """The stores of the customers' people, by system."""
        for name, system in self.systems.items():
            if system.people is not None:
                yield name, system.people

    @property
    def staff(self) -> frozenset[str]:
        """The addresses of our own people, asked once."""
        if self._staff is None:
            self._staff = self.source.staff()
        return self._staff

    def _is_down(self, entry: Wanted, chunk: Batch) -> bool:
        if entry.want.system in self._down:
            chunk.unasked.add(entry.customer)
        return entry.want.system in self._down

    def _notice(self, chunk: Batch) -> None:
        """Systems of which nothing could be read: they are not asked for every other customer as well."""
        failed: dict[str, bool] = {}
        for change in chunk.plan.changes:
            is_failed = isinstance(change.error, (AuthError, Unavailable)) and not isinstance(change.error, Uncertain)
            failed[change.system] = failed.get(change.system, True) and is_failed
        self._down |= {system for system, is_failed in failed.items() if is_failed}

    def _of(self, household: CustomerContacts, how: How) -> _Found:
        """Return a customer's wants: its people in, its leavers that are due out."""
        wants = list(household.wanted(self.systems, self.settings))
        steps = frozenset(want.want.step for want in wants)
        now = self.now()
        found = _Found(wants, problems=self._skipped(household, now))
        for leaver in household.leavers(steps, now) if how.leaving else ():
            found.leaving.append(leaver)
            until = stays_until(leaver, self.settings)
            is_told = leaver.reason != "missing" and now < until
            found.later += [until] if is_told else []
            is_out = is_due(leaver, now, self.settings, confirming=how.confirming)
            if is_out and leaver.reason not in ("revoked", "never") and household.is_unknown(person_of(leaver.key)):
                continue
            out = household.out(leaver, self.systems) if is_out else None
            if out is not None:
                found.wants.append(out)
        return found

    def _renamed(self, plan: Plan, wants: Sequence[Wanted], chunk: Batch) -> frozenset[str]:
        """The steps of leavers who are the same account as somebody who stays: a person has another address now."""
        staying = {
            (want.want.system, want.want.resource.place, number)
            for want in wants
            if want.entry is not None
            and (number := chunk.households[want.customer].managed.get(want.want.system, {}).get(want.want.key))
        }
        staying |= {
            (change.system, change.want.resource.place, change.found.id)
            for change in plan.changes
            if change.found is not None and change.want.resource.active
        }
        dropped: set[str] = set()
        for change in plan.changes:
            if change.action != "archive" or change.found is None:
                continue
            is_there = (change.system, change.want.resource.place, change.found.id) in staying
            is_renamed = is_there or attempt(change.system, self._is_somebody_else, change)
            if isinstance(is_renamed, IntegrationError):
                chunk.failed.append(FailedRow(customer_of(change), "", is_renamed))
            elif is_renamed:
                chunk.renamed.append((change.system, change.key))
            if is_renamed is not False:
                dropped.add(change.step)
        return frozenset(dropped)

    def _is_somebody_else(self, change: Change[Any]) -> bool:
        """Return whether somebody typed another address into a leaver's row: a successor stands there now."""
        people = self.systems[change.system].people
        email = change.found.state.email if change.found is not None else ""
        if people is None or people.access != "directory" or not email:
            return False
        known = emails(email) or (email,)
        return person_of(change.key) not in {self.ledger.hash(address) for address in known}

    @staticmethod
    def _skipped(household: CustomerContacts, now: datetime) -> list[Problem]:
        wrong = [(skip.contact, skip.code, _NO_ADDRESS) for skip in household.people.skips if skip.wrong]
        hidden: list[tuple[str, Code, str]] = [(contact, "hidden", _HIDDEN) for contact in household.hidden()]
        left: list[tuple[str, Code, str]] = [(contact, "left", _LEFT) for contact in household.outdated()]
        gone = [("", held.code, held.words)] if (held := household.held) is not None else []
        return [
            Problem(
                system="",
                key=f"{subject(household.customer)}/row/{contact}",
                customer=household.customer,
                contact=contact,
                manager=manager(household.roster),
                code=code,
                words=words,
                digest="",
                since=now,
            )
            for contact, code, words in (*wrong, *hidden, *left, *gone)
        ]

    def _worth_looking(self, wants: Sequence[Wanted], chunk: Batch, how: How) -> list[Wanted]:
        """Without those that are as they were last written, and those that were refused as they are."""
        refused = (
            {}
            if how.retry
            else {
                (problem.system, problem.key): problem
                for problem in self.memory.problems(chunk.households)
                if problem.system and not (how.thorough and problem.code == "place")
            }
        )
        planner = self.planner(patient=False)
        known = {} if how.thorough else planner.recall([want.want for want in wants])
        worth = []

        def settled(entry: Wanted) -> Problem | bool:
            """Return whether it is as it was last written, or why it was refused as it is."""
            problem = refused.get((entry.want.system, entry.want.key))
            again = how.thorough and entry.entry is None  # whoever is to be out must not stay in until somebody asks
            if problem is not None and not again and problem.digest == digest(entry.want, self.ledger):
                return problem
            return (
                not how.thorough
                and entry.entry is not None
                and is_settled(entry.want, known[entry.want.step], self.ledger)
            )

        for entry in wants:
            if entry.customer not in chunk.households:
                continue
            found = attempt(entry.want.system, settled, entry)
            if isinstance(found, IntegrationError):
                chunk.fail(entry.customer, found)
            elif isinstance(found, Problem):
                chunk.problems.append(found)
            elif found:
                chunk.settled += 1
            else:
                worth.append(entry)
        return [entry for entry in worth if entry.customer in chunk.households]


def manager(roster: ErpContacts) -> str:
    """Return who looks after a customer: the address of one of our own people, or nobody's."""
    person = roster.account_manager
    return (person.email or person.name) if person is not None else ""
