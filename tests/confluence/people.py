"""What people and other programs do in the wiki, and what tests want of sections."""

from __future__ import annotations

from typing import Any

import requests

from integrations.confluence.section import Section
from integrations.core.change import Action, Change, FieldChange
from integrations.core.document import Document, Grid, Paragraph, Span
from integrations.core.resource import PLACEHOLDER, Live, Lookup, Want
from integrations.sandbox.thread import Running

API = "/wiki/wiki/api/v2"
TIMEOUT = 10
PARENT, SPACE, BY_HAND = "32801", "32770", "32802"


class Wiki:
    """The wiki as people use it: by its API with the same token, and by looking inside."""

    def __init__(self, server: Running) -> None:
        self.server, self.url = server, server.url

    def control(self, name: str, body: dict[str, Any]) -> None:
        requests.post(f"{self.url}/_sandbox/{name}", json=body, timeout=TIMEOUT).raise_for_status()

    def pages(self) -> dict[str, dict[str, Any]]:
        """Every page, by id."""
        return {page_id: dict(page) for page_id, page in self.server.server.world.state.table("wiki", "page").items()}

    def titled(self, title: str) -> list[str]:
        """The ids of pages whose title begins so."""
        return [page_id for page_id, page in self.pages().items() if page["title"].startswith(title)]

    def body(self, page_id: str) -> str:
        return str(self.pages()[page_id]["body"])

    def edit(self, page_id: str, *, body: str | None = None, title: str | None = None) -> None:
        """A person publishes the page anew."""
        self._send("PUT", f"/pages/{page_id}", self.content(page_id, body=body, title=title))

    def content(self, page_id: str, *, body: str | None = None, title: str | None = None) -> dict[str, Any]:
        """The page's next version."""
        page = self.pages()[page_id]
        return {
            "id": page_id,
            "status": "current",
            "title": title or page["title"],
            "body": {"representation": "storage", "value": page["body"] if body is None else body},
            "version": {"number": page["version"] + 1},
        }

    def make(self, title: str, body: str = "<p>By hand</p>", parent: str = PARENT) -> str:
        """A person makes a page."""
        content = {
            "spaceId": SPACE,
            "status": "current",
            "title": title,
            "parentId": parent,
            "body": {"representation": "storage", "value": body},
        }
        return str(self._send("POST", "/pages", content)["id"])

    def requests(self) -> list[dict[str, Any]]:
        """What the wiki was asked since the last reset."""
        log = requests.get(f"{self.url}/_sandbox/requests", timeout=TIMEOUT).json()
        return list(log["requests"])

    def forget_requests(self) -> None:
        requests.delete(f"{self.url}/_sandbox/requests", timeout=TIMEOUT).raise_for_status()

    def _send(self, method: str, path: str, content: Any) -> Any:
        account = ("closedwon@acme.example", "sandbox-token")
        answer = requests.request(method, self.url + API + path, json=content, auth=account, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()


def text(content: str) -> Document:
    """One paragraph."""
    return Document(blocks=(Paragraph(spans=(Span(text=content),)),))


def facts(customer: str = "101", title: str = "Müller & Söhne AG", body: Document | None = None) -> Section:
    """The section that makes a customer's page."""
    table = Grid(
        header=((Span(text=""),), (Span(text=""),)),
        rows=(((Span(text="ERP"),), (Span(text="Müller <b>", href="https://erp.example/?a=1&b=2"),)),),
    )
    return Section(
        key=f"customer:{customer}/page", page_title=title, heading="Facts", body=body or Document(blocks=(table,))
    )


def links(customer: str = "101", page: str = PLACEHOLDER, body: Document | None = None) -> Section:
    """The section that goes into that page."""
    return Section(key=f"customer:{customer}/links", page=page, heading="Links", body=body or text("Deal 42"))


def change(
    wanted: Section, found: Live[Section] | None = None, action: Action | None = None, *, new: bool = False
) -> Change[Section]:
    """The change that the core would make of it."""
    decided = action or ("create" if found is None else "update" if found.ours else "adopt")
    fields = (FieldChange("body", found.state.digest if found else None, wanted.comparable("body")),)
    return Change("page", "wiki", decided, Want("page", "wiki", wanted), found=found, fields=fields, new=new)


def is_settled(wanted: Section, live: Any) -> bool:
    """Whether a plan would find nothing to do."""
    return isinstance(live, Live) and live.ours and live.state.comparable("body") == wanted.comparable("body")


def made(store: Any, wanted: Section) -> Live[Section]:
    live = store.put([change(wanted)])[wanted.key]
    assert isinstance(live, Live), live
    return live


def found(store: Any, wanted: Section, **lookup: Any) -> Any:
    return store.find([Lookup(wanted, **lookup)])[wanted.key]
