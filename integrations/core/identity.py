"""Owners of marks that name a deal, proven by the ledger or the system of record.

Who has the deal now proves nothing: a lead that is corrected, copied or given to another company takes its id
with it. What was made under that id stays with the customer that it was made for.
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
    object_index = ledger.object_index
    unasked = sorted(set(customers) - object_index.asked(record.name, customers)) if record.former and asking else []
    if unasked:
        prove(ledger, systems, unasked)
    found = object_index.former(record.name, customers)
    return {customer: tuple(sorted(deals)) for customer, deals in found.items()}


def prove(ledger: Ledger, systems: Mapping[str, System], customers: Collection[str]) -> None:
    """Ask the system of record which deals made these customers (ids), and record its answer.

    What another customer owned until now by its word becomes theirs.

    Raises:
        IntegrationError: It could not be asked.
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

    The customer may also be one still to be made (None). It was, if the deal made the customer and is among
    those `known` to have, or if the first release recorded the deal's run for the customer. What a later
    release recorded shows only how that release saw it, so that a corrected deal proves nothing by being set
    up once more.
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
    """Keep for a customer what was kept of its deal while the customer was unknown.

    Where it turns out to be another customer's, forget it. This concerns what people chose then, and the
    owner of the first release's marks.

    Args:
        ledger: Where it is kept.
        systems: Among them the system of record.
        deal: The deal's id.
        customer: The id of the customer that it has now.
        is_led_to: Its own customer step leads there: nobody named another company.
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
    """Return whether the first release set a deal up for a customer (its key).

    It is, as far as its ledger tells.
    """
    runs = [run for run in ledger.runs([deal]) if run.customer == customer]
    return any(bool(run.document.get("is_proven", True)) for run in runs)
