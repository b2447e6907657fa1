"""`closedwon check`: what is right, what is wrong, who fixes it; by reading only."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from cli.check import _until
from integrations.core.system import Report
from tests.cli.place import CUSTOMER, Place


def test_where_all_is_well_every_system_is_ok_and_nothing_is_written(place: Place) -> None:
    ended = place.run("check")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].split() == ["CHECK", "mode", "account", "key", "to", "rights"]
    assert [line.split()[0] for line in lines if " write " in line] == ["ERP", "Jira", "Panel", "Wiki"]
    assert "ok; can delete" in ended.said
    assert "4 of 4 systems reached. No faults." in ended.out
    assert place.nothing_was_written()


def test_only_the_systems_that_are_named_are_asked(place: Place) -> None:
    assert place.run("check", "jira", "wiki").code == 0
    assert {entry["system"] for entry in place.requests()} == {"jira", "wiki"}


def test_a_system_that_is_not_there_is_refused_with_those_that_are(place: Place) -> None:
    ended = place.run("check", "gitlab")
    assert ended.code == 2
    assert "erp, jira, panel, wiki" in ended.said
    assert place.requests() == []


@pytest.mark.parametrize(
    ("system", "right", "named", "who"),
    [
        ("erp", "res.partner:create", "create res.partner", "an Odoo administrator"),
        ("jira", "Administer Jira", "Administer Jira", "a Jira administrator"),
        ("jira", "Create Issues:OPS", "Create Issues on OPS", "a Jira administrator"),
        ("panel", "create:organizations", "create organizations", "an APPUiO administrator"),
        ("wiki", "create:KUNDEN", "add pages", "a Confluence administrator"),
    ],
)
def test_a_missing_right_is_named_with_who_grants_it(
    place: Place, system: str, right: str, named: str, who: str
) -> None:
    place.rights(system, right)
    ended = place.run("check", system)
    assert ended.code == 4
    assert f"MISSING {named}" in ended.said
    assert who in ended.said
    assert f"closedwon check {system}" in ended.said
    assert "1 of 1 systems reached. 1 to fix" in ended.out


@pytest.mark.parametrize(
    ("system", "right"),
    [
        ("erp", "res.partner:create"),
        ("jira", "Administer Jira"),
        ("panel", "create:organizations"),
        ("wiki", "create:KUNDEN"),
    ],
)
def test_in_mode_read_no_right_to_write_is_asked_for(place: Place, system: str, right: str) -> None:
    place.rights(system, right)
    place.system(system, 'mode = "read"')
    assert place.run("check", system).code == 0


def test_rights_that_no_playbook_needs_are_not_asked_for(place: Place) -> None:
    """Only playbooks of projects make projects; one that is the company's own need not."""
    place.without_people()
    place.rights("jira", "Administer Jira")
    for name in ("project", "consulting", "service"):
        place.write(
            f"playbooks/{name}.toml", f'{CUSTOMER}[ticket]\nresource = "jira.ticket"\nproject = "OPS"\nsummary = "x"\n'
        )
    assert place.run("check", "jira").code == 0


def test_a_wrong_token_is_refused_and_the_others_are_checked_all_the_same(place: Place) -> None:
    place.write(".closedwon/wrong-token", "hunter2-wrong")
    place.system("wiki", 'token = { file = ".closedwon/wrong-token" }')
    ended = place.run("check")
    assert ended.code == 4
    assert "REFUSED" in ended.out
    assert "the credentials of closedwon@acme.example are not accepted" in ended.said
    assert "3 of 4 systems reached" in ended.out
    assert "hunter2" not in ended.said


def test_a_system_that_can_not_be_reached_is_told_apart_from_one_that_refuses(place: Place) -> None:
    place.system("panel", 'patience = 0.1\nurl = "http://127.0.0.1:9"')
    ended = place.run("check")
    assert ended.code == 1
    assert "NOT REACHED" in ended.out
    assert "http://127.0.0.1:9 can't be reached" in ended.said
    assert "3 of 4 systems reached" in ended.out


def test_the_end_of_a_key_is_told_and_with_v_every_right(place: Place) -> None:
    plain, everything = place.run("check", "erp"), place.run("check", "erp", "-v")
    assert "read crm.lead" not in plain.said
    assert "read crm.lead" in everything.said
    assert re.search(r"the key ends \d+ \w{3} 20\d\d", everything.said)


@pytest.mark.parametrize(("days", "near"), [(-1, True), (29, True), (31, False)])
def test_a_key_that_ends_soon_is_pointed_out(days: int, *, near: bool) -> None:
    report = Report(account="x", key_until=date.today() + timedelta(days=days))  # noqa: DTZ011  (as the reader sees it)
    assert _until(report).endswith(" !") is near


def test_a_key_whose_end_is_not_known_has_none() -> None:
    assert _until(Report(account="x")) == "-"


def test_templates_are_rendered_before_anything_is_contacted(place: Place) -> None:
    place.write("templates/page.md", "{{ customer.nmae }}\n")
    ended = place.run("check")
    assert ended.code == 2
    assert "customer has no nmae" in ended.said
    assert place.requests() == []
