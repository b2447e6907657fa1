"""Whose a mark is that names a deal: proven by the ledger or the system of record, never by who has the deal now.

A lead that is corrected, copied or given to another company takes its id with it. What was made under that id stays
with whom it was made for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from integrations.core.ledger import Ledger
from integrations.core.system import System


def of_record(systems: Mapping[str, System]) -> System | None:
    """The system where a customer's id comes from; None where deals come from files alone."""
    return next((system for system in systems.values() if system.customers is not None), None)


def former(
    ledger: Ledger, systems: Mapping[str, System], customers: Collection[str], *, asking: bool = True
) -> dict[str, tuple[str, ...]]:
    """The deals that are proven to have stood for each of these customers (ids in the system of record).

    The system of record is asked once a customer, and its word counts for more. After a merge it names the survivor: a
    deal of which the ledger knows that it stood for one whose heir this is stays that one's.

    Raises:
        IntegrationError: It could not be asked.
    """
    record = of_record(systems)
    if record is None:
        return dict.fromkeys(customers, ())
    filing = ledger.filing
    unasked = sorted(set(customers) - filing.asked(record.name, customers)) if record.former and asking else []
    if record.former is not None and unasked:
        said = record.former(unasked)
        olds = {customer: filing.former(record.name, ledger.heirs.of(customer)) for customer in unasked}
        theirs = {customer: frozenset().union(*deals.values()) for customer, deals in olds.items()}
        filing.prove(record.name, {customer: deals - theirs[customer] for customer, deals in said.items()})
    found = filing.former(record.name, customers)
    return {customer: tuple(sorted(deals)) for customer, deals in found.items()}


def is_of(ledger: Ledger, systems: Mapping[str, System], deal: str, customer: str, known: Collection[str]) -> bool:
    """Tell whether what says this deal and no customer was made for this customer (ids).

    The deal made it, and is among those `known` to have; or the first release recorded the deal's run for it. What a
    later release recorded says how that saw it, so that a corrected deal proves nothing by being set up once more.
    """
    if deal in known:
        return True
    record = of_record(systems)
    if record is None:
        return True
    if ledger.filing.objects(record.name, "customer", [f"deal:{deal}"])[f"deal:{deal}"].get(f"deal:{deal}"):
        return False
    runs = [run for run in ledger.runs([deal]) if run.customer == f"customer:{customer}"]
    return any(bool(run.document.get("is_proven", True)) for run in runs)
