"""Days, times and amounts: one style for everything that people read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from integrations.core import dates
from integrations.core.calendar import today
from integrations.core.money import figure, thousands
from integrations.core.template import Template

ROOT = Path(__file__).parents[2]
FORMATTING = {"core/dates.py", "core/money.py"}
FOR_MACHINES = {"%Y-%m", "%Y%m%d-%H%M%S"}
"""A month as commands and documents have it; the end of a file's name."""


def _formats(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            spec = "".join(str(part.value) for part in node.format_spec.values if isinstance(part, ast.Constant))
            if spec not in FOR_MACHINES and re.search(r"%[-a-zA-Z]|[,_]", spec):
                yield node.lineno, spec
        if isinstance(node, ast.Attribute) and node.attr in (
            "strftime",
            "ctime",
            "month_name",
            "month_abbr",
            "day_abbr",
        ):
            yield node.lineno, node.attr


def _files() -> Iterator[tuple[str, Path]]:
    for top in ("cli", "config", "integrations"):
        for path in sorted((ROOT / top).rglob("*")):
            inside = path.relative_to(ROOT / top)
            if inside.parts[0] != "sandbox" and inside.as_posix() not in FORMATTING:
                yield f"{top}/{inside}", path


def test_no_other_module_says_how_a_day_a_time_or_an_amount_looks() -> None:
    found = [
        (name, *directive)
        for name, path in _files()
        if path.suffix == ".py"
        for directive in _formats(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_no_template_says_it_either() -> None:
    texts = [(name, path.read_text(encoding="utf-8")) for name, path in _files() if path.suffix in (".j2", ".md")]
    assert len(texts) > 5
    assert [name for name, text in texts if re.search(r"strftime|\{:[,.]", text)] == []


def test_a_day_has_its_year_where_it_is_not_this_one_or_is_read_later() -> None:
    this, other = date(today().year, 12, 7), date(2019, 3, 1)
    assert dates.day(this) == f"{dates.WEEKDAYS[this.weekday()]} 7 Dec"
    assert dates.day(other) == "Fri 1 Mar 2019"
    assert (dates.dated(this), dates.dated(other)) == (f"7 Dec {this.year}", "1 Mar 2019")
    assert dates.month(other) == "March 2019"


def test_a_moment_close_to_now_has_its_day_only_where_that_is_not_today() -> None:
    now = datetime.now(UTC)
    assert re.fullmatch(r"\d\d:\d\d", dates.lately(now))
    assert re.fullmatch(r"\w{3} \d+ \w{3}( \d{4})? \d\d:\d\d:\d\d", dates.lately(now - timedelta(days=2), seconds=True))
    assert dates.moment(now).endswith(dates.lately(now))


@pytest.mark.parametrize("text", ["won {{ deal.won_on }}", "| {{ deal.won_on }} |"])
def test_a_day_in_a_template_is_said_as_everywhere(text: str) -> None:
    context = {"deal": {"won_on": date(2026, 11, 7)}}
    assert "7 Nov 2026" in Template(text).render(context)


def test_a_day_that_is_a_whole_field_stays_a_day() -> None:
    assert Template("{{ deal.won_on }}").value({"deal": {"won_on": date(2026, 11, 7)}}) == date(2026, 11, 7)


def test_numbers_of_things_and_amounts_have_their_thousands_apart_alike() -> None:
    assert thousands(1_204_000) == "1'204'000"
    assert figure(Decimal(1_204_000), "CHF") == "1'204'000.00"
