"""The difference between the wanted and the live object, and the action that follows from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Literal

from integrations.core.change import WRITING, Action, Change, FieldChange
from integrations.core.errors import Ambiguous, Blocked, IntegrationError, Rejected, Uncertain
from integrations.core.ledger import Base, Ledger, ResourceRecord
from integrations.core.resolve import StepState, known_of, resolve
from integrations.core.resource import Later, Live, Owner, R, Want, about, is_empty
from integrations.core.system import System

Differences = tuple[tuple[FieldChange, ...], tuple[FieldChange, ...]]
"""The fields to write, and those that differ but belong to people."""


def difference(
    want: Want[R],
    live: Live[R],
    base: Mapping[str, Base],
    hashed: Callable[[Any], str],
    owners: Mapping[str, Owner],
    unknown: Mapping[str, Later],
    completed: Collection[str] = (),
) -> Differences:
    """Return the difference between a live object and the want.

    A field that is empty there, or still as we last wrote it, is written. A field that somebody else changed (or that
    differs where we never wrote it) is decided by its owner; the `source` owns only fields that were once written from
    it. The vendor's form of our last value counts as that value, because a normalised value would otherwise differ for
    ever. A field that other steps leave empty is not wanted: nothing is emptied.

    Args:
        want: The want; fields in `unknown` count as different.
        live: The live object.
        base: How each field was last written, from the ledger.
        hashed: The ledger's keyed hash.
        owners: The settings' owners, as `kind.field`; the field's own default elsewhere.
        unknown: The fields that another step has yet to decide.
        completed: The fields that are written once and can be completed now; see `completable`.
    """
    write: list[FieldChange] = []
    theirs: list[FieldChange] = []
    for name in _compared(want, live, base, hashed, completed):
        there, wanted = live.state.comparable(name), want.resource.comparable(name)
        if name in unknown:
            write.append(FieldChange(name, there, unknown[name]))
        elif wanted != there and not is_empty(wanted):
            owner = owners.get(f"{want.kind}.{name}", about(type(want.resource), name).owner)
            side = _side(there, hashed(wanted), hashed(there), base.get(name), owner)
            if side is not None:
                (write if side == "ours" else theirs).append(FieldChange(name, there, wanted))
    return tuple(write), tuple(theirs)


def _compared(
    want: Want[R],
    live: Live[R],
    base: Mapping[str, Base],
    hashed: Callable[[Any], str],
    completed: Collection[str],
) -> Iterator[str]:
    """Yield the fields to compare: of those that are written once, the completable ones that are as we left them."""
    for name in want.fields():
        known = about(type(want.resource), name)
        if known.looked_up or (known.once and name not in completed):
            continue
        if not known.once or (name in base and hashed(live.state.comparable(name)) == base[name].returned):
            yield name


def _side(there: Any, wanted: str, found: str, last: Base | None, owner: Owner) -> Literal["ours", "theirs"] | None:
    """Return whose value counts where the two differ.

    None means that the difference is merely the vendor's form of our last value. `wanted` and `found` are the
    hashes of the two, `last` how we last wrote the field.
    """
    if last is not None and found == last.returned:
        return "ours" if wanted != last.wanted else None
    return "ours" if is_empty(there) or _is_restored(owner, last) else "theirs"


def completable(want: Want[R], base: Mapping[str, Base], exists: Callable[[str], bool]) -> frozenset[str]:
    """Return the fields that were written once and lacked a step that exists by now.

    A ticket that was written while a system was down is completed by us as long as nobody has edited the text. Other
    changes since are no reason to write it again.
    """
    return frozenset(
        name
        for name in want.fields()
        if name in base and about(type(want.resource), name).once and any(exists(step) for step in base[name].lacked)
    )


def lacked(want: Want[R], exists: Callable[[str], bool]) -> dict[str, tuple[str, ...]]:
    """Return, by field that is written once, the steps that it should mention and that do not exist."""
    once = {name: later for name, later in want.later.items() if about(type(want.resource), name).once}
    return {
        name: steps
        for name, later in once.items()
        if (steps := tuple(sorted(step for step in later.runs_after if not exists(step))))
    }


def _is_restored(owner: Owner, last: Base | None) -> bool:
    """Return whether a value that somebody else wrote is overwritten."""
    return owner == "ours" or (owner == "source" and last is not None)


class Decider:
    """Decides step after step, with the results of the steps before."""

    def __init__(self, ledger: Ledger, systems: Mapping[str, System], memories: Mapping[str, ResourceRecord]) -> None:
        self._ledger, self._systems, self._memories = ledger, systems, memories
        self._known: dict[str, StepState] = {}
        self._unread: set[str] = set()
        self._uncertain: set[str] = set()
        self._customer: Change[Any] | None = None
        self._forgone: Rejected | None = None

    def know(self, outcomes: Mapping[str, Live[Any] | None]) -> None:
        """Take these steps as finished: each object is complete, or does not exist."""
        for step, live in outcomes.items():
            self._known[step] = known_of(live)

    def decide(self, want: Want[R], answer: Live[R] | None | IntegrationError) -> Change[R] | None:
        """Return the change for a want; None where it depends on a step that nobody wants."""
        if any(step not in self._known for step in want.depends_on):
            return None
        if isinstance(answer, IntegrationError) and not isinstance(answer, Ambiguous):
            self._unread.add(want.step)
        if isinstance(answer, IntegrationError) and self._is_uncertain(want.step, answer):
            self._uncertain.add(want.step)
        change = self._change(want, answer)
        if self.is_of_record(want):
            self._customer = change
        else:
            change = self._once_there_is_a_customer(change)
        self._known[want.step] = self._after(change)
        return change

    def forgo(self, want: Want[Any]) -> None:
        """Take note that a person never wants the customer: an object made for it would belong to nobody."""
        if not want.key.startswith("customer:"):
            self._forgone = Rejected(
                "a person said that the customer is never to be made, so nothing is made for it",
                system=want.system,
                who="the person who said so",
                next=f"Choose a company, or say `new`, with: closedwon link DEAL {want.step}=ID|new",
            )
            self._customer = Change(want.step, want.system, "blocked", want, error=self._forgone)

    def is_of_record(self, want: Want[Any]) -> bool:
        """Return whether the want is the customer itself, in the system of record."""
        return want.kind == "customer" and self._systems[want.system].customers is not None

    def _once_there_is_a_customer(self, change: Change[R]) -> Change[R]:
        """Return the change so that it waits for the customer, or is blocked.

        It waits for the customer's id, for a choice of it, or until it can be used. Nothing is made for an unknown
        customer: its mark could name only the deal, which may be given to another customer.
        """
        customer = self._customer
        if customer is None or change.action not in WRITING:
            return change
        is_known = customer.key.startswith("customer:")
        if _is_in_doubt(customer) or (not is_known and not self._may_write(customer)):
            blocked = self._forgone or self._blocked_by(change.want, customer.step)
            return dataclasses.replace(change, action="blocked", fields=(), theirs=(), error=blocked)
        if not is_known and customer.action in WRITING:
            return dataclasses.replace(change, depends_on=change.depends_on | {customer.step})
        return change

    def block(self, want: Want[R], error: IntegrationError) -> Change[R]:
        """Block a want whose decision raised: for the steps after it, its state is unknown."""
        self._unread.add(want.step)
        change = Change(want.step, want.system, "blocked", want, error=error)
        if self.is_of_record(want):
            self._customer = change
        self._known[want.step] = self._after(change)
        return change

    def _change(self, want: Want[R], answer: Live[R] | None | IntegrationError) -> Change[R]:
        if want.look and (
            answer is None or isinstance(answer, Ambiguous) or (isinstance(answer, Live) and not answer.ours)
        ):
            return Change(want.step, want.system, "keep", want)
        if isinstance(answer, Ambiguous):
            return Change(want.step, want.system, "choose", want, error=answer)
        if isinstance(answer, IntegrationError):
            return Change(want.step, want.system, "blocked", want, error=answer)
        if want.look:
            return Change(want.step, want.system, "keep", want, found=answer)
        missing = sorted(step for step in want.depends_on if not self._known[step].exists)
        missing += sorted(self._uncertain & told_once(want) if answer is None else self._unread & told_of(want))
        if missing:
            blocked = self._blocked_by(want, missing[0])
            return Change(want.step, want.system, "blocked", want, found=answer, error=blocked)
        try:
            want, unknown = resolve(want, self._known)
        except Rejected as error:
            return Change(want.step, want.system, "blocked", want, found=answer, error=error)
        completed = self._completed(want, answer)
        action, fields, theirs = self._compared(want, answer, unknown, completed)
        return Change(
            want.step,
            want.system,
            action,
            want,
            found=answer,
            fields=fields,
            theirs=theirs,
            depends_on=frozenset(step for step in want.depends_on if self._known[step].pending),
            runs_after=frozenset(step for step in want.runs_after if step in self._known and self._known[step].pending),
            new=self._said_new(want.step),
            lacked=lacked(want, self._exists),
            completes=completed,
        )

    def _compared(
        self, want: Want[R], live: Live[R] | None, unknown: Mapping[str, Later], completed: frozenset[str]
    ) -> tuple[Action, tuple[FieldChange, ...], tuple[FieldChange, ...]]:
        if live is None:
            if not want.resource.active:
                return "keep", (), ()
            store = self._systems[want.system].stores[want.kind]
            new = {name: unknown.get(name, want.resource.comparable(name)) for name in want.fields()}
            fields = tuple(
                FieldChange(name, None, value)
                for name, value in new.items()
                if not (known := about(type(want.resource), name)).hidden
                and (not known.output or name in want.resource.names)
            )
            return store.writes, fields, ()
        if not want.resource.active:
            gone = () if not live.state.active else (FieldChange("active", True, False),)
            return ("archive" if gone else "keep"), gone, ()
        memory = self._memories.get(want.step, ResourceRecord())
        owners = self._systems[want.system].settings.owners
        base = memory.fields_of(live.id)
        fields, theirs = difference(want, live, base, self._ledger.hash, owners, unknown, completed)
        if not live.ours or live.is_former:
            return "adopt", fields, theirs
        return ("update" if fields else "keep"), fields, theirs

    def _completed(self, want: Want[R], live: Live[R] | None) -> frozenset[str]:
        """Return the fields that were written once and can be completed now."""
        if live is None:
            return frozenset()
        base = self._memories.get(want.step, ResourceRecord()).fields_of(live.id)
        return completable(want, base, self._exists)

    def _after(self, change: Change[Any]) -> StepState:
        """Return what later steps may know of this one before anything is written."""
        if change.action in ("keep", "choose", "blocked") or not self._may_write(change):
            return known_of(change.found)
        if change.action == "manual":
            return StepState(exists=False, pending=False)
        changing = change.names if change.found is not None else frozenset()
        return known_of(change.found, changing=changing, pending=True)

    def _may_write(self, change: Change[Any]) -> bool:
        """Return whether the system is not in mode `read`, and the customer is in its pilot."""
        return self._systems[change.system].may_write(change.want.customer)

    def _is_uncertain(self, step: str, error: IntegrationError) -> bool:
        """Return whether the object may have been made: a failed look proves as little as one that came too early."""
        memory = self._memories.get(step)
        return isinstance(error, Uncertain) or (memory is not None and memory.open_since is not None)

    def _exists(self, step: str) -> bool:
        return step in self._known and self._known[step].exists

    def _said_new(self, step: str) -> bool:
        memory = self._memories.get(step)
        return memory is not None and memory.choice is not None and memory.choice.answer == "new"

    @staticmethod
    def _blocked_by(want: Want[Any], step: str) -> Blocked:
        return Blocked(f"waits for the step {step}", step=step, system=want.system)


def _is_in_doubt(customer: Change[Any]) -> bool:
    """Return whether the customer itself is in doubt: a choice, archived or not readable.

    A fault in a single field of a known customer does not count.
    """
    if customer.action == "choose":
        return True
    if customer.action != "blocked":
        return False
    if not customer.key.startswith("customer:"):
        return True
    # Wrong data concerns a field, unless it leaves open whose the deal is; any other error means that nothing was read.
    error = customer.error
    return error.field in ("", "partner") if isinstance(error, Rejected) else not isinstance(error, Blocked)


def told_of(want: Want[Any]) -> frozenset[str]:
    """Return the steps whose existence an object mentions: one that could not be read must not vanish from it."""
    return _heard(want, once=False)


def told_once(want: Want[Any]) -> frozenset[str]:
    """Return the steps that are mentioned in what is written once: one whose answer was lost is worth waiting for."""
    return _heard(want, once=True)


def _heard(want: Want[Any], *, once: bool) -> frozenset[str]:
    fields = [
        later
        for name, later in want.open.items()
        if (known := about(type(want.resource), name)).once is once and not known.looked_up
    ]
    return frozenset[str]().union(*(later.runs_after for later in fields))
