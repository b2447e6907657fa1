"""Visibility of records to our account: Odoo leaves hidden ones out of its answers without a word."""

from __future__ import annotations

import threading

from integrations.core.errors import IntegrationError
from integrations.odoo.connection import Connection
from integrations.odoo.leads import LEAD

SALES = "sales_team.group_sale_salesman"
ALL_DOCUMENTS = "sales_team.group_sale_salesman_all_leads"
INVOICING = ("account.group_account_invoice", "account.group_account_readonly")
OWN_TO_SALES = frozenset({LEAD, "sale.order", "sale.order.line"})
"""Models of which a salesperson without All Documents sees only their own records."""
OWN_TO_SALES_BUT_INVOICING = frozenset({"account.move", "account.move.line"})
"""Models of which the same holds unless the account has a right of Invoicing as well."""


class Visibility:
    """Groups of our account; asked once.

    A salesperson sees invoices and credit notes, but no payments: these are journal entries (the rules `Personal
    Invoices` and `All Invoices` of Odoo's Sales app; measured on 17 and 19).
    """

    def __init__(self, connection: Connection) -> None:
        self._connection, self._guard = connection, threading.Lock()
        self._groups: frozenset[str] | None = None

    def all_of(self, model: str) -> bool:
        """Return whether we see all records of the model, also those of other salespeople."""
        groups = self._asked()
        if SALES not in groups or ALL_DOCUMENTS in groups:
            return True
        return model not in OWN_TO_SALES and (
            model not in OWN_TO_SALES_BUT_INVOICING or not groups.isdisjoint(INVOICING)
        )

    def payments(self) -> bool:
        """Return whether we see journal entries other than invoices, among them payments."""
        groups = self._asked()
        return SALES not in groups or not groups.isdisjoint(INVOICING)

    def _asked(self) -> frozenset[str]:
        with self._guard:
            if self._groups is None:
                uid = int(self._connection.call("res.users", "context_get", what="log in")["uid"])
                groups = (SALES, ALL_DOCUMENTS, *INVOICING)
                found = self._connection.together(*(lambda group=group: self._member(uid, group) for group in groups))
                self._groups = frozenset(group for group, member in zip(groups, found, strict=True) if member)
            return self._groups

    def _member(self, uid: int, group: str) -> bool:
        """Return whether our account is in a group; not where that is unknown, as for a missing app."""
        ids = [uid] if self._connection.version >= 18 else None
        try:
            return bool(
                self._connection.call(
                    "res.users", "has_group", ids, what="ask whether all records are shown", group_ext_id=group
                )
            )
        except IntegrationError:
            return False
