"""The portal's customers, against the pretend portal over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from integrations import vshn_portal
from integrations.core.change import Change
from integrations.core.errors import Ambiguous, AuthError, Rejected, Unavailable
from integrations.core.http import HttpContext
from integrations.core.resource import PLACEHOLDER, Live, Lookup, Want
from integrations.core.system import System
from integrations.core.text import short_hash
from integrations.sandbox.portal import PRETEND
from integrations.sandbox.thread import Running, running
from integrations.vshn_portal.organization import Organization
from tests.contracts.checker import Checker

TIMEOUT = 10
Connect = Callable[..., System]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running([PRETEND]) as started:
        yield started


@pytest.fixture
def enter(server: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A person enters a customer; whatever goes over the wire during the test fits what is known of the portal."""
    monkeypatch.setenv("PORTAL_TOKEN", "sandbox-token")
    control(server, "reset", {})
    checker = Checker()
    checker.listen(server.server)
    yield lambda customer: control(server, "portal", {"id": customer})
    checker.leave()
    assert checker.problems() == []


def control(server: Running, name: str, body: dict[str, Any]) -> None:
    requests.post(f"{server.url}/_sandbox/{name}", json=body, timeout=TIMEOUT).raise_for_status()


@pytest.fixture
def connect(server: Running, enter: Callable[[str], None], tmp_path: Path) -> Connect:
    del enter

    def make(**settings: Any) -> System:
        content = {
            "adapter": "vshn_portal",
            "url": f"{server.url}/portal",
            "token": {"env": "PORTAL_TOKEN"},
            "patience": 0,
            **settings,
        }
        return vshn_portal.connect("portal", vshn_portal.Settings.model_validate(content), HttpContext(tmp_path))

    return make


@pytest.fixture
def store(connect: Connect) -> Any:
    return connect().stores["organization"]


def customer(number: str = "103", name: str = "Alpina Treuhand AG", **fields: Any) -> Organization:
    return Organization(key=f"customer:{number}", display_name=name, **fields)


def found(store: Any, wanted: Organization, **lookup: Any) -> Any:
    return store.find([Lookup(wanted, **lookup)])[wanted.key]


def shown(store: Any, wanted: Organization, found: Live[Organization] | None = None) -> Any:
    change = Change("panel", "portal", "manual", Want("panel", "portal", wanted), found=found)
    return store.put([change])[wanted.key]


def test_the_step_turns_green_when_the_id_that_was_shown_appears(store: Any, enter: Callable[[str], None]) -> None:
    assert found(store, customer()) is None
    task = shown(store, customer())
    assert task.id.startswith("alpina-treuhand-")
    assert task.id in task.state.task
    assert task.url in task.state.task
    assert found(store, customer(), id=task.id) is None
    enter(task.id)
    live = found(store, customer(), id=task.id)
    assert (live.id, live.ours, live.state.name, live.state.task) == (task.id, True, task.id, "")


def test_putting_sends_nothing(store: Any, server: Running) -> None:
    before = len(server.server.log)
    shown(store, customer())
    assert len(server.server.log) == before


def test_two_customers_of_one_name_are_shown_two_ids(store: Any, enter: Callable[[str], None]) -> None:
    first, other = shown(store, customer()), shown(store, customer("104"))
    assert first.id != other.id
    enter(first.id)
    answers = store.find([Lookup(customer(), id=first.id), Lookup(customer("104"), id=other.id)])
    assert answers["customer:103"].ours
    assert answers["customer:104"] is None


def test_an_id_once_shown_stays_whatever_becomes_of_the_name(store: Any, connect: Connect) -> None:
    task = shown(store, customer())
    later, renamed = connect().stores["organization"], customer(name="Alpina AG")
    assert found(later, renamed, id=task.id) is None
    assert shown(later, renamed).id == task.id


@pytest.mark.parametrize("is_shown", [True, False])
def test_what_was_there_before_we_showed_it_is_a_choice(
    store: Any, enter: Callable[[str], None], *, is_shown: bool
) -> None:
    there = shown(store, customer()).id if is_shown else "alpina-treuhand"
    enter(there)
    answer = found(store, customer())
    assert isinstance(answer, Ambiguous)
    assert [candidate.id for candidate in answer.candidates] == [there]


@pytest.mark.parametrize("there", ["alpinatreuhand", "alpina-treuhand-ag", "alpina-treuhand-g-m-b-h"])
def test_an_id_that_reads_as_the_name_is_a_choice(store: Any, enter: Callable[[str], None], there: str) -> None:
    enter(there)
    answer = found(store, customer())
    assert isinstance(answer, Ambiguous)
    assert [candidate.id for candidate in answer.candidates] == [there]
    assert found(store, customer(), new=True) is None
    assert found(store, customer("900", "Alpina Treuhand Chur AG")) is None


