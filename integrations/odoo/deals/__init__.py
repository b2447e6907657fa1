"""Deals, as the CRM holds them: opportunities with all that is known of their customers."""

from integrations.odoo.deals.source import Deals

__all__ = ["Deals"]
