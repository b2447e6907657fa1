"""The customer as the ERP holds it: a company, its tag and account manager, and who its invoices go to."""

from integrations.odoo.customer.resource import Customer
from integrations.odoo.customer.store import Customers

__all__ = ["Customer", "Customers"]
