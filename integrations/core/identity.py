"""Owners of marks that name a deal, proven by the ledger or the system of record.

Who has the deal now proves nothing: a lead that is corrected, copied or given to another company takes its id
with it. What was made under that id stays with the customer that it was made for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from integrations.core.ledger import Ledger
from integrations.core.system import System


def of_record(systems: Mapping[str, System]) -> System | None:
    """Return the system where customers' ids come from; None where deals come from files alone."""
    return next((system for system in systems.values() if system.customers is not None), None)


def former(
    ledger: Ledger, systems: Mapping[str, System], customers: Collection[str], *, asking: bool = True
) -> dict[str, tuple[str, ...]]:
    """Return the deals that are proven to have stood for each of these customers (ids in the system of record).

    The system of record is asked once a customer, and its answer takes precedence. After a merge it names the
    survivor: a deal that the ledger knows to have stood for a gone customer stays with that one, not with its heir.

    Raises:
        IntegrationError: The system of record could not be asked.
    """
    record = of_record(systems)
    if record is None:
        return dict.fromkeys(customers, ())
    object_index = ledger.object_index
    unasked = sorted(set(customers) - object_index.asked(record.name, customers)) if record.former and asking else []
    if unasked:
        prove(ledger, systems, unasked)
    found = object_index.former(record.name, customers)
    return {customer: tuple(sorted(deals)) for customer, deals in found.items()}


def prove(ledger: Ledger, systems: Mapping[str, System], customers: Collection[str]) -> None:
    """Ask the system of record which deals made these customers (ids), and record its answer.

    Marks that it assigned to another customer until now become those of the one that it names.

    Raises:
        IntegrationError: The system of record could not be asked.
    """
    record = of_record(systems)
    if record is None or record.former is None:
        return
    object_index = ledger.object_index
    answer = record.former(sorted(customers))
    olds = {customer: object_index.former(record.name, ledger.heirs.of(customer)) for customer in customers}
    theirs = {customer: frozenset().union(*deals.values()) for customer, deals in olds.items()}
    object_index.prove(record.name, {customer: deals - theirs[customer] for customer, deals in answer.items()})


def is_of(
    ledger: Ledger, systems: Mapping[str, System], deal: str, customer: str | None, known: Collection[str] = ()
) -> bool:
    """Return whether an object that names this deal and no customer was made for this customer (ids).

    The customer may be one still to be made (None). The object was made for it if the deal is among those `known` to
    have stood for it, or if the first release recorded the deal's run for this customer. A later release's record
    shows only how that release saw it: otherwise a corrected deal would prove itself by being set up once more.
    """
    record = of_record(systems)
    if record is None or deal in known:
        return True
    if is_anothers(ledger, record, deal) or ledger.object_index.led_to(record.name, deal):
        return False
    return _was_set_up_for(ledger, deal, f"customer:{customer}" if customer is not None else f"deal:{deal}")


def is_anothers(ledger: Ledger, record: System, deal: str) -> bool:
    """Return whether a known customer owns the marks that name this deal and no customer."""
    return ledger.object_index.owner(record.name, deal) is not None


def bind(ledger: Ledger, systems: Mapping[str, System], deal: str, customer: str, *, is_led_to: bool) -> None:
    """File what was kept of a deal, while its customer was unknown, as its customer's.

    This concerns people's choices and the owner of the first release's marks. Where the customer turns out to be
    another one, the choices are dropped.

    Args:
        ledger: The ledger that keeps them.
        systems: Among them the system of record.
        deal: The deal's id.
        customer: The id of the customer that the deal has now.
        is_led_to: The deal's own customer step leads there: nobody assigned another company.
    """
    record = of_record(systems)
    if record is None:
        return
    led_to = ledger.object_index.led_to(record.name, deal)
    is_begun = not led_to and f"deal:{deal}" in ledger.object_index.begun(record.name, "customer")
    if not (is_led_to or is_begun or customer in led_to):
        ledger.object_index.unbind(deal)
        return
    ledger.object_index.bind(deal, customer)
    own = (f"deal:{deal}", f"customer:{customer}")
    if not is_anothers(ledger, record, deal) and any(_was_set_up_for(ledger, deal, subject) for subject in own):
        ledger.object_index.own(record.name, deal, customer)


def _was_set_up_for(ledger: Ledger, deal: str, customer: str) -> bool:
    """Return whether the first release set a deal up for a customer (its key), as far as the ledger shows."""
    runs = [run for run in ledger.runs([deal]) if run.customer == customer]
    return any(bool(run.document.get("is_proven", True)) for run in runs)
