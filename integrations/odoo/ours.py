"""Who is never a customer: our own companies, internal users and employees."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable

from integrations.core.errors import AuthError, Rejected
from integrations.odoo.connection import Connection, Row
from integrations.odoo.facts import Facts, Listing
from integrations.odoo.partners import PARTNER, reference

EMPLOYEE = "hr.employee.public"
"""The employees as every internal user may read them; there only where the app Employees is installed."""
WORK_CONTACT = "work_contact_id"


class Ours:
    """The partners and addresses that are ourselves, former ones too: who leaves us is no customer the day after.

    Odoo keeps a partner for each of its companies and users, and writes to these all the time; bills among our own
    companies, or for an employee's phone, even give them a customer's rank. Of our companies only those are known that
    our account is allowed in (the record rules of `res.company`).
    """

    def __init__(self, connection: Connection, facts: Facts) -> None:
        self._connection, self._users = connection, facts.users
        self._companies = Listing(connection, "res.company", ("partner_id",), "read our companies")
        self._ticked = Listing(
            connection,
            PARTNER,
            ("commercial_partner_id", "email"),
            "read who is an employee",
            [["employee", "=", True]],
        )
        self._employees = Listing(connection, EMPLOYEE, (WORK_CONTACT, "work_email"), "read the employees")
        self._guard = threading.Lock()

    def partners(self) -> frozenset[int]:
        """The ids of their partners.

        Raises:
            IntegrationError: They could not be read.
        """
        companies, users, employees = self._listed()
        own = _referred(companies, "partner_id")
        return own | _referred(users, "partner_id") | _referred(employees, WORK_CONTACT) | self._marked(own)

    def address_fields(self) -> frozenset[str]:
        """Every field that may hold an e-mail address or a login of a user or employee, as it stands.

        Raises:
            IntegrationError: They could not be read.
        """
        companies, users, employees = self._listed()
        marked = self._marked(_referred(companies, "partner_id"))
        texts = [
            *(row[name] for row in users for name in ("login", "email")),
            *(row["work_email"] for row in employees),
            *(row["email"] for number, row in self._ticked.rows().items() if number in marked),
        ]
        return frozenset(str(text) for text in texts if text)

    def _marked(self, companies: frozenset[int]) -> frozenset[int]:
        """Partners that are ticked as employees: of nobody, or of our companies; a customer's are the customer's."""
        rows = self._ticked.rows().items()
        return frozenset(
            number for number, row in rows if reference(row["commercial_partner_id"]) in {number, *companies}
        )

    def _listed(self) -> tuple[Iterable[Row], Iterable[Row], Iterable[Row]]:
        companies, users, employees, _ = self._connection.together(
            self._companies.rows,
            self._users.rows,
            lambda: self._employees.rows() if self._has_employees else {},
            self._ticked.rows,
        )
        return companies.values(), users.values(), employees.values()

    @functools.cached_property
    def _has_employees(self) -> bool:
        try:
            known = self._connection.call(
                EMPLOYEE,
                "fields_get",
                what="ask whether there are employees",
                allfields=[WORK_CONTACT, "work_email"],
                attributes=["type"],
            )
        except (AuthError, Rejected) as error:
            if not self._connection.refusals.concerns_one_part(error):
                raise
            return False  # the app is not installed, or is kept from us
        return WORK_CONTACT in known and "work_email" in known


def _referred(rows: Iterable[Row], field: str) -> frozenset[int]:
    return frozenset(number for row in rows if (number := reference(row[field])) is not None)
