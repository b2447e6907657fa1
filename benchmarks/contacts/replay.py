"""Time that the sandbox needs for the requests of a first sync, sent by a client that does nothing else."""

from __future__ import annotations

import base64
import html
import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.contacts.bound import ADDED_AT_ONCE, PAGES_AT_ONCE, ROWS_AT_ONCE, Work
from benchmarks.contacts.places import Places

ACCOUNT = "closedwon@acme.example"
TOKEN = Path(".closedwon") / "sandbox-token"
_TIMEOUT = 60.0
_MEMBERS = {"apiGroup": "appuio.io", "kind": "OrganizationMembers", "name": "members"}


class Client:
    """A client that sends JSON over connections that stay open, one per thread.

    It looks only at the status.
    """

    def __init__(self, url: str, folder: Path) -> None:
        token = (folder / TOKEN).read_text(encoding="utf-8").strip()
        basic = "Basic " + base64.b64encode(f"{ACCOUNT}:{token}".encode()).decode()
        self._host = urllib.parse.urlsplit(url).netloc
        self._credentials = {"jira": basic, "wiki": basic, "erp": f"bearer {token}", "panel": f"Bearer {token}"}
        self._local = threading.local()

    def __call__(self, system: str, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON.

        Raises:
            RuntimeError: It was refused: then the time means nothing.
        """
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection(self._host, timeout=_TIMEOUT)
        headers = {"Authorization": self._credentials[system], "Content-Type": "application/json"}
        connection.request(method, f"/{system}{path}", None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {system}{path}: {answer.status} {content[:200]!r}")
        return json.loads(content) if content else None


def seconds(url: str, folder: Path, work: Work, places: Places, concurrency: Mapping[str, int]) -> float:
    """The time for all of it: every system at once, and so many requests at once in each."""
    ask = Client(url, folder)
    systems: Mapping[str, Callable[[], None]] = {
        "erp": lambda: _erp(ask, work),
        "jira": lambda: _jira(ask, work, places, concurrency["jira"]),
        "panel": lambda: _panel(ask, work, places, concurrency["panel"]),
        "wiki": lambda: _wiki(ask, work, places, concurrency["wiki"]),
    }
    begun = time.perf_counter()
    with ThreadPoolExecutor(len(systems)) as pool:
        for running in [pool.submit(system) for system in systems.values()]:
            running.result()
    return time.perf_counter() - begun


def _each(do: Callable[[Any], Any], given: Iterable[Any], width: int) -> list[Any]:
    with ThreadPoolExecutor(width) as pool:
        return list(pool.map(do, given))


def _erp(ask: Client, work: Work) -> None:
    fields = ["name", "active", "parent_id", "commercial_partner_id", "type", "function", "email", "phone"]
    fields += ["category_id", "write_date", "country_id", "user_id"]
    last = 0
    for _ in range(0, work.contacts, ROWS_AT_ONCE):
        rows = ask(
            "erp",
            "POST",
            "/json/2/res.partner/search_read",
            {"domain": [["id", ">", last]], "fields": fields, "order": "id", "limit": ROWS_AT_ONCE},
        )
        last = rows[-1]["id"] if rows else last


def _jira(ask: Client, work: Work, places: Places, width: int) -> None:
    desk = "/rest/servicedeskapi"
    organizations = {customer: places[customer]["jira"] for customer in work.members}

    def look(number: str) -> None:
        ask("jira", "GET", f"{desk}/organization/{number}/property/closedwon")
        ask("jira", "GET", f"{desk}/organization/{number}/user")

    def create(number: int) -> str:
        body = {"email": f"person{number}@replay.example", "displayName": f"Person Number {number}"}
        made = ask("jira", "POST", f"{desk}/customer?strictConflictStatusCode=true", body)
        return str(made["accountId"])

    def add(group: tuple[str, Sequence[str]]) -> None:
        ask("jira", "POST", f"{desk}/organization/{group[0]}/user", {"accountIds": group[1]})

    _each(look, organizations.values(), width)
    accounts = _each(create, range(work.accounts), width)
    groups, begin = [], 0
    for customer, number in work.members.items():
        some = [accounts[place % len(accounts)] for place in range(begin, begin + number)]
        begin += number
        groups += [
            (organizations[customer], some[start : start + ADDED_AT_ONCE]) for start in range(0, number, ADDED_AT_ONCE)
        ]
    _each(add, groups, width)


def _panel(ask: Client, work: Work, places: Places, width: int) -> None:
    organizations = [there["panel"] for there in places.values()]

    def invite(number: int) -> None:
        target = {**_MEMBERS, "namespace": organizations[number % len(organizations)]}
        spec = {"email": f"person{number}@replay.example", "note": f"Person {number}", "targetRefs": [target]}
        metadata = {"name": f"replay-{number}", "annotations": {"closedwon.io/key": f"customer:1/contact/{number}"}}
        item = {"apiVersion": "user.appuio.io/v1", "kind": "Invitation", "metadata": metadata, "spec": spec}
        ask("panel", "POST", "/apis/user.appuio.io/v1/invitations", item)

    for path in ("organization.appuio.io/v1/organizations", "appuio.io/v1/organizationmembers"):
        ask("panel", "GET", f"/apis/{path}")
    for path in ("appuio.io/v1/users", "user.appuio.io/v1/invitations"):
        ask("panel", "GET", f"/apis/{path}")
    _each(invite, range(work.invited), width)


def _wiki(ask: Client, work: Work, places: Places, width: int) -> None:
    pages = {places[customer]["wiki"]: number for customer, number in work.listed.items()}

    def read(ids: Sequence[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask(
            "wiki", "GET", f"/wiki/api/v2/pages?id={','.join(ids)}&body-format=storage&limit={PAGES_AT_ONCE}"
        )["results"]
        return found

    def write(page: dict[str, Any]) -> None:
        body = {"representation": "storage", "value": page["body"]["storage"]["value"] + _rows(pages[page["id"]])}
        version = {"number": page["version"]["number"] + 1, "message": "replay"}
        content = {"id": page["id"], "status": "current", "title": page["title"], "body": body, "version": version}
        ask("wiki", "PUT", f"/wiki/api/v2/pages/{page['id']}", content)

    ids = list(pages)
    groups = [ids[start : start + PAGES_AT_ONCE] for start in range(0, len(ids), PAGES_AT_ONCE)]
    _each(write, [page for found in _each(read, groups, width) for page in found], width)


def _rows(number: int) -> str:
    """A table as long as the contacts' is about to be."""
    cells = "".join(f"<td><p>{html.escape('Person & Number technical +41 44 555 00 00')}</p></td>" for _ in range(4))
    return f"<table><tbody>{''.join(f'<tr>{cells}</tr>' for _ in range(number))}</tbody></table>"
