"""The making of plans: one round of reads over all systems at once, then pure decisions in the steps' order."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from integrations.core.change import WRITING, Change
from integrations.core.errors import IntegrationError, Rejected, Uncertain, Unforeseen
from integrations.core.http.pace import elapsed
from integrations.core.ledger import Ledger, ResourceRecord
from integrations.core.plan.approval import Fingerprint, fingerprint
from integrations.core.plan.difference import Decider
from integrations.core.plan.names import Answer, Given, Names
from integrations.core.plan.plan import Plan
from integrations.core.pool import Pool
from integrations.core.resource import Holder, Live, Lookup, Taken, Want, about
from integrations.core.rows import Failed, attempt, in_halves
from integrations.core.system import Store, System

Found = dict[str, Answer]
"""The answers of the stores, by step."""

LOOK_AGAIN = 0.25
"""Seconds until an object whose answer was lost is looked at again; doubled each time."""

LOOK_SELDOM = 4.0
"""The longest of these pauses: an index that lags for minutes is not asked every second."""


@dataclasses.dataclass
class Planner:
    """Makes plans over these systems.

    Attributes:
        patient: Wait, visibly, until a lost answer or a lagging index is settled; otherwise such a step is `Uncertain`
            and left to a later run.
        waiting: Called before a wait with the system's title, the seconds and the reason, for people.
        given: The names given by other plans of the same command.
    """

    systems: Mapping[str, System]
    ledger: Ledger
    patient: bool = True
    waiting: Callable[[str, float, str], None] = lambda *_: None
    given: Given = dataclasses.field(default_factory=Given)

    def plan(
        self,
        wants: Sequence[Want[Any]],
        refused: Mapping[str, IntegrationError] | None = None,
        read: Found | None = None,
    ) -> Plan:
        """Return the plan for these wants.

        Nothing is written anywhere, except for the ledger's record of what was found.

        Args:
            wants: Each follows those that it depends on.
            refused: Steps whose data is wrong, with the errors; their wants hold only the key.
            read: Answers just read, by step; these steps are not read again.
        """
        refused, read = refused or {}, read or {}
        memories = self._memories(wants)
        wanted = [want for want in wants if not _is_never(want, memories[want.step])]
        names = self._named([want for want in wanted if want.step not in refused], memories, read)
        wanted = [names.wants.get(want.step, want) for want in wanted]
        found = {**names.found, **refused}
        decider = Decider(self.ledger, self.systems, memories)
        for want in wants:
            if _is_never(want, memories[want.step]) and decider.is_of_record(want):
                decider.forgo(want)
        # The customer is decided first: every other step may have to wait for it.
        first = {want.step: want for want in wanted if decider.is_of_record(want) and not want.depends_on}
        by_step = {
            want.step: self._decided(decider, want, found[want.step], names.taken.get(want.step, ()))
            for want in (*first.values(), *(want for want in wanted if want.step not in first))
        }
        decided = [by_step[want.step] for want in wanted]
        changes = tuple(change for change, _ in decided if change is not None)
        hashed = {change.step: (change, hash_) for change, hash_ in decided if change is not None and hash_ is not None}
        hashes = {step: hash_ for step, (change, hash_) in hashed.items() if self._may_write(change)}
        not_applied = {step: hash_ for step, (_, hash_) in hashed.items() if step not in hashes}
        self._remember(changes, memories)
        self._bury(wanted, found, memories)
        never = _with_dependants(self._never(wants, memories), wants, {change.step for change in changes})
        notes = self._notes(changes, memories)
        return Plan(changes, hashes, notes, never, not_applied)

    def _decided(
        self,
        decider: Decider,
        want: Want[Any],
        answer: Live[Any] | None | IntegrationError,
        taken: tuple[Holder, ...],
    ) -> tuple[Change[Any] | None, Fingerprint | None]:
        """Return the change for a want, with its fingerprint where it writes.

        An error raised here blocks this step alone.
        """

        def decide() -> tuple[Change[Any] | None, Fingerprint | None]:
            change = decider.decide(want, answer)
            if change is None or change.action not in WRITING:
                return change, None
            change = dataclasses.replace(change, taken=taken)
            return change, fingerprint(change, self.ledger.hash)

        decided = attempt(want.system, decide)
        return (decider.block(want, decided), None) if isinstance(decided, IntegrationError) else decided

    def _may_write(self, change: Change[Any]) -> bool:
        return self.systems[change.system].may_write(change.want.customer)

    def again(self, want: Want[Any], outcomes: Mapping[str, Live[Any] | None]) -> Change[Any] | None:
        """Return a step's change, read again while a plan is applied; None where it is no longer wanted."""
        memories = self._memories([want])
        names = self._named([want], memories, {})
        decider = Decider(self.ledger, self.systems, memories)
        decider.know(outcomes)
        return decider.decide(names.wants[want.step], names.found[want.step])

    def _named(self, wants: Sequence[Want[Any]], memories: Mapping[str, ResourceRecord], read: Found) -> Names:
        """Read what exists, and give names to what does not.

        A want that already has names is looked for by these: a lost answer may have made it.
        """
        proposed = [want.named(want.distinction) if want.is_named else want for want in wants]
        found = {**self.read([want for want in proposed if want.step not in read], memories), **read}
        names = Names(self.systems, lambda some: self.read(some, memories), self.given)
        names.settle(proposed, found)
        return names

    def _memories(self, wants: Sequence[Want[Any]]) -> dict[str, ResourceRecord]:
        """Return the ledger's record of each want, by step; a gone customer's only where its heir has none of its own.

        Choices for the gone customer are none for its heir, so the heir's own object is looked for first, by its own
        mark. Another machine may have marked the gone customer's object as the heir's own: it is found by the name that
        it had then, which the gone customer's key tells.
        """
        memories = self.recall(wants)
        heirs = [want for want in wants if memories[want.step].inherited is not None]
        found = {**self.read(heirs, memories)}
        formers = [want for want in heirs if _is_former(found[want.step])]
        deals = [want.without_inherited() for want in formers if want.without_inherited().resource.former]
        found |= dict.fromkeys([want.step for want in formers]) | {**self.read(deals, memories)}
        taken = [want.step for want in heirs if not isinstance(found[want.step], Live)]
        return {**memories, **{step: memories[step].taken_over() for step in taken}}

    def recall(self, wants: Sequence[Want[Any]]) -> dict[str, ResourceRecord]:
        """Return the ledger's record of each want's resource, by step."""
        by_step: dict[str, ResourceRecord] = {}
        for (system, kind), group in _grouped(wants).items():
            known = self.ledger.recall(system, kind, {w.key: (w.key, *w.resource.former) for w in group})
            by_step.update({want.step: _as_chosen(want, known[want.key]) for want in group})
        return by_step

    def read(self, wants: Sequence[Want[Any]], memories: Mapping[str, ResourceRecord]) -> Found:
        """Return the stores' answers, by step; all systems and kinds are read at once."""
        groups = list(_grouped(wants).items())
        if not groups:
            return {}
        # 16 bounds the threads, not the requests: each system has a limit of its own.
        with Pool(max_workers=min(16, len(groups)), thread_name_prefix="read") as pool:
            others = [pool.submit(self._find, place, group, memories) for place, group in groups[1:]]
            found = dict(self._find(*groups[0], memories))  # this thread has nothing else to do meanwhile
            for other in others:
                found.update(other.result())
        return found

    def _find(
        self, place: tuple[str, str], wants: Sequence[Want[Any]], memories: Mapping[str, ResourceRecord]
    ) -> Found:
        system = self.systems[place[0]]
        store = system.stores[place[1]]
        settle = system.settings.settle
        deadline, begun = time.monotonic() + settle, elapsed()
        found = _ask(store, wants, memories)
        asked = _asked(system, begun)
        over, pause = settle <= 0, LOOK_AGAIN
        while True:
            unsettled = [
                (want, wait)
                for want in wants
                if (wait := _unsettled(found[want.step], memories[want.step], settle, asked)) > 0
            ]
            if not unsettled or over:
                return found
            if not self.patient:
                found.update({want.step: _left_open(system, want, wait) for want, wait in unsettled})
                return found
            longest = max(wait for _, wait in unsettled)
            if pause == LOOK_AGAIN:
                self.waiting(system.title, longest, "an earlier answer was lost; looking whether it was done")
            time.sleep(min(longest, pause))
            pause = min(pause * 2, LOOK_SELDOM)
            over, begun = time.monotonic() > deadline, elapsed()
            found.update(_ask(store, [want for want, _ in unsettled], memories))
            asked = _asked(system, begun)

    def _remember(self, changes: Sequence[Change[Any]], memories: Mapping[str, ResourceRecord]) -> None:
        seen = [
            (change, change.found)
            for change in changes
            if change.action == "keep" and change.found is not None and self._is_unknown(change, memories[change.step])
        ]
        if seen:
            self.ledger.note(seen)

    def _bury(
        self, wants: Sequence[Want[Any]], found: Mapping[str, Answer], memories: Mapping[str, ResourceRecord]
    ) -> None:
        """Close the intents of objects that were proven absent; an absence that is too young is not among them."""
        proven = [
            (want, opened)
            for want in wants
            if found[want.step] is None and (opened := memories[want.step].open_since) is not None
        ]
        if proven:
            self.ledger.absent(proven)

    def _is_unknown(self, change: Change[Any], memory: ResourceRecord) -> bool:
        """Return whether the ledger does not know where the object is, or that it is as wanted."""
        if change.found is None or memory.id != change.found.id or memory.open_since is not None:
            return change.found is not None
        theirs = {field.name for field in change.theirs}
        resource = change.want.resource
        return any(
            name not in memory.fields or memory.fields[name].wanted != self.ledger.hash(resource.comparable(name))
            for name in change.want.fields()
            if name not in theirs and not about(type(resource), name).once and _is_shared(change, name)
        )

    def _notes(self, changes: Sequence[Change[Any]], memories: Mapping[str, ResourceRecord]) -> tuple[str, ...]:
        notes = [
            f"{change.step}: {', '.join(found.twins)} bears the same mark as {found.id}, which counts; "
            f"do away with the other in {self.systems[change.system].title} by hand."
            for change in changes
            if (found := change.found) is not None and found.twins
        ]
        unknown = [change.step for change in changes if self._is_taken_up(change, memories[change.step])]
        if self.ledger.is_new and unknown:
            steps = ", ".join(unknown)
            notes.append(
                f"The ledger is new, yet there are objects with our mark ({steps}): they are taken up again. "
                "What was settled with `closedwon link … never` is lost with the old ledger."
            )
        return tuple(notes)

    def _is_taken_up(self, change: Change[Any], memory: ResourceRecord) -> bool:
        """Return whether the object was found by its mark alone: not by the ledger, a person's choice, or the ERP."""
        is_of_record = change.kind == "customer" and self.systems[change.system].customers is not None
        found = change.found
        is_marked = found is not None and found.ours and bool(found.url) and not is_of_record
        return is_marked and memory.id is None and memory.choice is None

    @staticmethod
    def _never(wants: Sequence[Want[Any]], memories: Mapping[str, ResourceRecord]) -> dict[str, str]:
        return {
            want.step: choice.reason
            for want in wants
            if (choice := memories[want.step].choice) is not None and _is_never(want, memories[want.step])
        }


