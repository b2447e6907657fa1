"""From a person to an account: the one that somebody named, the one with the address, or a new one."""

from __future__ import annotations

import re
import threading
from concurrent.futures import Future

from integrations.core.address import folded
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected, Unavailable
from integrations.core.member import Member
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection, Missing
from integrations.jira.member.calls import Account, Calls
from integrations.jira.people import RIGHT as BROWSE_PEOPLE

REMEMBERED = 10_000
SOURCE = "whoever keeps the contact in the ERP"
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
        address = folded(member.email)
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
        address = folded(member.email)
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
            said = re.sub(re.escape(member.email), "this address", error.message, flags=re.IGNORECASE)
            raise self._rejected(said.removeprefix(f"{TITLE}: "), SOURCE, FIX) from None
        return made or self._existing(member)

    def _existing(self, member: Member) -> Account:
        """The account that has the address already, if it is proven to."""
        shown = self._calls.search(member.email)
        active = [one for one in shown if one.active]
        if len(active) == 1:
            return active[0]
        if active:
            raise self._several(active)
        if shown:
            fix = "Have the account activated, or name another with: closedwon contacts link"
            raise self._rejected("the account with this address is deactivated", ADMINISTRATOR, fix)
        raise self._unseen()

    def _unseen(self) -> IntegrationError:
        return Unavailable(
            f"{TITLE}: an account with this address exists, but the search does not show it: it is new, hides its "
            f'address, is deactivated, or {self._connection.settings.account} lacks "{BROWSE_PEOPLE}"',
            system=self._connection.name,
            who=ADMINISTRATOR,
            next="It is tried again by itself. If it stays so, look up the account's id in Jira, and name it with: "
            "closedwon contacts link",
        )

    def _several(self, accounts: list[Account]) -> Ambiguous:
        return Ambiguous(
            f"{TITLE}: {len(accounts)} accounts show this address",
            candidates=tuple(Candidate(one.id, one.name, note=one.type) for one in accounts),
            system=self._connection.name,
            next="Name the right one with: closedwon contacts link",
        )

    def _rejected(self, what: str, who: str, fix: str) -> Rejected:
        return Rejected(f"{TITLE}: {what}", system=self._connection.name, field="email", who=who, next=fix)
