"""Confluence's store: sections that make their page, and sections that go into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.confluence.section import Section
from integrations.core.document import Document, Grid, Paragraph, Span
from integrations.core.errors import Rejected
from integrations.core.resource import Live, Resource
from integrations.sandbox.pretend import ACCOUNT
from tests.conformance.bench import VARIABLE, Bench
from tests.conformance.case import Adoption, Case, State, Update

V2 = "/wiki/api/v2"
SETTINGS = {"account": ACCOUNT, "token": {"env": VARIABLE}, "space": "KUNDEN", "parent": "Kunden"}
CUSTOMERS = 8
PAGES = 65600
"""The id of the first page that a test makes."""


def _body(text: str) -> Document:
    row = ((Span(text="Name"),), (Span(text=text),))
    return Document(
        blocks=(Paragraph(spans=(Span(text="We won "), Span(text=text, bold=True))), Grid(header=((), ()), rows=(row,)))
    )


def _named(number: int, name: str) -> Section:
    key = f"customer:{9000 + number}/page"
    return Section(key=key, aliases=(f"deal:{9000 + number}/page",), page_title=name, heading="Facts", body=_body(name))


def _links(number: int, name: str) -> Section:
    key = f"customer:{9000 + number}/links"
    page = str(PAGES + number)
    return Section(key=key, aliases=(f"deal:{9000 + number}/links",), page=page, heading="Links", body=_body(name))


def _marked(state: State, key: str) -> list[str]:
    bearing = f'<ac:parameter ac:name="closedwon">{key}</ac:parameter>'
    return [page["id"] for page in state["wiki"]["page"] for _ in range(page["body"].count(bearing))]


def _change(wanted: Resource) -> Resource:
    return wanted.model_copy(update={"body": _body("Something new")})


def _write(bench: Bench, number: str, *, title: str | None = None, replace: tuple[str, str] = ("", "")) -> None:
    page = bench.person("GET", f"{V2}/pages/{number}?body-format=storage")
    body = page["body"]["storage"]["value"]
    assert replace[0] in body, body
    changed = {
        "id": number,
        "status": "current",
        "title": title or page["title"],
        "body": {"representation": "storage", "value": body.replace(*replace, 1) if replace[0] else body},
        "version": {"number": page["version"]["number"] + 1, "message": "by a person"},
    }
    bench.person("PUT", f"{V2}/pages/{number}", changed)


def _edited(bench: Bench, live: Live[Any]) -> None:
    _write(bench, live.id, replace=("We won", "A person won"))


def _written_around(bench: Bench, live: Live[Any]) -> Callable[[], bool]:
    body = bench.one("page", live.id)["body"]
    above, below = "<p>Do not call before 9.</p>", "<p>Their <em>own</em> words &auml;</p>"
    _write(bench, live.id, replace=(body, above + body + below))

    def survives() -> bool:
        now = str(bench.one("page", live.id)["body"])
        return now.startswith(above) and now.endswith(below)

    return survives


def _made(bench: Bench, wanted: Resource) -> str:
    assert isinstance(wanted, Section)
    return _page(bench, wanted.page_title or "By hand")


def _page(bench: Bench, title: str) -> str:
    body = {
        "spaceId": bench.state()["wiki"]["space"][0]["id"],
        "status": "current",
        "title": title,
        "parentId": "32801",
        "body": {"representation": "storage", "value": "<p>Written by hand.</p>"},
    }
    return str(bench.person("POST", f"{V2}/pages", body)["id"])


def _refused_once(bench: Bench, wanted: Resource) -> Resource:
    bench.fault("status", operation="page.create", status=400)
    return wanted


def _without_page(_bench: Bench, wanted: Resource) -> Resource:
    return wanted.model_copy(update={"page": "99999999"})


def _all_renamed(bench: Bench) -> None:
    for page in bench.state()["wiki"]["page"]:
        if "closedwon" in page["body"]:
            _write(bench, page["id"], title=f"{page['title']}, renamed")


def _customers_pages(bench: Bench) -> None:
    made = [_page(bench, f"Page of customer {number}") for number in range(CUSTOMERS)]
    assert made == [str(PAGES + number) for number in range(CUSTOMERS)]


TOUCHES = frozenset({"page.body", "page.version", "page.history", "page.changed", "page.message", "page.author"})
_STAYS = "people write on the page too, so it is not archived by us"

CASES = (
    Case(
        name="confluence.section",
        system="wiki",
        adapter="confluence",
        kind="section",
        settings=SETTINGS,
        want=lambda number: _named(number, f"Conformance {number} AG"),
        named=_named,
        name_field="page_title",
        reads_back=("page_title", "body"),
        marked=_marked,
        writes=("page.create",),
        makes={"page": 1},
        hiding=("view:KUNDEN",),
        forbidding=("create:KUNDEN",),
        update=Update(change=_change, touches=TOUCHES, by_somebody=_edited, beside=_written_around),
        adoption=Adoption(made=_made),
        spoiled=_refused_once,
        scatter=_all_renamed,
        write_faults={409: Rejected},
        exempt={"archiving": _STAYS},
    ),
    Case(
        name="confluence.section (into a page)",
        system="wiki",
        adapter="confluence",
        kind="section",
        settings=SETTINGS,
        want=lambda number: _links(number, f"Conformance {number} AG"),
        named=_links,
        name_field="heading",
        reads_back=("body",),
        marked=_marked,
        writes=("page.update",),
        may_touch=TOUCHES,
        arrange=_customers_pages,
        hiding=("view:KUNDEN",),
        forbidding=("update",),
        update=Update(change=_change, touches=TOUCHES, by_somebody=_edited, beside=_written_around),
        adoption=Adoption(made=_made, looks_alike=False),
        spoiled=_without_page,
        exempt={
            "archiving": _STAYS,
            "names": "a section that goes into a page needs no heading of its own",
        },
    ),
)
