from __future__ import annotations

import subprocess
import sys

import pytest
import responses

from integrations.core.errors import Rejected, Unavailable
from integrations.core.http import HttpContext
from integrations.core.system import System
from integrations.jira import Settings
from integrations.jira.connection import Connection, Missing, library
from tests.jira.site import Site

BASE = "http://jira.example/site"


@pytest.fixture
def connection(site: Site) -> Connection:
    """A connection to a site that only `responses` answers."""
    settings = site.system().settings
    assert isinstance(settings, Settings)
    changed = settings.model_copy(update={"url": f"{BASE}/", "patience": 0})
    return Connection("jira", changed, HttpContext(site.folder / "other"))


@responses.activate
def test_the_librarys_requests_go_out_through_our_sender(connection: Connection) -> None:
    """Counted, authenticated, with a time-out, and without what Jira Cloud does not know."""
    search = responses.get(f"{BASE}/rest/api/3/user/search", json=[])
    assert (
        list(library(connection, what="look", operation="user.search", shape=list).search_users(query="a@b.example"))
        == []
    )
    (call,) = search.calls
    assert call.request.params == {"query": "a@b.example", "maxResults": "50"}
    assert call.request.headers["Authorization"].startswith("Basic ")
    assert call.request.req_kwargs["timeout"] == (5.0, 30.0)
    assert connection.http.count == 1


@responses.activate
def test_the_librarys_errors_are_ours_and_show_nothing_of_the_answer(connection: Connection) -> None:
    responses.get(f"{BASE}/rest/api/3/issue/A-1", status=404, json={"errorMessages": ["internal"]})
    responses.get(f"{BASE}/rest/api/3/project/A", status=500, body="Traceback")
    with pytest.raises(Missing) as missing:
        library(connection, what="read A-1", operation="issue.get", shape=dict).issue("A-1")
    assert missing.value.type == "Rejected"
    with pytest.raises(Unavailable) as down:
        library(connection, what="read A", operation="project.get", shape=dict).project("A")
    assert "Traceback" not in str(down.value)


@responses.activate
def test_an_unreadable_answer_is_no_object(connection: Connection) -> None:
    responses.get(f"{BASE}/rest/api/3/project/search", body="<html>log in</html>")
    with pytest.raises(Rejected, match=f"something else than Jira answered at {BASE}"):
        connection.json("GET", "/rest/api/3/project/search", what="look", operation="project.search", shape=dict)


def test_connecting_contacts_nothing_and_does_not_import_the_library(site: Site) -> None:
    system: System = site.system()
    assert system.http is not None
    assert system.http.count == 0
    asked = "import sys, integrations.jira; sys.exit('jira' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False, timeout=20).returncode == 0


def test_no_secret_is_in_what_can_be_printed(site: Site) -> None:
    system = site.system()
    shown = repr(system) + repr(system.settings) + str(system.settings.public())
    assert "sandbox-token" not in shown
    assert "token" not in system.settings.public()
