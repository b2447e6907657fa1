"""The calls on an organization's people, and on the accounts of the customers' people.

What is tried is told without anybody's name or address: errors and what is waited for may be written down.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.address import folded
from integrations.core.text import segment
from integrations.jira.connection import DESK, NOTHING, PLATFORM, Connection
from integrations.jira.organization.directory import ORGANIZATION, Entry, entry
from integrations.jira.people import RIGHT as BROWSE_PEOPLE
from integrations.jira.people import USER, search_users

RIGHT = "Service Desk Agent, and where the site says so (Organization management) Administer Jira"
RIGHT_TO_CREATE = "Administer Jira"
MOST = 50
"""Accounts that are added or removed by one request: as many as a page has."""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """An account as Jira shows it: `email` is empty where its owner hides it, `type` where the answer does not tell."""

    id: str
    name: str = ""
    email: str = ""
    active: bool = True
    type: str = ""

    @property
    def address(self) -> str:
        """The e-mail address as two are compared."""
        return folded(self.email)


def account(body: Mapping[str, Any]) -> Account:
    """An account from the platform's or from Service Management's answer."""
    return Account(
        str(body["accountId"]),
        str(body.get("displayName") or ""),
        str(body.get("emailAddress") or ""),
        bool(body.get("active", True)),
        str(body.get("accountType") or ""),
    )


class Calls:
    """API calls that read and change the people of an organization."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def members(self, organization: str) -> tuple[list[Account], bool]:
        """Return all members, and whether the list took several pages.

        Raises:
            AuthError: We are no agent.
            Missing: There is no such organization, or we may not see it.
            Unavailable: The list changed each time that it was read.
        """
        listed = self._connection.listed(
            self._path(organization),
            what=f"list the people of the organization {organization}",
            operation="organization.user.list",
            shape=USER,
            right="Service Desk Agent",
            identity="accountId",
        )
        return [account(row) for row in listed.rows], listed.pages > 1

    def organizations(self, account_id: str) -> list[Entry]:
        """The organizations that an account is in.

        Raises:
            AuthError: We are no agent.
        """
        listed = self._connection.listed(
            f"{DESK}/organization",
            what="list the organizations of an account",
            operation="organization.list",
            shape=ORGANIZATION,
            right="Service Desk Agent",
            params={"accountId": account_id},
        )
        return [entry(row) for row in listed.rows]

    def add(self, organization: str, accounts: Sequence[str]) -> None:
        """Add accounts to the organization, at most `MOST`; those that are in it already stay."""
        self._change("POST", organization, accounts, f"add people to the organization {organization}", "add")

    def remove(self, organization: str, accounts: Sequence[str]) -> None:
        """Remove accounts from the organization, at most `MOST`; the accounts themselves stay."""
        self._change("DELETE", organization, accounts, f"take people out of the organization {organization}", "remove")

    def create(self, email: str, name: str) -> Account | None:
        """Create a customer's account.

        None means that an account with this address exists, and Jira does not say which.

        Safe to repeat: a second account with the same address is refused.
        """
        what = "create a customer's account"
        response = self._connection.request(
            "POST",
            f"{DESK}/customer",
            what=what,
            operation="customer.create",
            right=RIGHT_TO_CREATE,
            repeat=True,
            params={"strictConflictStatusCode": "true"},
            json={"email": email, "displayName": name},
            expect={409},
        )
        if response.status_code == 409:
            return None
        return account(self._connection.http.decoded(response, what, USER, effect="write"))

    def search(self, email: str) -> list[Account]:
        """The accounts that show exactly this address; whoever lacks the right is given none, without a word."""
        rows = search_users(self._connection, email, what="look for the account of a customer's person")
        found = (account(row) for row in rows)
        return [one for one in found if one.address == folded(email)]

    def exists(self, account_id: str) -> bool:
        """Return whether an account with this id exists, as far as we may see."""
        what = "look whether an account exists"
        response = self._connection.request(
            "GET",
            f"{PLATFORM}/user",
            what=what,
            operation="user.get",
            right=BROWSE_PEOPLE,
            params={"accountId": account_id},
            expect={404},
        )
        if self._connection.http.is_absent(response, what):
            return False
        self._connection.http.decoded(response, what, USER)
        return True

    def page(self, organization: str) -> str:
        """Its page for people."""
        project = self._connection.desk_project()
        return f"{self._connection.base}/jira/servicedesk/projects/{project}/organization/{organization}"

    def _change(self, method: str, organization: str, accounts: Sequence[str], what: str, operation: str) -> None:
        self._connection.request(
            method,
            self._path(organization),
            what=what,
            operation=f"organization.user.{operation}",
            right=RIGHT,
            repeat=True,
            json={"accountIds": list(accounts)},
            success=NOTHING,
        )

    @staticmethod
    def _path(organization: str) -> str:
        return f"{DESK}/organization/{segment(organization)}/user"
