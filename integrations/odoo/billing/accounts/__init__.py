"""Whole accounts: customers with all about their billing."""
