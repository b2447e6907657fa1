"""Invoicing exceptions as pages: the report for everybody, and a letter to an account manager."""

from cli.render.invoices.page.letter import digest_html
from cli.render.invoices.page.report import html

__all__ = ["digest_html", "html"]
