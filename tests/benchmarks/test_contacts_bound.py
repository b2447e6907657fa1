"""The bound that a first contact sync is measured against."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.contacts.bound import Work, additions, bound, work


def change(system: str, customer: str, person: str, action: str = "create", result: str = "done") -> dict[str, Any]:
    key = f"customer:{customer}/contact/{person}"
    return {"system": system, "customer": customer, "key": key, "action": action, "result": result}


def test_one_person_at_two_customers_is_one_account_and_two_members() -> None:
    found = work(3, [change("jira", "1", "a"), change("jira", "2", "a"), change("jira", "2", "b")])
    assert found == Work(contacts=3, members={"1": 1, "2": 2}, accounts=2, invited=0, listed={})
    assert found.requests()["jira"] == 2 + 2 * 2 + 2


def test_what_was_not_made_is_no_work() -> None:
    made = [change("panel", "1", "a", result="waiting"), change("wiki", "1", "a", action="update")]
    assert work(1, made) == Work(1, {}, 0, 0, {})


def test_an_invitation_each_in_the_panel_a_page_each_in_the_wiki() -> None:
    changes = [
        change(system, customer, person) for system in ("panel", "wiki") for customer in "12" for person in "abc"
    ]
    assert work(1001, changes).requests() == {"erp": 5 + 2, "jira": 0, "panel": 4 + 6, "wiki": 1 + 2}


def test_fifty_are_added_by_one_request_and_one_more_by_another() -> None:
    assert [additions(number) for number in (1, 50, 51, 100)] == [1, 1, 2, 2]


def test_the_busiest_system_decides_for_they_work_in_parallel() -> None:
    slots = {"jira": 4, "wiki": 2}
    assert bound({"jira": 40, "wiki": 10}, slots, 0.5, 0) == pytest.approx(40 * 0.5 / 4)
    assert bound({"jira": 40, "wiki": 30}, slots, 0.5, 0) == pytest.approx(30 * 0.5 / 2)


def test_without_latency_the_bound_is_what_the_sandbox_itself_takes() -> None:
    assert bound({"jira": 40, "wiki": 10}, {"jira": 4, "wiki": 4}, 0, 3.0) == pytest.approx(3.0)


def test_working_an_answer_out_takes_a_slot_as_latency_does() -> None:
    assert bound({"jira": 100}, {"jira": 4}, 0.05, 0.2) == pytest.approx(100 * (0.05 + 0.002) / 4)
