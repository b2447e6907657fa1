from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.workspace import Workspace
from integrations.sandbox.erp import environment
from integrations.sandbox.thread import running
from tests.flows.contacts.site import Site
from tests.flows.contacts.world import Clock


@pytest.fixture(scope="session")
def set_up_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Customers whose people are in step, once a session."""
    clock = Clock()
    with running() as box:
        box.server.clock = clock.time
        with pytest.MonkeyPatch.context() as setting_up:
            setting_up.setattr(environment, "time", clock)
            # The people follow here, not with the set-up.
            setting_up.setattr(Workspace, "has_contacts", property(lambda _: False))
            made = Site(box, tmp_path_factory.mktemp("contacts"), clock)
        yield made
        made.restarted()


@pytest.fixture
def site(set_up_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The same as it was after the first pass, its ledger too."""
    monkeypatch.setattr(environment, "time", set_up_site.clock)
    set_up_site.restore()
    return set_up_site
