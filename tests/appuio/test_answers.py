"""Single answers of the control API's that the pretend panel does not give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from integrations import appuio
from integrations.core.errors import IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.http import HttpContext
from integrations.core.resource import Lookup
from tests.appuio.people import change, customer

URL = "https://api.example/apis/organization.appuio.io/v1/organizations"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setenv("PANEL_TOKEN", "very-secret")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def store(vendor: responses.RequestsMock, tmp_path: Path) -> Any:
    del vendor
    content = {"adapter": "appuio", "url": "https://api.example", "token": {"env": "PANEL_TOKEN"}, "patience": 0}
    return appuio.connect("panel", appuio.Settings.model_validate(content), HttpContext(tmp_path)).stores[
        "organization"
    ]


def item(name: str, mark: str = "") -> dict[str, Any]:
    annotations = {"annotations": {"closedwon.io/key": mark}} if mark else {}
    return {
        "metadata": {"name": name, "creationTimestamp": f"2024-01-0{len(name)}T00:00:00Z", **annotations},
        "spec": {},
    }


def test_a_list_that_expires_on_the_way_is_read_anew(store: Any, vendor: responses.RequestsMock) -> None:
    vendor.get(URL, json={"metadata": {"continue": "old"}, "items": [item("a")]})
    vendor.get(URL, status=410, json={"message": "too old"})
    vendor.get(URL, json={"metadata": {}, "items": [item("b", "customer:102")]})
    assert store.find([Lookup(customer())])["customer:102"].id == "b"


def test_a_list_that_always_expires_is_unknown_in_the_end(store: Any, vendor: responses.RequestsMock) -> None:
    vendor.get(URL, status=410, json={})
    with pytest.raises(Unavailable):
        store.find([Lookup(customer())])


def test_of_two_that_bear_our_mark_the_older_counts_and_the_other_is_told(
    store: Any, vendor: responses.RequestsMock
) -> None:
    both = [item("younger", "customer:102"), item("old", "customer:102")]
    vendor.get(URL, json={"metadata": {}, "items": both})
    found = store.find([Lookup(customer())])["customer:102"]
    assert (found.id, found.twins) == ("old", ("younger",))


@pytest.mark.parametrize("answer", ["<html>", "[]", '{"items": 7}', "null"])
def test_what_is_no_list_is_unknown_never_absent(store: Any, vendor: responses.RequestsMock, answer: str) -> None:
    vendor.get(URL, body=answer)
    with pytest.raises(Rejected, match="could not list the organizations"):
        store.find([Lookup(customer())])


REFERENCE = {"message": 'failed to validate billing entity reference: "be-3" not found'}
INVALID = {"message": "is invalid", "details": {"causes": [{"field": "spec.displayName"}]}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "field"),
    [
        (400, REFERENCE, Rejected, "billing_contact"),
        (500, REFERENCE, Rejected, "billing_contact"),
        (422, INVALID, Rejected, "display_name"),
        (500, {"message": "etcd"}, Uncertain, None),
        (422, {}, Rejected, ""),
        (415, {}, Rejected, ""),
    ],
)
def test_each_status_becomes_the_right_error(
    store: Any, vendor: responses.RequestsMock, status: int, body: Any, kind: type[IntegrationError], field: str | None
) -> None:
    vendor.post(URL, status=status, json=body)
    answer = store.put([change(customer())])["customer:102"]
    assert type(answer) is kind
    assert getattr(answer, "field", None) == field
    assert "very-secret" not in str(vars(answer))
