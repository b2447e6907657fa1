"""What a person chooses among, on wide and on narrow terminals."""

from __future__ import annotations

import pytest

from cli.render.choice import answers_text, choice_lines
from cli.render.words import cells
from integrations.core.errors import Candidate

WANTED = Candidate("", "Müller & Söhne AG", address="Bahnhofstrasse 1, 8400 Winterthur", vat="CHE-105.805.649")
TRIAL = Candidate("msag-trial", "Müller Söhne", made="2023-05-02", holds="billed to be-7", note="its name is alike")
OLD = Candidate("12", "Mueller & Soehne", "https://example.test/12", "has the same VAT number", vat="CHE-105.805.649")


def test_what_could_be_it_stands_beside_what_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = choice_lines("Which is it?", WANTED, [TRIAL, OLD])
    assert max(map(cells, lines)) <= 80
    (header,) = (line for line in lines if "wanted" in line)
    assert header.split() == ["wanted", "1", "2"]
    (numbers,) = (line for line in lines if "VAT no." in line)
    assert numbers.count("CHE-105.805.649") == 2
    assert "  2  https://example.test/12" in lines


@pytest.mark.parametrize("columns", [40, 50])
def test_on_a_narrow_terminal_one_stands_below_the_other(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = choice_lines("Which is it?", WANTED, [TRIAL, OLD])
    assert max(map(cells, lines)) <= columns
    assert [line.strip() for line in lines if line.strip() in ("wanted", "1", "2")] == ["wanted", "1", "2"]


def test_what_nobody_knows_has_no_row() -> None:
    assert not any("made" in line for line in choice_lines("Which is it?", WANTED, [OLD]))


def test_the_answers_are_named() -> None:
    assert answers_text(2, "new") == "1, 2, n(ew), s(kip)"
    assert answers_text(1) == "1, s(kip)"
