"""Invoicing exceptions as pages: the report for everybody, and a letter to an account manager."""

from cli.page.report import digest_html, html

__all__ = ["digest_html", "html"]
