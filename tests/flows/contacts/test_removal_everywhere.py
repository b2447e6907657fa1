"""Out means out: whatever the ledger and the ERP know, and whatever system is down meanwhile."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.core.errors import Unavailable
from integrations.core.plan import Limits
from integrations.flows.contacts.batch import Batch, BatchPlanner
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.revoke import forget, restore, revoke
from integrations.flows.contacts.sync import Approval
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.service_management.organizations import add_organization
from tests.flows.contacts.site import EMAIL, NADJA, PETER, YES, Site

TITLES = {"jira": "Jira", "panel": "APPUiO Control API", "wiki": "Confluence"}


def revoked(site: Site, email: str = EMAIL[NADJA], approval: Approval = YES) -> Outcome:
    outcome: Outcome = site.does(lambda sync: revoke(sync, email, approval))
    return outcome


def said(outcome: Outcome) -> str:
    return " ".join(outcome.notes)


@pytest.fixture
def lost(site: Site, tmp_path: Path) -> Iterator[Site]:
    """A machine whose ledger is new: everybody is where they were."""
    with site.at(site.lost_ledger(tmp_path / "lost")):
        yield site


def test_with_a_lost_ledger_who_is_revoked_is_out_everywhere(lost: Site) -> None:
    outcome = revoked(lost)
    assert (outcome.exit_code, outcome.counts["archive"], outcome.unread) == (0, 3, {})
    assert {line.company for line in outcome.lines} == {"Müller & Söhne AG"}
    assert EMAIL[NADJA] not in lost.everywhere()
    assert lost.memory.outstanding() == []
    assert revoked(lost).exit_code == 0
    assert lost.wrote() == []


def test_with_a_lost_ledger_who_is_forgotten_is_out_everywhere_and_leaves_nothing_but_a_hash(lost: Site) -> None:
    account = lost.account(EMAIL[NADJA])
    assert lost.does(lambda sync: forget(sync, EMAIL[NADJA], YES)).exit_code == 0
    assert EMAIL[NADJA] not in lost.everywhere()
    assert account not in lost.ledger_text()


def test_a_ledger_that_knows_the_customers_and_nobody_in_them_finds_them_too(site: Site, tmp_path: Path) -> None:
    with site.at(site.machine(tmp_path / "other")):
        outcome = revoked(site)
        assert (outcome.exit_code, outcome.counts["archive"]) == (0, 3)
    assert EMAIL[NADJA] not in site.everywhere()


@pytest.mark.parametrize("system", ["jira", "panel", "wiki"])
def test_a_system_that_is_down_is_named_and_the_next_sync_goes_on_with_it(lost: Site, system: str) -> None:
    """Though the ledger knows no customer there, and has no address to look for."""
    lost.fault(do="status", status=503, system=system, times=999)
    outcome = revoked(lost)
    assert (outcome.exit_code, outcome.ending, set(outcome.unread)) == (1, "waiting", {system})
    assert f"{TITLES[system]} could not be looked through" in said(outcome)
    assert outcome.counts["archive"] == 2
    assert EMAIL[NADJA] not in lost.ledger_text().lower()
    again = lost.sync()
    assert (again.exit_code, set(again.unread)) == (1, {system})
    lost.fix()
    assert EMAIL[NADJA] in lost.everywhere()
    after = lost.sync()
    assert (after.exit_code, after.counts["archive"], after.unread) == (0, 1, {})
    assert EMAIL[NADJA] not in lost.everywhere()
    lost.sync()
    assert lost.asked() <= {"erp"}


@pytest.mark.parametrize("is_lost", [False, True])
def test_while_the_erp_is_down_the_ledger_and_the_systems_are_enough(site: Site, tmp_path: Path, is_lost: bool) -> None:
    site.fault(do="status", status=503, system="erp", times=999)
    with site.at(site.lost_ledger(tmp_path / "lost")) if is_lost else contextlib.nullcontext():
        outcome = revoked(site)
        assert (outcome.exit_code, set(outcome.unread), outcome.counts["archive"]) == (1, {"erp"}, 3)
        assert "Odoo could not be asked" in said(outcome)
        assert EMAIL[NADJA] not in site.everywhere()
        assert site.memory.outstanding() == []


def test_with_all_systems_down_the_revocation_is_kept_and_carried_out_later(site: Site) -> None:
    for system in ("erp", *TITLES):
        site.fault(do="status", status=503, system=system, times=999)
    outcome = revoked(site)
    assert (outcome.exit_code, set(outcome.unread)) == (1, {"erp", *TITLES})
    site.fix()
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()
    assert site.sync().exit_code == 0
    assert EMAIL[NADJA] not in site.everywhere()
    assert site.memory.outstanding() == []


def test_who_is_nowhere_is_reported_with_where_it_was_looked_and_stays_out(site: Site) -> None:
    email = "nobody@nowhere.example"
    outcome = revoked(site, email)
    assert (outcome.exit_code, outcome.counts["archive"], outcome.lines) == (0, 0, ())
    assert "no organization and no page with our mark in Jira, APPUiO Control API and Confluence" in said(outcome)
    assert "spelt right" in said(outcome)
    site.add("Nobody", email, function="CTO")
    site.sync()
    assert email not in site.everywhere()


def test_the_other_address_of_a_contact_is_reported_until_it_is_revoked_too(site: Site) -> None:
    first, second = EMAIL[PETER], "buchhaltung@mueller-soehne.example"
    outcome = revoked(site, first)
    assert f"closedwon contacts revoke {second}" in said(outcome)
    assert second in site.everywhere()
    revoked(site, second)
    assert f"closedwon contacts revoke {second}" not in said(revoked(site, first))


def test_places_that_no_ledger_knows_are_looked_through_and_those_without_our_mark_are_left_alone(site: Site) -> None:
    """An organization that was the customer's before, a deal's, another machine's; and one that somebody else made."""
    account = site.account(EMAIL[NADJA])
    marks = {"customer:101": "A", "deal:42": "B", "customer:9999": "C", "deal:9999": "D", "": "E"}
    made = {}
    for mark, name in marks.items():
        organization = add_organization(site.there, name)
        properties = {"closedwon": {"key": mark}} if mark else {}
        books(site.there).organizations.save(
            organization["id"], {**organization, "properties": properties, "users": [account]}
        )
        made[mark] = organization["id"]
    outcome = revoked(site)
    assert (outcome.exit_code, outcome.counts["archive"]) == (0, 7)
    left = {mark for mark, number in made.items() if account in site.table("jira", "organization")[number]["users"]}
    assert left == {""}
    assert {line.company for line in outcome.lines if line.customer == "deal:9999"} == {"D"}


