"""Every listing that Jira pages by offset, while others remove objects from pages that have been read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from integrations.core.errors import Unavailable
from integrations.core.resource import Live
from integrations.jira.connection import READINGS, Connection
from integrations.jira.member.api import Calls as Members
from integrations.jira.organization import Organization
from integrations.jira.organization.api import Calls as Organizations
from integrations.jira.people import search_users
from integrations.jira.project.api import Calls as Projects
from tests.jira.people import DESK, members, organization
from tests.jira.site import Site, find, put

PLATFORM = "/rest/api/3"
ADDRESS = "info@kunde.example"
FULL = 50
"""Accounts on a page of the search of users, which tells its end by a page that is not full."""


@dataclasses.dataclass(frozen=True)
class Listing:
    """One listing of the adapter.

    Attributes:
        make: Makes so many objects and gives all that the listing holds, in its order.
        read: Reads the listing as the adapter does.
        remove: The request by which somebody removes an object.
        page: Objects on a page.
    """

    operation: str
    make: Callable[[Site, int], list[str]]
    read: Callable[[Connection, Site], list[str]]
    remove: Callable[[Site, str], dict[str, Any]]
    page: int = 2


def _place(site: Site) -> str:
    return str(max(int(organization["id"]) for organization in site.objects("organization")))


def _make_members(site: Site, number: int) -> list[str]:
    return sorted(
        members(site, organization(site, "customer:101", *(f"p{index}@a.example" for index in range(number))))
    )


def _remove_member(site: Site, account: str) -> dict[str, Any]:
    return {"method": "DELETE", "path": f"{DESK}/organization/{_place(site)}/user", "body": {"accountIds": [account]}}


def _make_organizations(site: Site, number: int) -> list[str]:
    for index in range(number):
        made = site.call("POST", f"{DESK}/organization", {"name": f"Kunde {index}"})["id"]
        site.call("POST", f"{DESK}/servicedesk/1/organization", {"organizationId": int(made)})
    return [organization["id"] for organization in site.objects("organization")]


def _make_linked(site: Site, number: int) -> list[str]:
    return [
        organization
        for organization in _make_organizations(site, number)
        if "1" in _stored(site, organization)["servicedesks"]
    ]


def _stored(site: Site, number: str) -> dict[str, Any]:
    return next(organization for organization in site.objects("organization") if organization["id"] == number)


def _remove_link(_site: Site, number: str) -> dict[str, Any]:
    return {"method": "DELETE", "path": f"{DESK}/servicedesk/1/organization", "body": {"organizationId": int(number)}}


def _read_all(connection: Connection, _site: Site) -> list[str]:
    listing = Organizations(connection).all
    listing.look()
    return [str(entry.id) for entry in listing.known()]


def _read_linked(connection: Connection, _site: Site) -> list[str]:
    listing = Organizations(connection).served
    listing.look()
    return [str(entry.id) for entry in listing.known()]


KEYS = [f"KUN{letter}" for letter in "ABCDEFGHIJKLMNOP"]


def _make_projects(site: Site, number: int) -> list[str]:
    lead = site.call("GET", f"{PLATFORM}/myself")["accountId"]
    for key in KEYS[:number]:
        body = {"key": key, "name": f"Kunde {key}", "projectTypeKey": "business", "leadAccountId": lead}
        site.call("POST", f"{PLATFORM}/project", body)
    return KEYS[:number]


def _read_keys(connection: Connection, _site: Site) -> list[str]:
    return [project.key for project in Projects(connection).with_keys(KEYS)]


def _read_names(connection: Connection, _site: Site) -> list[str]:
    """What a look-up by name reads before it leaves out the names that merely contain the one it is for."""
    return [project.key for project in Projects(connection)._search({"query": "Kunde KUN"})[0]]


def _remove_project(_site: Site, key: str) -> dict[str, Any]:
    return {"method": "DELETE", "path": f"{PLATFORM}/project/{key}?enableUndo=false"}


def _make_accounts(site: Site, number: int) -> list[str]:
    site.traps(jira_index_lag=0)
    for index in range(FULL - 2 + number):
        body = {"email": f"p{index}@a.example", "displayName": f"{ADDRESS} {index}"}
        site.call("POST", f"{DESK}/customer", body)
    return [user["accountId"] for user in site.call("GET", f"{PLATFORM}/user/search?query={ADDRESS}&maxResults=1000")]


def _read_accounts(connection: Connection, _site: Site) -> list[str]:
    return [user["accountId"] for user in search_users(connection, ADDRESS, what="look for an account")]


def _remove_account(site: Site, account: str) -> dict[str, Any]:
    email = next(user["email"] for user in site.objects("user") if user["accountId"] == account)
    return {"method": "POST", "path": "/_sandbox/jira/account", "body": {"email": email, "active": False}}


LISTINGS = {
    "members": Listing(
        "organization.user.list",
        _make_members,
        lambda connection, site: [member.id for member in Members(connection).members(_place(site))[0]],
        _remove_member,
    ),
    "organizations": Listing(
        "organization.list",
        _make_organizations,
        _read_all,
        lambda _site, number: {"method": "DELETE", "path": f"{DESK}/organization/{number}"},
    ),
    "linked organizations": Listing("servicedesk.organization.list", _make_linked, _read_linked, _remove_link),
    "projects by key": Listing("project.search", _make_projects, _read_keys, _remove_project),
    "projects by name": Listing("project.search", _make_projects, _read_names, _remove_project),
    "accounts": Listing("user.search", _make_accounts, _read_accounts, _remove_account, page=FULL),
}


@pytest.fixture(params=LISTINGS)
def listing(request: pytest.FixtureRequest) -> Listing:
    return LISTINGS[request.param]


def _small_pages(site: Site, listing: Listing) -> None:
    if listing.page != FULL:
        site.traps(page_size=listing.page)


def _meanwhile(site: Site, listing: Listing, removed: Sequence[str]) -> None:
    """Before the second page of each reading, one more object is removed."""
    for number, name in enumerate(removed):
        site.fault(operation=listing.operation, do="meanwhile", skip=number + 1, request=listing.remove(site, name))


@pytest.mark.parametrize("place", ["first", "border"])
def test_what_is_removed_between_two_pages_hides_nothing_else(site: Site, listing: Listing, place: str) -> None:
    """The first object of the second page moves to the end of the first one, which has been read."""
    there = listing.make(site, 6)
    _small_pages(site, listing)
    gone = there[0 if place == "first" else listing.page - 1]
    _meanwhile(site, listing, [gone])
    assert [number for number in listing.read(site.connection(), site) if number != gone] == [
        number for number in there if number != gone
    ]


def test_a_list_that_never_stands_still_proves_nothing(site: Site, listing: Listing) -> None:
    """It is read again a bounded number of times, and then not known: never taken for the whole."""
    there = listing.make(site, 14)
    _small_pages(site, listing)
    _meanwhile(site, listing, there[:READINGS])
    site.operations()
    with pytest.raises(Unavailable, match="changes faster than it can be read"):
        listing.read(site.connection(), site)
    assert site.operations().count(listing.operation) == 2 * READINGS
    assert set(listing.read(site.connection(), site)) == set(there[READINGS:])


def test_a_list_that_stands_still_is_read_once(site: Site, listing: Listing) -> None:
    """Pages overlap by one object; where one page is enough, one request is."""
    there = listing.make(site, 5)
    site.operations()
    assert listing.read(site.connection(), site) == there
    requests_sent = site.operations().count(listing.operation)
    assert requests_sent == (1 if len(there) <= FULL else 2)
    _small_pages(site, listing)
    assert listing.read(site.connection(), site) == there
    assert site.operations().count(listing.operation) == -(-(len(there) - 1) // (listing.page - 1))


@pytest.mark.parametrize("is_planning", [True, False])
def test_an_organization_that_moved_between_two_pages_is_found_and_no_second_is_made(
    site: Site, is_planning: bool
) -> None:
    """Its name is looked for in the listing of all, when the plan is made and once more before one is made."""
    made = _make_organizations(site, 4)
    wanted = Organization(key="customer:101", name=_stored(site, made[2])["name"])
    site.call("PUT", f"{DESK}/organization/{made[2]}/property/closedwon", {"key": wanted.key})
    site.traps(page_size=2)
    site.writes()
    _meanwhile(site, LISTINGS["organizations"], made[:1])
    answer = find(site.system(), wanted) if is_planning else put(site.system(), wanted, None)
    assert isinstance(answer, Live)
    assert answer.id == made[2]
    assert "organization.create" not in site.writes()


def test_where_the_listing_never_stands_still_no_organization_is_made(site: Site) -> None:
    made = _make_organizations(site, 10)
    site.traps(page_size=2)
    wanted = Organization(key="customer:999", name="Not there")
    for attempt in (find, lambda system, resource: put(system, resource, None)):
        _meanwhile(site, LISTINGS["organizations"], made[:READINGS])
        del made[:READINGS]
        site.writes()
        answer = attempt(site.system(), wanted)
        assert isinstance(answer, Unavailable)
        assert site.writes() == []
