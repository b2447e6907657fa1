"""What `--json` prints: one document, its keys, its amounts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.deals import how_far
from integrations.core.ledger import RunRecord
from tests.cli.place import Place

KEPT = {"deal", "customer", "playbook", "plan", "outcome", "steps", "error"}
SETUP = KEPT | {"format", "run", "trigger", "by", "changes", "counts", "requests", "seconds"}
DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "envelope.schema.json").read_text())
ENVELOPE = Draft202012Validator(SCHEMA)
STEP = {
    "step",
    "system",
    "kind",
    "key",
    "action",
    "result",
    "id",
    "url",
    "name",
    "taken",
    "since",
    "fields",
    "theirs",
    "waits_for",
    "error",
}
DEAL = {
    "deal",
    "title",
    "customer",
    "stage",
    "engagement",
    "won_on",
    "one_time",
    "monthly",
    "currency",
    "setup",
}
ACTIONS = {"create", "send", "manual", "adopt", "update", "archive", "keep", "choose", "blocked"}
RESULTS = {"done", "kept", "failed", "blocked", "waiting", "planned"}


def assert_is_setup_document(document: Any, keys: set[str]) -> None:
    assert set(document) == keys
    assert document["outcome"] in {"done", "waiting", "failed", "planned"}
    for step in document["steps"]:
        assert set(step) == STEP
        assert step["action"] in ACTIONS
        assert step["result"] in RESULTS
        for field in [*step["fields"], *step["theirs"]]:
            assert set(field) == {"name", "old", "new"}
        for waits in step["waits_for"]:
            assert set(waits) == {"kind", "name"}
            assert waits["kind"] in {"person", "system", "step"}
        if step["error"] is not None:
            assert set(step["error"]) == {"type", "message", "next"}


@pytest.mark.parametrize(
    ("deal", "how", "code", "outcome"),
    [
        ("42", "-n", 3, "planned"),
        ("42", "--yes", 0, "done"),
        ("52", "--yes", 4, "waiting"),
        ("42", "--plan=00000000", 5, "waiting"),
        ("50", "--yes", 4, "waiting"),
    ],
)
def test_setup_prints_one_document_with_the_keys_that_are_promised(
    place: Place, deal: str, how: str, code: int, outcome: str
) -> None:
    ended = place.setup(deal, "--json", how)
    assert ended.code == code
    people = {"contacts"} if "contacts" in ended.document else set()
    assert_is_setup_document(ended.document, SETUP | {"warnings"} | people)
    for warning in ended.document["warnings"]:
        assert set(warning) == {"rule", "severity", "title", "message", "action", "who"}
    assert bool(people) == ((deal, how) == ("42", "--yes"))
    assert ended.document["outcome"] == outcome
    assert ended.document["deal"] == deal
    assert set(ended.document["requests"]) == {"erp", "jira", "panel", "wiki"}


def test_an_error_that_stops_the_whole_is_in_the_document_too(place: Place) -> None:
    ended = place.setup("50", "--json", "--yes")
    assert set(ended.document["error"]) == {"type", "message", "next"}
    assert ended.document["steps"] == []
    assert "is open, not won" in ended.err


def test_a_planned_field_says_what_it_was_and_becomes(place: Place) -> None:
    steps = {step["step"]: step for step in place.set_up("42", "-n")["steps"]}
    fields = {field["name"]: (field["old"], field["new"]) for field in steps["customer"]["fields"]}
    assert fields["is_customer"] == (False, True)
    assert fields["account_manager"] == (None, "reto.frei@acme.example")


def test_the_deals_are_one_document_with_every_stage_and_amounts_as_decimal_strings(place: Place) -> None:
    place.setup("42", "--yes")
    place.setup("52", "--yes")
    document = place.run("deals", "--json").document
    assert set(document) == {"deals", "failed"}
    deals = {deal["deal"]: deal for deal in document["deals"]}
    assert all(set(deal) == DEAL for deal in deals.values())
    assert {deal["stage"] for deal in deals.values()} == {"open", "won", "lost"}
    assert (deals["45"]["one_time"], deals["45"]["monthly"], deals["45"]["currency"]) == ("1500.00", "890.50", "CHF")
    assert deals["49"]["monthly"] == "1200.00"
    assert all(Decimal(deal["one_time"]) >= 0 for deal in deals.values())
    assert [deals[number]["setup"] for number in ("42", "52", "43")] == ["done", "waiting", "none"]
    assert (deals["42"]["engagement"], deals["42"]["won_on"]) == ("service", "2026-11-07")


def test_an_amount_that_may_not_be_read_is_null_and_not_nothing(place: Place) -> None:
    place.rights("erp", "group:crm.group_use_recurring_revenues")
    deals = {deal["deal"]: deal for deal in place.run("deals", "--json").document["deals"]}
    assert deals["42"]["monthly"] is None
    assert "unknown a month" in place.setup("42", "-n").out


@pytest.mark.parametrize(
    ("outcome", "results", "ending"),
    [
        ("done", ["done", "kept"], "done"),
        ("done", ["done", "planned"], "done"),
        ("planned", ["kept", "planned"], "planned"),
        ("waiting", ["done", "waiting"], "waiting"),
        ("waiting", ["done", "planned"], "partly"),
        ("failed", ["done", "failed"], "partly"),
    ],
)
def test_a_run_that_did_not_come_to_its_end_leaves_a_deal_partly_set_up(
    outcome: str, results: list[str], ending: str
) -> None:
    """What was planned and neither done nor waits was cut off, unless it is in mode `read`, which holds up nothing."""
    steps = [{"result": result} for result in results]
    run = RunRecord("42", "customer:101", outcome, datetime.now(UTC), {"steps": steps})
    assert how_far(run) == ending


def test_a_deal_whose_rest_is_only_read_is_done_for_the_list_as_for_setup(place: Place) -> None:
    place.system("wiki", 'mode = "read"')
    place.setup("42", "--yes")
    deals = {deal["deal"]: deal["setup"] for deal in place.run("deals", "--json").document["deals"]}
    assert deals["42"] == "done"


@pytest.mark.parametrize("arguments", [(), ("42",), ("42", "--live"), ("--live",), ("--for", "Lena")])
def test_status_prints_the_setup_documents_without_requests_and_seconds(
    place: Place, arguments: tuple[str, ...]
) -> None:
    place.setup("42", "--yes")
    place.setup("52", "--yes")
    document = place.run("status", "--json", *arguments).document
    assert set(document) == {"deals"}
    assert document["deals"]
    for deal in document["deals"]:
        assert_is_setup_document(deal, KEPT)


COMMANDS = {
    "a plan": ("setup", "42", "-n"),
    "a set-up": ("setup", "42", "--yes"),
    "a choice": ("setup", "52", "--yes"),
    "no such deal": ("setup", "999", "--yes"),
    "several": ("setup", "43", "44", "--yes"),
    "a sync that is shown": ("contacts", "sync", "-n"),
    "a sync": ("contacts", "sync", "--yes"),
    "no such customer": ("contacts", "sync", "999", "--yes"),
    "a revocation": ("contacts", "revoke", "info@mueller-soehne.example", "--yes"),
    "somebody who is forgotten": ("contacts", "forget", "eva@example.com", "-n"),
    "a check": ("invoices", "check"),
    "tickets that are shown": ("invoices", "check", "--flag", "-n"),
    "tickets": ("invoices", "check", "--flag", "--yes"),
    "drafts": ("invoices", "check", "--drafts"),
}


def test_every_run_prints_the_same_envelope(place: Place) -> None:
    """As its schema has it, whatever came of it; `changes` says of each for whom it is, and whom it waits for."""
    seen: dict[str, list[dict[str, Any]]] = {}
    for name, command in COMMANDS.items():
        ended = place.run(*command, "--json")
        seen[name] = [json.loads(line) for line in ended.out.splitlines()]
        for document in seen[name]:
            ENVELOPE.validate(document)
    assert all(seen.values())
    assert seen["a plan"][0]["plan"] == seen["a set-up"][0]["plan"]
    assert seen["a set-up"][0]["run"] != seen["a choice"][0]["run"]
    assert {change["subject"] for change in seen["several"][0]["changes"] + seen["several"][1]["changes"]} == {
        "43",
        "44",
    }
    assert any(change["waits_for"] for change in seen["a choice"][0]["changes"])
    for name in ("a set-up", "a revocation", "tickets"):
        assert seen[name][0]["changes"], name


def test_the_document_of_the_envelope_says_what_every_key_means() -> None:
    text = (DOCS / "json.md").read_text()
    for name in [*SCHEMA["properties"], *SCHEMA["$defs"]["change"]["properties"]]:
        assert f"`{name}`" in text


def test_won_prints_a_document_a_line(place: Place) -> None:
    ended = place.setup("--won", "--yes", "--json")
    *documents, people = [json.loads(line) for line in ended.out.splitlines()]
    assert len(documents) == 10
    for document in documents:
        assert_is_setup_document(document, SETUP)
    ENVELOPE.validate(people)
    assert {change["kind"] for change in people["changes"]} == {"member", "contact"}


def test_check_prints_one_document(place: Place) -> None:
    place.rights("jira", "Administer Jira")
    document = place.run("check", "--json").document
    systems = {system["system"]: system for system in document["systems"]}
    assert set(systems) == {"erp", "jira", "panel", "wiki"}
    missing = [finding for finding in systems["jira"]["findings"] if not finding["ok"]]
    assert [(finding["text"], finding["who"]) for finding in missing] == [("Administer Jira", "a Jira administrator")]
    assert systems["erp"]["key_until"] is not None


def test_the_documents_of_the_ledger_hold_no_values(place: Place) -> None:
    """What customers are called and where they live stays in the systems."""
    place.setup("42", "--yes")
    for file in (place.folder / ".closedwon").glob("ledger*"):
        content = file.read_bytes()
        assert b"Technikumstrasse" not in content
        assert b"mueller-soehne.example" not in content
