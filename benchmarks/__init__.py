"""Measurements of what the product promises about speed: `make bench`."""
