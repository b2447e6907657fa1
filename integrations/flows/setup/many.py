"""`setup --won`: every won deal that is not done, several at a time, those of one customer in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from integrations.core.errors import IntegrationError
from integrations.core.model import Deal
from integrations.core.naming import PLAIN, identifier
from integrations.core.playbook import Subject
from integrations.core.rows import attempt
from integrations.flows.setup.outcome import Outcome


def set_up_many(
    deals: Sequence[Deal],
    one: Callable[[Deal], Outcome],
    *,
    at_once: int,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Each deal's outcome as it comes; one's failure is no other's.

    Deals of one customer run in their order, one after the other, and so do those of its namesakes. On Ctrl-C what is
    under way ends, nothing more is started, and KeyboardInterrupt is raised; once it `is_stopped`, nothing more is
    started either.
    """
    queues: dict[str, list[Deal]] = {}
    for deal in deals:
        subject = attempt("", Subject.of, deal)
        if isinstance(subject, IntegrationError):
            yield Outcome(deal.id, deal=deal, error=subject)
            continue
        name = f"named {identifier(deal.customer.name, PLAIN)}" if deal.customer.name else subject.customer
        queue = queues.get(subject.customer) or queues.get(name) or []
        queue.append(deal)
        queues[subject.customer] = queue
        queues.setdefault(name, queue)
    waiting = list({id(queue): queue for queue in queues.values()}.values())
    running: dict[Future[Outcome], list[Deal]] = {}
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="deal") as pool:
        while waiting or running:
            if is_stopped():
                waiting.clear()
            while waiting and len(running) < at_once:
                queue = waiting.pop(0)
                running[pool.submit(_alone, one, queue.pop(0))] = queue
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                queue = running.pop(future)
                if queue:
                    waiting.insert(0, queue)
                yield future.result()


def _alone(one: Callable[[Deal], Outcome], deal: Deal) -> Outcome:
    """One deal's outcome; what nobody foresaw is its failure, not that of the others."""
    ended = attempt("", one, deal)
    return Outcome(deal.id, deal=deal, error=ended) if isinstance(ended, IntegrationError) else ended
