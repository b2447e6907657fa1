from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.core.apply import Applied, Apply
from integrations.core.document import Document, Paragraph, Span
from integrations.core.errors import Rejected
from integrations.core.ledger import Ledger
from integrations.core.plan import Plan, Planner
from integrations.core.resource import PLACEHOLDER, Later, Want
from integrations.core.system import System
from integrations.jira.issue.ticket import Ticket
from integrations.jira.organization import Organization
from integrations.jira.project import Project
from tests.core.memory import approved_by_a_person
from tests.jira.site import Site

IN_THE_PROJECT = Later(
    depends_on=frozenset({"project"}),
    runs_after=frozenset(),
    text="{{ steps.project.project_key }}",
    value=lambda outcomes: outcomes["project"]["project_key"],
)
WANTS: list[Want[Any]] = [
    Want("organization", "jira", Organization(key="customer:101", name="Müller & Söhne AG")),
    Want("project", "jira", Project(key="customer:101", name="Customer: Müller & Söhne AG")),
    Want(
        "kickoff",
        "jira",
        Ticket(
            key="deal:42/kickoff",
            project=PLACEHOLDER,
            summary="Kick-off",
            description=Document(blocks=(Paragraph(spans=(Span(text="Müller"),)),)),
            assignee="lena.gerber@acme.example",
        ),
        later={"project": IN_THE_PROJECT},
    ),
]


class Run:
    """Plan and apply over one site, with a ledger that may get lost."""

    def __init__(self, site: Site, name: str = "ledger") -> None:
        self.system: System = site.system()
        self.ledger = Ledger(site.folder / f"{name}.sqlite")

    def plan(self) -> Plan:
        return self._planner().plan(WANTS)

    def apply(self) -> Applied:
        plan = self.plan()
        return Apply({"jira": self.system}, self.ledger, self._planner(), "run", approved_by_a_person(plan)).apply(plan)

    def _planner(self) -> Planner:
        return Planner({"jira": self.system}, self.ledger)


@pytest.fixture
def run(site: Site) -> Iterator[Run]:
    made = Run(site)
    yield made
    made.ledger.close()


def statuses(applied: Applied) -> set[str]:
    return {result.status for result in applied.results.values()}


def test_planning_writes_nothing(site: Site, run: Run) -> None:
    assert [change.action for change in run.plan().changes] == ["create"] * 3
    assert site.writes() == []


def test_applied_then_planned_is_empty(site: Site, run: Run) -> None:
    """Also for another process, and when the ledger is lost."""
    assert statuses(run.apply()) == {"done"}
    assert run.plan().is_empty
    other = Run(site, "new")
    assert other.plan().is_empty
    other.ledger.close()
    assert [issue["project"] for issue in site.objects("issue")] == ["OPS", "MSAG"]


@pytest.mark.parametrize(
    "operation",
    ["organization.create", "organization.property.put", "project.create", "issue.create", "project.property.put"],
)
@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
def test_an_answer_lost_on_the_way_is_made_good_by_the_same_run(site: Site, run: Run, operation: str, do: str) -> None:
    site.fault(operation=operation, do=do)
    assert statuses(run.apply()) == {"done"}
    assert run.plan().is_empty
    assert site.duplicates() == []
    assert [len(site.objects(kind)) for kind in ("organization", "project", "issue")] == [5, 5, 2]


@pytest.mark.parametrize(("operation", "step"), [("issue.create", "ticket"), ("project.create", "project")])
def test_a_required_field_that_no_playbook_sets_is_for_who_can_change_it(
    site: Site, run: Run, operation: str, step: str
) -> None:
    """Its name is told as Jira names it; who wrote the playbook has no field to set."""
    errors = {"summary": "It is too long.", "customfield_10042": "Segment is required."}
    if step == "project":
        del errors["summary"]
    body = json.dumps({"errorMessages": [], "errors": errors})
    site.fault(operation=operation, do="status", status=400, body=body)
    [error] = [result.error for result in run.apply().results.values() if isinstance(result.error, Rejected)]
    assert "customfield_10042: Segment is required." in error.message
    assert (error.who, error.field) == ("a Jira administrator", "customfield_10042")
    assert "made optional" in error.next


def test_a_field_that_the_playbook_sets_is_for_its_author(site: Site, run: Run) -> None:
    body = json.dumps({"errorMessages": [], "errors": {"summary": "It is too long."}})
    site.fault(operation="issue.create", do="status", status=400, body=body)
    [error] = [result.error for result in run.apply().results.values() if isinstance(result.error, Rejected)]
    assert (error.who, error.field) == ("the playbook's author", "summary")
