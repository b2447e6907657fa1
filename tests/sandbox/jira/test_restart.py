"""What was written is found again after a restart, and forgotten by a reset."""

from __future__ import annotations

from pathlib import Path

import requests

from integrations.sandbox.jira import PRETEND
from integrations.sandbox.pretend import ACCOUNT, TOKEN
from integrations.sandbox.thread import running
from tests.sandbox.jira.client import DESK, PLATFORM, TIMEOUT, Client


def test_every_look_up_works_after_a_restart(tmp_path: Path) -> None:
    with running([PRETEND], data=tmp_path) as first:
        client = Client(first)
        client.project("ATOM", name="Customer: Atomic AG")
        made = client.issue("ATOM", labels=["closedwon-1a"])
        client.post(f"{DESK}/customer", {"email": "beat@mueller-soehne.example", "displayName": "Beat Müller"})
        before = client.state()
        client.session.close()
    with running([PRETEND], data=tmp_path) as second, requests.Session() as session:
        session.auth = (ACCOUNT, TOKEN)
        base = f"{second.url}/jira"
        assert requests.get(f"{second.url}/_sandbox/state", timeout=TIMEOUT).json()["jira"]["issue"] == before["issue"]
        found = session.post(f"{base}{PLATFORM}/search/jql", json={"jql": "labels = closedwon-1a"}, timeout=TIMEOUT)
        assert [issue["id"] for issue in found.json()["issues"]] == [made["id"]]
        query = {"query": "beat@mueller-soehne.example"}
        assert len(session.get(f"{base}{PLATFORM}/user/search", params=query, timeout=TIMEOUT).json()) == 1
        body = {"key": "OTHER", "name": "customer: atomic ag", "projectTypeKey": "business"}
        assert "projectName" in session.post(f"{base}{PLATFORM}/project", json=body, timeout=TIMEOUT).json()["errors"]


def test_a_reset_forgets_what_was_made(jira: Client) -> None:
    first = jira.issue(labels=["gone"])
    jira.project("ATOM")
    requests.post(f"{jira.root}/_sandbox/reset", timeout=TIMEOUT)
    jira.trap(jira_index_lag=0)
    jira.get(f"{PLATFORM}/issue/{first['key']}", 404)
    assert jira.found("labels = gone") == []
    jira.project("ATOM")
    assert jira.issue()["key"] == first["key"]
