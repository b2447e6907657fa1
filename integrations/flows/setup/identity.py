"""The customer of a deal that does not name one: what its customer step leads to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from integrations.core.errors import IntegrationError
from integrations.core.model import Customer, Deal, DealReference
from integrations.core.plan import Found, Planner
from integrations.core.playbook import Wanted
from integrations.core.resource import Live, Want
from integrations.core.system import System


@dataclasses.dataclass(frozen=True)
class Identified:
    """A deal's customer.

    Attributes:
        deal: With the customer as the system of record knows it, where the step leads to one.
        want: The customer's step as the deal itself has it; None where the deal names its customer.
        found: What was read of that step.
    """

    deal: Deal
    want: Want[Any] | None = None
    found: Found = dataclasses.field(default_factory=dict)

    def wanted(self, wants: Wanted) -> Wanted:
        """Return the customer's wants with the customer's step as the deal itself has it."""
        own = self.want
        if own is None:
            return wants
        refused = {step: error for step, error in wants.refused.items() if step != own.step}
        own = dataclasses.replace(own, customer=self.deal.customer.id)
        return Wanted(tuple(own if want.step == own.step else want for want in wants.wants), refused)


def identified(
    deal: Deal,
    wants: Wanted,
    planner: Planner,
    systems: Mapping[str, System],
    with_all_deals: Callable[..., Deal],
) -> Identified:
    """Ask the system of record first whose the deal is, where the deal does not say.

    What a person chose, what is adopted and what has other deals is a customer of its own: all else is that customer's
    from then on, and is looked for as such. Otherwise a second deal of a company would get a second one of everything
    in the very run that puts it together with the first. What this deal alone has made stays as the deal has it.
    """
    want = next((want for want in wants.wants if _is_of_record(want, systems)), None)
    if deal.customer.id is not None or want is None or want.step in wants.refused:
        return Identified(deal)
    memories = planner.recall([want])
    choice = memories[want.step].choice
    if choice is not None and choice.answer == "never":
        return Identified(deal)
    found = planner.read([want], memories)
    live = found[want.step]
    known = _customer(systems[want.system], live.id) if isinstance(live, Live) else None
    if isinstance(known, IntegrationError):
        return Identified(deal, want, {want.step: known})
    if not isinstance(live, Live) or known is None:
        return Identified(deal, want, found)
    whole = with_all_deals(_of(deal, known), is_led_to=True)
    is_alone = live.ours and choice is None and [one.id for one in whole.customer.deals] == [deal.id]
    return Identified(_as_stated(deal, whole) if is_alone else whole, want, found)


def _is_of_record(want: Want[Any], systems: Mapping[str, System]) -> bool:
    system = systems[want.system]
    return want.kind == "customer" and system.customers is not None and not (want.look or want.needs)


def _customer(system: System, number: str) -> Customer | IntegrationError | None:
    return system.customers(number) if system.customers is not None else None


def _as_stated(deal: Deal, whole: Deal) -> Deal:
    """The deal with its customer as it states it, and with the customer's keys: by these all else is found."""
    known = whole.customer
    keys = {"id": known.id, "former": known.former, "inherited": known.inherited, "deals": known.deals}
    keys["inherited_deals"] = known.inherited_deals
    customer = deal.customer.model_copy(update=keys)
    return deal.model_copy(update={"customer": customer, "is_proven": whole.is_proven})


def _of(deal: Deal, known: Customer) -> Deal:
    own = DealReference(id=deal.id, title=deal.title, won_on=deal.won_on, url=deal.url)
    customer = deal.customer.model_copy(update={"deals": (*deal.customer.deals, own)})
    return deal.model_copy(update={"customer": customer}).of_customer(known)
