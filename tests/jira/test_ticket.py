from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from integrations.core.change import Change, FieldChange
from integrations.core.document import Bullets, Document, Grid, Heading, Paragraph, Span
from integrations.core.errors import Ambiguous, AuthError, Conflict, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import Live, Lookup, Want
from integrations.jira.adf import to_adf
from integrations.jira.claims import claim_name
from integrations.jira.issue.ticket import Ticket
from tests.jira.site import Site, find, put, reach

TEXT = Document(
    blocks=(
        Heading(level=2, spans=(Span(text="Set-up"),)),
        Paragraph(spans=(Span(text="Customer "), Span(text="Müller & Söhne\n<b>AG</b>", bold=True))),
        Paragraph(spans=(Span(text=""),)),
        Bullets(items=((Span(text="page", href="https://wiki.example/1"),), (Span(text=""),))),
        Bullets(ordered=True, items=()),
        Grid(header=((Span(text="What"),), ()), rows=(((Span(text="Name"),), (Span(text="*Beat* [x](y)"),)),)),
    )
)
WHOLE = Document(blocks=(*TEXT.blocks, Paragraph(spans=(Span(text="page", href="https://wiki.example/2"),))))
SETUP = Ticket(
    key="deal:42/ticket",
    project="OPS",
    summary="Set up Müller & Söhne AG",
    description=TEXT,
    assignee="Lena.Gerber@acme.example",
    labels=("hand over", "service"),
)
LABEL = claim_name("ticket", SETUP.key)


def issues(site: Site, key: str = SETUP.key) -> list[dict[str, Any]]:
    return [issue for issue in site.objects("issue") if issue["properties"].get("closedwon", {}).get("key") == key]


def claim_of(site: Site, key: str = SETUP.key) -> dict[str, Any]:
    register = next(project for project in site.objects("project") if project["key"] == "SUP")
    found: dict[str, Any] = register["properties"].get(claim_name("ticket", key), {})
    return found


def claim(site: Site, **content: Any) -> None:
    """A claim as a process that was killed leaves it behind."""
    site.call("PUT", f"/rest/api/3/project/SUP/properties/{LABEL}", {"kind": "ticket", "key": SETUP.key, **content})


def test_an_unknown_one_is_absent_and_looking_writes_nothing(site: Site) -> None:
    assert find(site.system(), SETUP) is None
    assert site.writes() == []


def test_one_is_created_and_found_again_and_no_portal_shows_it(site: Site) -> None:
    made = reach(site.system(), SETUP)
    found = find(site.system(), SETUP)
    assert isinstance(found, Live)
    assert (found.id, found.url, found.ours) == (made.id, made.url, True)
    assert found.state.labels == ("hand-over", "service")
    assert found.state.assignee == "lena.gerber@acme.example"
    assert found.state.status == "To Do"
    (stored,) = issues(site)
    assert (stored["project"], stored["summary"], stored["issuetype"]) == ("OPS", SETUP.summary, "Task")
    assert not stored["customer_visible"]
    assert claim_of(site)["issue"] == int(stored["id"])


def test_in_the_service_desks_own_project_it_stays_internal(site: Site) -> None:
    reach(site.system(), SETUP.model_copy(update={"project": "SUP"}))
    (stored,) = issues(site)
    assert not stored["customer_visible"]
    assert (stored["requestTypeId"], stored["organizations"]) == (None, [])


def test_a_creation_takes_as_few_requests_as_it_can(site: Site) -> None:
    reach(site.system(register_project="SUP", settle=120), SETUP)
    assert site.operations() == [
        "project.get",
        "user.search",
        "project.property.put",
        "issue.create",
        "project.property.put",
    ]


def test_with_the_ledgers_hint_one_request_tells(site: Site) -> None:
    """The one that shows twins as well."""
    site.traps(jira_index_lag=0)
    made = reach(site.system(), SETUP)
    site.operations()
    found = find(site.system(), SETUP, id=made.id)
    assert isinstance(found, Live)
    assert found.id == made.id
    assert site.operations() == ["issue.search"]


def test_a_hint_that_leads_elsewhere_is_not_believed(site: Site) -> None:
    made = reach(site.system(), SETUP)
    for hint in ("OPS-1", "OPS-4711"):
        found = find(site.system(), SETUP, id=hint)
        assert isinstance(found, Live)
        assert found.id == made.id


def test_steps_of_one_deal_have_tickets_of_their_own(site: Site) -> None:
    other = SETUP.model_copy(update={"key": "deal:42/kickoff"})
    system = site.system()
    assert reach(system, SETUP).id != reach(system, other).id


