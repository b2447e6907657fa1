"""Runs over the tickets of invoicing exceptions in the sandbox's Jira, and what people do to them meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

from integrations.core.apply import Apply
from integrations.core.change import Result
from integrations.core.document import Document, Paragraph, Span
from integrations.core.ledger import Ledger
from integrations.core.plan import Planner
from integrations.core.resource import Live, Want
from integrations.core.system import System
from integrations.jira.issue.exception import RESOLVED, ExceptionTicket
from tests.core.memory import approved_by_a_person
from tests.jira.site import Site, find

KEY = "finding:c0ffee1234"
OPEN = "open"
ACKNOWLEDGED = "acknowledged until 2026-12-31"
AGAIN = "open again"


def wanted(state: str = OPEN, *, key: str = KEY, **more: Any) -> ExceptionTicket:
    """The ticket of one exception in this state, with a comment that says so."""
    fields = {
        "project": "OPS",
        "summary": "Müller & Söhne AG: invoice not paid",
        "description": said("CHF 1200.00 since 30 September."),
        "assignee": "lena.gerber@acme.example",
        "due_date": dt.date(2026, 12, 1),
        "labels": ("invoicing",),
    }
    return ExceptionTicket.model_validate({"key": key, "state": state, "note": said(state), **fields, **more})


def said(text: str) -> Document:
    return Document(blocks=(Paragraph(spans=(Span(text=text),)),))


def gone(**more: Any) -> ExceptionTicket:
    """The exception does not exist any more."""
    return wanted(RESOLVED, active=False, **more)


class Desk:
    """Runs over one site: each is a new process, all have one ledger."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.ledger = Ledger(site.folder / "ledger.sqlite")

    def plan(self, *tickets: ExceptionTicket, **settings: Any) -> list[str]:
        """What a run would do."""
        return [change.action for change in self._planner(settings).plan(_wants(tickets)).changes]

    def run(self, *tickets: ExceptionTicket, patient: bool = True, **settings: Any) -> list[Result]:
        """Plan and apply; one that is not patient ends at the first lost answer, as a killed one does."""
        planner = self._planner(settings)
        planner.patient = patient
        plan = planner.plan(_wants(tickets))
        applied = Apply(planner.systems, self.ledger, planner, "run", approved_by_a_person(plan)).apply(plan)
        return list(applied.results.values())

    def reach(self, *tickets: ExceptionTicket) -> None:
        """A run that does all that it should."""
        results = self.run(*tickets)
        assert {result.status for result in results} <= {"done", "kept"}, [result.error for result in results]

    def _planner(self, settings: dict[str, Any]) -> Planner:
        return Planner({"jira": self.site.system(**settings)}, self.ledger)

    def stored(self, key: str = KEY) -> dict[str, Any]:
        """The one ticket of the exception."""
        marked = (issue for issue in self.site.objects("issue") if "closedwon" in issue["properties"])
        (found,) = (issue for issue in marked if issue["properties"]["closedwon"]["key"] == key)
        return found

    def look(self) -> tuple[str, bool, list[str]]:
        """What the ticket says: state, whether it is done, the comments in their order."""
        issue = self.stored()
        comments = [comment["body"]["content"][0]["content"][0]["text"] for comment in issue["comments"]]
        return issue["properties"]["closedwon"]["state"], issue["statusCategory"] == "done", comments

    def person(self, transition: str) -> None:
        """Somebody moves the ticket by hand: `Done`, `To Do`."""
        path = f"/rest/api/3/issue/{self.stored()['key']}/transitions"
        offered = {transition["name"]: transition["id"] for transition in self.site.call("GET", path)["transitions"]}
        self.site.call("POST", path, {"transition": {"id": offered[transition]}})


def _wants(tickets: tuple[ExceptionTicket, ...]) -> list[Want[Any]]:
    return [Want(ticket.key, "jira", ticket) for ticket in tickets]


def live(system: System, ticket: ExceptionTicket, **known: Any) -> Live[Any]:
    found = find(system, ticket, **known)
    assert isinstance(found, Live), found
    return found
