"""Our own people, looked up by their e-mail address."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.core.address import folded_address
from integrations.core.errors import Rejected
from integrations.jira.connection import ADMINISTRATOR, PAGE, TITLE, Connection, Page, Row, library

RIGHT = "Browse users and groups"
USER = {"accountId": str}


def search_users(connection: Connection, query: str, *, what: str) -> Sequence[Row]:
    """Return the accounts whose name or e-mail address begins with `query`, as far as we may look.

    Jira pages through the first thousand, and does not say whether there are more: a page that is not full is
    the last.
    """

    def page(offset: int) -> Page:
        client = library(connection, what=what, operation="user.search", shape=[USER], right=RIGHT)
        rows = [user.raw for user in client.search_users(query=query, startAt=offset, maxResults=PAGE)]
        return Page(rows, is_last=len(rows) < PAGE)

    return connection.whole(page, "accountId", what=what).rows


class People:
    """Account ids. Only what was found is remembered: whoever is missing today may be invited tomorrow."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._accounts: dict[str, str] = {}
        self._own: str | None = None

    def account_id(self, email: str, field: str) -> str:
        """The account of the person with this e-mail address.

        Raises:
            Rejected: Nobody is found by it: unknown, deactivated, hiding the address, or we may not look
                (Jira then gives an empty list, without saying so).
        """
        wanted = folded_address(email)
        if wanted not in self._accounts:
            self._accounts[wanted] = self._search(wanted, field)
        return self._accounts[wanted]

    def own_account_id(self) -> str:
        """The account that we work with."""
        if self._own is None:
            client = library(self._connection, what="read our own account", operation="user.myself", shape=USER)
            self._own = str(client.myself()["accountId"])
        return self._own

    def _search(self, email: str, field: str) -> str:
        for raw in search_users(self._connection, email, what=f"look for the person {email}"):
            people = raw.get("accountType", "atlassian") == "atlassian" and raw.get("active", True)
            # The search matches beginnings of names and addresses.
            if people and folded_address(raw.get("emailAddress")) == email:
                return str(raw["accountId"])
        raise self._connection.error(
            Rejected,
            f"{TITLE}: nobody is found by the e-mail address {email}: not a user, deactivated, the address is hidden "
            f'in the profile, or {self._connection.settings.account} lacks "{RIGHT}"',
            field=field,
            who=ADMINISTRATOR,
            next="Invite the person or have the address shown, or name somebody else.",
        )
