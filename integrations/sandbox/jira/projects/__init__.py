"""Projects: created once per key and name, listed as far as the account may browse them."""
