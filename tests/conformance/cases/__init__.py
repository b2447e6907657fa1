"""Every store of every adapter, a file a vendor or two."""

from tests.conformance.case import Case
from tests.conformance.cases import appuio, confluence, jira, jira_member, odoo, vshn_portal

CASES: tuple[Case, ...] = (
    *appuio.CASES,
    *confluence.CASES,
    *jira.CASES,
    *jira_member.CASES,
    *odoo.CASES,
    *vshn_portal.CASES,
)