def test_many_are_looked_for_in_few_requests(site: Site) -> None:
    site.traps(jira_index_lag=0, page_size=2)
    system = site.system()
    wanted = [SETUP.model_copy(update={"key": f"deal:{n}/ticket", "assignee": None}) for n in range(5)]
    made = {ticket.key: reach(system, ticket).id for ticket in wanted}
    site.operations()
    lookups = [Lookup(ticket, id=made[ticket.key]) for ticket in wanted]
    answers = site.system().stores["ticket"].find(lookups)
    assert {key: answer.id for key, answer in answers.items() if isinstance(answer, Live)} == made
    assert site.operations() == ["issue.search"] * 3


LOST = ["project.property.put", "issue.create"]


@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
@pytest.mark.parametrize("operation", LOST)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_lost_answer_never_makes_a_second_ticket(site: Site, operation: str, do: str, skip: int) -> None:
    """Nor does a kill at that place: the next run is a new process, and waits until the index must know."""
    site.fault(operation=operation, do=do, times=50, skip=skip)
    put(site.system(), SETUP, None)
    site.call_off_faults()
    system = site.system()
    end = time.monotonic() + 30
    while isinstance(answer := find(system, SETUP), Uncertain) and time.monotonic() < end:
        assert answer.retry_after is not None
        assert answer.retry_after <= 1
    found = reach(system, SETUP)
    assert [issue["key"] for issue in issues(site)] == [found.id]
    assert site.duplicates() == []


def test_a_fresh_claim_without_an_issue_is_neither_present_nor_absent(site: Site) -> None:
    claim(site, at=2e9)
    answer = find(site.system(), SETUP)
    assert isinstance(answer, Uncertain)
    assert answer.retry_after == pytest.approx(0.6, abs=0.3)
    assert isinstance(put(site.system(), SETUP, None), Uncertain), "somebody claimed it after our look"
    assert issues(site) == []


def test_a_stale_claim_is_taken_over(site: Site) -> None:
    claim(site, at=0)
    made = reach(site.system(), SETUP)
    assert claim_of(site)["issue"] == int(issues(site)[0]["id"])
    assert made.id == issues(site)[0]["key"]


def test_if_the_maker_of_a_stale_claim_comes_back_the_elder_ticket_stays(site: Site) -> None:
    site.traps(jira_index_lag=0)
    claim(site, at=0)
    system = site.system()
    assert find(system, SETUP) is None
    elder = site.call(
        "POST",
        "/rest/api/3/issue",
        {
            "fields": {
                "project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "late", "labels": [LABEL]
            },
            "properties": [{"key": "closedwon", "value": {"key": SETUP.key}}],
        },
    )  # fmt: skip
    kept = put(system, SETUP, None)
    assert isinstance(kept, Live)
    assert kept.id == elder["key"]
    assert [issue["statusCategory"] for issue in issues(site)] == ["new", "done"]
    assert claim_of(site)["issue"] == int(elder["id"])
    assert site.duplicates() == []


def test_many_runs_at_once_make_one(site: Site) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(put(site.system(), SETUP, None))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(issues(site)) == 1
    assert sum(isinstance(answer, Live) for answer in answers) == 1
    assert all(isinstance(answer, (Live, Uncertain)) for answer in answers)


def test_a_refused_creation_leaves_no_claim_and_names_the_field(site: Site) -> None:
    answer = put(site.system(), SETUP.model_copy(update={"issue_type": "Epoch"}), None)
    assert isinstance(answer, Rejected)
    assert answer.field == "issuetype"
    assert claim_of(site) == {}
    site.lose_rights("Create Issues:OPS")
    answer = put(site.system(), SETUP, None)
    assert isinstance(answer, AuthError)
    assert 'lacks "Create Issues on OPS"' in answer.message
    assert claim_of(site) == {}


@pytest.mark.parametrize("email", ["nobody@acme.example", "anna.keller@acme.example", "marc.dubois@acme.example"])
def test_an_assignee_who_is_not_found_is_told_before_anything_is_written(site: Site, email: str) -> None:
    """Unknown, deactivated, or with a hidden address."""
    answer = find(site.system(), SETUP.model_copy(update={"assignee": email}))
    assert isinstance(answer, Rejected)
    assert email in answer.message
    assert (answer.field, answer.who) == ("assignee", "a Jira administrator")
    assert site.writes() == []