def test_everybody_with_the_address_is_out_however_many_accounts_and_rows_they_have(site: Site) -> None:
    """Also where the ledger knows one of them alone, and a system was down at first."""
    site.fault(do="status", status=503, system="jira", times=999)
    twin = {**site.table("jira", "user")[site.account(EMAIL[NADJA])], "accountId": "qm:twin"}
    books(site.there).users.save("qm:twin", twin)
    site.change_organization("101", users=[*site.organization("101")["users"], "qm:twin"])
    site.join_panel("nadja-1", EMAIL[NADJA], "Nadja")
    site.join_panel("nadja-2", EMAIL[NADJA], "Nadja")
    row = f"<tr><td><p>N.</p></td><td><p></p></td><td><p>{EMAIL[NADJA].upper()}</p></td><td><p></p></td></tr>"
    site.type_over("<tr><td><p>Nadja", f"{row}<tr><td><p>Nadja")
    revoked(site)
    assert EMAIL[NADJA] not in site.panel() | site.wiki().keys()
    assert EMAIL[NADJA] not in site.page("101")["body"].lower()
    site.fix()
    site.sync()
    assert EMAIL[NADJA] not in site.jira()


def test_a_revocation_that_is_over_a_limit_leaves_no_trace(site: Site) -> None:
    """But that the customer is looked at once more."""
    site.limits = Limits(archives=0)
    assert revoked(site).exit_code == 6
    assert site.memory.outstanding() == []
    assert not site.memory.tombstones_of([site.ledger.hash(EMAIL[NADJA])])
    site.limits = Limits()
    site.sync(full=True)
    assert EMAIL[NADJA] in site.jira() & site.panel() & site.wiki().keys()


