"""What Odoo knows of contracts, orders, invoices and payments: which invoicing rules look at."""
