"""Texts of invoicing exceptions."""
