"""The three-way difference: what is wanted, what is there, and what we last wrote."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Literal

from integrations.core.change import FieldChange
from integrations.core.ledger import Base
from integrations.core.resource import Later, Live, Owner, R, Want, about, is_empty

Differences = tuple[tuple[FieldChange, ...], tuple[FieldChange, ...]]
"""What to write, and what differs but belongs to people."""


def difference(
    want: Want[R],
    live: Live[R],
    base: Mapping[str, Base],
    hashed: Callable[[Any], str],
    owners: Mapping[str, Owner],
    unknown: Mapping[str, Later],
    completed: Collection[str] = (),
) -> Differences:
    """How a live object differs from what is wanted of it.

    A field that is empty there, or still as we last wrote it, is written. One that somebody else changed (or
    that differs where we never wrote it) goes by its owner; the `source` owns only what was once written from
    it. What the vendor made of our last value counts as that value, or its normalisation would keep the plan
    from ever being empty. A field that other steps leave empty is not wanted: nothing is emptied.

    Args:
        want: What is wanted; fields in `unknown` count as different.
        live: What is there.
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
    """Yield the fields to compare: of those that are written once, what can be completed and is as we left it."""
    for name in want.fields():
        known = about(type(want.resource), name)
        if known.looked_up or (known.once and name not in completed):
            continue
        if not known.once or (name in base and hashed(live.state.comparable(name)) == base[name].returned):
            yield name


def _side(there: Any, wanted: str, found: str, last: Base | None, owner: Owner) -> Literal["ours", "theirs"] | None:
    """Return whose value counts where they differ; None: it is what the vendor made of our last one.

    `wanted` and `found` are the hashes of the two, `last` how we last wrote the field.
    """
    if last is not None and found == last.returned:
        return "ours" if wanted != last.wanted else None
    return "ours" if is_empty(there) or _is_restored(owner, last) else "theirs"


def completable(want: Want[R], base: Mapping[str, Base], exists: Callable[[str], bool]) -> frozenset[str]:
    """Return the fields that were written once without something that exists by now.

    Nobody has to complete by hand a ticket that was written while a system was down: as long as a person has not
    touched the text, it is ours to complete. What else of it has changed since is no reason to write it again.
    """
    return frozenset(
        name
        for name in want.fields()
        if name in base and about(type(want.resource), name).once and any(exists(step) for step in base[name].lacked)
    )


def lacked(want: Want[R], exists: Callable[[str], bool]) -> dict[str, tuple[str, ...]]:
    """Return, by field that is written once, the steps that it was to tell of and that do not exist."""
    once = {name: later for name, later in want.later.items() if about(type(want.resource), name).once}
    return {
        name: steps
        for name, later in once.items()
        if (steps := tuple(sorted(step for step in later.hears if not exists(step))))
    }


def _is_restored(owner: Owner, last: Base | None) -> bool:
    """Whether what somebody else wrote is written over."""
    return owner == "ours" or (owner == "source" and last is not None)
