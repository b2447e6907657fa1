"""Contracts that are billed regularly, in whichever shapes this Odoo keeps them."""

from __future__ import annotations

from collections.abc import Callable, Collection

from integrations.core.billing import Contract
from integrations.odoo.billing.contracts import oca, subscriptions
from integrations.odoo.billing.server import CONTRACT, ORDER, Server

__all__ = ["contracts", "shapes"]

Read = Callable[[Server, Collection[int]], dict[int, list[Contract]]]


def shapes(server: Server) -> tuple[str, ...]:
    """The models in which this Odoo keeps recurring contracts: OCA's, Enterprise's, both, or neither."""
    return tuple(
        model for model, there in ((CONTRACT, oca.is_there(server)), (ORDER, subscriptions.is_there(server))) if there
    )


def contracts(server: Server, ids: Collection[int]) -> dict[int, list[Contract]]:
    """Each customer's contracts, of all models: those that serve it and those that it pays for.

    Raises:
        AuthError: There is a shape that we may not read: the contracts would not be the whole.
    """
    readers: dict[str, Read] = {CONTRACT: oca.contracts, ORDER: subscriptions.contracts}
    found: dict[int, list[Contract]] = {number: [] for number in ids}
    for shape in shapes(server):
        for number, some in readers[shape](server, ids).items():
            found[number].extend(some)
    return found
