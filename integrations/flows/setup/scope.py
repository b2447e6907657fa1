"""Where a run may write, and which runs that ended have something left since that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.core.errors import IntegrationError
from integrations.core.heirs import gone_among
from integrations.core.ledger import Ledger, RunRecord
from integrations.core.ledger.heirs import Gone
from integrations.core.model import Deal
from integrations.core.system import System


def is_over(run: RunRecord, systems: Mapping[str, System]) -> bool:
    """Whether a deal is done, and nothing that was only shown then may be written now."""
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
    gone = {name for name, one in found.items() if isinstance(one, Gone) and not one.is_left}
    return frozenset(deal for deal, customer in asked.items() if customer in gone)
