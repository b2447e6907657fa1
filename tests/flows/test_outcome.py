"""How a set-up ends: in a word, as an exit code, and whom it waits for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from integrations.core.change import Action, Change, FieldChange, Result, Status
from integrations.core.errors import (
    Ambiguous,
    AuthError,
    Blocked,
    Candidate,
    Conflict,
    IntegrationError,
    Rejected,
    Unavailable,
    Uncertain,
    Unforeseen,
    Unsafe,
)
from integrations.core.model import Customer, Deal, Person
from integrations.core.outcome import waits_for
from integrations.core.plan import Plan
from integrations.flows.setup import Outcome
from integrations.flows.setup.outcome import account_manager
from tests.core.memory import want

LENA = Person(name="Lena Gerber")
DEAL = Deal(id="42", title="x", stage="won", customer=Customer(name="Muster AG"), account_manager=LENA)
AMBIGUOUS = Ambiguous("two could be it", candidates=(Candidate("1", "one"),))


def result(
    status: Status, error: IntegrationError | None = None, action: Action = "create", step: str = "one"
) -> Result:
    return Result(status, Change(step, "a", action, want(step), error=error), error=error)


def ended(*results: Result, **about: Any) -> Outcome:
    by_step: Mapping[str, Result] = {str(number): result for number, result in enumerate(results)}
    by_step = {
        result.change.step if result.change.step != "one" else number: result for number, result in by_step.items()
    }
    return Outcome("42", deal=DEAL, plan=Plan((), {"one": frozenset({"ab"})}), results=by_step, **about)


@pytest.mark.parametrize(
    ("error", "status", "ending", "code"),
    [
        (None, "done", "done", 0),
        (None, "kept", "done", 0),
        (None, "planned", "done", 0),
        (None, "waiting", "waiting", 4),
        (AuthError("no"), "waiting", "waiting", 4),
        (Rejected("no"), "waiting", "waiting", 4),
        (AMBIGUOUS, "waiting", "waiting", 4),
        (Unavailable("down"), "waiting", "waiting", 1),
        (Uncertain("lost"), "waiting", "waiting", 1),
        (Conflict("changed"), "waiting", "waiting", 5),
        (Unforeseen("oh"), "failed", "failed", 1),
    ],
)
def test_a_step_s_error_tells_how_the_run_ends(
    error: IntegrationError | None, status: Status, ending: str, code: int
) -> None:
    outcome = ended(result("done"), result(status, error))
    assert (outcome.ending, outcome.exit_code) == (ending, code)


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([AuthError("x"), Conflict("x")], 5),
        ([AuthError("x"), Conflict("x"), Unavailable("x")], 1),
        ([Unsafe("x"), Conflict("x")], 6),
        ([AMBIGUOUS, Unavailable("x")], 1),
    ],
)
def test_of_several_exit_codes_one_goes_before_six_five_four(errors: list[IntegrationError], code: int) -> None:
    assert ended(*(result("waiting", error) for error in errors)).exit_code == code


def test_what_was_shown_and_not_written_is_planned_with_exit_code_3_unless_something_waits() -> None:
    assert (
        ended(result("planned"), not_applied=True).ending,
        ended(result("planned"), not_applied=True).exit_code,
    ) == (
        "planned",
        3,
    )
    assert ended(result("planned"), result("waiting", AMBIGUOUS), not_applied=True).exit_code == 4


def test_what_is_blocked_by_what_may_not_be_written_does_not_hold_the_end() -> None:
    blocked = result("blocked", Blocked("waits for the step page", step="page"), "blocked", "links")
    assert ended(result("planned", step="page"), blocked).ending == "done"
    assert ended(result("waiting", AMBIGUOUS, step="page"), blocked).ending == "waiting"
    further = result("blocked", Blocked("waits for the step links", step="links"), "blocked", "note")
    assert ended(result("planned", step="page"), blocked, further).ending == "done"


@pytest.mark.parametrize("error", [AuthError("x"), Unsafe("x"), Conflict("x"), Unavailable("x")])
def test_an_error_that_stops_the_whole_gives_its_own_code(error: IntegrationError) -> None:
    outcome = Outcome("42", error=error)
    assert (outcome.ending, outcome.exit_code) == ("waiting", error.exit_code)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AMBIGUOUS, [{"kind": "person", "name": "Lena Gerber"}]),
        (AuthError("x", who="a Jira administrator"), [{"kind": "person", "name": "a Jira administrator"}]),
        (Rejected("x"), [{"kind": "person", "name": "Lena Gerber"}]),
        (Rejected("x", who="the account manager"), [{"kind": "person", "name": "Lena Gerber"}]),
        (Unavailable("x"), [{"kind": "system", "name": "a"}]),
        (Blocked("x", step="page"), [{"kind": "step", "name": "page"}]),
    ],
)
def test_whom_a_step_waits_for_is_named(error: IntegrationError, expected: list[dict[str, str]]) -> None:
    assert waits_for("waiting", error, "a", account_manager(DEAL)) == expected


def test_what_the_ledger_keeps_has_names_of_fields_and_no_values() -> None:
    """What is written, and what people have kept, alike."""
    fields = (FieldChange("name", "Muster", "Muster AG"), FieldChange("note", None, "typed by hand"))
    change = dataclasses.replace(result("done").change, fields=fields[:1], theirs=fields[1:])
    kept = ended(Result("done", change)).kept()
    assert {"requests", "seconds"}.isdisjoint(kept)
    assert kept["reference"] == "42"
    (step,) = kept["steps"]
    assert step["fields"] == [{"name": "name", "old": None, "new": None}]
    assert step["theirs"] == [{"name": "note", "old": None, "new": None}]


def test_a_private_person_and_whoever_looks_alike_has_no_name_in_the_ledger() -> None:
    """A company has one, and a run's own document names both."""
    customer = Customer(name="Anna Muster", is_company=False)
    candidates = (Candidate("7", "Anna Musterfrau"),)
    error = Ambiguous("one could be Anna Muster", candidates=candidates)
    outcome = dataclasses.replace(ended(result("waiting", error)), deal=DEAL.model_copy(update={"customer": customer}))
    kept = str(outcome.kept())
    assert "Anna" not in kept
    assert "one could be a private person" in kept
    assert outcome.document()["customer"] == "Anna Muster"
    assert "Anna Musterfrau" in str(ended(result("waiting", error)).kept())


def test_only_an_account_manager_is_waited_for_as_one() -> None:
    """Not whoever sold the deal."""
    sold = DEAL.model_copy(update={"account_manager": None, "salesperson": Person(name="Reto Frei")})
    assert waits_for("waiting", AMBIGUOUS, "a", account_manager(sold)) == [
        {"kind": "person", "name": "the account manager"}
    ]