def test_without_the_right_to_browse_people_nobody_is_thought_unknown(site: Site) -> None:
    site.lose_rights("Browse users and groups")
    answer = find(site.system(), SETUP)
    assert isinstance(answer, Rejected)
    assert "Browse users and groups" in answer.message


def test_what_may_not_be_seen_is_never_created_again(site: Site) -> None:
    made = reach(site.system(), SETUP)
    site.writes()
    for rights in (["Browse Projects:OPS"], ["Browse Projects"]):
        site.lose_rights(*rights)
        for known in ({}, {"id": made.id}):
            answer = find(site.system(register_project="SUP"), SETUP, **known)
            assert isinstance(answer, (Ambiguous, AuthError))
            assert "Browse Projects" in answer.message + answer.next
    assert site.writes() == []


def test_a_stale_claim_proves_nothing_where_we_may_not_look(site: Site) -> None:
    claim(site, at=0)
    site.lose_rights("Browse Projects:OPS")
    assert isinstance(find(site.system(), SETUP), AuthError)


def test_a_deleted_ticket_is_a_persons_choice(site: Site) -> None:
    claim(site, at=0, issue=99999, name="OPS-99")
    answer = find(site.system(), SETUP)
    assert isinstance(answer, Ambiguous)
    assert "OPS-99" in answer.message
    made = reach(site.system(), SETUP, new=True)
    found = find(site.system(), SETUP)
    assert isinstance(found, Live)
    assert found.id == made.id


def test_a_chosen_one_is_adopted_and_left_as_it_is(site: Site) -> None:
    before = site.objects("issue")[0]
    system = site.system()
    answer = find(system, SETUP, id="OPS-1", chosen=True)
    assert isinstance(answer, Live)
    assert not answer.ours
    put(system, SETUP, answer)
    found = find(site.system(), SETUP)
    assert isinstance(found, Live)
    assert (found.id, found.ours) == ("OPS-1", True)
    after = site.objects("issue")[0]
    assert after["labels"] == [*before["labels"], LABEL]
    assert found.state.labels == tuple(before["labels"])
    ours = {"properties", "labels", "updated", "history"}
    assert {name for name in after if after[name] != before[name]} <= ours


def test_a_chosen_one_that_is_missing_or_anothers_is_refused(site: Site) -> None:
    made = reach(site.system(), SETUP)
    other = SETUP.model_copy(update={"key": "deal:43/ticket"})
    assert isinstance(find(site.system(), other, id="OPS-4711", chosen=True), Rejected)
    answer = find(site.system(), other, id=made.id, chosen=True)
    assert isinstance(answer, Rejected)
    assert SETUP.key in answer.message


def test_archiving_closes_it_once_and_a_closed_one_exists(site: Site) -> None:
    made = reach(site.system(), SETUP)
    gone = SETUP.model_copy(update={"active": False})
    system = site.system()
    found = find(system, gone)
    assert isinstance(found, Live)
    closed = put(system, gone, found, action="archive")
    assert isinstance(closed, Live)
    assert (closed.state.active, closed.state.status) == (False, "Done")
    found = find(site.system(), gone)
    assert isinstance(found, Live)
    assert not found.state.active
    kept = find(site.system(), SETUP)
    assert isinstance(kept, Live)
    assert (kept.id, kept.state.active) == (made.id, True)


def completion(found: Live[Any]) -> Change[Any]:
    """The change that core makes of a description that lacked something."""
    whole = SETUP.model_copy(update={"description": WHOLE})
    fields = (FieldChange("description", found.state.comparable("description"), whole.comparable("description")),)
    return Change("step", "jira", "update", Want("step", "jira", whole), found=found, fields=fields)


def test_a_description_reads_as_it_was_written_and_is_completed_once(site: Site) -> None:
    """Also after Jira has given it ids and default attributes of its own; nothing else is touched."""
    made = reach(site.system(), SETUP)
    path = f"/rest/api/3/issue/{made.id}"
    text = with_ids(issues(site)[0]["description"])
    site.call("PUT", path, {"fields": {"description": text}})
    found = find(site.system(), SETUP)
    assert isinstance(found, Live)
    assert found.state.comparable("description") == SETUP.comparable("description")
    before = issues(site)[0]
    site.writes()
    system = site.system()
    answer = system.stores["ticket"].put([completion(found)])[SETUP.key]
    assert isinstance(answer, Live)
    again = find(site.system(), SETUP)
    assert isinstance(again, Live)
    whole = SETUP.model_copy(update={"description": WHOLE}).comparable("description")
    assert answer.state.comparable("description") == again.state.comparable("description") == whole
    assert site.writes() == ["issue.update"]
    after = issues(site)[0]
    assert {name for name in after if after[name] != before[name]} <= {"description", "updated", "history"}


