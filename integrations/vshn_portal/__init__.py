"""The VSHN portal: a control panel that can be read, but in which only people can create a customer."""

from __future__ import annotations

from integrations.core.http import HttpContext
from integrations.core.system import Finding, Report, System
from integrations.vshn_portal.connection import TITLE, Connection
from integrations.vshn_portal.organization import Organizations
from integrations.vshn_portal.settings import Settings

__all__ = ["Settings", "connect"]


def connect(name: str, settings: Settings, wire: HttpContext) -> System:
    """The portal behind one section of the settings. Contacts nothing."""
    connection = Connection(name, settings, wire)
    return System(
        name=name,
        title=TITLE,
        settings=settings,
        stores={"organization": Organizations(connection)},
        check=lambda _kinds: _report(connection),
        http=connection.http,
    )


def _report(connection: Connection) -> Report:
    """Return the report of one reading.

    It needs the same right whatever the playbooks want, for nothing is ever written.
    """
    count = len(connection.customers())
    findings = [
        Finding(ok=True, text=f"read the customers: {count}"),
        Finding(ok=True, text="may not create customers, needn't: a person enters them"),
        Finding(ok=True, text="how long the token lives is not known"),
    ]
    if not count:
        findings.append(Finding(ok=True, text="the list is empty: whether customers are hidden from us is not known"))
    return Report(account="is not known", findings=tuple(findings))