def test_new_does_not_see_what_others_entered_but_what_bears_our_own(store: Any, enter: Callable[[str], None]) -> None:
    enter("alpina-treuhand")
    enter("other-103")
    assert found(store, customer(), new=True) is None
    task = shown(store, customer())
    assert task.id == "alpina-treuhand-103"
    enter(task.id)
    assert found(store, customer(), new=True).id == task.id


@pytest.mark.parametrize("name", ["Ромашка ООО", "Işık Ltd.", "Alpina Treuhand und Partner AG"])
def test_an_id_that_was_shown_under_another_spelling_is_found_without_the_ledger(
    store: Any, enter: Callable[[str], None], name: str
) -> None:
    """Renamed since, or romanized otherwise by an earlier release."""
    there = f"customer-{short_hash('customer:103')}"
    enter(there)
    assert found(store, customer(name=name), new=True).id == there
    answer = found(store, customer(name=name))
    assert isinstance(answer, Ambiguous)
    assert [candidate.id for candidate in answer.candidates] == [there]
    enter("formerly-103")
    answer = found(store, customer(name=name))
    assert isinstance(answer, Ambiguous)
    assert [candidate.id for candidate in answer.candidates] == [there, "formerly-103"]


def test_an_id_of_an_alias_counts_as_our_own(store: Any, enter: Callable[[str], None]) -> None:
    enter(shown(store, customer().model_copy(update={"key": "deal:43"})).id)
    wanted = customer().model_copy(update={"former": ("deal:43",)})
    assert isinstance(found(store, wanted), Ambiguous)


def test_a_chosen_id_is_ours_if_it_is_listed_and_refused_if_not(store: Any) -> None:
    assert found(store, customer(), id="glacier", chosen=True).id == "glacier"
    assert isinstance(found(store, customer(), id="nowhere", chosen=True), Rejected)


def test_what_was_chosen_needs_no_task(store: Any) -> None:
    live = found(store, customer(), id="glacier", chosen=True)
    assert shown(store, customer(), live).state.task == ""


def test_a_name_decided_later_is_not_looked_by(store: Any, enter: Callable[[str], None]) -> None:
    enter("known-after-apply")
    assert found(store, customer(name=PLACEHOLDER)) is None


def test_a_name_in_another_script_or_without_letters_gets_an_id_all_the_same(store: Any) -> None:
    assert shown(store, customer(name="東京商事")).id.startswith("dongjingshangshi-")
    assert shown(store, customer(name="★")).id.startswith("customer-")


def test_one_request_finds_many(store: Any, server: Running) -> None:
    before = len(server.server.log)
    store.find([Lookup(customer(str(number), f"Customer {number}")) for number in range(50)])
    assert len(server.server.log) == before + 1


def test_an_organization_is_never_archived_but_somebody_is_named(store: Any) -> None:
    live = found(store, customer(), id="glacier", chosen=True)
    change = Change("panel", "portal", "archive", Want("panel", "portal", customer()), found=live)
    assert isinstance(store.put([change])["customer:103"], Rejected)


def test_what_may_not_be_listed_is_unknown(store: Any, server: Running) -> None:
    control(server, "rights", {"system": "portal", "missing": ["list:servers"]})
    with pytest.raises(AuthError):
        found(store, customer())


def test_a_portal_that_is_down_makes_unknown(store: Any, server: Running) -> None:
    control(server, "faults", {"system": "portal", "do": "drop_before", "times": 9})
    with pytest.raises(Unavailable):
        found(store, customer())


def test_a_wrong_token_is_named_but_never_shown(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TOKEN", "very-secret")
    with pytest.raises(AuthError) as caught:
        connect().check(frozenset())
    assert "very-secret" not in f"{caught.value!r} {vars(caught.value)}"


def test_check_counts_the_customers_and_has_no_faults(connect: Connect) -> None:
    report = connect().check(frozenset({"organization"}))
    assert report.faults == ()
    assert "read the customers: 2" in [finding.text for finding in report.findings]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> System:
    monkeypatch.setenv("PORTAL_TOKEN", "t")
    content = {"adapter": "vshn_portal", "url": "https://portal.example", "token": {"env": "PORTAL_TOKEN"}}
    return vshn_portal.connect("portal", vshn_portal.Settings.model_validate(content), HttpContext(tmp_path))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/html", "<html>log in</html>"), ("text/html", ""), ("text/plain", "<html>"), ("application/json", "[]")],
)
@responses.activate
def test_what_is_no_list_of_ids_is_unknown_never_absent(elsewhere: System, content_type: str, body: str) -> None:
    responses.get("https://portal.example/api/servers/1/", body=body, content_type=content_type)
    with pytest.raises(Rejected, match="something else than VSHN portal answered"):
        found(elsewhere.stores["organization"], customer())


@responses.activate
def test_an_empty_list_means_no_customers_and_check_says_what_it_can_not_tell(elsewhere: System) -> None:
    responses.get("https://portal.example/api/servers/1/", body="", content_type="text/plain; charset=utf-8")
    assert found(elsewhere.stores["organization"], customer()) is None
    assert any("hidden from us" in finding.text for finding in elsewhere.check(frozenset()).findings)
