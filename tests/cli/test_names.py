"""Customers call themselves what they like."""

from __future__ import annotations

import pytest

from cli.render.words import cells, wrapped
from tests.cli.place import CUSTOMER, Place

NAMES = {
    "markup": "<script>alert(\"x\")</script> & 'Söhne' ]]> <!--",
    "template": "{{ 7 * 7 }} {% raw %} *bold* [x](http://evil.example)",
    "long": "Donaudampfschifffahrtsgesellschaft " * 8,
    "one long word": "W" * 300,
    "lines": "Zeile eins\nZeile zwei\r\n\tund drei",
    "scripts": "株式会社 שלום עולם 😀 Żółta Łódź",
    "steering": "A\x1b[2J\x1b]0;x\x07B\u202eC",
    "no letters": "...",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_any_name_is_set_up_and_the_second_run_finds_it_all(place: Place, name: str) -> None:
    place.erp("res.partner", "write", ids=[101], vals={"name": name})
    assert place.setup("42", "--yes").code == 0
    again = place.setup("42", "--yes")
    assert again.code == 0
    assert "nothing to do" in again.out
    state = place.state()
    assert state["duplicates"] == []
    assert not [page for page in state["wiki"]["page"] if "<script>" in str(page["body"])]


def test_a_customer_without_a_name_stops_what_needs_one_and_names_the_field(place: Place) -> None:
    place.erp("res.partner", "write", ids=[101], vals={"name": "   "})
    document = place.set_up("42", "--yes")
    steps = {step["step"]: step for step in document["steps"]}
    assert document["outcome"] == "waiting"
    assert steps["organization"]["error"]["type"] == "Rejected"
    assert steps["organization"]["error"]["message"].endswith("name: it is empty")
    assert steps["customer"]["result"] == "done"
    assert place.setup("42", "--yes").code == 4


def test_what_the_vendor_refuses_is_told_with_the_field_and_stops_nothing_else(place: Place) -> None:
    ticket = 'resource = "jira.ticket"\nper = "deal"\nsummary = "x"\n'
    place.write(
        "playbooks/service.toml",
        f'{CUSTOMER}[good]\n{ticket}project = "OPS"\n\n[bad]\n{ticket}project = "{{{{ customer.name }}}}"\n',
    )
    document = place.set_up("42", "--yes")
    _, good, bad = document["steps"]
    assert good["result"] == "done"
    assert (bad["result"], bad["error"]["type"]) == ("waiting", "Rejected")
    assert "project" in bad["error"]["message"]


@pytest.mark.parametrize("columns", ["40", "80"])
def test_output_fits_any_terminal_that_is_wide_enough_to_read(
    place: Place, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """In less than 60 columns nothing can be read."""
    monkeypatch.setenv("COLUMNS", columns)
    lines = [line for line in place.setup("52", "-n").out.splitlines() if "closedwon link" not in line]
    assert max(cells(line) for line in lines if "://" not in line) <= max(60, int(columns))


@pytest.mark.parametrize(("length", "begins"), [(50, 24), (60, 20), (78, 2), (200, 2)])
def test_a_link_that_would_not_fit_begins_further_left_and_stays_whole(length: int, begins: int) -> None:
    link = "https://".ljust(length, "x")
    lines = wrapped("  + Wiki", f"a page that is there already {link}", 24, 80)
    assert f"{'':{begins}}{link}" in lines
    assert lines[0].startswith("  + Wiki                a page")


def test_what_stands_before_a_text_may_be_longer_than_its_indentation() -> None:
    lines = wrapped("Deal 2026-kaeserei-emmental  ", "word " * 40, 11, 80)
    assert len(lines) > 2
    assert max(map(cells, lines)) <= 80
