"""The customers that others have taken the place of: what a machine asks that never knew of them."""

from __future__ import annotations

from collections.abc import Collection

from integrations.core.errors import AuthError, Rejected
from integrations.odoo.connection import Connection, is_id
from integrations.odoo.merges import merged_into


class Predecessors:
    """Asks one Odoo who was merged into customers, in one request."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, customers: Collection[str]) -> dict[str, frozenset[str]]:
        """Return, by customer, the ids of those that Odoo's messages on it name.

        Perhaps too many: whether they are gone, and whose they are now, `successions` says. Not those that were put
        below it: of them no message tells; they come with the customer.

        Raises:
            IntegrationError: They could not be read; where messages may not be read, none is known.
        """
        found: dict[str, set[str]] = {customer: set() for customer in customers}
        try:
            told = merged_into(self._connection, sorted(int(one) for one in customers if is_id(one)))
        except (AuthError, Rejected) as error:
            if not self._connection.refusals.concerns_one_part(error):
                raise
            told = []
        for merge in told:
            found.get(str(merge.into), set()).update(str(gone) for gone in merge.partners)
        return {customer: frozenset(ids - {customer}) for customer, ids in found.items()}
