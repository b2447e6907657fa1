"""Several deals: which of them come one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.core.errors import IntegrationError
from integrations.core.model import Deal
from integrations.core.naming import PLAIN, identifier
from integrations.core.playbook import Subject
from integrations.core.rows import attempt
from integrations.flows.setup.outcome import Outcome


def in_turn(deals: Sequence[Deal]) -> tuple[list[list[str]], list[Outcome]]:
    """Return the deals (ids) in groups, and the outcomes of those that make no sense.

    Those of one customer, and of its namesakes, are one group in their order: what a deal's plan is, and the names in
    it, depend on what the one before has made.
    """
    queues: dict[str, list[str]] = {}
    failed: list[Outcome] = []
    for deal in deals:
        subject = attempt("", Subject.of, deal)
        if isinstance(subject, IntegrationError):
            failed.append(Outcome(deal.id, deal=deal, error=subject))
            continue
        name = f"named {identifier(deal.customer.name, PLAIN)}" if deal.customer.name else subject.customer
        queue = queues.get(subject.customer) or queues.get(name) or []
        queue.append(deal.id)
        queues[subject.customer] = queue
        queues.setdefault(name, queue)
    return list({id(queue): queue for queue in queues.values()}.values()), failed
