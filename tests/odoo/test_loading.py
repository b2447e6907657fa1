from __future__ import annotations

import dataclasses
from typing import Any, cast

import pytest

from integrations.core.errors import AuthError, ErrorMaker, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.odoo.connection import Connection, Refusals
from integrations.odoo.load import Load

RACE = {"type": "error", "record": 0, "message": "could not serialize access due to concurrent update\n"}


@dataclasses.dataclass
class Settings:
    """What an import asks of the settings."""

    patience: float = 60


@dataclasses.dataclass
class Scripted(ErrorMaker):
    """A connection that answers from a list; a row of which the name is bad is refused, as Odoo words it."""

    answers: list[Any] = dataclasses.field(default_factory=list)
    bad: frozenset[str] = frozenset()
    shared: bool = False
    """As Odoo 19: the first row bears the first fault's message too."""
    allowed: bool = True
    sent: list[list[str]] = dataclasses.field(default_factory=list)
    name: str = "erp"
    settings: Settings = dataclasses.field(default_factory=Settings)
    refusals: Refusals = dataclasses.field(default_factory=lambda: Refusals("erp", "me@acme.example", "http://odoo"))

    def call(self, _model: str, method: str, **arguments: Any) -> Any:
        if method == "check_access_rights":
            return self.allowed
        answer = self._answer([row[0] for row in arguments["data"]])
        refused = arguments["refusal"](answer)
        if refused is not None:
            raise refused
        return answer

    def _answer(self, names: list[str]) -> Any:
        self.sent.append(names)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        faults = [number for number, name in enumerate(names) if name in self.bad]
        if not faults:
            return {"ids": [int(name) for name in names], "messages": []}
        messages = [self._message(number, names[number]) for number in faults]
        if self.shared and faults[0] != 0:
            messages.insert(0, self._message(0, names[faults[0]]))
        return {"ids": False, "messages": messages}

    @staticmethod
    def _message(number: int, name: str) -> dict[str, Any]:
        return {"type": "error", "record": number, "message": f"{name} is bad"}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.odoo.load.time.sleep", lambda _: None)


def loaded(connection: Scripted, *names: str) -> dict[str, int | IntegrationError]:
    load = Load(cast("Connection", connection), "res.partner", ["id"], "create the company", "create")
    return load.rows({f"row {name}": [name] for name in names})


@pytest.mark.parametrize("shared", [False, True])
def test_bad_rows_fail_alone_whoever_else_is_blamed(shared: bool) -> None:
    """Odoo 19 files the whole import's fault under the first row too."""
    answers = loaded(Scripted(bad=frozenset({"2", "4"}), shared=shared), "1", "2", "3", "4", "5")
    assert {key for key, answer in answers.items() if isinstance(answer, Rejected)} == {"row 2", "row 4"}
    assert [answers[f"row {name}"] for name in "135"] == [1, 3, 5]
    assert "2 is bad" in str(answers["row 2"])


def test_a_fault_without_a_row_is_found_by_halves() -> None:
    refused = {"ids": False, "messages": [{"type": "error", "message": "something"}]}
    connection = Scripted(answers=[refused], bad=frozenset({"3"}))
    answers = loaded(connection, "1", "2", "3", "4")
    assert isinstance(answers["row 3"], Rejected)
    assert [answers[f"row {name}"] for name in "124"] == [1, 2, 4]


def test_a_lost_race_is_run_again_until_the_winner_is_seen() -> None:
    connection = Scripted(answers=[{"ids": False, "messages": [RACE]}] * 5)
    assert loaded(connection, "1") == {"row 1": 1}
    assert len(connection.sent) == 6


def test_a_race_without_end_was_not_written() -> None:
    connection = Scripted(answers=[{"ids": False, "messages": [RACE]}] * 6)
    answer = loaded(connection, "1")["row 1"]
    assert isinstance(answer, Unavailable)
    assert not isinstance(answer, Uncertain)


def test_a_lost_answer_is_asked_for_again_and_stays_uncertain_if_none_comes() -> None:
    assert loaded(Scripted(answers=[Uncertain("lost")]), "1") == {"row 1": 1}
    answer = loaded(Scripted(answers=[Uncertain("lost")] * 9), "1")["row 1"]
    assert isinstance(answer, Uncertain)


def test_a_missing_right_that_comes_as_data_is_a_missing_right() -> None:
    answer = loaded(Scripted(bad=frozenset({"1"}), allowed=False), "1")["row 1"]
    assert isinstance(answer, AuthError)


def test_nothing_to_import_sends_nothing() -> None:
    connection = Scripted()
    assert loaded(connection) == {}
    assert connection.sent == []


@pytest.mark.parametrize(
    ("column", "field", "who"),
    [("x_segment", "x_segment", "an Odoo administrator"), ("id", "", "the person who entered the deal")],
)
def test_a_required_field_that_nobody_entered_is_for_who_can_change_it(column: str, field: str, who: str) -> None:
    """A company's own field, which is made required in Odoo, is no mistake in the deal."""
    text = f"Missing required value for the field 'Segment' ({column})"
    refused = {"ids": False, "messages": [{"type": "error", "record": 0, "message": text, "field": column}]}
    error = loaded(Scripted([refused]), "1")["row 1"]
    assert isinstance(error, Rejected)
    assert text in error.message
    assert (error.field, error.who) == (field, who)
