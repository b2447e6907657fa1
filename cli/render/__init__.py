"""Texts for people: plans, results, tables, at 80 columns and without a terminal's control characters."""
