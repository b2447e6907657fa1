"""Who approved, ran and decided what: the person, what began it, the run and the reason; and what is never kept."""

from __future__ import annotations

import getpass
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from integrations.core.ledger.database import user
from integrations.sandbox.pretend import TOKEN
from integrations.sandbox.thread import running
from tests.cli.place import Place
from tests.cli.terminal import Terminal


@pytest.fixture(autouse=True)
def by_ourselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody called through `sudo`."""
    monkeypatch.delenv("SUDO_USER", raising=False)


def rows(place: Place, table: str) -> list[dict[str, Any]]:
    """A table of the ledger, as it is in the file."""
    (path,) = place.folder.rglob("ledger.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"select * from {table}")]  # noqa: S608  (our own names)


def who(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["by"], row["trigger"], row["reason"]


def test_a_run_without_a_terminal_is_a_schedules_and_all_that_it_writes_bears_its_id(place: Place) -> None:
    """The people who follow are a run of their own, by the same person."""
    place.setup("42", "--yes", "--reason", " signed today ")
    (run,) = rows(place, "runs")
    audit = rows(place, "audit")
    assert {who(row) for row in (run, *audit)} == {(getpass.getuser(), "cron", "signed today")}
    is_people = {
        row["run"]: {change["kind"] in ("member", "contact") for change in audit if change["run"] == row["run"]}
                 for row in audit}  # fmt: skip
    assert is_people.pop(run["run"]) == {False}
    assert list(is_people.values()) == [{True}]


def test_a_plan_that_is_approved_by_its_id_was_approved_by_a_hand_and_status_tells_whose(place: Place) -> None:
    plan = place.set_up("42", "-n")["plan"]
    assert "approved by" not in place.run("status", "42", "-v").out
    place.setup("42", "--plan", plan, "--reason", "as agreed with the customer")
    approved = rows(place, "approvals")
    (run,) = rows(place, "runs")
    assert {who(row) for row in approved} == {(getpass.getuser(), "hand", "as agreed with the customer")}
    assert {row["run"] for row in approved} == {run["run"]}
    text = place.run("status", "42", "-v").said
    for what in ("approved", "run"):
        assert re.search(rf"{what} by {getpass.getuser()} \(hand\) on \d+ \w+ \d+ \d\d:\d\d: as agreed with the", text)


def test_who_says_yes_at_a_terminal_is_a_hand(place: Place) -> None:
    place.without_people()
    person = Terminal(["setup", "42", "--reason", "won", "--config", str(place.settings)], place.folder)
    person.answer("Do it? [y/N]", "y")
    assert person.end() == 0
    assert {who(row)[1:] for row in (*rows(place, "approvals"), *rows(place, "audit"))} == {("hand", "won")}


def test_what_people_decide_bears_the_run_in_which_they_did(place: Place) -> None:
    place.run("link", "42", "panel=never", "--reason", "runs its own")
    (choice,) = rows(place, "choices")
    assert who(choice) == (getpass.getuser(), "cron", "runs its own")
    place.run("invoices", "check")
    finding = rows(place, "invoices_findings")[0]["fingerprint"]
    place.run("invoices", "ack", finding, "--reason", "pays in parts")
    (known,) = rows(place, "invoices_acknowledgements")
    assert who(known) == (getpass.getuser(), "cron", "pays in parts")
    assert len({choice["run"], known["run"], ""}) == 3
    place.run("invoices", "baseline", known["at"][:10], "--reason", "taken over from the old list")
    assert {who(row)[2] for row in rows(place, "invoices_acknowledgements")} >= {"taken over from the old list"}


@pytest.mark.parametrize(("caller", "text"), [("lena", "lena as {}"), ("", "{}"), (None, "{}")])
def test_through_sudo_it_is_told_who_called_and_as_whom(
    monkeypatch: pytest.MonkeyPatch, caller: str | None, text: str
) -> None:
    """An account that many share tells of nobody."""
    if caller is not None:
        monkeypatch.setenv("SUDO_USER", caller)
    assert user() == text.format(getpass.getuser())
    monkeypatch.setenv("SUDO_USER", getpass.getuser())
    assert user() == getpass.getuser()


def test_the_audit_keeps_old_and_new_value_of_what_is_ours_and_names_of_all_else(place: Place) -> None:
    place.setup("42", "--yes")
    found = {
        (row["kind"], name): value
        for row in rows(place, "audit")
        for name, value in json.loads(row["fields"] or "{}").items()
    }
    assert found["customer", "is_customer"] == [False, True]
    assert found["ticket", "project"] == [None, "OPS"]
    assert found["ticket", "summary"] is None
    assert found["section", "body"] is None
    assert ("member", "name") in found
    assert {value is None for (kind, _), value in found.items() if kind in ("member", "contact")} == {True}


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A company whose invoicing has exceptions, with a sandbox of its own."""
    monkeypatch.delenv("CLOSEDWON_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    with running(billing=True) as sandbox:
        yield Place(tmp_path, sandbox)


def test_no_value_of_a_customers_person_is_anywhere_in_the_ledger(company: Place) -> None:
    """After set-ups, contacts, tickets and a revocation: no name, address, telephone number or street of anybody."""
    company.edit("deals_since = 2026-01-01", "deals_since = 2020-01-01")
    for number in range(2):
        company.setup("--won", "--yes", *(["--json"] if number else []))
    company.run("contacts", "sync", "--full", "--yes")
    company.run("invoices", "check", "--flag", "--yes")
    company.run("contacts", "revoke", "nadja.brunner@mueller-soehne.example", "--yes")
    assert rows(company, "audit")
    assert rows(company, "invoices_findings")
    (file,) = company.folder.rglob("ledger.sqlite")
    kept = b"".join(path.read_bytes() for path in file.parent.rglob("ledger*") if path.is_file())
    values = {value for value in people(company) if value.encode() in kept or json.dumps(value)[1:-1].encode() in kept}
    assert values == set()
    assert TOKEN.encode() not in kept


def people(place: Place) -> set[str]:
    """Names, addresses, telephone numbers and streets of the customers' people, as the ERP has them."""
    users = place.erp("res.users", "search_read", domain=[], fields=["partner_id", "name", "login", "email"])
    ours = {row["partner_id"][0] for row in users}
    fields = ["name", "email", "phone", "street", "is_company"]
    found = set[str]()
    for row in place.erp("res.partner", "search_read", domain=[["active", "in", [True, False]]], fields=fields):
        if row["id"] not in ours:
            names = [] if row["is_company"] else [row["name"]]
            found |= {text for text in (*names, row["email"], row["phone"], row["street"]) if text}
    leads = ["contact_name", "email_from", "phone", "street"]
    for row in place.erp("crm.lead", "search_read", domain=[], fields=leads):
        found |= {row[name] for name in leads if row[name]}
    found -= {row[name] for row in users for name in ("name", "login", "email")}
    assert len(found) > 50
    return found
