"""What people read, where a day stands in it: never as programs write it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from cli.render.words import value
from integrations.core.calendar import today
from tests.cli.place import Place

BARE = re.compile(r"(?<!baseline )(?<!sqlite\.)\b\d{4}-\d\d-\d\d\b")
"""But in a command, and in the name of a file."""


def _strings(found: object) -> list[str]:
    if isinstance(found, dict):
        return [text for value in found.values() for text in _strings(value)]
    if isinstance(found, list):
        return [text for value in found for text in _strings(value)]
    return [found] if isinstance(found, str) else []


def test_no_command_says_a_day_as_programs_write_it(place: Place) -> None:
    place.without_people()
    page = place.folder / "page.html"
    texts = [place.setup(deal, "--yes", "-v").out for deal in ("42", "44", "52")]
    for words in (
        ("deals",), ("deals", "--since", str(today() + timedelta(days=9))), ("status",), ("status", "42", "-v"),
        ("check", "-v"), ("contacts", "report"), ("contacts", "problems"), ("invoices", "check", "-v", "--full"),
        ("invoices", "check", "--drafts", "-v"), ("invoices", "check", "--flag", "-n"), ("ledger", "check"),
        ("invoices", "baseline", "0d"), ("invoices", "check", "--full", "-v", "--html", str(page)),
    ):  # fmt: skip
        texts += [place.run(*words).out]
    texts.append(page.read_text(encoding="utf-8"))
    assert [match for text in texts for match in re.findall(rf".*{BARE.pattern}.*", text)] == []


def test_a_day_in_a_field_is_said_as_everywhere() -> None:
    assert value(date(2026, 12, 7)) == "7 Dec 2026"


def test_no_ticket_and_no_page_does(place: Place) -> None:
    place.setup("42", "--yes")
    state = place.state()
    pages = [text for text in _strings(state["wiki"]) if "<table" in text]
    assert any(re.search(r">\d+ Nov 2026<", text) for text in pages)
    assert [text for text in pages if BARE.search(text)] == []
