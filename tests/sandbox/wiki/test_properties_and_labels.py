"""Content properties, labels and CQL search."""

from __future__ import annotations

import pytest

from tests.sandbox.wiki.conftest import V2, Wiki


def test_a_property_is_made_once_and_changed_by_version(wiki: Wiki) -> None:
    place = f"{V2}/pages/{wiki.parent}/properties"
    made = wiki.call(f"POST {place}", {"key": "closedwon", "value": {"key": "101"}}).json()
    assert wiki.call(f"POST {place}", {"key": "closedwon", "value": 1}).status_code == 409
    assert wiki.call(f"GET {place}?key=closedwon").json()["results"][0]["value"] == {"key": "101"}
    assert wiki.call(f"GET {place}?key=other").json()["results"] == []
    change = {"key": "closedwon", "value": "new", "version": {"number": 1}}
    assert wiki.call(f"PUT {place}/{made['id']}", change).status_code == 409
    change["version"] = {"number": 2}
    assert wiki.call(f"PUT {place}/{made['id']}", change).json()["version"]["number"] == 2
    assert wiki.call(f"DELETE {place}/{made['id']}").status_code == 204
    assert wiki.call(f"GET {place}/{made['id']}").status_code == 404


def test_a_property_of_another_page_is_not_found_here(wiki: Wiki) -> None:
    page = wiki.create("Alpina").json()
    made = wiki.call(f"POST {V2}/pages/{page['id']}/properties", {"key": "a", "value": 1}).json()
    assert wiki.call(f"GET {V2}/pages/{wiki.parent}/properties/{made['id']}").status_code == 404


def test_labels_are_found_by_cql_and_can_be_taken_away(wiki: Wiki) -> None:
    page = wiki.create("Alpina").json()
    label = f"/wiki/rest/api/content/{page['id']}/label"
    assert wiki.call(f"POST {label}", [{"prefix": "global", "name": "Customer"}]).json()["size"] == 1
    found = wiki.call('GET /wiki/rest/api/content/search?cql=label = "customer" and type=page and space=KUNDEN').json()
    assert [page["id"] for page in found["results"]] == [page["id"]]
    assert wiki.call(f"DELETE {label}/customer").status_code == 204
    assert wiki.call("GET /wiki/rest/api/content/search?cql=label=customer").json()["results"] == []


@pytest.mark.parametrize("cql", ["", "nonsense", "creator = me", "title ~ x", "label = a or label = b"])
def test_cql_that_cannot_be_read_is_refused(wiki: Wiki, cql: str) -> None:
    answer = wiki.call("GET /wiki/rest/api/content/search", params={"cql": cql})
    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)


def test_a_label_with_forbidden_characters_is_refused(wiki: Wiki) -> None:
    place = f"/wiki/rest/api/content/{wiki.parent}/label"
    assert wiki.call(f"POST {place}", [{"prefix": "global", "name": "deal:47"}]).status_code == 400
    assert wiki.call(f"POST {place}", {"name": "deal"}).status_code == 400


def test_without_the_right_to_update_properties_and_labels_are_refused(wiki: Wiki) -> None:
    parent = wiki.parent
    wiki.control("rights", {"system": "wiki", "missing": ["update"]})
    assert wiki.call(f"POST {V2}/pages/{parent}/properties", {"key": "a", "value": 1}).status_code == 403
    label = [{"prefix": "global", "name": "a"}]
    assert wiki.call(f"POST /wiki/rest/api/content/{parent}/label", label).status_code == 403
