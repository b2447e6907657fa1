"""The wiki as it is before us: one space, its home page, the customers' parent page, a page made by hand."""

from __future__ import annotations

from integrations.sandbox.pretend import World
from integrations.sandbox.seed import EXISTING_IN_WIKI
from integrations.sandbox.state import Document
from integrations.sandbox.wiki.call import SYSTEM
from integrations.sandbox.wiki.index import forget

SPACE, HOMEPAGE, PARENT, FIRST_PAGE = "32770", "32800", "32801", 32_802
CREATED = "2026-01-15T08:30:00.000Z"
BY_HAND = (
    "<h2>Notes</h2><p>Contact is <strong>Mme Aebischer</strong>, mornings only &ndash; she prefers French.</p>"
    "<ul><li>Archive on site, migrated 2024</li><li>Renewal each March&nbsp;&amp; board decides</li></ul>"
)


def seed(there: World) -> None:
    """Fill the empty wiki."""
    forget(there)
    state = there.state
    state.table(SYSTEM, "space")[SPACE] = {
        "key": "KUNDEN",
        "name": "Kunden",
        "homepage": HOMEPAGE,
        "author": "712020:lena",
        "created": CREATED,
    }
    pages = state.table(SYSTEM, "page")
    pages[HOMEPAGE] = customer_page("Kunden Home", None, "<p>Everything about our customers.</p>")
    pages[PARENT] = customer_page("Kunden", HOMEPAGE, "<p>One page for each customer below.</p>")
    for number, title in enumerate(EXISTING_IN_WIKI.values(), start=FIRST_PAGE):
        pages[str(number)] = customer_page(title, PARENT, BY_HAND)


def customer_page(title: str, parent: str | None, body: str) -> Document:
    """A page of the space, as it was before us."""
    return {
        "space": SPACE,
        "spaceKey": "KUNDEN",
        "title": title,
        "parent": parent,
        "body": body,
        "version": 1,
        "status": "current",
        "message": "",
        "history": [],
        "author": "712020:lena",
        "created": CREATED,
        "changed": CREATED,
        "labels": [],
    }
