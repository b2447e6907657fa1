"""What a store has to tell of itself to be put to the laws."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from integrations.core.errors import IntegrationError
from integrations.core.resource import Live, Resource

if TYPE_CHECKING:
    from tests.conformance.bench import Bench

State = Mapping[str, Any]
"""What `GET /_sandbox/state` answers."""

LAWS = (
    "reading",
    "finding",
    "forgotten",
    "hiding",
    "emptiness",
    "archiving",
    "lost answers",
    "changed fields",
    "changed owners",
    "other changes",
    "updates",
    "creations",
    "pages",
    "faults of reads",
    "faults of writes",
    "forbidding",
    "texts",
    "names",
    "time-outs",
    "two at once",
    "two machines",
    "namesakes",
    "bad rows",
    "contracts",
)
"""The laws, by the names that exemptions use."""


@dataclasses.dataclass(frozen=True)
class Update:
    """How an object is changed.

    Attributes:
        change: The want, with another value in a field that is ours to write.
        touches: What of the sandbox's state may differ afterwards, as `kind.path`; of this object alone.
        by_somebody: Somebody else gives the very same field another value; None: it has but two.
        beside: Somebody else changes something of the object that we do not write; gives whether that is still there.
        holder: The sandbox's object that a live object stands in, by its id: the object itself where it is one.
    """

    change: Callable[[Resource], Resource]
    touches: frozenset[str]
    by_somebody: Callable[[Bench, Live[Any]], None] | None = None
    beside: Callable[[Bench, Live[Any]], Callable[[], bool]] | None = None
    holder: Callable[[str], str] = str


@dataclasses.dataclass(frozen=True)
class Adoption:
    """How an object without our mark comes to be a customer's.

    Attributes:
        made: A person makes one that looks like what is wanted; gives its id.
        taken: Meanwhile it becomes another customer's; None: by another run that adopts it.
        looks_alike: Whether finding notices it by itself.
    """

    made: Callable[[Bench, Resource], str]
    taken: Callable[[Bench, str], None] | None = None
    looks_alike: bool = True


def _nothing(_bench: Bench) -> None:
    """Nothing has to be arranged."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One store.

    Attributes:
        name: Shown in the tests' ids.
        system: The sandbox's name of the system.
        adapter: The adapter's name.
        kind: The store's kind.
        settings: The system's settings, without its address.
        want: What customer number n is to have; numbers are distinct customers.
        named: The same, with this text wherever people's words go.
        name_field: The field that holds the customer's name.
        reads_back: Fields that the vendor gives back as they were wanted.
        marked: The ids of the objects that bear this key, in the sandbox's state.
        writes: The writing requests of a creation, in their order.
        makes: How many objects of each kind a creation adds.
        may_touch: What a creation may change of what was there, as `kind.path`.
        arrange: What has to be there before.
        traps: How nasty the vendor is.
        hiding: Rights without which an existing object can't be seen, several joined by `+`; `{id}` stands for its id.
        forbidding: Rights without which none can be made.
        spoiled: Makes of a want one that will be refused.
        scatter: Sees to it that finding needs whole listings.
        completes: A person does what a manual step says.
        read_faults: What a fault of the first read becomes, where it is not the usual; None: an answer like any
            other (Odoo's version is asked at an address that old servers do not have).
        write_faults: The same for the first write.
        asks: Whether a person has to say that a namesake is another customer, though the first one's is marked.
        reworded: Ways in which people, or the vendor's own editor, change the text of an object that we made.
        exempt: Laws that do not apply, and why.
        made_as: Another case that is found and made by the very same code, which is put to every fault, text and
            boundary; this one then only to a few of each.
    """

    name: str
    system: str
    adapter: str
    kind: str
    settings: Mapping[str, Any]
    want: Callable[[int], Resource]
    named: Callable[[int, str], Resource]
    name_field: str
    marked: Callable[[State, str], list[str]]
    reads_back: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    makes: Mapping[str, int] = dataclasses.field(default_factory=dict)
    may_touch: frozenset[str] = frozenset()
    arrange: Callable[[Bench], None] = _nothing
    traps: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    hiding: tuple[str, ...] = ()
    forbidding: tuple[str, ...] = ()
    update: Update | None = None
    adoption: Adoption | None = None
    spoiled: Callable[[Bench, Resource], Resource] | None = None
    scatter: Callable[[Bench], None] = _nothing
    completes: Callable[[Bench, Live[Any]], None] | None = None
    read_faults: Mapping[int, type[IntegrationError] | None] = dataclasses.field(default_factory=dict)
    write_faults: Mapping[int, type[IntegrationError] | None] = dataclasses.field(default_factory=dict)
    asks: bool = False
    reworded: Mapping[str, Callable[[Bench, Live[Any]], None]] = dataclasses.field(default_factory=dict)
    exempt: Mapping[str, str] = dataclasses.field(default_factory=dict)
    made_as: str = ""
