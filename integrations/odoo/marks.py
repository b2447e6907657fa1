"""Our external ids: unique in Odoo, and written in the same transaction as what they name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from integrations.core.text import short_hash

MODULE = "closedwon"


def of_deal(deal: str) -> str:
    """The external id of the company that a deal makes."""
    return f"customer_of_deal_{_plain(deal)}"


def of_first_release(deal: str) -> str:
    """The external id of the company that a deal made in the first release, which marked objects with the deal alone.

    The form differs, so that a company which the deal makes now, after that one was deleted, has no part in them.
    """
    return f"customer_deal_{_plain(deal)}"


def deal_of(name: str) -> str | None:
    """The deal in an external id of the first release's form; None for any other form.

    Only this form proves whose the first release's marks are: ADR 27.
    """
    found = re.fullmatch(r"customer_deal_([A-Za-z0-9-]+)", name)
    return found[1] if found else None


def of_keys(keys: Iterable[str], deal: str | None) -> tuple[str, ...]:
    """Every external id that a customer's company may bear, the one for a new company first."""
    deals = [deal] if deal else []
    deals += [key.removeprefix("deal:") for key in keys if key.startswith("deal:")]
    names = [form(deal) for form in (of_deal, of_first_release) for deal in dict.fromkeys(deals)]
    return tuple(names) or tuple(f"customer_key_{_plain(key)}" for key in keys)


def of_invoice_contact(company: int) -> str:
    """The external id of the invoice contact that we make for a company that existed before."""
    return f"partner_{company}_invoice"


def of_contact(key: str, deal: str | None) -> str:
    """The external id of the person that a deal was made with."""
    return f"{of_keys((key,), deal)[0]}_contact"


def of_payer(key: str, deal: str | None) -> str:
    """The external id of the company that pays for a deal, where the deal only names it."""
    return f"{of_keys((key,), deal)[0]}_payer"


def of_segment(name: str) -> str:
    """The external id of a tag that we made."""
    return f"segment_{short_hash(name, 16)}"


def _plain(text: str) -> str:
    """The text itself where an external id may hold it, else up to 40 of its signs and a hash.

    External ids take no spaces, and a dot separates the module.
    """
    if re.fullmatch(r"[A-Za-z0-9-]+", text):
        return text
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:40] + "-" + short_hash(text, 12)
