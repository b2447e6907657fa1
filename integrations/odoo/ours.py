"""Our own companies, internal users and employees: never customers."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.core.errors import AuthError, Rejected
from integrations.odoo.connection import Connection, Row
from integrations.odoo.facts import Facts, Listing
from integrations.odoo.partners import PARTNER, reference

EMPLOYEE = "hr.employee.public"
"""The view of employees that every internal user may read; there only where the app Employees is installed."""
WORK_CONTACT = "work_contact_id"
COMPANIES = "ref_company_ids"
"""The field of a partner that lists our companies that it stands for; there with the app Invoicing."""


class Ours:
    """Partners and addresses of our own companies and people, former ones too: who leaves us is no customer then.

    Odoo keeps a partner for each of its companies and users, and writes to these all the time; bills among our own
    companies, or for an employee's phone, even give them a customer's rank.
    """

    def __init__(self, connection: Connection, facts: Facts) -> None:
        self._connection, self._facts, self._users = connection, facts, facts.users
        self._companies = Listing(connection, "res.company", ("partner_id",), "read our companies")
        self._employees = Listing(connection, EMPLOYEE, (WORK_CONTACT, "work_email"), "read the employees")
        self._has_employees = True

    def partners(self) -> frozenset[int]:
        """The ids of the partners that stand for our companies, users and employees.

        Raises:
            IntegrationError: They could not be read.
        """
        users, employees, companies, ticked = self._listed()
        return companies | ticked.keys() | _referred(users, "partner_id") | _referred(employees, WORK_CONTACT)

    def address_fields(self) -> frozenset[str]:
        """The raw values of all fields that hold e-mail addresses or logins of users and employees.

        Raises:
            IntegrationError: They could not be read.
        """
        users, employees, _, ticked = self._listed()
        texts = [
            *(row[name] for row in users for name in ("login", "email")),
            *(row["work_email"] for row in employees),
            *(row["email"] for row in ticked.values()),
        ]
        return frozenset(str(text) for text in texts if text)

    def _listed(self) -> tuple[Iterable[Row], Iterable[Row], frozenset[int], dict[int, Row]]:
        """Users, employees, the partners of our companies, and the partners that are ticked as employees.

        A tick counts only on a partner of its own or of one of our companies: below a customer it is that one's person.
        """
        users, marked, named, employees = self._connection.together(
            self._users.rows,
            lambda: self._marked.rows(),  # noqa: PLW0108  (which domain it has is asked in its own thread)
            lambda: {} if self._knows_companies else self._companies.rows(),
            self._seen_employees,
        )
        companies = _referred(named.values(), "partner_id")
        companies |= {number for number, row in marked.items() if not row["employee"]}
        ticked = {
            number: row
            for number, row in marked.items()
            if row["employee"] and reference(row["commercial_partner_id"]) in {number, *companies}
        }
        return users.values(), employees.values(), companies, ticked

    @functools.cached_property
    def _marked(self) -> Listing:
        """Partners that are ticked as employees, or stand for a company of ours.

        The search finds also those of companies that our account is not allowed in, which `res.company` keeps from it
        by a record rule (seen on 19.0).
        """
        is_ours: list[Any] = [["employee", "=", True]]
        if self._knows_companies:
            is_ours = ["|", *is_ours, [COMPANIES, "!=", False]]
        fields = ("employee", "commercial_partner_id", "email")
        return Listing(self._connection, PARTNER, fields, "read which contacts are ourselves", is_ours)

    @functools.cached_property
    def _knows_companies(self) -> bool:
        return COMPANIES in self._facts.fields(PARTNER)

    def _seen_employees(self) -> Mapping[int, Row]:
        """Read the employees; none where the app is missing, we have no right to it, or it has other fields.

        Asked once in vain: what is missing then will be missing for the rest of the run.
        """
        if not self._has_employees:
            return {}
        try:
            return self._employees.rows()
        except (AuthError, Rejected) as error:
            if not self._connection.refusals.concerns_one_part(error):
                raise
            self._has_employees = False
            return {}


def _referred(rows: Iterable[Row], field: str) -> frozenset[int]:
    return frozenset(number for row in rows if (number := reference(row[field])) is not None)