def test_a_revocation_that_was_taken_back_is_not_gone_on_with(lost: Site) -> None:
    lost.fault(do="status", status=503, system="jira", times=999)
    revoked(lost)
    lost.fix()
    lost.does(lambda sync: restore(sync, EMAIL[NADJA]))
    assert lost.sync().exit_code == 0
    assert EMAIL[NADJA] in lost.jira()


def test_where_a_person_has_to_approve_a_run_by_itself_does_not_look_and_one_with_a_person_does(lost: Site) -> None:
    lost.section("jira", mode="ask")
    outcome = revoked(lost)
    assert (outcome.exit_code, outcome.counts["archive"]) == (4, 2)
    assert EMAIL[NADJA] in lost.jira()
    lost.sync(full=True)
    assert "jira" not in lost.asked()
    assert lost.sync(approval=Approval(ask=lambda _: True)).exit_code == 0
    assert EMAIL[NADJA] not in lost.everywhere()
    assert lost.memory.outstanding() == []


def test_where_nothing_may_be_written_it_is_said_that_the_person_stays(site: Site) -> None:
    site.section("panel", mode="read")
    outcome = revoked(site)
    assert outcome.counts["archive"] == 2
    assert "APPUiO Control API: the person stays in there" in said(outcome)


def test_what_a_person_has_to_put_right_first_is_looked_at_again_by_full_passes_alone(lost: Site) -> None:
    lost.there.missing_rights["panel"] = frozenset({"list:users"})
    assert set(revoked(lost).unread) == {"panel"}
    assert set(lost.sync(full=True).unread) == {"panel"}
    assert lost.sync().unread == {}
    assert lost.asked() <= {"erp"}
    lost.there.missing_rights.clear()
    assert lost.sync(full=True).counts["archive"] == 1
    assert EMAIL[NADJA] not in lost.everywhere()


def test_a_mistake_in_one_adapter_keeps_nobody_in_the_other_systems(site: Site) -> None:
    def mistaken(_: str = "") -> None:
        raise KeyError

    def run(sync: object) -> Outcome:
        sync.systems["jira"].people.memberships = mistaken  # type: ignore[attr-defined]
        return revoke(sync, EMAIL[NADJA], YES)  # type: ignore[arg-type]

    outcome: Outcome = site.does(run)
    assert (outcome.exit_code, set(outcome.unread)) == (1, {"jira"})
    assert EMAIL[NADJA] not in site.everywhere()


def test_the_document_names_what_was_not_looked_through_and_no_address(lost: Site) -> None:
    lost.fault(do="status", status=503, system="jira", times=999)
    document = revoked(lost).document()
    assert document["unread"]["jira"]["type"] == "Unavailable"
    assert EMAIL[NADJA] not in str(dataclasses.asdict(revoked(lost))["unread"]) + str(document)


def test_a_removal_that_is_stopped_after_the_yes_ends_nothing_that_an_earlier_one_left_open(
    lost: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost.fault(do="status", status=503, system="wiki", times=999)
    revoked(lost)
    lost.fix()

    def stop(*_: object, **__: object) -> Batch:
        raise Unavailable("no more")

    def ask(_: Outcome) -> bool:
        monkeypatch.setattr(BatchPlanner, "plan_out", stop)
        return True

    stopped = revoked(lost, approval=Approval(ask=ask))
    monkeypatch.undo()
    assert (stopped.exit_code, EMAIL[NADJA] in lost.everywhere()) == (1, True)
    lost.sync()
    assert EMAIL[NADJA] not in lost.everywhere()
