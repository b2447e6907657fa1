"""The calls on one organization."""

from __future__ import annotations

from integrations.core.text import segment
from integrations.jira.connection import DESK, NOTHING, TITLE, Connection, Missing
from integrations.jira.organization.directory import ORGANIZATION, Directory, Entry, entry

MARK = "closedwon"
RIGHT = "Service Desk Agent"
RIGHT_TO_CREATE = "Service Desk Agent, and where the site says so (Organization management) Administer Jira"


class Calls:
    """API calls that read and change organizations; both listings learn of each change."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        desk = connection.settings.service_desk
        self._desk_path = f"{DESK}/servicedesk/{segment(desk)}/organization"
        self.all = Directory(
            connection,
            f"{DESK}/organization",
            what="list the organizations",
            operation="organization.list",
            right=RIGHT,
        )
        self.served = Directory(
            connection,
            self._desk_path,
            what=f"list the organizations of the service desk {desk}",
            operation="servicedesk.organization.list",
            right=f"Service Desk Agent on the service desk {desk}",
        )

    def mark(self, organization: int) -> str | None:
        """The key in its mark; None: it has none (or there is no such organization)."""
        try:
            body = self._connection.json(
                "GET",
                self._property(organization),
                what=f"read the mark of the organization {organization}",
                operation="organization.property.get",
                shape={"key": str, "value": object},
                right=RIGHT,
            )
        except Missing:
            return None
        value = body.get("value")
        return str(value["key"]) if isinstance(value, dict) and value.get("key") else None

    def write_mark(self, organization: int, key: str) -> None:
        """Mark it; the same mark twice is one."""
        self._connection.request(
            "PUT",
            self._property(organization),
            what=f"mark the organization {organization}",
            operation="organization.property.put",
            right=RIGHT,
            repeat=True,
            json={"key": key},
            success=(200, 201),
        )

    def read(self, organization: int | str) -> Entry:
        """The organization itself.

        Raises:
            Missing: There is none, or it may not be seen.
        """
        if not str(organization).isdecimal():
            raise Missing(f"{TITLE}: {organization} is no organization's id", system=self._connection.name)
        body = self._connection.json(
            "GET",
            f"{DESK}/organization/{segment(str(organization))}",
            what=f"read the organization {organization}",
            operation="organization.get",
            shape=ORGANIZATION,
            right=RIGHT,
        )
        return entry(body)

    def has_people(self, organization: int) -> bool:
        """Return whether the organization has any members."""
        body = self._connection.json(
            "GET",
            f"{DESK}/organization/{organization}/user",
            what=f"look whether the organization {organization} has people",
            operation="organization.user.list",
            shape={"values": list},
            right=RIGHT,
            params={"start": 0, "limit": 1},
        )
        return bool(body["values"])

    def create(self, name: str) -> Entry:
        """Create one, or get the one that has the name: the site decides, and does not say."""
        body = self._connection.json(
            "POST",
            f"{DESK}/organization",
            what=f"create the organization “{name}”",
            operation="organization.create",
            shape=ORGANIZATION,
            right=RIGHT_TO_CREATE,
            json={"name": name},
        )
        return entry(body)

    def link(self, one: Entry) -> None:
        """Have the service desk serve it; twice is once."""
        self._serve("POST", one, "link the organization {} to the service desk", "servicedesk.organization.add")
        self.served.add(one)

    def unlink(self, one: Entry) -> None:
        """Have the service desk no longer serve it; the organization stays."""
        self._serve(
            "DELETE", one, "unlink the organization {} from the service desk", "servicedesk.organization.remove"
        )
        self.served.remove(one.id)

    def _serve(self, method: str, one: Entry, what: str, operation: str) -> None:
        self._connection.request(
            method,
            self._desk_path,
            what=what.format(one.id),
            operation=operation,
            right=RIGHT,
            repeat=True,
            json={"organizationId": one.id},
            success=NOTHING,
        )

    @staticmethod
    def _property(organization: int) -> str:
        return f"{DESK}/organization/{segment(str(organization))}/property/{MARK}"
