from __future__ import annotations

import pytest

from integrations.core.errors import AuthError
from tests.jira.site import Site

ALL = frozenset({"organization", "project", "ticket"})


def test_with_every_right_there_is_no_fault_and_nothing_is_written(site: Site) -> None:
    report = site.system(project_lead="reto.frei@acme.example").check(ALL)
    assert report.account == "closedwon@acme.example"
    assert report.faults == ()
    texts = [finding.text for finding in report.findings]
    for expected in (
        "Administer Jira",
        "Browse users and groups",
        "Service Desk Agent on SUP",
        "Administer Projects on SUP",
        "Create Issues on OPS",
        "Create Issues on HAND",
        "whether the site lets agents create organizations is not known",
        "how long the token lives is not known",
    ):
        assert expected in texts
    assert site.writes() == []


@pytest.mark.parametrize(
    ("right", "kinds", "fault"),
    [
        ("Administer Jira", {"project"}, "Administer Jira"),
        ("Browse users and groups", {"ticket"}, "Browse users and groups"),
        ("Browse Projects:OPS", set(), "Browse Projects on OPS (or there is no such project)"),
        ("Create Issues:HAND", {"ticket"}, "Create Issues on HAND"),
        ("Administer Projects:SUP", {"organization"}, "Administer Projects on SUP"),
        ("Service Desk Agent:SUP", {"organization"}, "Service Desk Agent on SUP"),
        ("Browse Projects:SUP", {"organization"}, "access to the service desk 1"),
    ],
)
def test_a_missing_right_is_named_with_who_grants_it(site: Site, right: str, kinds: set[str], fault: str) -> None:
    site.lose_rights(right)
    found = site.system().check(frozenset(kinds)).faults
    assert fault in [finding.text for finding in found]
    assert {finding.who for finding in found} == {"a Jira administrator"}


def test_what_only_writing_needs_is_not_asked_for_reading(site: Site) -> None:
    site.lose_rights("Administer Jira", "Create Issues", "Administer Projects", "Browse users and groups")
    assert site.system().check(frozenset()).faults == ()


def test_a_right_that_is_not_needed_is_told(site: Site) -> None:
    texts = [finding.text for finding in site.system().check(frozenset({"ticket"})).findings]
    assert "can Administer Jira, needn't" in texts


def test_a_lead_who_is_not_found_is_a_fault(site: Site) -> None:
    (fault,) = site.system(project_lead="anna.keller@acme.example").check(ALL).faults
    assert fault.text == "project_lead anna.keller@acme.example is not found"


def test_a_wrong_token_is_told_without_showing_it(site: Site) -> None:
    (site.folder / "token").write_text("wrong-token")
    with pytest.raises(AuthError) as raised:
        site.system().check(ALL)
    assert "wrong-token" not in str(raised.value) + raised.value.next
    assert raised.value.who == "a Jira administrator"
