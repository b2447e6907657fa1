"""Texts of a contact sync."""
