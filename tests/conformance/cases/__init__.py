"""Every store of every adapter, a file a vendor."""

from tests.conformance.case import Case
from tests.conformance.cases import appuio, confluence, jira, odoo, vshn_portal

CASES: tuple[Case, ...] = (*appuio.CASES, *confluence.CASES, *jira.CASES, *odoo.CASES, *vshn_portal.CASES)
