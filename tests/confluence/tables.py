"""Contact tables without a wiki: a page with rows on it, as it is read and as it would be written."""

from __future__ import annotations

from typing import Any

from integrations.confluence.contacts.draft import Draft, known_id, live, looked_up, row_of
from integrations.confluence.contacts.markup import heading, row, table, texts
from integrations.confluence.contacts.table import HEADINGS, Table, table_of
from integrations.confluence.pages import Page
from integrations.confluence.section import macro, outline
from integrations.confluence.storage import parse
from integrations.core.errors import IntegrationError
from integrations.core.member import Listed
from integrations.core.resource import Live
from tests.confluence.listing import HASHES, asked, change, person

KEY = "customer:101/contacts"
ANNA, BOB, CARLA = (person(name, "65600") for name in HASHES)
EDITED = """<tr local-id="1"><td class="numberingColumn">1</td><td data-colwidth="9"><p local-id="2"><a
 href="mailto:Anna%40Customer.example?subject=x">write to her</a></p></td><td><p><ac:inline-comment-marker
 ac:ref="8">An<em>na</em></ac:inline-comment-marker></p><p> </p></td><td><p>+41443334455<br/></p></td></tr>"""
ORDERED = "<tr><th>#</th><th><p><strong>e-mail:</strong></p></th><th>NAME</th><th>Phone</th></tr>"


def page_of(*rows: str, header: str = "", version: int = 7, around: str = "{}") -> Page:
    """A page with such a table on it."""
    there = table(rows) if not header else f"<table><tbody>{header}{''.join(rows)}</tbody></table>"
    body = macro("customer:101/page", "1", "<p>F</p>") + around.format(macro(KEY, None, heading() + there))
    return Page("65600", "Müller", "current", version, body, "https://wiki.example/65600")


def written(wanted: Listed) -> str:
    """A row as we write it."""
    return row(tuple(HEADINGS), texts(wanted), wanted.mark)


def table_on(page: Page) -> Table:
    found = table_of(page.body, outline(page.body).section((KEY,)))  # type: ignore[arg-type]
    assert found is not None
    return found


def look(page: Page, wanted: Listed, **lookup: Any) -> Live[Listed] | None:
    """What `find` would answer."""
    question = asked(wanted, **lookup)
    who = looked_up(question)
    entry = row_of(table_on(page), page, who, "wiki")
    return live(entry, page, wanted, who, known_id(question, page)) if entry is not None else None


def after(page: Page, *wants: Listed, **lookup: Any) -> tuple[Page, list[IntegrationError | None]]:
    """The page as it would be written, and what can't be."""
    draft = Draft(page, outline(page.body).section((KEY,)), KEY, "wiki")
    errors = [draft.make(change(wanted, look(page, wanted, **lookup))) for wanted in wants]
    body = draft.body()
    parse(body.encode(), type("Nobody", (), {n: lambda *_: None for n in ("opened", "closed", "said")})())
    return Page(page.id, page.title, page.status, page.version + 1, body, page.url), errors
