"""A wiki on loopback, and people who write in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations import confluence
from integrations.core.http import HttpContext
from integrations.core.resource import Live
from integrations.core.system import System
from integrations.sandbox.thread import Running, running
from integrations.sandbox.wiki import PRETEND
from tests.confluence.listing import HASHES, person, put
from tests.confluence.people import Wiki, facts, made
from tests.contracts.checker import Checker

Connect = Callable[..., System]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running([PRETEND]) as started:
        yield started


@pytest.fixture
def wiki(server: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiki]:
    """The seeded wiki; whatever goes over the wire during the test fits the vendor's contract."""
    monkeypatch.setenv("WIKI_TOKEN", "sandbox-token")
    people = Wiki(server)
    people.control("reset", {})
    checker = Checker()
    checker.listen(server.server)
    yield people
    checker.leave()
    assert checker.problems() == []


@pytest.fixture
def connect(wiki: Wiki, tmp_path: Path) -> Connect:
    """Make the adapter for this wiki, with these settings different."""

    def make(**settings: Any) -> System:
        content = {
            "adapter": "confluence",
            "url": f"{wiki.url}/wiki",
            "account": "closedwon@acme.example",
            "token": {"env": "WIKI_TOKEN"},
            "space": "KUNDEN",
            "parent": "Kunden",
            "patience": 2,
            **settings,
        }
        return confluence.connect("wiki", confluence.Settings.model_validate(content), HttpContext(tmp_path))

    return make


@pytest.fixture
def store(connect: Connect) -> Any:
    return connect().stores["section"]


@pytest.fixture
def contacts(connect: Connect) -> Any:
    return connect().stores["contact"]


@pytest.fixture
def page(store: Any) -> str:
    """The page that the set-up of customer 101 has made."""
    return made(store, facts()).id


@pytest.fixture
def full(contacts: Any, page: str) -> str:
    """The page with Anna, Bob and Carla on it."""
    lives = put(contacts, *(person(name, page) for name in HASHES))
    assert all(isinstance(live, Live) for live in lives), lives
    return page
