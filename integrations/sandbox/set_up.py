"""Generated customers as an earlier set-up left them in the other systems: places that people can be members of.

How our marks look there is written down once more here: the sandbox shares no code with what it tests.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Sequence

from integrations.sandbox.erp.environment import SYSTEM as ERP
from integrations.sandbox.erp.places import PLACES
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.service_management.desks import link_organization
from integrations.sandbox.jira.service_management.organizations import add_organization
from integrations.sandbox.made_up import plain
from integrations.sandbox.panel.billing import PREFIX
from integrations.sandbox.panel.kinds import MEMBERS, ORGANIZATION
from integrations.sandbox.panel.store import Content, create
from integrations.sandbox.pretend import World
from integrations.sandbox.seed import Company
from integrations.sandbox.wiki.index import index
from integrations.sandbox.wiki.seed import PARENT, customer_page

DESK = "1"
STEP = "page"
"""What playbooks call the section of facts."""
LONGEST_NAME = 50
FIRST_PAGE = 1_000_001


def set_up(world: World, companies: Sequence[Company]) -> None:
    """An organization in Jira and in the panel, and a page, for each company, all of them marked."""
    with world.state.transaction():
        for number, company in enumerate(companies, FIRST_PAGE):
            key = f"customer:{company.id}"
            index(world).pages.save(str(number), customer_page(company.name, PARENT, _section(key, company)))
            world.state.table(ERP, PLACES)[str(company.id)] = {
                "jira": _in_jira(world, company, key),
                "panel": _in_panel(world, company, key),
                "wiki": str(number),
            }


def _in_jira(world: World, company: Company, key: str) -> str:
    made = add_organization(world, company.name)
    marked = {**made, "properties": {"closedwon": {"key": key}}}
    books(world).organizations.save(made["id"], marked)
    link_organization(world, marked, DESK)
    return str(made["id"])


def _in_panel(world: World, company: Company, key: str) -> str:
    name = f"{plain(company.name)[:LONGEST_NAME].strip('-')}-{company.id}"
    labels = {"closedwon.io/key-hash": hashlib.sha256(key.encode()).hexdigest()[:32]}
    spec = {"displayName": company.name}
    if company.invoice_contact:
        spec["billingEntityRef"] = f"{PREFIX}{company.invoice_contact[0]}"
    status = {"billingEntityName": company.name}
    create(world, ORGANIZATION, name, Content(labels, {"closedwon.io/key": key}, spec), status=status)
    create(world, MEMBERS, "members", Content({}, {}, {"userRefs": []}), name)
    return name


def _section(key: str, company: Company) -> str:
    """Return the text of a managed section.

    Its digest matches nothing, as after an edit by a person.
    """
    return (
        '<ac:structured-macro ac:name="details" ac:schema-version="1">'
        f'<ac:parameter ac:name="closedwon">{key}/{STEP}</ac:parameter>'
        '<ac:parameter ac:name="closedwon-digest">0.0</ac:parameter>'
        f"<ac:rich-text-body><p>{html.escape(company.name)}, {html.escape(company.city)}</p></ac:rich-text-body>"
        "</ac:structured-macro>"
    )
