"""Invoices and credit notes, as journal entries with their items hold them."""
