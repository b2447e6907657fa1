"""Killed while somebody decides, or is told: it is decided or not, and whoever says it again is heard once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.invoices.digests import write_digests
from integrations.core.plan import Approval
from integrations.flows.invoicing.answers import acknowledge, baseline, dispute, settle, take_back
from integrations.flows.invoicing.check import InvoiceCheck, Request
from tests.crash.doomed import doomed
from tests.flows.contacts.world import KilledError
from tests.flows.invoicing.site import TODAY, Site, invoice, states

pytestmark = pytest.mark.crash

MOST = 24
"""Nothing here has so many transactions."""
BOTH = ("101 invoice:1", "102 invoice:2")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two customers who owe, found long ago: nothing is read again for being new."""
    made = Site(tmp_path)
    made.tables["full_every_hours"] = 1000
    made.have("101", invoice(1))
    made.have("102", invoice(2, "102"))
    made.run()
    made.settle()
    yield made
    made.ledger.close()


def killings(site: Site, work: Callable[[InvoiceCheck], object]) -> Iterator[int]:
    """Do something again and again, each time with one transaction more left; after each that was killed, its number.

    At the end it was done to its end.
    """
    for left in range(MOST):
        check = site.check()
        with doomed(left) as fate:
            work(check)
        if not fate.over:
            assert left, "it writes nothing"
            return
        yield left
    raise AssertionError("it does not end")


def all_are(site: Site, state: str) -> bool:
    """Whether both findings are in a state, by the ledger; or neither is."""
    states = [known.state == state for known in site.check().standing().findings()]
    assert states in ([True, True], [False, False]), "half of it was kept"
    return states[0]


def test_an_acknowledgement_is_kept_for_all_that_it_names_or_for_none(site: Site) -> None:
    """And taken back in the same way."""
    names = [known.finding.fingerprint for known in site.run().findings]
    for _ in killings(site, lambda check: acknowledge(check, names, "they pay on Friday", None)):
        all_are(site, "acknowledged")
    assert all_are(site, "acknowledged")
    for _ in killings(site, lambda check: take_back(check, names)):
        all_are(site, "acknowledged")
    assert all_are(site, "open")


def test_what_is_acknowledged_after_a_kill_gets_no_ticket_any_more(tmp_path: Path) -> None:
    """Though the run that was killed had meant to make one: somebody knows of it by now."""
    for left in range(MOST):
        site = Site(tmp_path / str(left))
        site.have("101", invoice(1))
        check = site.check()
        with doomed(left) as fate:
            check.run(Request(flag=True), Approval(yes=True))
        made = set(site.tickets.there)
        names = [known.finding.fingerprint for known in site.run().findings]
        acknowledge(site.check(), names, "they pay on Friday", None)
        site.flag()
        assert set(site.tickets.there) == made
        site.ledger.close()
        if not fate.over:
            return
    raise AssertionError("it does not end")


def test_a_baseline_is_kept_for_all_that_was_there_or_for_nothing(site: Site) -> None:
    """Said again after a kill, it acknowledges them all."""
    for _ in killings(site, lambda check: baseline(check, TODAY)):
        all_are(site, "acknowledged")
    assert all_are(site, "acknowledged")


def test_a_dispute_that_is_known_silences_the_next_check_and_one_that_is_not_does_not(site: Site) -> None:
    """Whenever the command was killed: who is served is looked at as well as who pays."""
    shared = dataclasses.replace(invoice(2, "102"), served="101")
    site.have("101", shared)
    site.have("102", shared)
    owed = {"101 invoice:2", "102 invoice:2"}

    def assert_told() -> None:
        disputed = bool(site.check().decisions.disputes())
        there = {name for name, state in states(site.run()).items() if state != "resolved"}
        assert there == (set() if disputed else owed)

    assert_told()
    site.settle()
    for _ in killings(site, lambda check: dispute(check, "INV/2", "Lena", "hours are contested")):
        assert_told()
    assert_told()
    for _ in killings(site, lambda check: settle(check, "INV/2")):
        assert_told()
    assert_told()


def letters(folder: Path) -> list[str]:
    """What stands in each."""
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))]


def test_a_digest_that_is_not_known_to_be_written_is_written_again(site: Site) -> None:
    """And one that is known to be is there as a whole."""
    folder = site.folder / "letters"

    def write(check: InvoiceCheck) -> None:
        write_digests(check, check.standing().outcome(), folder)

    repeated = len([left for left in killings(site, write) if len(letters(folder)) > 0])
    assert len(letters(folder)) == repeated + 1
    assert all("INV/1" in text and "INV/2" in text for text in letters(folder))
    write(site.check())
    assert len(letters(folder)) == repeated + 1


@pytest.mark.parametrize("files", [0, 1])
def test_a_digest_whose_files_are_not_all_there_is_written_again(
    site: Site, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    """Killed before the first of its two files has its name, or before the second."""
    folder, check = site.folder / "letters", site.check()
    outcome = check.standing().outcome()
    replace = Path.replace
    left = iter(range(files))

    def put(path: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise KilledError
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", put)
        with pytest.raises(KilledError):
            write_digests(check, outcome, folder)
    write_digests(check, outcome, folder)
    assert len(letters(folder)) == files + 1
    assert len(list(folder.glob("*.html"))) == 1
    assert all("INV/1" in text and "INV/2" in text for text in letters(folder))
