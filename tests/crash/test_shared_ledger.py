"""Two machines that share a ledger on a PostgreSQL server: one holds a deal, and the other waits for it."""

from __future__ import annotations

import pytest

from integrations.core.server import Server
from tests.crash.boundaries import CASES, assert_same, undisturbed
from tests.crash.census import census
from tests.crash.site import Site, ended, ending
from tests.postgresql import KEY


def test_one_deal_on_two_machines_at_once_makes_one_of_everything(
    place: Site, database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are done at once, unlike with a ledger each: nobody is told to look again."""
    monkeypatch.setenv("LEDGER_URL", database.url)
    monkeypatch.setenv("LEDGER_KEY", KEY.hex())
    deal, machines = CASES["service"].deal, [place.machine(name) for name in ("here", "there")]
    for machine in machines:
        text = machine.settings.read_text(encoding="utf-8")
        pointers = '[ledger]\nurl = { env = "LEDGER_URL" }\nkey = { env = "LEDGER_KEY" }\n'
        machine.settings.write_text(text.replace("[ledger]\n", pointers), encoding="utf-8")
    processes = [machine.start("setup", deal, "--yes") for machine in machines]
    with ending(processes):
        runs = [ended(process) for process in processes]
    assert [run.outcome for run in runs] == [(0, "done")] * 2, [run.words for run in runs]
    state = place.state()
    assert state["duplicates"] == []
    assert_same(census(state), undisturbed("service").there)
    place.forget_requests()
    assert [machine.run("setup", deal, "--yes").outcome for machine in machines] == [(0, "done")] * 2
    assert place.writes() == []
