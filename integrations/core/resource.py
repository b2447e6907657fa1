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

    owner: Who wins when the field is neither empty nor what we last wrote: `ours` restores it, `people`
        leaves and shows it; `source` restores it too, but leaves and shows a difference where we never wrote
        anything. The settings may say otherwise per field.
    output: Given by the system, never wanted: a playbook can't set it, other steps may refer to it.
    once: Written when the object is made and left alone from then on.
    looked_up: `find` looks by it, so it can't depend on another step; not compared, like `once`.
    label: The field's name in the plan; where empty, the field's own name with blanks.
    words: For a boolean: the words for false and true (`prospect`, `customer`).
    hidden: Never shown in a plan.
    kept: The ledger's audit keeps its old and new value: never of a field that may tell of a customer's
        people.
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

    A store's own resource adds fields; each is empty (`None`, `""`, `()`) where nothing is wanted of it.

    Attributes:
        kind: The last part of its name in a playbook: `organization` in `jira.organization`.
        title: The kind in the words of the people who use the system.
        several: Whether one customer or deal may have more than one, told apart by their steps.
        in_playbooks: Whether a playbook may want one; otherwise a flow alone does.
        names: The fields with what it is called, which no two objects of the system share; the plan shows them where
            one is made, outputs too. See `named`.
    """

    kind: ClassVar[str]
    title: ClassVar[str] = ""
    several: ClassVar[bool] = False
    in_playbooks: ClassVar[bool] = True
    names: ClassVar[tuple[str, ...]] = ()

    key: str
    """Our key: `customer:101`, `deal:42`, or with the step behind it (`deal:42/ticket`)."""
    former: tuple[str, ...] = ()
    """Keys of deals that the same customer is proven to have had before, and of customers that are gone and whose heir
    it is; an object may bear one as its mark."""
    customer: str = ""
    """Of what is a deal's: whose it is, by the customer's key. Empty: the key itself says it."""
    inherited: tuple[str, ...] = ()
    """Of what is a deal's: the keys of customers that are gone and whose heir that one is."""
    is_proven: bool = False
    """An object that says the deal and no customer, as an earlier release left it, is this customer's."""
    active: Annotated[bool, FieldInfo(kept=True)] = True
    """False: it should be archived."""

    @property
    def container(self) -> str:
        """The id of the object that this one is in, where a flow puts it in one that another flow makes."""
        return ""

    def in_container(self, container: str) -> Self:
        """Return it in another container, where it is in one."""
        del container
        return self

    def label(self) -> str:
        """Return the name of this very object in the plan: its name or title."""
        return self.key

    def kind_label(self) -> str:
        """Return the name of its kind in the plan."""
        return self.title or self.kind

    def named(self, distinction: str) -> Self:
        """Return the resource with the names for its creation.

        They are plain, or have the distinction that tells it from another customer's. A resource with `names`
        overrides this, by the forms of `integrations.core.naming`.
        """
        del distinction
        return self

    def comparable(self, field: str) -> Any:
        """The field's value as it is compared with the live one; a store's resource may compare by digest."""
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
    """`None`, `""`, `()` and an empty document; never `False` or 0."""
    return value in (None, "", ()) or (isinstance(value, Document) and not value)


@dataclasses.dataclass(frozen=True)
class Live(Generic[R]):
    """An object as the system holds it now.

    Attributes:
        id: What the vendor's page shows of it, and what `link` takes.
        state: Its fields, outputs among them.
        url: Its page for people.
        version: What the vendor compares on update; None where it has no such thing.
        ours: Whether it bears our mark. False: provably the one all the same, to be adopted.
        is_begun: It bears no mark, and our own claim proves that a creation of ours began it and could not mark it.
        is_former: Its mark says a former key of the customer's: it is to be marked anew, as an adopted one is.
        twins: The ids of others that bear the same mark, as far as they were seen: this one counts, a person has
            to do away with them.
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
    """An object that has a name which ours would get.

    Attributes:
        field: The field with that name.
        name: The name.
        id: What the vendor's page shows of it.
        title: What people call it.
        url: Its page for people.
        mark: The key that it bears: whose it is; empty where it bears none, or where that can't be seen.
    """

    field: str
    name: str
    id: str
    title: str
    url: str = ""
    mark: str = ""


@dataclasses.dataclass(frozen=True)
class Taken(Generic[R]):
    """Proven absent, and something else has names that it would get.

    Attributes:
        holders: What has them.
        resource: As it is made all the same, with another name that is free where only a short key met a stranger's by
            chance. None: it has to be told apart from a namesake, in all systems alike.
    """

    holders: tuple[Holder, ...]
    resource: R | None = None


Outcomes = Mapping[str, Any]
"""What a field's expression sees of other steps, by step."""


