"""Service Management: organizations, service desks, their customers and request types."""
