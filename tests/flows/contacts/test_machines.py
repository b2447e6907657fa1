"""Two machines, each with a ledger and a key of its own; and what the first release wrote."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from integrations.core.member import mark_of
from integrations.flows.contacts.revoke import revoke
from tests.flows.contacts.site import EMAIL, JONAS, NADJA, YES, Site

ANCHOR = re.compile(r"closedwon-contact-(\w+)<")


def test_machines_with_keys_of_their_own_leave_each_others_rows_and_invitations_as_they_are(
    site: Site, tmp_path: Path
) -> None:
    """In turns: after the first, every run says that there is nothing to do."""
    other = site.machine(tmp_path / "other")
    for _ in range(2):
        with site.at(other):
            assert site.sync(full=True).exit_code == 0
            assert site.wrote() == []
        assert site.sync(full=True).exit_code == 0
        assert site.wrote() == []
    with site.at(other):
        site.edit(JONAS, phone="+41 52 555 08 08")
        assert site.sync().counts["update"] == 1
    assert site.sync(full=True).counts["update"] == 0
    assert site.wrote() == []


def test_nothing_that_stands_in_a_vendors_system_depends_on_the_ledgers_key(site: Site, tmp_path: Path) -> None:
    site.before_any_pass()
    other = site.machine(tmp_path / "other")
    assert site.sync(full=True).exit_code == 0
    first = _written(site)
    site.before_any_pass()
    with site.at(other):
        assert site.sync(full=True).exit_code == 0
        assert _written(site) == first


def _written(site: Site) -> tuple[object, ...]:
    """The tables with their anchors, and the invitations with all that they bear."""
    bodies = [re.sub(r' ac:macro-id="[^"]*"', "", site.page(customer)["body"]) for customer in site.places]
    invitations = [
        (
            invitation["name"],
            invitation["metadata"].get("annotations"),
            invitation["metadata"].get("labels"),
            invitation["spec"],
        )
        for customer in site.places
        for invitation in site.invitations(customer)
    ]
    return bodies, sorted(invitations, key=str)


@pytest.fixture
def first_release(site: Site) -> Site:
    """What the first release has written: anchors, names and keys with a hash that its ledger's key makes."""
    for customer in site.places:
        page_id, body = site.places[customer]["wiki"], site.page(customer)["body"]
        for email in site.wiki(customer):
            keyed, mark = site.ledger.hash(email), mark_of(f"customer:{customer}", email)
            assert mark in body
            body = body.replace(mark, keyed)
            _execute(site, "update objects set id = ? where id = ?", f"{page_id}/{keyed}", f"{page_id}/{mark}")
        site.table("wiki", "page")[page_id] = {**site.page(customer), "body": body}
        for number, invitation in enumerate(site.invitations(customer)):
            keyed, old, new = (
                site.ledger.hash(invitation["spec"]["email"]),
                invitation["name"],
                f"closedwon-{customer}{number}",
            )
            marks = {"closedwon.io/key": f"customer:{customer}/contact/{keyed}"}
            site.table("panel", "invitation")[new] = {
                **invitation,
                "name": new,
                "metadata": {**invitation["metadata"], "name": new, "annotations": marks},
            }
            del site.table("panel", "invitation")[old]
            _execute(site, "update objects set id = ? where id = ?", f"invitation/{new}", f"invitation/{old}")
    return site


def _execute(site: Site, statement: str, *values: str) -> None:
    with contextlib.closing(sqlite3.connect(site.file)) as connection, connection:
        connection.execute(statement, values)


def test_what_the_first_release_wrote_needs_nothing_and_is_made_no_second_time(
    first_release: Site, tmp_path: Path
) -> None:
    """Neither by the machine that wrote it nor by another one."""
    site = first_release
    rows, names = (
        {place: site.wiki(place) for place in site.places},
        [invitation["name"] for invitation in site.invitations()],
    )
    for file in (site.file, site.machine(tmp_path / "other")):
        with contextlib.nullcontext() if file == site.file else site.at(file):
            assert site.sync(full=True).exit_code == 0
            assert site.wrote() == []
    assert {place: site.wiki(place) for place in site.places} == rows
    assert [invitation["name"] for invitation in site.invitations()] == names


def test_a_page_of_the_first_release_gets_the_anchors_of_today_when_it_is_written_next(first_release: Site) -> None:
    site = first_release
    emails = site.wiki()
    site.edit(JONAS, phone="+41 52 555 08 08")
    outcome = site.sync()
    assert (outcome.counts["update"], outcome.counts["conflict"]) == (1, 0)
    assert set(ANCHOR.findall(site.page("101")["body"])) == {mark_of("customer:101", email) for email in emails}
    assert site.wiki().keys() == emails.keys()
    assert site.sync(full=True).exit_code == 0
    assert site.wrote() == []


@pytest.mark.parametrize("rewritten", [False, True])
def test_a_ledger_of_the_first_release_knows_who_is_to_leave(first_release: Site, rewritten: bool) -> None:
    """Also after the anchors were replaced: what the ledger calls a row is not what stands in it any more."""
    site = first_release
    if rewritten:
        site.edit(JONAS, phone="+41 52 555 08 08")
        site.sync()
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(3.1)
    outcome = site.sync()
    assert (outcome.exit_code, outcome.counts["archive"]) == (0, 3)
    assert EMAIL[NADJA] not in site.everywhere()


def test_whom_a_ledger_of_the_first_release_has_as_revoked_stays_out(first_release: Site) -> None:
    site = first_release
    assert site.does(lambda sync: revoke(sync, EMAIL[NADJA], YES)).exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()
    site.sync(full=True)
    assert EMAIL[NADJA] not in site.everywhere()


def test_a_machine_that_knows_a_row_under_the_name_of_the_first_release_updates_it_and_takes_it_out(
    first_release: Site, tmp_path: Path
) -> None:
    """Though another machine has given the row today's anchor meanwhile."""
    site = first_release
    other = site.machine(tmp_path / "other")
    with site.at(other):
        site.sync(full=True)
        site.edit(JONAS, phone="+41 52 555 08 08")
        assert site.sync().counts["update"] == 1
    site.edit(NADJA, phone="+41 52 555 07 07")
    outcome = site.sync(full=True)
    assert (outcome.counts["update"], outcome.counts["conflict"]) == (1, 0)
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(3.1)
    assert not [stranger for stranger in site.sync(full=True).strangers if stranger.customer == "101"]
    assert EMAIL[NADJA] not in site.everywhere()
