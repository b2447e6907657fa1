"""The customer of a deal that does not name one: what its customer step leads to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.core.errors import IntegrationError, Rejected
from integrations.core.heirs import gone_among
from integrations.core.ledger import Ledger, RunRecord
from integrations.core.ledger.heirs import Gone
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
    is_alone = live.ours and choice is None and [record.id for record in whole.customer.deals] == [deal.id]
    return Identified(_as_stated(deal, whole) if is_alone else whole, want, found)


def _is_of_record(want: Want[Any], systems: Mapping[str, System]) -> bool:
    system = systems[want.system]
    return want.kind == "customer" and system.customers is not None and not (want.look or want.depends_on)


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


class OpenHeir(Rejected):
    """A person says who the heir is; until then nothing is made a second time.

    Attributes:
        gone: The customer that is gone, with who may be its heir.
        name: What it was called.
    """

    def __init__(self, message: str, *, gone: Gone, name: str, who: str, next: str) -> None:  # noqa: A002
        super().__init__(message, who=who, next=next)
        self.gone, self.name = gone, name

    @property
    def type(self) -> str:
        """The error's kind, as the JSON output names it."""
        return Rejected.__name__


def is_over(run: RunRecord, systems: Mapping[str, System]) -> bool:
    """Return whether a deal is done, and nothing that was only shown then may be written now."""
    customer = run.customer.removeprefix("customer:")
    shown = {step["system"] for step in run.document["steps"] if step["result"] == "planned"}
    is_through = run.outcome in ("done", "planned")
    return is_through and not any(systems[name].may_write(customer) for name in shown & systems.keys())


def moved(
    ledger: Ledger, systems: Mapping[str, System], deals: Sequence[Deal], over: Mapping[str, RunRecord]
) -> frozenset[str]:
    """Return the deals (ids) that are done, for a customer that is gone by now: what that one had is their new one's.

    The system of record is asked only where a deal was set up for another customer than it has.
    """
    before = {
        deal.id: over[deal.id].customer.removeprefix("customer:")
        for deal in deals
        if deal.id in over and deal.customer.id is not None
    }
    asked = {deal.id: before[deal.id] for deal in deals if before.get(deal.id, deal.customer.id) != deal.customer.id}
    asked = {deal: customer for deal, customer in asked.items() if ":" not in customer}
    try:
        found = gone_among(ledger, systems, sorted(set(asked.values())))
    except IntegrationError:
        return frozenset()  # the next run asks again
    gone = {name for name, answer in found.items() if isinstance(answer, Gone) and not answer.is_left}
    return frozenset(deal for deal, customer in asked.items() if customer in gone)
