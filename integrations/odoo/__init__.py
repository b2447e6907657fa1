"""Odoo, 16 to 19, as CRM and as ERP: where deals come from, where customers and their people are kept."""

from __future__ import annotations

import functools

from integrations.core.http import HttpContext
from integrations.core.system import Billing, System
from integrations.odoo.check import check
from integrations.odoo.connection import Connection
from integrations.odoo.contacts import PROBED as CONTACT_FIELDS
from integrations.odoo.contacts import Contacts
from integrations.odoo.customer import Customers
from integrations.odoo.deals import Deals
from integrations.odoo.deals.source import PROBED as DEAL_FIELDS
from integrations.odoo.facts import Facts
from integrations.odoo.hook import hook
from integrations.odoo.leads import LEAD
from integrations.odoo.links import linked
from integrations.odoo.managers import Managers, fields_of_deals
from integrations.odoo.ours import COMPANIES as OUR_COMPANIES
from integrations.odoo.ours import Ours
from integrations.odoo.partners import PARTNER, Partners
from integrations.odoo.partners import PROBED as PARTNER_FIELDS
from integrations.odoo.settings import Engagement, Settings
from integrations.odoo.successions import Predecessors, Successions

__all__ = ["Engagement", "Settings", "connect"]


def connect(name: str, settings: Settings, wire: HttpContext) -> System:
    """Put the system together; nothing is contacted before it is used."""
    connection = Connection(name, settings, wire)
    facts = Facts(
        connection,
        {
            PARTNER: (*PARTNER_FIELDS, *CONTACT_FIELDS, OUR_COMPANIES, settings.account_manager.field),
            LEAD: (*DEAL_FIELDS, settings.engagement.field, *fields_of_deals(settings)),
        },
    )
    partners = Partners(connection, facts)
    managers = Managers(connection, facts)
    deals = Deals(connection, facts, partners, managers)
    ours = Ours(connection, facts)
    return System(
        name=name,
        title="Odoo",
        settings=settings,
        stores={"customer": Customers(connection, facts, partners)},
        check=functools.partial(check, connection, facts),
        deals=deals,
        customers=deals.customer,
        former=deals.former,
        successions=Successions(connection, ours),
        predecessors=Predecessors(connection),
        account_manager=managers.elsewhere,
        contacts=Contacts(connection, facts, ours),
        connect_billing=functools.partial(_billing, connection, facts),
        linked=functools.partial(linked, settings.base),
        companies=partners.companies,
        http=connection.http,
        hook=hook(settings.hook) if settings.hook is not None else None,
    )


def _billing(connection: Connection, facts: Facts) -> Billing:
    """Connect to what Odoo has of billing. Imported here, for the imports take a tenth of a second."""
    from integrations.odoo.billing.source import Billing as Source  # noqa: PLC0415  (most commands do without)

    return Source(connection, facts)
