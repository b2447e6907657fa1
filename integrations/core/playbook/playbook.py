"""A playbook after its check: steps in order, each with its resource and its fields' templates."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from integrations.core.document import Document
from integrations.core.model import Deal
from integrations.core.resource import Resource, own_keys, provisional
from integrations.core.template import Template, document

FieldValue = Template | tuple[Template, ...] | bool | int
"""A text with expressions, several of them, or a plain value."""


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of a playbook: a resource that is wanted in a system.

    Attributes:
        name: The table's name, which the plan shows and `link` takes.
        per: Whether every deal has one of its own, or all deals of a customer share one.
        after: Steps that must have come first although no field refers to them.
        look: Only look whether it is there; other deals of the customer may have made it.
    """

    name: str
    system: str
    resource: type[Resource]
    per: Literal["customer", "deal"]
    fields: Mapping[str, FieldValue]
    after: frozenset[str] = frozenset()
    look: bool = False

    def value(self, field: str, context: Mapping[str, Any]) -> Any:
        """The field's value for these names; rich text where the field is that.

        Raises:
            TemplateFault: It asks for what there is not.
            NotYet: It asks for what another step will tell.
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
        title: What people call it.
    """

    name: str
    title: str
    steps: tuple[Step, ...]


def templates(value: FieldValue) -> tuple[Template, ...]:
    """The templates in a field's value."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, Template) else ()


@dataclasses.dataclass(frozen=True)
class Subject:
    """A deal and its customer, by their keys. Never a name: names are shared, and change.

    Attributes:
        customer: The customer's key: its id in the ERP, or its first deal while the ERP does not have it.
        former: The keys of deals that the customer is proven to have had before the ERP had it, and of customers that
            are gone and whose heir it is: a mark may say these.
        deal: The deal's key.
        deals: The keys of all its deals, as the CRM shows them now; they prove nothing.
        is_proven: What says this deal and no customer is this customer's. Where not, a customer that is yet to be made
            has a key for the time being that nothing bears.
        inherited: The keys of customers that are gone and whose heir it is; `former` ends with them, and with those of
            their deals.
    """

    customer: str
    former: tuple[str, ...]
    deal: str
    deals: tuple[str, ...] = ()
    is_proven: bool = True
    inherited: tuple[str, ...] = ()

    @classmethod
    def of(cls, deal: Deal) -> Subject:
        """The keys of a deal and its customer."""
        own = f"deal:{deal.id}"
        if deal.customer.id is None:
            return cls(customer=own, former=(), deal=own, is_proven=deal.is_proven)
        deals = dict.fromkeys([*(f"deal:{reference.id}" for reference in deal.customer.deals), own])
        inherited = tuple(f"customer:{number}" for number in deal.customer.inherited)
        theirs = (*inherited, *(f"deal:{number}" for number in deal.customer.inherited_deals))
        former = (*(f"deal:{number}" for number in deal.customer.former), *theirs)
        return cls(f"customer:{deal.customer.id}", former, own, tuple(deals), deal.is_proven, inherited)

    def keys(self, step: Step) -> dict[str, Any]:
        """The key of a step's resource with the former ones that its mark may carry instead, or with its customer."""
        suffix = f"/{step.name}" if step.resource.several else ""
        if step.per == "deal":
            whose = {"customer": self.customer, "inherited": self.inherited}
            return {"key": self.deal + suffix, **whose, "is_proven": self.is_proven}
        if self.customer == self.deal and not self.is_proven and step.resource.kind != "customer":
            return {"key": provisional(self.deal) + suffix}
        # A company is not taken for the one whose heir it is, although what that one had is its own now.
        former = own_keys((self.customer, *self.former))[1:] if step.resource.kind == "customer" else self.former
        return {"key": self.customer + suffix, "former": tuple(key + suffix for key in former)}

    @property
    def lock(self) -> str:
        """The name under which runs for this customer exclude each other."""
        return f"of {self.customer}"

    @property
    def former_locks(self) -> tuple[str, ...]:
        """The names under which runs for this customer's deals excluded each other before they named a customer."""
        return tuple(sorted({f"of {key}" for key in (*self.deals, *self.former)}))