def _is_shared(change: Change[Any], field: str) -> bool:
    """Return whether both sides have the same value: it is the base from now on, whoever wrote it."""
    found = change.found
    return found is not None and bool(found.state.comparable(field) == change.want.resource.comparable(field))


def _with_dependants(never: Mapping[str, str], wants: Sequence[Want[Any]], decided: Collection[str]) -> dict[str, str]:
    """Return the steps that a person does not want, and those that depend on them, with the reasons."""
    everything = dict(never)
    for want in wants:
        lacking = sorted(want.depends_on & everything.keys())
        if want.step not in decided and want.step not in everything and lacking:
            everything[want.step] = f"there is none without {lacking[0]}"
    return everything


def _ask(store: Store[Any], wants: Sequence[Want[Any]], memories: Mapping[str, ResourceRecord]) -> Found:
    """Return a store's answers by step; where the store raises an unforeseen error, only its causes get one."""
    system = wants[0].system
    malformed = _malformed(store, wants, [lookup(want, memories[want.step]) for want in wants])
    if malformed:
        remainder = [want for want in wants if want.step not in malformed]
        return malformed | (_ask(store, remainder, memories) if remainder else {})

    def find(some: Sequence[Want[Any]]) -> list[tuple[str, Answer]]:
        answers = store.find([lookup(want, memories[want.step]) for want in some])
        return [(want.step, answered(system, answers, want.key)) for want in some]

    try:
        found = list(in_halves(system, wants, find, name=lambda want: want.step))
    except IntegrationError as error:
        return {want.step: error for want in wants}
    return dict((row.id, row.error) if isinstance(row, Failed) else row for row in found)


