"""Tickets of invoicing exceptions: their life, and that no state is told twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from integrations.core.errors import Conflict, Rejected
from integrations.core.resource import Live
from integrations.core.system import resources
from integrations.jira.claims import claim_name
from integrations.jira.issue.exception import RESOLVED, ExceptionTicket
from tests.jira.desk import ACKNOWLEDGED, AGAIN, KEY, OPEN, Desk, gone, live, wanted
from tests.jira.site import Site, find, put


@pytest.fixture
def desk(site: Site) -> Iterator[Desk]:
    made = Desk(site)
    yield made
    made.ledger.close()


def test_an_exceptions_ticket_lives_from_open_to_closed_and_back_with_a_comment_a_change(desk: Desk) -> None:
    desk.reach(wanted())
    stored = desk.stored()
    assert (stored["summary"], stored["duedate"]) == ("Müller & Söhne AG: invoice not paid", "2026-12-01")
    assert desk.look() == (OPEN, False, [])
    desk.reach(wanted(ACKNOWLEDGED))
    assert desk.look() == (ACKNOWLEDGED, False, [ACKNOWLEDGED])
    desk.reach(gone())
    assert desk.look() == (RESOLVED, True, [ACKNOWLEDGED, RESOLVED])
    desk.reach(wanted(AGAIN))
    assert desk.look() == (AGAIN, False, [ACKNOWLEDGED, RESOLVED, AGAIN])
    assert desk.stored()["status"] == "To Do"
    assert desk.site.duplicates() == []


@pytest.mark.parametrize(
    "life", [[wanted()], [wanted(), wanted(ACKNOWLEDGED)], [wanted(), gone()], [wanted(), gone(), wanted()]]
)
def test_a_second_run_writes_nothing(desk: Desk, life: list[ExceptionTicket]) -> None:
    """Also where it returns to the very state that it was first in."""
    desk.site.traps(jira_index_lag=0)
    for ticket in life:
        desk.reach(ticket)
    assert desk.look()[1] is not life[-1].active
    desk.site.operations()
    assert desk.plan(life[-1]) == ["keep"]
    desk.reach(life[-1])
    assert desk.site.operations() == ["issue.search"] * 2


def test_an_exception_that_was_gone_before_anybody_was_told_gets_no_ticket(desk: Desk) -> None:
    desk.reach(gone())
    assert desk.site.writes() == []


def test_a_change_is_one_request_and_a_resolution_two(desk: Desk) -> None:
    desk.reach(wanted())
    desk.site.writes()
    desk.reach(wanted(ACKNOWLEDGED))
    assert desk.site.writes() == ["issue.update"]
    desk.reach(gone())
    assert desk.site.writes() == ["issue.update", "issue.transition"]
    desk.reach(wanted(AGAIN))
    assert desk.site.writes() == ["issue.transition", "issue.update"]


def test_what_people_closed_is_left_to_them_and_told(desk: Desk) -> None:
    """Neither state nor status is written, whatever state is wanted; once they reopen it, it is."""
    desk.reach(wanted())
    desk.person("Done")
    desk.site.writes()
    for state in (OPEN, ACKNOWLEDGED):
        (result,) = desk.run(wanted(state))
        assert result.status == "kept"
        assert result.live is not None
        assert (result.live.state.closed, result.live.state.status) == (True, "Done")
    assert desk.site.writes() == []
    assert desk.look() == (OPEN, True, [])
    desk.person("To Do")
    desk.reach(wanted(ACKNOWLEDGED))
    assert desk.look() == (ACKNOWLEDGED, False, [ACKNOWLEDGED])


def test_one_that_people_closed_is_told_the_resolution_and_reopened_when_it_returns(desk: Desk) -> None:
    desk.reach(wanted())
    desk.person("Done")
    desk.site.writes()
    desk.reach(gone())
    assert desk.site.writes() == ["issue.update"]
    assert desk.look() == (RESOLVED, True, [RESOLVED])
    desk.reach(wanted(AGAIN))
    assert desk.look() == (AGAIN, False, [RESOLVED, AGAIN])


def test_one_that_people_close_between_our_look_and_our_write_is_left_to_them(desk: Desk) -> None:
    desk.reach(wanted())
    system = desk.site.system()
    seen = live(system, wanted(ACKNOWLEDGED))
    desk.person("Done")
    desk.site.writes()
    written = put(system, wanted(ACKNOWLEDGED), seen, action="update")
    assert isinstance(written, Live)
    assert written.state.closed
    assert desk.site.writes() == []


def test_one_that_people_reopened_after_we_resolved_it_is_closed_without_another_comment(desk: Desk) -> None:
    desk.reach(wanted())
    desk.reach(gone())
    desk.person("To Do")
    desk.reach(gone())
    assert desk.look() == (RESOLVED, True, [RESOLVED])


BREAKS = [
    pytest.param(operation, do, id=f"{operation}-{do}")
    for operation in ("issue.update", "issue.transition")
    for do in ("drop_before", "drop_after")
]


@pytest.mark.parametrize(("operation", "do"), BREAKS)
@pytest.mark.parametrize("patient", [False, True], ids=["killed", "goes on"])
def test_a_lost_answer_never_tells_a_state_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, operation: str, do: str, patient: bool
) -> None:
    """At each request of a resolution and of a return, whether that run looks again or only the next."""
    monkeypatch.setattr("integrations.core.apply.LOOK_AGAIN", 0.01)
    desk.reach(wanted())
    comments: list[str] = []
    for ticket in (gone(), wanted(AGAIN)):
        desk.site.fault(operation=operation, do=do)
        (broken,) = desk.run(ticket, patient=patient, patience=0)
        assert (broken.status == "done") is patient
        desk.reach(ticket)
        comments.append(ticket.state)
        assert desk.look() == (ticket.state, not ticket.active, comments)
        assert desk.plan(ticket) == ["keep"]


def test_a_resolution_that_was_cut_off_is_taken_back_by_the_exceptions_return(desk: Desk) -> None:
    """Between comment and transition: it says resolved and is open. Nothing has to be reopened then."""
    desk.reach(wanted())
    desk.site.fault(operation="issue.transition", do="drop_before")
    desk.run(gone(), patient=False)
    assert desk.look() == (RESOLVED, False, [RESOLVED])
    desk.site.writes()
    desk.reach(wanted(AGAIN))
    assert desk.site.writes() == ["issue.update"]
    assert desk.look() == (AGAIN, False, [RESOLVED, AGAIN])


def test_a_state_that_another_run_wrote_meanwhile_is_a_conflict_unless_it_is_the_one_wanted(desk: Desk) -> None:
    desk.reach(wanted())
    system = desk.site.system()
    seen = live(system, wanted(ACKNOWLEDGED))
    desk.reach(wanted(ACKNOWLEDGED))
    desk.site.writes()
    assert isinstance(put(system, wanted(ACKNOWLEDGED), seen, action="update"), Live)
    assert isinstance(put(system, wanted("in dispute"), seen, action="update"), Conflict)
    assert desk.site.writes() == []


def test_many_are_read_in_few_requests_and_those_to_be_written_past_the_lagging_index(desk: Desk) -> None:
    many = [wanted(key=f"finding:{number:010x}") for number in range(6)]
    desk.site.traps(jira_index_lag=0)
    desk.reach(*many)
    assert desk.plan(*many) == ["keep"] * 6
    desk.site.traps(jira_index_lag=600)
    changed = [wanted(ACKNOWLEDGED, key=ticket.key) for ticket in many[:2]]
    desk.reach(*changed)
    desk.site.operations()
    assert desk.plan(*changed, *many[2:]) == ["keep"] * 6
    assert desk.site.operations() == ["issue.search"] * 2
    assert desk.plan(*many[2:]) == ["keep"] * 4
    assert desk.site.operations() == ["issue.search"]


def test_a_ticket_that_a_person_chose_is_marked_and_told_in_one_request(desk: Desk) -> None:
    before = desk.site.objects("issue")[0]
    desk.ledger.choose("jira", "exception", KEY, before["key"], "")
    desk.site.writes()
    desk.reach(wanted())
    assert desk.site.writes() == ["issue.update", "project.property.put"]
    assert (desk.stored()["key"], *desk.look()) == (before["key"], OPEN, False, [OPEN])
    assert desk.plan(wanted()) == ["keep"]


@pytest.mark.parametrize(("project", "internal"), [("SUP", True), ("OPS", False)])
def test_no_customer_sees_a_ticket_or_its_comments(desk: Desk, project: str, internal: bool) -> None:
    """In a service desk's own project comments are marked internal; elsewhere nobody could see them."""
    desk.reach(wanted(project=project))
    desk.reach(wanted(ACKNOWLEDGED, project=project))
    desk.reach(gone(project=project))
    stored = desk.stored()
    assert (stored["customer_visible"], stored["status"]) == (False, "Resolved" if internal else "Done")
    assert [comment["public"] for comment in stored["comments"]] == [False, False]


