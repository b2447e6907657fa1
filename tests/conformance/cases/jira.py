"""Jira's stores."""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata
from collections.abc import Callable
from typing import Any

from integrations.core.document import Document, Paragraph, Span
from integrations.core.resource import Live, Resource
from integrations.jira.issue.exception import ExceptionTicket
from integrations.jira.issue.store import WorkItem
from integrations.jira.issue.ticket import Ticket
from integrations.jira.organization import Organization
from integrations.jira.project import Project
from integrations.sandbox.pretend import ACCOUNT
from tests.conformance.bench import VARIABLE, Bench
from tests.conformance.case import Adoption, Case, State, Update

DESK = "/rest/servicedeskapi"
PLATFORM = "/rest/api/3"
SETTINGS = {"account": ACCOUNT, "token": {"env": VARIABLE}, "service_desk": "1"}
CLAIMS = frozenset({"project.properties", "project.properties.closedwon-*"})
"""What we are about to make is written down in the register project's properties."""


def _key(number: int) -> dict[str, Any]:
    return {"key": f"customer:{9000 + number}", "former": (f"deal:{9000 + number}",)}


def _marked(kind: str):
    def marked(state: State, key: str) -> list[str]:
        objects = state["jira"][kind]
        return [
            str(record["id"])
            for record in objects
            if (record["properties"].get("closedwon") or {}).get("key") == key
            or f"closedwon: {key}" in str(record.get("description") or "").splitlines()
        ]

    return marked


def _organization(number: int, name: str) -> Organization:
    return Organization(**_key(number), name=name)


def _unlinked(wanted: Resource) -> Resource:
    return wanted.model_copy(update={"in_service_desk": False})


def _organization_made(bench: Bench, wanted: Resource) -> str:
    assert isinstance(wanted, Organization)
    return str(bench.person("POST", f"{DESK}/organization", {"name": wanted.name})["id"])


def _organization_spoiled(bench: Bench, wanted: Resource) -> Resource:
    bench.fault("status", operation="organization.create", status=400)
    return wanted


ORGANIZATION = Case(
    name="jira.organization",
    system="jira",
    adapter="jira",
    kind="organization",
    settings=SETTINGS,
    want=lambda number: _organization(number, f"Conformance {number} AG"),
    named=_organization,
    name_field="name",
    reads_back=("in_service_desk", "name"),
    marked=_marked("organization"),
    writes=("project.property.put", "organization.create", "organization.property.put", "servicedesk.organization.add"),
    makes={"organization": 1},
    may_touch=CLAIMS,
    hiding=("Service Desk Agent",),
    forbidding=("Create Organizations", "Administer Projects:SUP"),
    update=Update(change=_unlinked, touches=frozenset({"organization.servicedesks"})),
    adoption=Adoption(made=_organization_made),
    spoiled=_organization_spoiled,
    exempt={
        "changed fields": "only whether the desk serves it is written, and doing that twice overwrites nothing",
        "other changes": "an organization has nothing else that people could change beside us",
    },
)


def _project(number: int, name: str) -> Project:
    return Project(**_key(number), name=name)


def _project_made(bench: Bench, wanted: Resource) -> str:
    assert isinstance(wanted, Project)
    body = {
        "key": "HAND9",
        "name": wanted.name,
        "projectTypeKey": "business",
        "projectTemplateKey": "com.atlassian.jira-core-project-templates:jira-core-simplified-project-management",
        "leadAccountId": bench.person("GET", f"{PLATFORM}/myself")["accountId"],
    }
    return str(bench.person("POST", f"{PLATFORM}/project", body)["key"])


def _project_spoiled(_bench: Bench, wanted: Resource) -> Resource:
    return wanted.model_copy(update={"project_type": "service_desk"})


_ONCE = "everything is written once, with the creation, and left to people from then on"

PROJECT = Case(
    name="jira.project",
    system="jira",
    adapter="jira",
    kind="project",
    settings=SETTINGS,
    want=lambda number: _project(number, f"Customer: Conformance {number} AG"),
    named=_project,
    name_field="name",
    reads_back=("name",),
    marked=_marked("project"),
    writes=("project.create",),
    makes={"project": 1},
    hiding=(
        "Browse Projects:{id}+Administer Projects:{id}+Administer Jira",
        "Browse Projects+Administer Projects+Administer Jira",
    ),
    forbidding=("Administer Jira",),
    adoption=Adoption(made=_project_made),
    spoiled=_project_spoiled,
    exempt={"changed fields": _ONCE, "other changes": _ONCE, "updates": _ONCE},
)


def _ticket(number: int, text: str) -> Ticket:
    return Ticket(
        key=f"deal:{9000 + number}/ticket",
        project="OPS",
        summary=text,
        description=Document(blocks=(Paragraph(spans=(Span(text="Customer: "), Span(text=text, bold=True))),)),
        assignee="lena.gerber@acme.example",
        labels=("service",),
    )


def _ticket_made(bench: Bench, wanted: Resource) -> str:
    assert isinstance(wanted, WorkItem)
    fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": wanted.summary}
    return str(bench.person("POST", f"{PLATFORM}/issue", {"fields": fields})["key"])


