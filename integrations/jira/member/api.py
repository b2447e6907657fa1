"""The calls on an organization's people, and on the accounts of the customers' people.

What is tried is told without anybody's name or address: errors and what is waited for may be written down.
"""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from integrations.core.address import folded_address
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected, Unavailable
from integrations.core.member import Member
from integrations.core.text import segment
from integrations.jira.connection import ADMINISTRATOR, DESK, NOTHING, PLATFORM, TITLE, Connection, Missing
from integrations.jira.organization.api import ORGANIZATION, Entry, entry
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
        return folded_address(self.email)


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
            # Has an address that is taken answered by 409.
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
        return [user for user in found if user.address == folded_address(email)]

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


REMEMBERED = 10_000
"""Accounts that are remembered at most."""
SOURCE = "the person who keeps the contact in the ERP"
FIX = "Fix the address there; then it is tried again by itself."


class Accounts:
    """Accounts found or made, one at a time per address, and remembered: the search shows new ones late."""

    def __init__(self, connection: Connection, calls: Calls) -> None:
        self._connection, self._calls = connection, calls
        self._guard = threading.Lock()
        self._known: dict[str, Account] = {}
        self._asked: dict[str, Future[Account]] = {}

    def of(self, member: Member) -> Account:
        """The person's account.

        Raises:
            Rejected: Jira does not take the address, or the account is deactivated.
            Ambiguous: Several accounts show the address.
            Unavailable: There is one with this address, and no telling which.
        """
        if member.account:
            return Account(member.account, member.name, member.email)
        address = folded_address(member.email)
        if not address:
            raise self._rejected("there is no e-mail address to make an account with", SOURCE, FIX)
        with self._guard:
            known = self._known.get(address)
            if known is not None:
                return known
            answer = self._asked.get(address)
            mine = answer is None
            if answer is None:
                answer = self._asked[address] = Future()
        # Of several threads with one address the first asks, and the others wait for its answer.
        if mine:
            try:
                found = self._made(member)
                self._remember(address, found)
                answer.set_result(found)
            except BaseException as error:
                self.forget(member)
                answer.set_exception(error)
                raise
        return answer.result()

    def forget(self, member: Member) -> None:
        """Drop the remembered account, so that the next look-up asks again."""
        address = folded_address(member.email)
        with self._guard:
            self._known.pop(address, None)
            self._asked.pop(address, None)

    def _remember(self, address: str, found: Account) -> None:
        with self._guard:
            while len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[address] = found
            self._asked.pop(address, None)

    def _made(self, member: Member) -> Account:
        try:
            made = self._calls.create(member.email, member.name or member.email)
        except Missing:
            raise
        except Rejected as error:
            # The vendor may repeat the address, which must not be written down anywhere.
            message = re.sub(re.escape(member.email), "this address", error.message, flags=re.IGNORECASE)
            raise self._rejected(message.removeprefix(f"{TITLE}: "), SOURCE, FIX) from None
        return made or self._existing(member)

    def _existing(self, member: Member) -> Account:
        """The account that has the address already, if it is proven to."""
        shown = self._calls.search(member.email)
        active = [account for account in shown if account.active]
        if len(active) == 1:
            return active[0]
        if active:
            raise self._several(active)
        if shown:
            fix = "Have the account activated, or name another with: closedwon contacts link"
            raise self._rejected("the account with this address is deactivated", ADMINISTRATOR, fix)
        raise self._unseen()

    def _unseen(self) -> IntegrationError:
        return self._connection.error(
            Unavailable,
            f"{TITLE}: an account with this address exists, but the search does not show it: it is new, hides its "
            f'address, is deactivated, or {self._connection.settings.account} lacks "{BROWSE_PEOPLE}"',
            who=ADMINISTRATOR,
            next="It is tried again by itself. If it stays so, look up the account's id in Jira, and name it with: "
            "closedwon contacts link",
        )

    def _several(self, accounts: list[Account]) -> Ambiguous:
        return self._connection.error(
            Ambiguous,
            f"{TITLE}: {len(accounts)} accounts show this address",
            candidates=tuple(Candidate(account.id, account.name, note=account.type) for account in accounts),
            next="Name the right one with: closedwon contacts link",
        )

    def _rejected(self, what: str, who: str, fix: str) -> Rejected:
        return self._connection.error(Rejected, f"{TITLE}: {what}", field="email", who=who, next=fix)
