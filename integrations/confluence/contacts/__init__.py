"""The customers' people in the wiki: a table on each customer's page."""

from integrations.confluence.contacts.store import Contacts

__all__ = ["Contacts"]
