"""Resources in the systems: the wanted state, look-ups, and live objects."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from integrations.core.document import Document
from integrations.core.model import Model

Owner = Literal["ours", "people", "source"]


@dataclasses.dataclass(frozen=True)
class FieldInfo:
    """Properties of a resource's field, beyond its type: `name: Annotated[str, FieldInfo(owner="people")]`.

    owner: Who wins when the field is neither empty nor what we last wrote: `ours` restores it, `people` leaves and
        shows it; `source` restores it too, but leaves and shows a difference where we never wrote anything. The
        settings may override it per field.
    output: Given by the system, never wanted: a playbook can't set it, other steps may refer to it.
    once: Written when the object is made, and left alone afterwards.
    looked_up: `find` looks by it, so it can't depend on another step; like `once`, it is not compared.
    label: The field's name in the plan; where empty, the field's own name with blanks.
    words: For a boolean: the words for false and true (`prospect`, `customer`).
    hidden: Never shown in a plan.
    kept: The ledger's audit keeps its old and new value; never for a field that may be about a customer's people.
    """

    owner: Owner = "ours"
    output: bool = False
    once: bool = False
    looked_up: bool = False
    label: str = ""
    words: tuple[str, str] | None = None
    hidden: bool = False
    kept: bool = False


class Resource(Model):
    """The state of one object in one system.

    A store's own resource adds fields; an empty one (`None`, `""`, `()`) is not wanted.

    Attributes:
        kind: The last part of its name in a playbook: `organization` in `jira.organization`.
        title: The kind as the system's users call it.
        several: One customer or deal may have more than one; the step's name in the key tells them apart.
        in_playbooks: Whether a playbook may want one; otherwise a flow alone does.
        names: The fields with its names, which are unique in the system; the plan shows them for a creation, outputs
            too. See `named`.
    """

    kind: ClassVar[str]
    title: ClassVar[str] = ""
    several: ClassVar[bool] = False
    in_playbooks: ClassVar[bool] = True
    names: ClassVar[tuple[str, ...]] = ()

    key: str
    """Our key: `customer:101`, `deal:42`, or with the step behind it (`deal:42/ticket`)."""
    former: tuple[str, ...] = ()
    """Other keys that its mark may have: of deals proven to have stood for the same customer, and of gone customers
    whose heir it is."""
    customer: str = ""
    """For a deal's object, the customer's key; empty: the key itself names the customer."""
    inherited: tuple[str, ...] = ()
    """For a deal's object, the keys of gone customers whose heir its customer is."""
    is_proven: bool = False
    """An object of an earlier release that names the deal and no customer is this customer's."""
    active: Annotated[bool, FieldInfo(kept=True)] = True
    """False: it should be archived."""

    @property
    def container(self) -> str:
        """The id of the object that it is in, where one flow fills what another flow makes; else empty."""
        return ""

    def in_container(self, container: str) -> Self:
        """Return it in another container; unchanged where it is in none."""
        del container
        return self

    def label(self) -> str:
        """Return the name of this object in the plan: its name or title."""
        return self.key

    def kind_label(self) -> str:
        """Return the name of its kind in the plan."""
        return self.title or self.kind

    def named(self, distinction: str) -> Self:
        """Return the resource with the names for its creation: plain, or with an addition that sets them apart.

        A resource with `names` overrides this, using the forms of `integrations.core.names`.
        """
        del distinction
        return self

    def comparable(self, field: str) -> Any:
        """Return the field's value for comparison; a store's resource may return a digest."""
        return getattr(self, field)


R = TypeVar("R", bound=Resource)

BASE_FIELDS = frozenset(Resource.model_fields)


def about(resource: type[Resource], field: str) -> FieldInfo:
    """Return the properties of a field; the defaults where it declares none."""
    return _about(resource, field)


@functools.cache
def _about(resource: type[Resource], field: str) -> FieldInfo:
    for entry in resource.model_fields[field].metadata:
        if isinstance(entry, FieldInfo):
            return entry
    return FieldInfo()


def is_empty(value: Any) -> bool:
    """Return whether a value is `None`, `""`, `()` or an empty document; `False` and 0 are not empty."""
    return value in (None, "", ()) or (isinstance(value, Document) and not value)


