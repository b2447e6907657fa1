"""The customers' people as Odoo has them: the source of contact sync."""

from integrations.odoo.contacts.source import PROBED, Contacts

__all__ = ["PROBED", "Contacts"]
