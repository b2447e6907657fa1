"""The APPUiO Control API: the organizations of its control panel, and their people."""

from __future__ import annotations

from integrations.appuio.check import report
from integrations.appuio.connection import TITLE, Connection
from integrations.appuio.member import Members
from integrations.appuio.organization import Organizations
from integrations.appuio.settings import Settings
from integrations.core.http import HttpContext
from integrations.core.system import System

__all__ = ["Settings", "connect"]


def connect(name: str, settings: Settings, wire: HttpContext) -> System:
    """The control panel behind one section of the settings. Contacts nothing."""
    connection = Connection(name, settings, wire)
    members = Members(connection)
    return System(
        name=name,
        title=TITLE,
        settings=settings,
        stores={"organization": Organizations(connection), "member": members},
        people=members,
        check=lambda kinds: report(connection, kinds),
        http=connection.http,
    )