@pytest.mark.parametrize(
    ("spoil", "field", "telling"),
    [
        ({"right": "Schedule Issues:OPS"}, "duedate", 'Put "Due date" on the screen that creates issues in OPS'),
        ({"assignee": "nobody@acme.example"}, "assignee", "Invite the person"),
        ({"issue_type": "No such type"}, "issuetype", "the settings of invoicing"),
    ],
)
def test_what_jira_does_not_take_is_told_by_its_field_and_leaves_nothing(
    desk: Desk, spoil: dict[str, str], field: str, telling: str
) -> None:
    desk.site.lose_rights(*(value for name, value in spoil.items() if name == "right"))
    (result,) = desk.run(wanted(**{name: value for name, value in spoil.items() if name != "right"}))
    assert isinstance(result.error, Rejected)
    assert (result.error.field, result.error.who) == (field, "a Jira administrator")
    assert telling in result.error.next
    assert len(desk.site.objects("issue")) == 1
    assert desk.site.duplicates() == []


@pytest.mark.parametrize(("ticket", "verb"), [(gone(), "close"), (wanted(AGAIN), "reopen")])
def test_a_ticket_that_may_not_be_moved_is_told_with_what_to_do_by_hand(
    desk: Desk, ticket: ExceptionTicket, verb: str
) -> None:
    desk.reach(wanted())
    if ticket.active:
        desk.reach(gone())
    desk.site.lose_rights("Transition Issues:OPS")
    (result,) = desk.run(ticket)
    assert isinstance(result.error, Rejected)
    assert f"could not {verb} the ticket" in result.error.message
    assert result.error.next == f"{verb.capitalize()} it by hand."


