"""A checked playbook: steps in order, each with its resource and the templates of its fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from integrations.core.document import Document
from integrations.core.model import Deal
from integrations.core.resource import Resource, own_keys, provisional
from integrations.core.template import Template, document

FieldValue = Template | tuple[Template, ...] | bool | int
"""A text with expressions, a list of them, or a plain value."""


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of a playbook: a resource that is wanted in a system.

    Attributes:
        name: The table's name, which the plan shows and `link` takes.
        per: Each deal has its own, or all deals of a customer share one.
        after: Steps that have to come first although no field refers to them.
        look: Only look for the object, which another deal's playbook may have made.
    """

    name: str
    system: str
    resource: type[Resource]
    per: Literal["customer", "deal"]
    fields: Mapping[str, FieldValue]
    after: frozenset[str] = frozenset()
    look: bool = False

    def value(self, field: str, context: Mapping[str, Any]) -> Any:
        """Return the field's value in this context; rich text where the field holds rich text.

        Raises:
            TemplateFault: It refers to something that does not exist.
            NotYet: It depends on another step's result.
        """
        given = self.fields[field]
        if isinstance(given, tuple):
            return tuple(text for part in given if (text := part.render(context)))
        if not isinstance(given, Template):
            return given
        if self.resource.model_fields[field].annotation is Document:
            return document(given, context)
        return given.value(context)


@dataclasses.dataclass(frozen=True)
class Playbook:
    """The steps for one kind of engagement.

    Attributes:
        name: The file's name without its ending, which `--playbook` takes.
        title: The name that people use.
    """

    name: str
    title: str
    steps: tuple[Step, ...]


def templates(value: FieldValue) -> tuple[Template, ...]:
    """Return the templates in a field's value."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, Template) else ()


@dataclasses.dataclass(frozen=True)
class Subject:
    """A deal and its customer, by their keys. Never by a name: names are shared, and change.

    Attributes:
        customer: The customer's key: its id in the ERP, or its first deal while the ERP does not have it.
        former: Other keys that a mark may have: of deals proven to have stood for the customer before the ERP had it,
            and of gone customers whose heir it is.
        deal: The deal's key.
        deals: The keys of all its deals as the CRM has them now; they prove nothing.
        is_proven: Objects that name this deal and no customer are this customer's. Otherwise a customer that is yet to
            be made has a provisional key, which no mark bears.
        inherited: The keys of gone customers whose heir it is; `former` ends with these, and with the keys of their
            deals.
    """

    customer: str
    former: tuple[str, ...]
    deal: str
    deals: tuple[str, ...] = ()
    is_proven: bool = True
    inherited: tuple[str, ...] = ()

    @classmethod
    def of(cls, deal: Deal) -> Subject:
        """Return the keys of a deal and its customer."""
        own = f"deal:{deal.id}"
        if deal.customer.id is None:
            return cls(customer=own, former=(), deal=own, is_proven=deal.is_proven)
        deals = dict.fromkeys([*(f"deal:{reference.id}" for reference in deal.customer.deals), own])
        inherited = tuple(f"customer:{number}" for number in deal.customer.inherited)
        theirs = (*inherited, *(f"deal:{number}" for number in deal.customer.inherited_deals))
        former = (*(f"deal:{number}" for number in deal.customer.former), *theirs)
        return cls(f"customer:{deal.customer.id}", former, own, tuple(deals), deal.is_proven, inherited)

    def keys(self, step: Step) -> dict[str, Any]:
        """Return the key of a step's resource, with the former keys of its mark, or with its customer."""
        suffix = f"/{step.name}" if step.resource.several else ""
        if step.per == "deal":
            whose = {"customer": self.customer, "inherited": self.inherited}
            return {"key": self.deal + suffix, **whose, "is_proven": self.is_proven}
        if self.customer == self.deal and not self.is_proven and step.resource.kind != "customer":
            return {"key": provisional(self.deal) + suffix}
        # A gone customer's company is never taken for its heir's, although the heir now owns what belonged to it.
        former = own_keys((self.customer, *self.former))[1:] if step.resource.kind == "customer" else self.former
        return {"key": self.customer + suffix, "former": tuple(key + suffix for key in former)}

    @property
    def lock(self) -> str:
        """The name of the lock for this customer."""
        return f"of {self.customer}"

    @property
    def former_locks(self) -> tuple[str, ...]:
        """The names of the locks for this customer's deals from before they named a customer."""
        return tuple(sorted({f"of {key}" for key in (*self.deals, *self.former)}))