@dataclasses.dataclass(frozen=True)
class Live(Generic[R]):
    """An object as the system holds it now.

    Attributes:
        id: The id that the vendor's page shows, and that `link` takes.
        state: Its fields, including outputs.
        url: Its page for people.
        version: The vendor's version, compared on update; None where the vendor has none.
        ours: It bears our mark. False: it is provably the right one all the same, and is adopted.
        is_begun: It bears no mark, but our claim proves that our creation made it and was stopped before marking it.
        is_former: Its mark has a former key of the customer: it is marked again, shown like an adoption.
        twins: The ids of other objects with the same mark, as far as they were seen: a person has to remove them.
    """

    id: str
    state: R
    url: str = ""
    version: str | None = None
    ours: bool = True
    is_begun: bool = False
    is_former: bool = False
    twins: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Holder:
    """An object that already has a name that ours would get.

    Attributes:
        field: The field with that name.
        name: The name.
        id: The id that the vendor's page shows.
        title: Its name for people.
        url: Its page for people.
        mark: The key in its mark, which tells its owner; empty where it has none, or where it can't be seen.
    """

    field: str
    name: str
    id: str
    title: str
    url: str = ""
    mark: str = ""


@dataclasses.dataclass(frozen=True)
class Taken(Generic[R]):
    """Proof that the resource is absent, while other objects have names that it would get.

    Attributes:
        holders: Those objects.
        resource: The resource to be made all the same, with the next free key, where only a short key met a stranger's
            by chance. None: an addition has to tell it from a namesake, in all systems alike.
    """

    holders: tuple[Holder, ...]
    resource: R | None = None


Outcomes = Mapping[str, Any]
"""The other steps as a field's expression sees them, by step."""


@dataclasses.dataclass(frozen=True)
class Later:
    """A field's value that depends on other steps.

    Attributes:
        depends_on: The steps without which there is no value.
        runs_after: The steps of which only the existence matters.
        text: The playbook's expression, with the deal's values: part of the plan's id.
        value: Returns the value, given the other steps. Raises `NotYet` where it depends on one that has to run first.
    """

    depends_on: frozenset[str]
    runs_after: frozenset[str]
    text: str
    value: Callable[[Outcomes], Any] = dataclasses.field(compare=False)


@dataclasses.dataclass(frozen=True)
class Want(Generic[R]):
    """A step that wants a resource in a system.

    Attributes:
        later: The fields that other steps decide; in `resource` they hold `PLACEHOLDER`, or their default where text
            does not fit.
        after: Steps that have to come first although no field refers to them.
        resolved: Those of `later` whose value is already in `resource`.
        look: Only look for the object, for other steps; never make or change it.
        per_customer: Its key is the customer's (a deal's only until the customer step provides the customer's id).
        city: The customer's city, which may tell it from a namesake.
        customer: The customer's id in the system of record, by which a pilot is limited; None: not known yet.
        terms: Facts that a person is shown besides the changes, and approves with each of them.
        proposed: The resource as the plan had it, before this run made the customer whose key it has now.
        plain: The values of the fields in `resource.names` before names were proposed.
        distinction: The addition of the proposed names.
    """

    step: str
    system: str
    resource: R
    later: Mapping[str, Later] = dataclasses.field(default_factory=dict)
    after: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()
    look: bool = False
    per_customer: bool = False
    city: str = ""
    customer: str | None = None
    terms: tuple[str | None, ...] = ()
    proposed: R | None = None
    plain: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    distinction: str = ""

    @property
    def is_named(self) -> bool:
        """Return whether names have to be proposed where the resource is made."""
        return bool(self.resource.names) and self.resource.active and not self.look

    def named(self, distinction: str) -> Want[R]:
        """Return the want with the names for its creation; see `Resource.named`."""
        unnamed = self.unnamed().resource
        plain = {name: getattr(unnamed, name) for name in unnamed.names}
        return dataclasses.replace(self, resource=unnamed.named(distinction), plain=plain, distinction=distinction)

    def unnamed(self) -> Want[R]:
        """Return the want without proposed names: an object that exists has its own."""
        if not self.plain:
            return self
        resource = self.resource.model_copy(update=dict(self.plain))
        return dataclasses.replace(self, resource=resource, plain={}, distinction="")

    def of_customer(self, own: str, customer: str) -> Want[R]:
        """Return the want under the customer's key instead of `own`, the key of the deal that has just made it.

        An object of an earlier release may still bear the deal's key. A want that already has the customer's key stays
        as it is.
        """
        name, slash, step = self.key.partition("/")
        changed: dict[str, Any] = {}
        if self.per_customer and name in (own, provisional(own)):
            borne = (self.key,) if name == own else ()
            changed = {"key": customer + slash + step, "former": (*borne, *self.resource.former)}
        elif not self.per_customer and self.resource.customer == own:
            changed = {"customer": customer}
        if not changed:
            return self
        return dataclasses.replace(
            self, resource=self.resource.model_copy(update=changed), proposed=self.proposed or self.resource
        )

    def without_inherited(self) -> Want[R]:
        """Return the want without the keys of gone customers, so that their objects are not looked for."""
        _, *former = own_keys((self.key, *self.resource.former))
        return dataclasses.replace(self, resource=self.resource.model_copy(update={"former": tuple(former)}))

    @property
    def open(self) -> dict[str, Later]:
        """The fields that other steps have yet to decide."""
        return {name: later for name, later in self.later.items() if name not in self.resolved}

    @property
    def depends_on(self) -> frozenset[str]:
        """The steps without which it is unknown what is wanted."""
        return self.after.union(*(later.depends_on for later in self.open.values()))

    @property
    def runs_after(self) -> frozenset[str]:
        """The steps that have to end first, successfully or not."""
        return frozenset[str]().union(*(later.runs_after for later in self.open.values()))

    @property
    def kind(self) -> str:
        """The resource's kind."""
        return self.resource.kind

    @property
    def key(self) -> str:
        """The resource's key."""
        return self.resource.key

    def fields(self) -> list[str]:
        """Return the wanted fields: set and not empty, or decided later; without those of the base class."""
        chosen = (self.resource.model_fields_set | set(self.later)) - BASE_FIELDS
        return [
            name
            for name in type(self.resource).model_fields
            if name in chosen and (name in self.later or not is_empty(getattr(self.resource, name)))
        ]


