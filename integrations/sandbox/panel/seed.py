"""The panel as it is before us: a customer who signed up, one on trial, and others that are none of ours."""

from __future__ import annotations

from integrations.sandbox.panel.billing import PREFIX
from integrations.sandbox.panel.invitations import register
from integrations.sandbox.panel.kinds import MEMBERS, ORGANIZATION
from integrations.sandbox.panel.store import Content, create, forget
from integrations.sandbox.pretend import ACCOUNT, World
from integrations.sandbox.seed import COMPANIES, EXISTING_IN_PANEL

UNRELATED = {
    "acme-cloud": "Acme Cloud (internal)",
    "glacier-labs": "Glacier Labs",
}
TRIAL = ("demo-4711", "Bäckerei Seeland (Trial)")
USERS = (
    ("chloe", "chloe.favre@rhone-logistique.example", "Chloé Favre"),
    ("joergw", "Joerg.Weiss@Nordlicht.example", "Jörg Weiß"),
    (ACCOUNT.partition("@")[0], ACCOUNT, "closedwon"),
)
"""Name, e-mail address and title of who logged in once: two of the customers' people, and we."""


def seed(there: World) -> None:
    """Fill the empty panel."""
    forget(there)
    names = {str(company.id): company.name for company in COMPANIES}
    for company, (name, contact) in EXISTING_IN_PANEL.items():
        spec = {"displayName": names[company], "billingEntityRef": f"{PREFIX}{contact}"}
        _organization(there, name, spec, {}, {"billingEntityName": names[company]})
    for name, title in UNRELATED.items():
        _organization(there, name, {"displayName": title}, {}, {})
    _organization(there, TRIAL[0], {"displayName": TRIAL[1]}, {"appuio.io/trial": "true"}, {})
    for name, email, title in USERS:
        register(there, name, email, title)


def _organization(
    there: World, name: str, spec: dict[str, str], labels: dict[str, str], status: dict[str, str]
) -> None:
    create(there, ORGANIZATION, name, Content(labels, {}, spec), status=status)
    create(there, MEMBERS, "members", Content({}, {}, {"userRefs": [{"name": "owner"}]}), name)
