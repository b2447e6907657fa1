"""Lower bounds of a first sync: the fewest requests, and the least time within these limits; pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

ADDED_AT_ONCE = 50
"""Accounts that Jira adds to an organization by one request."""
PAGES_AT_ONCE = 50
"""Wiki pages that are read with their text by one request."""
ROWS_AT_ONCE = 1000
"""Contacts that one request to the ERP gives."""
LISTS = 4
"""What the control panel tells of everybody: organizations, members, users, invitations."""
ERP_BESIDE_ROWS = 5
"""The ERP's version, the contacts' fields, tags, countries, our own people."""


@dataclasses.dataclass(frozen=True)
class Work:
    """The result of a sync in the systems, counted from its own document.

    Attributes:
        contacts: Rows of the ERP that had to be read.
        members: In Jira, by customer.
        accounts: In Jira: one may serve several customers.
        invited: Into the control panel's organizations.
        listed: On wiki pages, by customer.
    """

    contacts: int
    members: Mapping[str, int]
    accounts: int
    invited: int
    listed: Mapping[str, int]

    def requests(self) -> dict[str, int]:
        """The requests that nobody can save, by system.

        Jira: one for each new account; for each organization its mark, its people, and one for every fifty that it
        gains. Panel: its lists once, and one for each new person. Wiki: one for fifty pages, and one to write each.
        ERP: one for a thousand contacts. A second reading under the customer's lock, which the product's safety asks
        for, is not in it.
        """
        pages = len(self.listed)
        return {
            "erp": ERP_BESIDE_ROWS + math.ceil(self.contacts / ROWS_AT_ONCE),
            "jira": self.accounts + 2 * len(self.members) + sum(map(additions, self.members.values())),
            "panel": LISTS + self.invited,
            "wiki": math.ceil(pages / PAGES_AT_ONCE) + pages,
        }


def additions(members: int) -> int:
    """Requests that add so many to one organization."""
    return math.ceil(members / ADDED_AT_ONCE)


def work(contacts: int, changes: Iterable[Mapping[str, Any]]) -> Work:
    """Return the work that the `changes` of a sync's document add up to.

    The end of a person's key stands for the address.
    """
    members: dict[str, int] = {}
    listed: dict[str, int] = {}
    accounts: set[str] = set()
    invited = 0
    for change in changes:
        if change["action"] != "create" or change["result"] != "done":
            continue
        customer = change["customer"]
        if change["system"] == "jira":
            members[customer] = members.get(customer, 0) + 1
            accounts.add(change["key"].rpartition("/")[2])
        elif change["system"] == "panel":
            invited += 1
        elif change["system"] == "wiki":
            listed[customer] = listed.get(customer, 0) + 1
    return Work(contacts, members, len(accounts), invited, listed)


def bound(requests: Mapping[str, int], concurrency: Mapping[str, int], latency: float, floor: float) -> float:
    """The seconds that these requests take at least.

    A system with `concurrency` slots answers so many requests at once, each after `latency` seconds and the time that
    the sandbox needs to work it out. Systems work in parallel: the longest counts. `floor` is what the sandbox took
    for the very same requests without latency, asked by a client that does nothing else: no run can be quicker than
    that, and a request's share of it is what it takes to be worked out. What the product itself computes, and in which
    order it must ask, is not in the bound.
    """
    share = floor / max(sum(requests.values()), 1)
    queues = (number * (latency + share) / concurrency[system] for system, number in requests.items())
    return max(floor, *queues)
