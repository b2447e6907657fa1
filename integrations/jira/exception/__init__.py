"""Tickets of invoicing exceptions: one for each, open for as long as the exception exists."""

from integrations.jira.exception.resource import RESOLVED, ExceptionTicket
from integrations.jira.exception.store import ExceptionTickets

__all__ = ["RESOLVED", "ExceptionTicket", "ExceptionTickets"]
