"""After a run the ledger knows a customer's places by its key in the ERP: contact sync looks them up by that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from integrations.core.apply import Result
from integrations.core.ledger import Ledger
from integrations.core.playbook import Subject
from integrations.core.system import System


def refile(ledger: Ledger, systems: Mapping[str, System], subject: Subject, results: Iterable[Result]) -> None:
    """File the places of a customer's people under the customer's own key too, where they were made for its deal."""
    customer = _key(systems, subject, results)
    if customer is None:
        return
    others = {subject.customer, *subject.former} - {customer}
    kinds = {(name, system.people.container) for name, system in systems.items() if system.people is not None}
    if others and kinds:
        ledger.filing.share(kinds, [customer, *sorted(others)])


def _key(systems: Mapping[str, System], subject: Subject, results: Iterable[Result]) -> str | None:
    """The customer's key in the ERP; None where the ERP does not have it yet."""
    if subject.customer.startswith("customer:"):
        return subject.customer
    for result in results:
        if result.live is not None and result.change.kind == "customer" and _keeps(systems, result):
            return f"customer:{result.live.id}"
    return None


def _keeps(systems: Mapping[str, System], result: Result) -> bool:
    return systems[result.change.system].customers is not None