def answered(system: str, answers: Any, key: str) -> Answer:
    """Return a store's answer for one key; an `Unforeseen` where it is missing or invalid, as a plug-in's may be."""
    if not isinstance(answers, Mapping) or key not in answers:
        return Unforeseen(f"{system}: gave no answer for this step", system=system)
    answer = answers[key]
    if answer is None or isinstance(answer, (Live, Taken, IntegrationError)):
        return answer
    return Unforeseen(f"{system}: gave an answer of a wrong kind ({type(answer).__name__})", system=system)


def _malformed(store: Store[Any], wants: Sequence[Want[Any]], lookups: Sequence[Lookup[Any]]) -> Found:
    """Return an error for each step for which a person chose an impossible id: an earlier release took any text."""
    refused: Found = {}
    for want, asked in zip(wants, lookups, strict=True):
        try:
            if asked.chosen:
                store.id_form.prove(str(asked.id), step=want.step.partition(" ")[0], system=want.system)
        except Rejected as error:
            refused[want.step] = error
    return refused


def lookup(want: Want[Any], memory: ResourceRecord) -> Lookup[Any]:
    """Return the look-up of a want, given people's choices and where it was last seen."""
    choice = memory.choice.answer if memory.choice is not None else None
    if not want.resource.active and (memory.id is not None or choice == "never"):
        # What was made has to be ended, whatever was chosen since.
        return Lookup(want.resource, id=memory.id)
    if choice == "new":
        return Lookup(want.resource, id=memory.id, new=True)
    if choice is not None:
        return Lookup(want.resource, id=choice, chosen=True)
    return Lookup(want.resource, id=memory.id, look=want.look)


