"""Confluence's stores: sections that make their page, sections that go into one, and contacts in a table on it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from integrations.confluence.section import Section, macro
from integrations.core.document import Document, Grid, Paragraph, Span
from integrations.core.errors import Rejected
from integrations.core.member import Listed, mark_of
from integrations.core.resource import Live, Resource
from integrations.sandbox.pretend import ACCOUNT
from integrations.sandbox.wiki.index import index
from integrations.sandbox.wiki.seed import PARENT, customer_page
from integrations.sandbox.wiki.storage import normalised
from tests.conformance.bench import VARIABLE, Bench
from tests.conformance.case import Adoption, Case, State, Update

V2 = "/wiki/api/v2"
SETTINGS = {"account": ACCOUNT, "token": {"env": VARIABLE}, "space": "KUNDEN", "parent": "Kunden"}
CUSTOMERS = 8
LISTED = 5
"""Customers whose pages are there before anybody is listed on them."""
PAGES = 65600
"""The id of the first page that a test makes."""


def _body(text: str) -> Document:
    row = ((Span(text="Name"),), (Span(text=text),))
    return Document(
        blocks=(Paragraph(spans=(Span(text="We won "), Span(text=text, bold=True))), Grid(header=((), ()), rows=(row,)))
    )


def _named(number: int, name: str) -> Section:
    key = f"customer:{9000 + number}/page"
    return Section(key=key, former=(f"deal:{9000 + number}/page",), page_title=name, heading="Facts", body=_body(name))


def _links(number: int, name: str) -> Section:
    key = f"customer:{9000 + number}/links"
    page = str(PAGES + number)
    return Section(key=key, former=(f"deal:{9000 + number}/links",), page=page, heading="Links", body=_body(name))


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


def _saved_by_the_editor(bench: Bench, live: Live[Any]) -> None:
    """The editor trims blanks, composes letters, and breaks lines as its own system does."""
    page = _page_of(live.id)
    body = str(bench.one("page", page)["body"])
    saved = unicodedata.normalize("NFC", re.sub(r"[ \u00a0]+(?=<)", "", body)).replace("><", ">\r\n<")
    _write(bench, page, replace=(body, saved))


def _emptied(bench: Bench, live: Live[Any]) -> None:
    page = _page_of(live.id)
    body = str(bench.one("page", page)["body"])
    _write(bench, page, replace=(body, body.replace("We won", "").replace("technical", "")))


REWORDED = {"saved by the editor": _saved_by_the_editor, "emptied": _emptied}


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
        "parentId": PARENT,
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


def _contact(number: int, name: str) -> Listed:
    key, person = f"customer:{9000 + number}", f"{number:032x}"
    return Listed(
        key=f"{key}/contact/{person}",
        former=(f"deal:{9000 + number}/contact/{person}",),
        place=str(PAGES + number - 1),
        email=f"person{number}@customer.example",
        name=name,
        functions=("technical", f"Webshop: {name}") if name else ("technical",),
        phone=name,
    )


def _people_marked(state: State, key: str) -> list[str]:
    customer, _, person = key.partition("/contact/")
    email = f"person{int(person, 16)}@customer.example"
    anchor = f">closedwon-contact-{mark_of(customer, email)}<"
    return [page["id"] for page in state["wiki"]["page"] for _ in range(page["body"].count(anchor))]


def _new_phone(wanted: Resource) -> Resource:
    return wanted.model_copy(update={"phone": "+41445551122"})


def _another_phone(bench: Bench, live: Live[Any]) -> None:
    body = bench.one("page", _page_of(live.id))["body"]
    before, _, phone = body.rpartition("<td><p>")
    end = phone[phone.index("</p>") :]
    _write(bench, _page_of(live.id), replace=(body, f"{before}<td><p>by a person{end}"))


def _row_added(bench: Bench, live: Live[Any]) -> Callable[[], bool]:
    row = "<tr><td><p>By <em>hand</em></p></td><td /><td><p>hand@customer.example</p></td><td><p>1</p></td></tr>"
    page = _page_of(live.id)
    _write(bench, page, replace=("</tbody>", row + "</tbody>"))
    return lambda: row in str(bench.one("page", page)["body"])


def _row_by_hand(bench: Bench, wanted: Resource) -> str:
    assert isinstance(wanted, Listed)
    cells = (wanted.name, "boss", "another@customer.example", "2")
    row = "<tr>" + "".join(f"<td><p>{text}</p></td>" for text in cells) + "</tr>"
    header = "<tr><th>Name</th><th>What for</th><th>E-mail</th><th>Phone</th></tr>"
    key = wanted.key.partition("/")[0] + "/contacts"
    body = bench.one("page", wanted.place)["body"]
    table = macro(key, None, f"<table><tbody>{header}{row}</tbody></table>")
    _write(bench, wanted.place, replace=(body, body + table))
    return f"{wanted.place}/{bench.one('page', wanted.place)['version']}.1"


def _anothers(bench: Bench, number: str) -> None:
    body = str(bench.one("page", _page_of(number))["body"])
    _write(
        bench, _page_of(number), replace=(body, body.replace(">customer:", ">customer:1").replace(">deal:", ">deal:1"))
    )


def _page_of(number: str) -> str:
    return number.partition("/")[0]


def _set_up_pages(bench: Bench) -> None:
    """The customers were set up before; over the API it would take longer than the laws themselves."""
    world = bench.sandbox.server.world
    for number in range(1, LISTED + 1):
        marks = (f"customer:{9000 + number}/page", f"deal:{9000 + number}/links")
        text = "".join(macro(key, "1", "<p>Facts</p>") for key in marks)
        page = customer_page(f"Page of customer {number}", PARENT, normalised(text, str(number)))
        index(world).pages.save(str(PAGES + number - 1), page)


def _without_place(_bench: Bench, wanted: Resource) -> Resource:
    return wanted.model_copy(update={"place": "99999999"})


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
        reworded={"by a person": _edited, **REWORDED},
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
        reworded={"by a person": _edited, **REWORDED},
        exempt={
            "archiving": _STAYS,
            "names": "a section that goes into a page needs no heading of its own",
        },
    ),
    Case(
        name="confluence.contact",
        system="wiki",
        adapter="confluence",
        kind="contact",
        settings=SETTINGS,
        want=lambda number: _contact(number, f"Conformance {number}"),
        named=_contact,
        name_field="name",
        reads_back=("email", "name", "functions", "phone"),
        marked=_people_marked,
        writes=("page.update",),
        may_touch=TOUCHES,
        arrange=_set_up_pages,
        hiding=("view:KUNDEN",),
        forbidding=("update",),
        update=Update(
            change=_new_phone, touches=TOUCHES, by_somebody=_another_phone, beside=_row_added, holder=_page_of
        ),
        adoption=Adoption(made=_row_by_hand, taken=_anothers, looks_alike=False),
        spoiled=_without_place,
        reworded={"by a person": _another_phone, **REWORDED},
        exempt={
            "names": "a mailbox that several people read needs no name: its address tells who it is",
        },
    ),
)
