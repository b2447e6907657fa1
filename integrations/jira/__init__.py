"""Jira Cloud with Service Management: organizations and their people, customers' projects, our own tickets."""

from __future__ import annotations

from integrations.core.http import HttpContext
from integrations.core.system import System
from integrations.jira.check import report
from integrations.jira.connection import TITLE, Connection
from integrations.jira.hook import hook
from integrations.jira.issue.exception import ExceptionTickets
from integrations.jira.issue.ticket import Tickets
from integrations.jira.member import Members
from integrations.jira.organization import Organizations
from integrations.jira.people import People
from integrations.jira.project import Projects
from integrations.jira.settings import Settings

__all__ = ["Settings", "connect"]


def connect(name: str, settings: Settings, wire: HttpContext) -> System:
    """The Jira site behind one section of the settings. Contacts nothing."""
    connection = Connection(name, settings, wire)
    people = People(connection)
    members = Members(connection, people)
    return System(
        name=name,
        title=TITLE,
        settings=settings,
        stores={
            "organization": Organizations(connection),
            "project": Projects(connection, people),
            "ticket": Tickets(connection, people),
            "exception": ExceptionTickets(connection, people),
            "member": members,
        },
        people=members,
        check=lambda kinds: report(connection, people, kinds),
        http=connection.http,
        hook=hook(settings.hook) if settings.hook is not None else None,
    )
