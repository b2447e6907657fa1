"""What Odoo knows of contracts, orders, invoices and payments: which invoicing rules look at.

The source is in `source`, not here: the settings of an Odoo hold those of its billing.
"""
