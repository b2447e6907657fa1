"""The pretend Confluence answers as the vendor's documents say, in success and in refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.sandbox.wiki.routes import CALLS
from tests.contracts.confluence import first, second
from tests.contracts.driver import Driver

V2 = "/wiki/api/v2"


@pytest.fixture
def wiki(drive: Callable[[str], Driver]) -> Iterator[Driver]:
    """The pretend Confluence; what it answered must fit, whatever else the test asserts."""
    driver = drive("wiki")
    yield driver
    assert driver.told() == []


def body(text: str) -> dict[str, str]:
    """A page's body in storage format."""
    return {"representation": "storage", "value": text}


def page(wiki: Driver, title: str = "Käserei Emmental AG") -> dict[str, Any]:
    """A new page at the top of the seeded space."""
    space = wiki.call(f"GET {V2}/spaces")["results"][0]
    wanted = {"spaceId": space["id"], "status": "current", "title": title, "body": body("<p>Grüezi &amp; hallo</p>")}
    created: dict[str, Any] = wiki.call(f"POST {V2}/pages", wanted)
    return created


def test_spaces(wiki: Driver) -> None:
    space = wiki.call(f"GET {V2}/spaces?limit=5")["results"][0]
    assert wiki.call(f"GET {V2}/spaces?keys={space['key']}")["results"][0]["id"] == space["id"]
    assert wiki.call(f"GET {V2}/spaces?keys=NOPE")["results"] == []
    wiki.call(f"GET {V2}/spaces/{space['id']}")
    wiki.call(f"GET {V2}/spaces/999999", wanted=404)
    wiki.call(f"GET {V2}/spaces/{space['id']}/operations")
    wiki.call(f"GET {V2}/spaces/{space['id']}/pages?limit=2")
    wiki.call("GET /wiki/rest/api/user/current")


def test_pages(wiki: Driver) -> None:
    made = page(wiki)
    child = wiki.call(
        f"POST {V2}/pages",
        {"spaceId": made["spaceId"], "status": "current", "title": "Child", "parentId": made["id"], "body": body("")},
    )
    assert wiki.call(f"GET {V2}/pages/{child['id']}?body-format=storage")["parentId"] == made["id"]
    found = wiki.call(f"GET {V2}/pages?space-id={made['spaceId']}&title=Child&body-format=storage&limit=5")
    assert [page["id"] for page in found["results"]] == [child["id"]]
    wiki.call(f"GET {V2}/pages?id={made['id']},{child['id']}")
    wiki.call(f"GET {V2}/pages/{made['id']}/direct-children?limit=5")
    wiki.call(f"GET {V2}/pages/{made['id']}/operations")
    wiki.call(f"GET {V2}/pages/999999", wanted=404)


def test_a_taken_title_is_refused_in_the_vendor_s_form(wiki: Driver) -> None:
    made = page(wiki)
    again = {"spaceId": made["spaceId"], "status": "current", "title": made["title"], "body": body("")}
    wiki.call(f"POST {V2}/pages", again, wanted=400)


def test_updates_and_their_conflicts(wiki: Driver) -> None:
    made = page(wiki)
    place = f"{V2}/pages/{made['id']}"
    wanted = {"id": made["id"], "status": "current", "title": made["title"], "body": body("<p>new</p>")}
    changed = wiki.call(f"PUT {place}", {**wanted, "version": {"number": 2, "message": "facts"}})
    assert changed["version"]["number"] == 2
    wiki.call(f"PUT {place}", {**wanted, "version": {"number": 2}}, wanted=409)
    wiki.call(f"PUT {V2}/pages/999999", {**wanted, "id": "999999", "version": {"number": 2}}, wanted=404)


def test_page_properties(wiki: Driver) -> None:
    place = f"{V2}/pages/{page(wiki)['id']}/properties"
    made = wiki.call(f"POST {place}", {"key": "closedwon", "value": {"key": "101"}})
    wiki.call(f"GET {place}?key=closedwon")
    wiki.call(f"GET {place}/{made['id']}")
    wiki.call(f"PUT {place}/{made['id']}", {"key": "closedwon", "value": {"key": "102"}, "version": {"number": 2}})
    wiki.call(f"POST {place}", {"key": "closedwon", "value": 1}, wanted=409)
    wiki.call(f"PUT {place}/{made['id']}", {"key": "closedwon", "value": 1, "version": {"number": 2}}, wanted=409)
    wiki.call(f"DELETE {place}/{made['id']}", wanted=204)
    wiki.call(f"GET {place}/{made['id']}", wanted=404)


def test_labels_and_search(wiki: Driver) -> None:
    made = page(wiki)
    wiki.call(f"POST /wiki/rest/api/content/{made['id']}/label", [{"prefix": "global", "name": "customer"}])
    wiki.call(f"GET {V2}/pages/{made['id']}/labels")
    wiki.call("GET /wiki/rest/api/content/search?cql=label=customer&limit=5")
    wiki.call("GET /wiki/rest/api/content/search?cql=nonsense", wanted=400)
    wiki.call(f"DELETE /wiki/rest/api/content/{made['id']}/label?name=customer", wanted=204)


def test_every_page_of_a_listing_leads_to_the_next(wiki: Driver) -> None:
    for title in ("One", "Two", "Three"):
        page(wiki, title)
    first = wiki.call(f"GET {V2}/pages?limit=2")
    assert len(wiki.call(f"GET {first['_links']['next']}")["results"]) > 0


def test_wrong_credentials(wiki: Driver) -> None:
    wiki.with_wrong_credentials()
    wiki.call(f"GET {V2}/spaces", wanted=401)
    wiki.call("GET /wiki/rest/api/user/current", wanted=401)


@pytest.mark.usefixtures("contract_documents")
def test_the_pretend_confluence_has_no_operation_that_confluence_has_not() -> None:
    """Apart from the first version's pages, which it refuses as the vendor does."""
    calls = [call for call in CALLS if call.name != "content.gone"]
    unknown = [
        f"{call.method} {call.path}"
        for call in calls
        if not any(find(call.method, call.path) for find in (second().find, first().find))
    ]
    assert len(calls) > 15
    assert unknown == []
