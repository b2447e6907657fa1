"""The three-way difference: what is wanted, what is there, and what we last wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
    """
    write: list[FieldChange] = []
    theirs: list[FieldChange] = []
    for name in want.fields():
        known = about(type(want.resource), name)
        if known.once or known.looked_up:
            continue
        there = live.state.comparable(name)
        if name in unknown:
            write.append(FieldChange(name, there, unknown[name]))
            continue
        wanted = want.resource.comparable(name)
        if wanted == there or is_empty(wanted):
            continue
        last = base.get(name)
        if last is not None and hashed(there) == last.returned:
            if hashed(wanted) != last.wanted:
                write.append(FieldChange(name, there, wanted))
        elif is_empty(there) or _is_restored(owners.get(f"{want.kind}.{name}", known.owner), last):
            write.append(FieldChange(name, there, wanted))
        else:
            theirs.append(FieldChange(name, there, wanted))
    return tuple(write), tuple(theirs)


def _is_restored(owner: Owner, last: Base | None) -> bool:
    """Whether what somebody else wrote is written over."""
    return owner == "ours" or (owner == "source" and last is not None)
