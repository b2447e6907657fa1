"""Contracts, orders, invoices and payments in Odoo: the facts of invoicing rules.

The source is in `source`, not here: the settings of an Odoo hold those of its billing.
"""
