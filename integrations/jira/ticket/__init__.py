"""Tickets: work for our own teams, which no customer's portal shows."""

from integrations.jira.ticket.resource import Ticket
from integrations.jira.ticket.store import Tickets

__all__ = ["Ticket", "Tickets"]