def _asked(system: System, begun: float) -> datetime:
    """Return the time when a look began, by the system's clock, which its answers have shown meanwhile."""
    return system.now() - timedelta(seconds=elapsed() - begun)


def _unsettled(answer: Answer, memory: ResourceRecord, settle: float, asked: datetime) -> float:
    """Return the seconds until an answer can be trusted, counted from the question, not from the answer."""
    if isinstance(answer, Uncertain):
        return answer.retry_after if answer.retry_after is not None else LOOK_AGAIN
    if (answer is None or isinstance(answer, Taken)) and memory.open_since is not None:
        # After the clock was set back, the intent seems to lie in the future: it waits no longer than `settle`.
        return min(settle, settle - (asked - memory.open_since).total_seconds())
    return 0


def _left_open(system: System, want: Want[Any], wait: float) -> Uncertain:
    return Uncertain(
        f"{system.title}: whether the {want.kind} was made is not known yet",
        system=want.system,
        next=f"It is looked for again in {wait:.0f} s.",
        retry_after=wait,
    )


def _is_former(answer: Answer) -> bool:
    """Return whether the found object bears a former key: a deal's of its customer, or a gone customer's."""
    return isinstance(answer, Live) and answer.is_former


def _grouped(wants: Sequence[Want[Any]]) -> dict[tuple[str, str], list[Want[Any]]]:
    groups: dict[tuple[str, str], list[Want[Any]]] = {}
    for want in wants:
        groups.setdefault((want.system, want.kind), []).append(want)
    return groups


def _as_chosen(want: Want[Any], memory: ResourceRecord) -> ResourceRecord:
    """Return the record without a choice that was made when the deal was another customer's."""
    choice, resource = memory.choice, want.resource
    if choice is None or not resource.customer or choice.holds_for((resource.customer, *resource.inherited)):
        return memory
    return dataclasses.replace(memory, choice=None)


def _is_never(want: Want[Any], memory: ResourceRecord) -> bool:
    """Return whether a person does not want it; an object that exists can still be archived."""
    return want.resource.active and memory.choice is not None and memory.choice.answer == "never"
