"""What `check` tells of the wiki."""

from __future__ import annotations

import pytest

from integrations.core.errors import AuthError
from tests.confluence.conftest import Connect
from tests.confluence.people import Wiki

SECTION = frozenset({"section"})


def test_a_wiki_in_order_has_no_faults_and_is_only_read(connect: Connect, wiki: Wiki) -> None:
    report = connect().check(SECTION)
    assert report.account == "closedwon@acme.example"
    assert report.faults == ()
    assert [finding.text for finding in report.findings] == [
        "view the space KUNDEN",
        "view the customers' parent page, Kunden",
        "add pages",
        "change pages",
        "how long the API token lives is not known",
    ]
    assert not [request for request in wiki.requests() if request["writes"]]


@pytest.mark.parametrize(
    ("right", "text"),
    [("view:KUNDEN", "view the space KUNDEN"), ("create:KUNDEN", "add pages"), ("update", "change pages")],
)
def test_a_missing_right_is_a_fault_with_somebody_to_mend_it(
    connect: Connect, wiki: Wiki, right: str, text: str
) -> None:
    wiki.control("rights", {"system": "wiki", "missing": [right]})
    for kind in ("section", "contact"):
        (fault,) = connect().check(frozenset({kind})).faults
        assert (fault.text, fault.who) == (text, "a Confluence administrator")


def test_reading_alone_needs_no_right_to_write(connect: Connect, wiki: Wiki) -> None:
    assert "can add pages, needn't" in [finding.text for finding in connect().check(frozenset()).findings]
    wiki.control("rights", {"system": "wiki", "missing": ["create:KUNDEN", "update"]})
    assert connect().check(frozenset()).faults == ()


@pytest.mark.parametrize("parent", ["No such page", "99999"])
def test_a_parent_page_that_is_not_there_is_a_fault(connect: Connect, parent: str) -> None:
    (fault,) = connect(parent=parent).check(SECTION).faults
    assert "parent" in fault.next


def test_without_a_parent_the_homepage_is_it(connect: Connect) -> None:
    texts = [finding.text for finding in connect(parent=None).check(SECTION).findings]
    assert "view the customers' parent page, Kunden Home" in texts


def test_a_wrong_token_is_an_error_of_credentials(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIKI_TOKEN", "wrong")
    with pytest.raises(AuthError):
        connect().check(SECTION)
