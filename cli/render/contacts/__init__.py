"""What people are shown of a contact sync."""