@dataclasses.dataclass(frozen=True)
class Later:
    """A field's value that depends on other steps.

    Attributes:
        needs: The steps without which there is no value.
        hears: The steps of which it only asks whether they exist.
        text: The expression itself, as the playbook has it, and the deal's values in it: part of the plan's id.
        value: The value, given what exists. Raises `NotYet` where that does not tell it yet.
    """

    depends_on: frozenset[str]
    runs_after: frozenset[str]
    text: str
    value: Callable[[Outcomes], Any] = dataclasses.field(compare=False)


@dataclasses.dataclass(frozen=True)
class Want(Generic[R]):
    """A step that wants a resource in a system.

    Attributes:
        later: The fields that other steps decide; in `resource` they hold `PLACEHOLDER`, or their default
            where text does not fit.
        after: Steps that must have come first although no field refers to them.
        resolved: Those of `later` whose value has been put into `resource`.
        look: Only look whether it is there, for other steps to know; never make or change it.
        per_customer: Its key is the customer's, and a deal's only until the customer step gives the customer an id.
        city: The customer's: it may tell the customer from another of its name.
        customer: Whose it is, by the id in the system of record: a pilot is limited to some; None: nobody's yet.
        terms: What a person is shown besides the changes, and approves with each of them.
        proposed: The resource as the plan had it, before this very run made the customer whose key it has since.
        plain: What the fields of `resource.names` held before names were proposed.
        distinction: What was added to them then.
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
        """Return the want as the customer's instead of as that of `own`.

        `own` is the key of the deal that has just made the customer. An object of an earlier release may
        still bear the deal's key. A want that is a customer's already stays as it is.
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
        """The want without the keys of gone customers: what bears one of these is not looked for."""
        _, *former = own_keys((self.key, *self.resource.former))
        return dataclasses.replace(self, resource=self.resource.model_copy(update={"former": tuple(former)}))

    @property
    def open(self) -> dict[str, Later]:
        """The fields that are still to be decided."""
        return {name: later for name, later in self.later.items() if name not in self.resolved}

    @property
    def depends_on(self) -> frozenset[str]:
        """The steps without which there is no telling what is wanted."""
        return self.after.union(*(later.depends_on for later in self.open.values()))

    @property
    def runs_after(self) -> frozenset[str]:
        """The steps that have to be over first, however they ended."""
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
        """The fields that are wanted: set and not empty, or decided later; never the base's own."""
        chosen = (self.resource.model_fields_set | set(self.later)) - BASE_FIELDS
        return [
            name
            for name in type(self.resource).model_fields
            if name in chosen and (name in self.later or not is_empty(getattr(self.resource, name)))
        ]


PLACEHOLDER = "(known after apply)"


def provisional(deal: str) -> str:
    """Return the key of the customer that a deal is yet to have, made of the deal's key.

    No mark bears it.
    """
    return f"new:{deal.removeprefix('deal:')}"


def own_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the customer's own keys among all keys that a mark may carry.

    The keys of gone customers whose heir it is are left out: an heir with an object of its own keeps it, and
    theirs is no twin of it. The keys of gone customers come last, and those of their deals behind them.
    """
    gone = next((index for index, key in enumerate(keys) if index and key.startswith("customer:")), len(keys))
    return tuple(keys[:gone])


def precedence(keys: Sequence[str], borne: str | None) -> int:
    """Return the rank of a mark among `keys`, the keys that an object of one customer may bear; the lowest counts.

    The customer's very own key comes first, then those that are proven to be its own, then those of gone customers
    whose heir it is: so each machine takes the same one of several, whatever its ledger knows. A mark that is none
    of them comes last.
    """
    if borne not in keys:
        return len(keys) + 2
    own = own_keys(keys)
    return 0 if borne == keys[0] else 1 if borne in own else 2


def twin_keys(keys: Sequence[str], borne: str | None) -> tuple[str, ...]:
    """Return the marks that make another object a twin of the one that bears `borne`.

    The objects of two gone customers are no twins, though one heir inherits both: people are in either.
    """
    own = own_keys(keys)
    return (borne,) if borne is not None and borne in keys and borne not in own else own


@dataclasses.dataclass(frozen=True)
class Lookup(Generic[R]):
    """A question to `find`: the wanted resource, and what is known of where it might be.

    Attributes:
        resource: As wanted; a field that other steps decide holds `PLACEHOLDER` and is not to be looked by.
        id: Where it is: what a person chose (`chosen`), else where the ledger saw it last (a hint: the object
            may have gone).
        new: A person chose `new`: a mere look-alike is not in the way. An object that bears our mark still
            counts.
        look: Nothing will be made of it: obstacles to making one are of no interest.
    """

    resource: R
    id: str | None = None
    chosen: bool = False
    new: bool = False
    look: bool = False

    @property
    def key(self) -> str:
        """The resource's key: what the answer is filed under."""
        return self.resource.key

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that a mark may carry, the resource's own first."""
        return (self.resource.key, *self.resource.former)
