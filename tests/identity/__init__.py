"""Whose it is: whatever happens to customers and deals, an object stays with the customer it was made for."""
