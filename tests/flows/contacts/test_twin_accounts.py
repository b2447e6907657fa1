"""Two accounts with one address: which of them a contact is, a person says; nobody else waits for that."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.core.errors import Ambiguous
from integrations.flows.contacts.link import link
from integrations.flows.contacts.outcome import Outcome, Request
from integrations.flows.contacts.report import problems
from integrations.flows.contacts.sync import Approval, ContactSync
from integrations.jira.member.api import Account, Calls
from integrations.sandbox.jira.accounts import add_customer
from integrations.sandbox.panel.invitations import register
from tests.flows.contacts.site import ANNA_OF_103, EMAIL, Site, lines_of

EVA = "eva.muster@mueller-soehne.example"


def in_the_panel(site: Site, _: pytest.MonkeyPatch) -> set[str]:
    for name in ("eva-1", "eva-2"):
        register(site.there, name, EVA, "Eva Muster")
    return {"eva-1", "eva-2"}


def in_jira(site: Site, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sandbox has one account an address; a real site may show several."""
    ids = {str(add_customer(site.there, email, "Eva Muster")["accountId"]) for email in (EVA, f"other.{EVA}")}
    monkeypatch.setattr(Calls, "search", lambda *_: [Account(account, "Eva Muster", EVA) for account in sorted(ids)])
    return ids


TWINS: dict[str, Any] = {"panel": in_the_panel, "jira": in_jira}


@pytest.fixture(params=TWINS)
def twins(request: pytest.FixtureRequest, site: Site, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int, set[str]]:
    """The system, the contact, and the ids of the accounts that have its address."""
    ids = TWINS[request.param](site, monkeypatch)
    return request.param, site.add("Eva Muster", EVA, function="CTO"), ids


def test_twin_accounts_are_a_choice_with_both_ids_and_the_others_are_synced(
    site: Site, twins: tuple[str, int, set[str]]
) -> None:
    """Somebody new is let in, and a leaver of another customer is noted, in the same run."""
    system, made, ids = twins
    site.add("Urs Muster", "urs@mueller-soehne.example", function="CTO")
    site.edit(ANNA_OF_103, active=False)
    outcome = site.sync()
    assert outcome.exit_code == 4
    (line,) = lines_of(outcome, made, system)
    assert isinstance(line.error, Ambiguous)
    assert {candidate.id for candidate in line.error.candidates} == ids
    assert EVA not in line.error.message
    assert "urs@mueller-soehne.example" in site.jira() & site.panel() & site.wiki().keys()
    site.passed(3.1)
    site.sync()
    assert EMAIL[ANNA_OF_103] not in site.everywhere("103")


def test_problems_say_which_accounts_there_are_and_how_to_choose(site: Site, twins: tuple[str, int, set[str]]) -> None:
    system, made, ids = twins
    site.sync()
    ((problem, entry),) = site.does(lambda sync: problems(sync.ledger, sync.source)[0])
    assert (problem.system, entry.contact) == (system, str(made))
    commands = entry.why.partition("To choose: ")[2].split(" or: ")
    assert set(commands) == {f"closedwon contacts link {made} {system}={account}" for account in (*ids, "never")}
    assert EVA not in entry.why


def test_who_is_chosen_at_the_prompt_is_planned_anew_and_let_in_by_the_same_run(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the panel: Jira only tells of twins when it is written."""
    system, ids = "panel", in_the_panel(site, monkeypatch)
    made = site.add("Eva Muster", EVA, function="CTO")
    shown: list[Outcome] = []

    def run(sync: ContactSync) -> Outcome:
        def choose(outcome: Outcome) -> bool:
            (line,) = lines_of(outcome, made, system)
            if isinstance(line.error, Ambiguous):
                link(sync, str(made), [(system, max(ids))])
                return True
            return False

        return sync.run(Request(), Approval(choose=choose, ask=lambda plan: bool(shown.append(plan)) or True))

    assert site.does(run).exit_code == 0
    (asked,) = shown
    assert len(asked.lines) == len({(line.key, line.system) for line in asked.lines})
    (line,) = lines_of(asked, made, system)
    assert line.error is None
    assert site.memory.problems() == []


def test_who_was_chosen_is_let_in_and_is_a_problem_no_more(site: Site, twins: tuple[str, int, set[str]]) -> None:
    system, made, ids = twins
    site.sync()
    chosen = max(ids)
    site.does(lambda sync: link(sync, str(made), [(system, chosen)]))
    assert site.sync().exit_code == 0
    of_panel = site.table("panel", "organizationmembers")[f"{site.places['101']['panel']}/members"]
    members = {reference["name"] for reference in of_panel["spec"]["userRefs"]} | set(site.organization("101")["users"])
    assert members & ids == {chosen}
    assert site.memory.problems() == []
