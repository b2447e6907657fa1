"""Issues of our own teams, whatever they are for: found by mark, claim and label, and made exactly once."""
