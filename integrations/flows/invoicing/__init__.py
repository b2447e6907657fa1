"""Invoicing exceptions: what will not be paid, was never invoiced, or is wrong, brought to who can fix it."""