def with_ids(node: dict[str, Any]) -> dict[str, Any]:
    """A tree as an editor of Jira saves it: blocks with ids, texts in pieces."""
    attributes = {"attrs": {**node.get("attrs", {}), "localId": "1"}} if node["type"] in ("paragraph", "table") else {}
    parts: list[dict[str, Any]] = []
    for part in node.get("content", []):
        if part["type"] == "text" and len(part["text"]) > 1:
            parts += [{**part, "text": part["text"][:1]}, {**part, "text": part["text"][1:]}]
        else:
            parts.append(with_ids(part))
    return {**node, **attributes, **({"content": parts} if "content" in node else {})}


@pytest.mark.parametrize("done", ["changed", "closed"])
def test_a_description_that_was_changed_or_closed_since_it_was_read_is_left(site: Site, done: str) -> None:
    made = reach(site.system(), SETUP)
    found = find(site.system(), SETUP)
    assert isinstance(found, Live)
    path = f"/rest/api/3/issue/{made.id}"
    if done == "closed":
        site.call("POST", f"{path}/transitions", {"transition": {"id": "31"}})
    else:
        site.call("PUT", path, {"fields": {"description": to_adf(WHOLE)}})
    before = issues(site)[0]["description"]
    answer = site.system().stores["ticket"].put([completion(found)])[SETUP.key]
    assert isinstance(answer, Conflict)
    assert issues(site)[0]["description"] == before


@pytest.mark.parametrize(
    "node",
    [
        {"type": "paragraph", "content": [{"type": "text", "text": "a", "marks": [{"type": "em"}]}]},
        {"type": "paragraph", "content": [{"type": "mention", "attrs": {"id": "5b", "text": "@Lena"}}]},
        {"type": "panel", "attrs": {"panelType": "info"}, "content": [{"type": "paragraph", "content": []}]},
        {"type": "rule"},
        {"type": "paragraph", "content": []},
    ],
    ids=lambda node: str(node["type"]),
)
def test_whatever_people_add_to_a_description_tells_it_from_ours(site: Site, node: dict[str, Any]) -> None:
    made = reach(site.system(), SETUP)
    text = issues(site)[0]["description"]
    site.call(
        "PUT",
        f"/rest/api/3/issue/{made.id}",
        {"fields": {"description": {**text, "content": [*text["content"], node]}}},
    )
    found = find(site.system(), SETUP)
    assert isinstance(found, Live)
    assert found.state.comparable("description") != SETUP.comparable("description")


@pytest.mark.parametrize("summary", ["x" * 300, "Żółta 🚤", "شركة", "<script>\"&'", "zwei\nZeilen"])
def test_summaries_of_every_kind_survive(site: Site, summary: str) -> None:
    wanted = SETUP.model_copy(update={"summary": Ticket(key="x", project="OPS", summary=summary).summary})
    reach(site.system(), wanted)
    found = find(site.system(), wanted)
    assert isinstance(found, Live)
    assert found.state.summary == wanted.summary


def test_one_bad_row_fails_alone(site: Site) -> None:
    bad = SETUP.model_copy(update={"key": "deal:1/ticket", "assignee": "nobody@acme.example"})
    answers = site.system().stores["ticket"].find([Lookup(SETUP), Lookup(bad)])
    assert answers[SETUP.key] is None
    assert isinstance(answers[bad.key], Rejected)


@pytest.mark.parametrize(
    ("status", "expected"), [(401, "AuthError"), (403, "AuthError"), (429, "Unavailable"), (500, "Uncertain")]
)
def test_each_status_becomes_the_right_error(site: Site, status: int, expected: str) -> None:
    site.fault(operation="issue.create", do="status", status=status, retry_after=60)
    answer = put(site.system(), SETUP, None)
    assert isinstance(answer, IntegrationError)
    assert answer.type == expected
    assert "sandbox-token" not in answer.message + answer.next


def test_a_register_that_may_not_be_written_is_told_with_the_right(site: Site) -> None:
    site.lose_rights("Administer Projects:SUP")
    answer = put(site.system(), SETUP, None)
    assert isinstance(answer, AuthError)
    assert 'lacks "Administer Projects on SUP"' in answer.message
    assert issues(site) == []


def test_while_jira_is_down_nothing_is_thought_absent(site: Site) -> None:
    site.fault(do="status", status=503, times=100)
    assert isinstance(find(site.system(patience=0), SETUP), Unavailable)
