"""Confluence Cloud: sections of customers' pages and the contacts on them; people write around what is ours."""

from __future__ import annotations

from integrations.confluence.check import report
from integrations.confluence.connection import TITLE, Connection
from integrations.confluence.contacts import Contacts
from integrations.confluence.pages import Pages
from integrations.confluence.settings import Settings
from integrations.confluence.store import Sections
from integrations.core.http import HttpContext
from integrations.core.system import System

__all__ = ["Settings", "connect"]


def connect(name: str, settings: Settings, wire: HttpContext) -> System:
    """The wiki behind one section of the settings. Contacts nothing."""
    connection = Connection(name, settings, wire)
    pages = Pages(connection)
    contacts = Contacts(connection, pages)
    return System(
        name=name,
        title=TITLE,
        settings=settings,
        stores={"section": Sections(connection, pages), "contact": contacts},
        check=lambda kinds: report(connection, kinds),
        people=contacts,
        http=connection.http,
    )