def _ticket_spoiled(_bench: Bench, wanted: Resource) -> Resource:
    return wanted.model_copy(update={"issue_type": "No such type"})


def _ticket_reworded(bench: Bench, live: Live[Any]) -> None:
    _written(bench, live, "Asked  them again ", {"type": "text", "text": "Called on Monday.\r\nNobody there. "})


def _ticket_with_smart_link(bench: Bench, live: Live[Any]) -> None:
    card = {"type": "inlineCard", "attrs": {"url": "https://acme.example/offers/42"}}
    _written(bench, live, unicodedata.normalize("NFD", "Für Zürich"), card)


def _written(bench: Bench, live: Live[Any], summary: str, node: dict[str, Any]) -> None:
    text = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [node]}]}
    bench.person("PUT", f"{PLATFORM}/issue/{live.id}", {"fields": {"summary": summary, "description": text}})


REWORDED = {"by a person": _ticket_reworded, "with a smart link": _ticket_with_smart_link}

TICKET = Case(
    name="jira.ticket",
    system="jira",
    adapter="jira",
    kind="ticket",
    settings=SETTINGS,
    want=lambda number: _ticket(number, f"Set up Conformance {number} AG"),
    named=_ticket,
    name_field="summary",
    reads_back=("project", "summary", "assignee", "labels"),
    marked=_marked("issue"),
    writes=("project.property.put", "issue.create", "project.property.put"),
    makes={"issue": 1},
    may_touch=CLAIMS,
    hiding=("Browse Projects:OPS", "Browse Projects"),
    forbidding=("Create Issues:OPS", "Administer Projects:SUP"),
    adoption=Adoption(made=_ticket_made, looks_alike=False),
    spoiled=_ticket_spoiled,
    reworded=REWORDED,
    exempt={"changed fields": _ONCE, "other changes": _ONCE, "updates": _ONCE},
)


def _exception(number: int, text: str) -> ExceptionTicket:
    return ExceptionTicket(
        key=f"finding:{number:010x}",
        project="OPS",
        summary=text,
        description=Document(blocks=(Paragraph(spans=(Span(text="Invoice not paid"),)),)),
        assignee="lena.gerber@acme.example",
        due_date=dt.date(2026, 12, 1),
        labels=("invoicing",),
        state="open",
    )


def _acknowledged(wanted: Resource) -> Resource:
    note = Document(blocks=(Paragraph(spans=(Span(text="Acknowledged until 31 December."),)),))
    return wanted.model_copy(update={"state": "acknowledged until 2026-12-31", "note": note})


def _other_state(bench: Bench, live: Live[Any]) -> None:
    value = {"key": live.state.key, "state": "acknowledged until 2027-06-30"}
    bench.person("PUT", f"{PLATFORM}/issue/{live.id}/properties/closedwon", value)


def _exception_said(bench: Bench, live: Live[Any]) -> Callable[[], bool]:
    text = {"type": "doc", "version": 1, "content": []}
    bench.person("POST", f"{PLATFORM}/issue/{live.id}/comment", {"body": text})
    bench.person("PUT", f"{PLATFORM}/issue/{live.id}", {"fields": {"summary": "Asked them to pay", "labels": []}})

    def survives() -> bool:
        stored = bench.one("issue", _issue_id(live.id))
        return (stored["summary"], stored["comments"][0]["body"]) == ("Asked them to pay", text)

    return survives


def _issue_id(key: str) -> str:
    """The number of an issue of OPS, which is the only project that gets any here."""
    return str(ISSUES_BEFORE + int(key.removeprefix("OPS-")))


ISSUES_BEFORE = 9999
"""The first issue of the seeded world is OPS-1, with the number after this."""

EXCEPTION = Case(
    name="jira.exception",
    system="jira",
    adapter="jira",
    kind="exception",
    settings=SETTINGS,
    want=lambda number: _exception(number, f"Conformance {number} AG: invoice not paid"),
    named=_exception,
    name_field="summary",
    reads_back=("project", "summary", "assignee", "labels", "due_date", "state"),
    marked=_marked("issue"),
    writes=TICKET.writes,
    makes={"issue": 1},
    may_touch=CLAIMS,
    hiding=TICKET.hiding,
    forbidding=("Create Issues:OPS", "Schedule Issues:OPS"),
    update=Update(
        change=_acknowledged,
        touches=frozenset({"issue.comments", "issue.updated", "issue.properties.closedwon.state"}),
        by_somebody=_other_state,
        beside=_exception_said,
        holder=_issue_id,
    ),
    adoption=Adoption(made=_ticket_made, looks_alike=False),
    spoiled=_ticket_spoiled,
    made_as=TICKET.name,
    reworded=REWORDED,
    exempt={"two machines": "who of two makes it is settled by the claim alone, which is the ticket's own code"},
)

CASES = (
    ORGANIZATION,
    dataclasses.replace(
        ORGANIZATION, name="jira.organization (names unique)", traps={"jira_organization_name": "existing"}
    ),
    PROJECT,
    TICKET,
    EXCEPTION,
)
