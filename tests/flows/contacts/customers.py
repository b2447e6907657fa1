"""What is in the customers' places, and what people do to it and to the ERP."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import requests

from integrations.sandbox.jira.accounts import add_customer
from integrations.sandbox.jira.books import books
from integrations.sandbox.panel.invitations import register
from tests.flows.contacts.world import World

DAY = 86_400.0
_ROW = re.compile(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>")
_MACRO = re.compile(r"<ac:structured-macro.*?</ac:structured-macro>")
_TAG = re.compile(r"<[^>]*>")


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a contact table."""

    name: str
    functions: str
    phone: str


class Customers(World):
    """Three customers, two of them namesakes, as people see and change them."""

    def passed(self, days: float = 0.0, *, hours: float = 0.0) -> None:
        """Time goes by."""
        self.clock.pass_by(days * DAY + hours * 3600)

    def edit(self, contact: int, **values: Any) -> None:
        """A colleague changes a contact."""
        assert self.erp("write", ids=[contact], vals=values) is True

    def add(self, name: str, email: str | None, customer: str = "101", **values: Any) -> int:
        """A colleague adds a contact."""
        row = {"name": name, "email": email, "parent_id": int(customer), "type": "contact", **values}
        (made,) = self.erp("create", vals_list=[row])
        return int(made)

    def delete(self, contact: int) -> None:
        """A colleague deletes a contact."""
        assert self.erp("unlink", ids=[contact]) is True

    def stamped(self, seconds: float) -> str:
        """A time as the ERP keeps it."""
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    def fault(self, **body: Any) -> None:
        """Let something go wrong with coming requests."""
        requests.post(f"{self.box.url}/_sandbox/faults", json=body, timeout=10).raise_for_status()

    def asked_times(self) -> Counter[str]:
        """How often each system was asked by the last run."""
        return Counter(entry["system"] for entry in self.server.log)

    def jira(self, customer: str = "101") -> set[str]:
        """The addresses of an organization's members."""
        users = self.table("jira", "user")
        return {users[user]["email"].lower() for user in self.organization(customer)["users"]}

    def panel(self, customer: str = "101") -> set[str]:
        """The addresses of a panel organization's members and invited, without our own account."""
        place, users = self.places[customer]["panel"], self.table("panel", "user")
        names = {
            reference["name"]
            for reference in self.table("panel", "organizationmembers")[f"{place}/members"]["spec"]["userRefs"]
        }
        members = {users[name]["status"].get("email", name) for name in names - {"closedwon"}}
        return members | {invitation["spec"]["email"] for invitation in self.invitations(customer)}

    def invitations(self, customer: str = "101") -> list[Mapping[str, Any]]:
        """Those into a panel organization that nobody has redeemed."""
        place = self.places[customer]["panel"]
        return [
            invitation
            for invitation in self.table("panel", "invitation").values()
            if any(target.get("namespace") == place for target in invitation["spec"].get("targetRefs", []))
            and not invitation["status"].get("redeemedBy")
        ]

    def wiki(self, customer: str = "101") -> dict[str, Row]:
        """The rows of a page's contact table, by address."""
        body = self.page(customer)["body"]
        table = body.partition(f">customer:{customer}/contacts<")[2]
        rows = [[_text(cell) for cell in row] for row in _ROW.findall(table)]
        return {email: Row(name, functions, phone) for name, functions, email, phone in rows}

    def everywhere(self, customer: str = "101") -> set[str]:
        """The addresses that are in any of a customer's places."""
        return self.jira(customer) | self.panel(customer) | self.wiki(customer).keys()

    def organization(self, customer: str) -> Mapping[str, Any]:
        """A customer's organization in Jira."""
        found: Mapping[str, Any] = self.table("jira", "organization")[self.places[customer]["jira"]]
        return found

    def change_organization(self, customer: str, **values: Any) -> None:
        """An administrator of Jira changes an organization."""
        found = self.organization(customer)
        books(self.there).organizations.save(found["id"], {**found, **values})

    def account(self, email: str, name: str = "") -> str:
        """The id of an account in Jira, which is made where there is none."""
        known = books(self.there).users.one(f"email:{email.lower()}")
        return str((known or add_customer(self.there, email, name or email))["accountId"])

    def change_account(self, email: str, /, **values: Any) -> None:
        """The owner of an account in Jira, or an administrator, changes it."""
        found = books(self.there).users.one(f"email:{email}")
        assert found is not None
        books(self.there).users.save(found["accountId"], {**found, **values})

    def join_jira(self, email: str, customer: str = "101", name: str = "") -> str:
        """Somebody is added to an organization by hand; gives the account's id."""
        account = self.account(email, name)
        self.change_organization(customer, users=[*self.organization(customer)["users"], account])
        return account

    def leave_jira(self, email: str, customer: str = "101") -> None:
        """Somebody is taken out of an organization by hand."""
        gone = self.account(email)
        users = [user for user in self.organization(customer)["users"] if user != gone]
        self.change_organization(customer, users=users)

    def join_panel(self, user: str, email: str, title: str, customer: str = "101") -> None:
        """A user of the panel is added to an organization by hand."""
        register(self.there, user, email, title)
        table, key = self.table("panel", "organizationmembers"), f"{self.places[customer]['panel']}/members"
        references = [*table[key]["spec"]["userRefs"], {"name": user}]
        table[key] = {**table[key], "spec": {**table[key]["spec"], "userRefs": references}}

    def page(self, customer: str) -> Mapping[str, Any]:
        """A customer's page."""
        found: Mapping[str, Any] = self.table("wiki", "page")[self.places[customer]["wiki"]]
        return found

    def type_over(self, old: str, new: str, customer: str = "101") -> None:
        """Somebody edits a customer's page."""
        page = self.page(customer)
        assert old in page["body"]
        changed = {**page, "body": page["body"].replace(old, new, 1), "version": page["version"] + 1}
        self.table("wiki", "page")[self.places[customer]["wiki"]] = changed


def _text(cell: str) -> str:
    return html.unescape(_TAG.sub("", _MACRO.sub("", cell)))
