"""The flows: set-up of won deals, contact sync, the invoicing check."""