@pytest.mark.parametrize("ticket", [wanted(ACKNOWLEDGED), gone()])
def test_a_state_that_may_not_be_told_is_not_written_either(desk: Desk, ticket: ExceptionTicket) -> None:
    desk.reach(wanted())
    desk.site.lose_rights("Add Comments:OPS")
    (result,) = desk.run(ticket)
    assert isinstance(result.error, Rejected)
    assert (result.error.who, result.error.next) == (
        "a Jira administrator",
        'Grant "Add Comments" on OPS to the account.',
    )
    assert desk.look() == (OPEN, False, [])


def test_an_elder_ticket_of_a_killed_run_that_comes_to_light_late_is_taken_into_the_wanted_state(desk: Desk) -> None:
    desk.site.traps(jira_index_lag=0)
    label = claim_name("exception", KEY)
    claim = {"kind": "exception", "key": KEY, "at": 0}
    desk.site.call("PUT", f"/rest/api/3/project/SUP/properties/{label}", claim)
    system = desk.site.system()
    assert find(system, wanted(AGAIN)) is None
    fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "late", "labels": [label]}
    mark = {"key": "closedwon", "value": {"key": KEY, "state": OPEN}}
    elder = desk.site.call("POST", "/rest/api/3/issue", {"fields": fields, "properties": [mark]})
    kept = put(system, wanted(AGAIN), None)
    assert isinstance(kept, Live)
    assert (kept.id, kept.state.state) == (elder["key"], AGAIN)
    done = [issue["statusCategory"] == "done" for issue in desk.site.objects("issue") if label in issue["labels"]]
    assert done == [False, True]


def test_what_commenting_and_due_dates_need_is_checked(site: Site) -> None:
    site.lose_rights("Add Comments:OPS", "Schedule Issues:HAND")
    faults = site.system().check(frozenset({"exception"})).faults
    assert [fault.text for fault in faults] == ["Add Comments on OPS", "Schedule Issues on HAND"]
    assert site.system().check(frozenset({"ticket"})).faults == ()


def test_no_playbook_may_want_one(site: Site) -> None:
    offered = resources(site.system())
    assert "ticket" in offered
    assert "exception" not in offered


@pytest.mark.parametrize("state", [RESOLVED, "", " \n", "x" * 256])
def test_a_state_that_makes_no_sense_is_refused(state: str) -> None:
    with pytest.raises(ValidationError):
        wanted(state)