PLACEHOLDER = "(known after apply)"
"""Stands in a plan for a value that another step provides while the plan is applied."""


def provisional(deal: str) -> str:
    """Return the provisional key of a deal's future customer, made of the deal's key; no mark bears it."""
    return f"new:{deal.removeprefix('deal:')}"


def own_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the customer's own keys among all keys that its mark may have.

    The keys of gone customers whose heir it is are left out: an heir with an object of its own keeps it, and a gone
    customer's is no twin of it. They come last in `keys`, followed by the keys of their deals.
    """
    gone = next((index for index, key in enumerate(keys) if index and key.startswith("customer:")), len(keys))
    return tuple(keys[:gone])


def precedence(keys: Sequence[str], borne: str | None) -> int:
    """Return the rank of the mark `borne` among `keys`, which an object of one customer may bear; the lowest wins.

    First comes the customer's own key, then the keys proven to be its own, then those of gone customers whose heir it
    is, last any other mark. So every machine takes the same object of several, whatever its ledger knows.
    """
    if borne not in keys:
        return len(keys) + 2
    own = own_keys(keys)
    return 0 if borne == keys[0] else 1 if borne in own else 2


def twin_keys(keys: Sequence[str], borne: str | None) -> tuple[str, ...]:
    """Return the marks that make another object a twin of the one that bears `borne`.

    The objects of two gone customers are no twins, though one heir inherits both: each may have people in it.
    """
    own = own_keys(keys)
    return (borne,) if borne is not None and borne in keys and borne not in own else own


@dataclasses.dataclass(frozen=True)
class Lookup(Generic[R]):
    """A question to `find`: the wanted resource, with what is known about where it is.

    Attributes:
        resource: The wanted state; a field that other steps decide holds `PLACEHOLDER`, and must not be looked up by.
        id: The id that a person chose (`chosen`), else where the ledger last saw it: a hint, since it may be gone.
        new: A person chose `new`: a mere look-alike is no obstacle. An object with our mark still counts.
        look: Nothing will be made of it, so obstacles to making it are of no interest.
    """

    resource: R
    id: str | None = None
    chosen: bool = False
    new: bool = False
    look: bool = False

    @property
    def key(self) -> str:
        """The resource's key, under which the answer is returned."""
        return self.resource.key

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that the mark may have, the resource's own first."""
        return (self.resource.key, *self.resource.former)
