from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
import requests

from integrations.core.errors import Uncertain
from integrations.core.http import Http
from integrations.core.resource import Live, Resource
from integrations.jira.issue.ticket import Ticket
from integrations.jira.organization import Organization
from integrations.jira.project import Project
from tests.jira.site import Site, change, find, reach

WANTED: list[Resource] = [
    Organization(key="customer:101", name="Müller & Söhne AG"),
    Project(key="customer:101", name="Customer: Müller & Söhne AG", lead="reto.frei@acme.example"),
    Ticket(key="deal:42/ticket", project="OPS", summary="Set up", assignee="lena.gerber@acme.example"),
]


class Killed(BaseException):
    """The process ends here: no handler of ours may run."""


def kill_at(monkeypatch: pytest.MonkeyPatch, boundary: int, *, after: bool) -> list[int]:
    """Let the process die at its nth request, before it is sent or after the vendor committed."""
    send = Http._send
    count = [0]

    def dying(self: Http, *arguments: Any) -> requests.Response:
        count[0] += 1
        if count[0] >= boundary and not after:
            raise Killed
        response = send(self, *arguments)
        if count[0] >= boundary:
            raise Killed
        return response

    monkeypatch.setattr(Http, "_send", dying)
    return count


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("wanted", WANTED, ids=lambda resource: resource.kind)
def test_killed_at_any_request_the_next_run_ends_with_one(site: Site, wanted: Resource, after: bool) -> None:
    """With the ledger lost as well: nothing is remembered between the runs."""
    boundary, done = 0, False
    while not done:
        boundary += 1
        site.reset()
        with pytest.MonkeyPatch.context() as patch:
            count = kill_at(patch, boundary, after=after)
            with contextlib.suppress(Killed):
                reach(site.system(), wanted)
            done = count[0] < boundary
        end = time.monotonic() + 30
        while isinstance(find(site.system(), wanted), Uncertain) and time.monotonic() < end:
            pass
        made = reach(site.system(), wanted)
        found = find(site.system(), wanted)
        assert isinstance(found, Live)
        assert (found.id, change(wanted, found).action) == (made.id, "keep")
        assert site.duplicates() == []
        kind = {"ticket": "issue"}.get(wanted.kind, wanted.kind)
        seeded = {"organization": 4, "project": 4, "issue": 1}[kind]
        assert len(site.objects(kind)) == seeded + 1
    assert boundary > 4
