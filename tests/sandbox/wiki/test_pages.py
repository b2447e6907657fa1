"""Pages of the pretend Confluence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.wiki.conftest import V2, Wiki

TAKEN = "A page with this title already exists: A page already exists with the same TITLE in this space"


def first_error(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["errors"][0]
    return answer.status_code, error["code"], error["title"]


def test_a_created_page_is_read_back_with_its_place(wiki: Wiki) -> None:
    made = wiki.create("Żółta Łódź 🚤", "<p>Grüezi</p>").json()
    page = wiki.read(made["id"])
    assert (page["title"], page["parentId"], page["spaceId"]) == ("Żółta Łódź 🚤", wiki.parent, wiki.space["id"])
    assert page["version"]["number"] == 1
    assert page["body"]["storage"]["value"] == "<p>Grüezi</p>"
    assert page["_links"]["webui"] == f"/spaces/KUNDEN/pages/{made['id']}"


def test_a_body_comes_only_when_asked_for(wiki: Wiki) -> None:
    assert wiki.call(f"GET {V2}/pages/{wiki.parent}").json()["body"] == {}
    listed = wiki.call(f"GET {V2}/pages?title=Kunden&body-format=storage").json()["results"]
    assert listed[0]["body"]["storage"]["value"].startswith("<p>")


@pytest.mark.parametrize("title", ["Fondation Lac Noir", "fondation LAC noir"])
def test_a_title_is_there_once_in_a_space(wiki: Wiki, title: str) -> None:
    assert first_error(wiki.create(title)) == (400, "BAD_REQUEST", TAKEN)


def test_a_rename_to_a_taken_title_is_refused(wiki: Wiki) -> None:
    page = wiki.create("Alpina").json()
    assert first_error(wiki.update(page, "<p/>", 2, title="Fondation Lac Noir")) == (400, "BAD_REQUEST", TAKEN)
    assert wiki.update(page, "<p/>", 2, title="ALPINA").status_code == 200


def test_a_version_that_is_not_the_next_one_is_a_conflict_and_changes_nothing(wiki: Wiki) -> None:
    page = wiki.create("Alpina").json()
    for number in (1, 3):
        status, code, title = first_error(wiki.update(page, "<p>other</p>", number))
        assert (status, code) == (409, "CONFLICT")
        assert title.endswith(f"Current Version: [1]. Provided version: [{number}]")
    assert wiki.read(page["id"])["body"]["storage"]["value"] == "<p>x</p>"
    assert wiki.update(page, "<p>other</p>", 2).json()["version"]["number"] == 2


def test_versions_are_listed_newest_first(wiki: Wiki) -> None:
    page = wiki.create("Alpina").json()
    wiki.update(page, "<p>two</p>", 2, version={"number": 2, "message": "facts"})
    versions = wiki.call(f"GET {V2}/pages/{page['id']}/versions").json()["results"]
    assert [(version["number"], version["message"]) for version in versions] == [(2, "facts"), (1, "")]


def test_a_page_moves_below_another_parent(wiki: Wiki) -> None:
    page, other = wiki.create("Alpina").json(), wiki.create("Archive").json()
    wiki.update(page, "<p>x</p>", 2, parentId=other["id"])
    children = wiki.call(f"GET {V2}/pages/{other['id']}/children").json()["results"]
    assert [child["id"] for child in children] == [page["id"]]
    assert page["id"] not in [
        page["id"] for page in wiki.call(f"GET {V2}/pages/{wiki.parent}/children").json()["results"]
    ]


def test_every_page_of_a_listing_is_reached_by_its_next_link(wiki: Wiki) -> None:
    made = [wiki.create(f"Customer {number}").json()["id"] for number in range(5)]
    wiki.control("traps", {"page_size": 2})
    found, path = [], f"{V2}/pages/{wiki.parent}/direct-children?limit=250"
    while path:
        answer = wiki.call(f"GET {path}")
        found += [page["id"] for page in answer.json()["results"]]
        path = answer.json()["_links"].get("next", "")
        assert answer.headers.get("Link", "") == (f'<{path}>; rel="next"' if path else "")
        assert len(answer.json()["results"]) <= 2
    assert found[-5:] == made
    assert len(found) == 6


def test_several_spaces_and_ids_filter_a_listing(wiki: Wiki) -> None:
    page = wiki.create("Alpina").json()
    listed = wiki.call(f"GET {V2}/pages?id={page['id']},{wiki.parent}").json()["results"]
    assert {page["id"] for page in listed} == {page["id"], wiki.parent}
    assert wiki.call(f"GET {V2}/pages?space-id=999&title=Alpina").json()["results"] == []
    assert (
        wiki.call(f"GET {V2}/pages?space-id=999,{wiki.space['id']}&title=Alpina").json()["results"][0]["id"]
        == page["id"]
    )


@pytest.mark.parametrize(("parameter", "most"), [("pages?id", 250), ("pages?space-id", 100), ("spaces?ids", 250)])
def test_a_listing_takes_as_many_ids_as_the_document_allows(wiki: Wiki, parameter: str, most: int) -> None:
    ids = [str(number) for number in range(1, most + 2)]
    assert wiki.call(f"GET {V2}/{parameter}={','.join(ids[:-1])}").status_code == 200
    assert first_error(wiki.call(f"GET {V2}/{parameter}={','.join(ids)}"))[:2] == (400, "BAD_REQUEST")


def test_a_published_change_overrides_what_somebody_has_in_a_draft(wiki: Wiki) -> None:
    """As the document of `PUT /pages/{id}` warns: the draft is not seen by others, and is lost."""
    page = wiki.create("Alpina").json()
    assert wiki.update(page, "<p>typed</p>", 2, status="draft").status_code == 400
    draft = wiki.update(page, "<p>typed</p>", 1, status="draft").json()
    assert (draft["status"], draft["version"]["number"]) == ("draft", 1)
    assert wiki.read(page["id"])["body"]["storage"]["value"] == "<p>x</p>"
    drafted = f"GET {V2}/pages/{page['id']}?get-draft=true&body-format=storage"
    assert wiki.call(drafted).json()["body"]["storage"]["value"] == "<p>typed</p>"
    assert wiki.update(page, "<p>ours</p>", 2).status_code == 200
    assert wiki.call(drafted).json()["body"]["storage"]["value"] == "<p>ours</p>"


@pytest.mark.parametrize(
    "change",
    [
        {"titel": "misspelt"},
        {"title": ""},
        {"title": "x" * 256},
        {"title": 7},
        {"parentId": 7},
        {"parentId": "not a number"},
        {"body": {"representation": "storage"}},
        {"body": {"representation": "wiki", "value": "*x*"}},
        {"body": {"representation": "storage", "value": 7}},
        {"status": "finished"},
        {"spaceId": 12},
    ],
)
def test_a_body_that_the_vendor_would_not_take_is_refused(wiki: Wiki, change: dict[str, Any]) -> None:
    good = {
        "spaceId": wiki.space["id"],
        "status": "current",
        "title": "Alpina",
        "body": {"representation": "storage", "value": "<p/>"},
    }
    assert wiki.call(f"POST {V2}/pages", {**good, **change}).status_code == 400
    assert wiki.call(f"POST {V2}/pages", good).status_code == 200


def test_unknown_parameters_ids_and_paths_are_refused(wiki: Wiki) -> None:
    assert wiki.call(f"GET {V2}/pages?startAt=5").status_code == 400
    assert wiki.call(f"GET {V2}/pages?limit=251").status_code == 400
    assert wiki.call(f"GET {V2}/pages?cursor=nonsense").status_code == 400
    assert wiki.call(f"GET {V2}/pages/abc").status_code == 400
    assert wiki.call(f"GET {V2}/pages/999999").status_code == 404
    assert wiki.call(f"GET {V2}/nothing").status_code == 404


def test_a_wrong_token_is_401(wiki: Wiki) -> None:
    wiki.http.auth = ("closedwon@acme.example", "wrong")
    assert wiki.call(f"GET {V2}/pages").status_code == 401
    assert wiki.call("GET /wiki/rest/api/user/current").status_code == 401


def test_a_space_that_may_not_be_seen_looks_absent(wiki: Wiki) -> None:
    page, space = wiki.create("Alpina").json(), wiki.space
    wiki.control("rights", {"system": "wiki", "missing": ["view:KUNDEN"]})
    assert wiki.call(f"GET {V2}/spaces?keys=KUNDEN").json()["results"] == []
    assert wiki.call(f"GET {V2}/pages?title=Alpina").json()["results"] == []
    assert wiki.call(f"GET {V2}/spaces/{space['id']}").status_code == 404
    assert wiki.call(f"GET {V2}/pages/{page['id']}").status_code == 404
    assert wiki.call(f"GET {V2}/pages/{page['id']}/children").status_code == 404
    body = {"spaceId": space["id"], "title": "New", "body": {"representation": "storage", "value": ""}}
    assert wiki.call(f"POST {V2}/pages", body).status_code == 404


def test_without_the_right_to_create_pages_creating_is_404_and_reading_goes_on(wiki: Wiki) -> None:
    space, parent = wiki.space, wiki.parent
    wiki.control("rights", {"system": "wiki", "missing": ["create:KUNDEN", "update"]})
    assert wiki.create("Alpina").status_code == 404
    assert wiki.update({"id": parent, "title": "Kunden"}, "<p/>", 2).status_code == 404
    allowed = wiki.call(f"GET {V2}/spaces/{space['id']}/operations").json()["operations"]
    assert {"operation": "create", "targetType": "page"} not in allowed
    assert {"operation": "read", "targetType": "space"} in allowed
    on_page = wiki.call(f"GET {V2}/pages/{parent}/operations").json()["operations"]
    assert {"operation": "update", "targetType": "page"} not in on_page


def test_with_all_rights_both_operations_are_there(wiki: Wiki) -> None:
    allowed = wiki.call(f"GET {V2}/spaces/{wiki.space['id']}/operations").json()["operations"]
    assert {"operation": "create", "targetType": "page"} in allowed
    on_page = wiki.call(f"GET {V2}/pages/{wiki.parent}/operations").json()["operations"]
    assert {"operation": "update", "targetType": "page"} in on_page


def test_v1_content_is_gone_and_the_account_is_not(wiki: Wiki) -> None:
    assert wiki.call("POST /wiki/rest/api/content", {"title": "x"}).status_code == 410
    assert wiki.call(f"GET /wiki/rest/api/content/{wiki.parent}").status_code == 410
    assert wiki.call("GET /wiki/rest/api/user/current").json()["email"] == "closedwon@acme.example"


def test_a_section_mark_on_two_pages_or_twice_on_one_is_a_duplicate(wiki: Wiki) -> None:
    def section(key: str) -> str:
        mark = f'<ac:parameter ac:name="closedwon">{key}</ac:parameter>'
        return f'<ac:structured-macro ac:name="details">{mark}</ac:structured-macro>'

    page = wiki.create("Alpina", section("101/page") + section("101/links")).json()
    assert wiki.duplicates() == []
    wiki.create("Alpina 2", section("101/page"))
    assert len(wiki.duplicates()) == 1
    assert "101/page" in wiki.duplicates()[0]
    wiki.update(page, section("101/links") * 2, 2)
    assert ["101/links" in duplicate for duplicate in wiki.duplicates()] == [True]
