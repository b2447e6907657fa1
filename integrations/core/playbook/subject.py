"""Whom a run is for: the keys that a customer and a deal are known by, in every system."""

from __future__ import annotations

import dataclasses

from integrations.core.model import Deal
from integrations.core.playbook.playbook import Step


@dataclasses.dataclass(frozen=True)
class Subject:
    """A deal and its customer, by their keys. Never a name: names are shared, and change.

    Attributes:
        customer: The customer's key: its id in the ERP, or its first deal while the ERP does not have it.
        aliases: The customer's other keys: every one of its deals.
        deal: The deal's key.
    """

    customer: str
    aliases: tuple[str, ...]
    deal: str

    @classmethod
    def of(cls, deal: Deal) -> Subject:
        """The keys of a deal and its customer, all readable from the CRM."""
        own = f"deal:{deal.id}"
        deals = [f"deal:{reference.id}" for reference in deal.customer.deals]
        if deal.customer.id is None:
            return cls(customer=own, aliases=(), deal=own)
        aliases = tuple(dict.fromkeys([*deals, own]))
        return cls(customer=f"customer:{deal.customer.id}", aliases=aliases, deal=own)

    def key(self, step: Step) -> tuple[str, tuple[str, ...]]:
        """The key of a step's resource, and the aliases that its mark may carry instead."""
        suffix = f"/{step.name}" if step.resource.several else ""
        if step.per == "deal":
            return self.deal + suffix, ()
        return self.customer + suffix, tuple(alias + suffix for alias in self.aliases)

    @property
    def lock(self) -> str:
        """The name under which runs for this customer exclude each other."""
        return f"of {self.customer}"

    @property
    def former_locks(self) -> tuple[str, ...]:
        """The names under which runs for this customer's deals excluded each other before they named a customer."""
        return tuple(sorted({f"of {alias}" for alias in self.aliases}))
