"""What people see and do by hand in the systems that contact sync writes to."""

from __future__ import annotations

import html
import re
import zlib
from typing import Any

from integrations.sandbox.jira.accounts import add_customer
from integrations.sandbox.jira.books import books
from integrations.sandbox.panel import store
from integrations.sandbox.panel.invitations import redeem, register
from integrations.sandbox.panel.kinds import MEMBERS
from integrations.sandbox.panel.store import Content
from integrations.sandbox.wiki.index import index
from tests.flows.contacts.world import World

ROW = re.compile(r"<tr>(?:(?!</tr>).)*closedwon-contact-(?:(?!</tr>).)*</tr>")
"""A row of ours: one with our anchor."""
_CELL = re.compile(r"<td>(.*?)</td>")
_MACRO = re.compile(r"<ac:structured-macro.*?</ac:structured-macro>")


def _login(email: str) -> str:
    """A name that tells nothing of the address."""
    return f"user-{zlib.crc32(email.encode()):08x}"


class Jira:
    """Organizations in Service Management."""

    def __init__(self, world: World) -> None:
        self._world = world

    def members(self, customer: str) -> set[str]:
        """Their addresses."""
        users = self._world.table("jira", "user")
        return {users[user]["email"].lower() for user in self._organization(customer)["users"]}

    def accounts(self) -> set[str]:
        """All that there are and that work."""
        return {key for key, user in self._world.table("jira", "user").items() if user["active"]}

    def remove(self, customer: str, email: str) -> None:
        """Somebody is taken out."""
        users = self._world.table("jira", "user")
        kept = [user for user in self._organization(customer)["users"] if users[user]["email"].lower() != email]
        self._set(customer, kept)

    def add(self, customer: str, email: str) -> None:
        """Somebody is put in, with an account made for it where there is none."""
        there = self._world.there
        account = books(there).users.one(f"email:{email}") or add_customer(there, email, "Made by hand")
        self._set(customer, [*self._organization(customer)["users"], account["accountId"]])

    def _organization(self, customer: str) -> Any:
        return self._world.table("jira", "organization")[self._world.places[customer]["jira"]]

    def _set(self, customer: str, users: list[str]) -> None:
        found = self._organization(customer)
        books(self._world.there).organizations.save(found["id"], {**found, "users": list(dict.fromkeys(users))})


class Panel:
    """Organizations in the control panel."""

    def __init__(self, world: World) -> None:
        self._world = world

    def members(self, customer: str) -> set[str]:
        """The addresses of its members, and of those with an invitation that may yet make them one."""
        users = self._world.table("panel", "user")
        joined = {
            users[reference["name"]]["status"]["email"].lower()
            for reference in self._list(customer)["spec"]["userRefs"]
        }
        return joined | {invitation["spec"]["email"].lower() for invitation in self.open(customer)}

    def accounts(self) -> set[str]:
        """All that there are."""
        return set(self._world.table("panel", "user"))

    def open(self, customer: str) -> list[Any]:
        """The invitations to it that nobody has followed to the end."""
        place = self._world.places[customer]["panel"]
        return [
            invitation
            for invitation in self._world.table("panel", "invitation").values()
            if any(target.get("namespace") == place for target in invitation["spec"].get("targetRefs", ()))
            and not self._has_arrived(invitation)
        ]

    def redeem(self, invitation: Any, *, arrived: bool) -> None:
        """The invited follows the link; `arrived`: and the panel has let them in already."""
        email = invitation["spec"]["email"]
        known = next((name for name, user in self._users() if user["status"]["email"] == email), _login(email))
        redeem(self._world.there, invitation, known, arrived=arrived)

    def remove(self, customer: str, email: str) -> None:
        """Somebody is taken out."""
        users = self._world.table("panel", "user")
        kept = [
            reference
            for reference in self._list(customer)["spec"]["userRefs"]
            if users[reference["name"]]["status"]["email"].lower() != email
        ]
        self._set(customer, kept)

    def add(self, customer: str, email: str) -> None:
        """Somebody is put in, who has logged in for it where they never had."""
        known = next((name for name, user in self._users() if user["status"]["email"].lower() == email), _login(email))
        register(self._world.there, known, email)
        references = self._list(customer)["spec"]["userRefs"]
        self._set(customer, [*references, *([] if {"name": known} in references else [{"name": known}])])

    def _users(self) -> list[tuple[str, Any]]:
        return list(self._world.table("panel", "user").items())

    @staticmethod
    def _has_arrived(invitation: Any) -> bool:
        statuses = invitation["status"].get("targetStatuses", ())
        return any(status["condition"]["status"] == "True" for status in statuses)

    def _list(self, customer: str) -> Any:
        found = store.stored(self._world.there, MEMBERS, "members", self._world.places[customer]["panel"])
        assert found is not None
        return found

    def _set(self, customer: str, references: list[Any]) -> None:
        found = self._list(customer)
        before = store.content(found)
        wanted = Content(before.labels, before.annotations, {**found["spec"], "userRefs": references})
        store.change(self._world.there, MEMBERS, found, wanted, found["status"])


class Wiki:
    """Pages in the wiki."""

    def __init__(self, world: World) -> None:
        self._world = world

    def members(self, customer: str) -> set[str]:
        """The addresses in its table."""
        return {email for email, *_ in self.rows(customer)}

    def rows(self, customer: str) -> list[tuple[str, str, str, str]]:
        """Its table: address, name, functions, phone."""
        found = []
        for row in ROW.findall(self.body(customer)):
            name, functions, email, phone = (_text(cell) for cell in _CELL.findall(row))
            found.append((email, name, functions, phone))
        return found

    def accounts(self) -> set[str]:
        """It has none."""
        return set()

    def body(self, customer: str) -> str:
        """The page's text."""
        return str(self._page(customer)["body"])

    def edit(self, customer: str, old: str, new: str) -> None:
        """Somebody changes the page's text."""
        page = self._page(customer)
        changed = {**page, "body": page["body"].replace(old, new, 1), "version": page["version"] + 1}
        index(self._world.there).pages.save(self._world.places[customer]["wiki"], changed)

    def type_phone(self, customer: str, number: int, phone: str) -> None:
        """Somebody types over the phone in a row."""
        row = ROW.findall(self.body(customer))[number]
        last = f"<td>{_CELL.findall(row)[-1]}</td>"
        self.edit(customer, row, row.replace(last, f"<td><p>{phone}</p></td>"))

    def drop_row(self, customer: str, number: int) -> None:
        """Somebody deletes a row."""
        self.edit(customer, ROW.findall(self.body(customer))[number], "")

    def _page(self, customer: str) -> Any:
        return self._world.table("wiki", "page")[self._world.places[customer]["wiki"]]


def _text(cell: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", _MACRO.sub("", cell))).strip()
