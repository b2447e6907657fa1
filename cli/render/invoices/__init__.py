"""What people are shown of invoicing exceptions."""
