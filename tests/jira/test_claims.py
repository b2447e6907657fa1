"""Two machines that share nothing but Jira: one of everything, and where two were made, one of them is found."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integrations.core.apply import Apply
from integrations.core.change import Change, Result
from integrations.core.document import Document, Paragraph, Span
from integrations.core.errors import Conflict, Uncertain
from integrations.core.http import Sent
from integrations.core.ledger import Ledger
from integrations.core.plan import Plan, Planner
from integrations.core.resource import Resource, Want
from integrations.jira.claims import Claim, claim_name
from integrations.jira.issue.ticket import Ticket
from integrations.jira.organization import Organization
from integrations.jira.organization.api import Entry
from integrations.jira.organization.store import LATE, _is_orphan
from tests.conformance.laws import SLOW
from tests.core.memory import approved_by_a_person
from tests.jira.desk import wanted
from tests.jira.site import Site

TEXT = Document(blocks=(Paragraph(spans=(Span(text="Customer: "), Span(text="Müller", bold=True))),))
TICKET = Ticket(key="deal:42/ticket", project="OPS", summary="Set up", description=TEXT)
EXCEPTION = wanted()
ORGANIZATION = Organization(key="customer:101", name="Müller & Söhne AG")
KINDS: list[Resource] = [TICKET, EXCEPTION, ORGANIZATION]
PERSON = "lena.gerber@acme.example"
DESK = "/rest/servicedeskapi"
LONG = 20.0


@dataclasses.dataclass
class Machine:
    """A machine with a ledger and locks of its own; each run is a new process."""

    site: Site
    settle: float = 0.3

    def __post_init__(self) -> None:
        self.site.folder.mkdir(exist_ok=True)
        self.ledger = Ledger(self.site.folder / "ledger.sqlite")

    def planner(self, sent: Callable[[Sent], None] = lambda _: None) -> Planner:
        return Planner({"jira": self.site.system(sent=sent, settle=self.settle)}, self.ledger)

    def plan(self, resource: Resource) -> Plan:
        """What a run would do."""
        return self.planner().plan([Want(resource.key, "jira", resource)])

    def changes(self, resource: Resource) -> Change[Any]:
        """What a run would do to the one thing that is wanted."""
        (change,) = self.plan(resource).changes
        return change

    def run(self, resource: Resource, sent: Callable[[Sent], None] = lambda _: None, *, patient: bool = True) -> Result:
        """A run; one that is patient waits out what it is told to wait for."""
        planner = self.planner(sent)
        planner.patient = patient
        plan = planner.plan([Want(resource.key, "jira", resource)])
        (result,) = (
            Apply(planner.systems, self.ledger, planner, "run", approved_by_a_person(plan)).apply(plan).results.values()
        )
        return result

    def finish(self, resource: Resource) -> Result:
        """Runs until nothing is waited for any more."""
        end = time.monotonic() + LONG
        while (result := self.run(resource)).status not in ("done", "kept"):
            assert isinstance(result.error, (Uncertain, Conflict)), result.error
            assert time.monotonic() < end, result.error
        return result


class Stopped:
    """A run that is stopped right after its nth answer from Jira once it has claimed, until it is let go on."""

    def __init__(self, machine: Machine, resource: Resource, number: int) -> None:
        self.is_stopped, self._go_on = threading.Event(), threading.Event()
        self._machine, self._one, self._number = machine, resource, number
        self._claimed = False
        self.result: Result | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.result = self._machine.run(self._one, self._sent)
        self.is_stopped.set()

    def _sent(self, sent: Sent) -> None:
        self._claimed = self._claimed or sent.operation == "project.property.put"
        if self._claimed and not self.is_stopped.is_set():
            if self._number == 0:
                self.is_stopped.set()
                self._go_on.wait(LONG)
            self._number -= 1

    def go_on(self) -> None:
        self._go_on.set()
        self._thread.join(LONG)
        assert not self._thread.is_alive()


@pytest.fixture
def machines(site: Site, tmp_path: Path) -> tuple[Machine, Machine]:
    site.traps(jira_index_lag=0.05)
    here, there = (dataclasses.replace(site, folder=tmp_path / name) for name in ("here", "there"))
    return Machine(here), Machine(there)


def marked(site: Site, resource: Resource) -> list[dict[str, Any]]:
    """What bears the mark, closed or not."""
    kind = "organization" if isinstance(resource, Organization) else "issue"
    return [
        found for found in site.objects(kind) if found["properties"].get("closedwon", {}).get("key") == resource.key
    ]


def there_are(site: Site, resource: Resource) -> list[str]:
    """What bears the mark and is open, by id or key, the eldest first."""
    is_open = [
        found
        for found in marked(site, resource)
        if found.get("servicedesks") or found.get("statusCategory", "done") != "done"
    ]
    return [str(found.get("key", found["id"])) for found in sorted(is_open, key=lambda found: int(found["id"]))]


@pytest.mark.parametrize(
    ("resource", "ahead"),
    [
        pytest.param(resource, ahead, id=f"{resource.kind}-{ahead}", marks=SLOW if (place + turn) % 2 else ())
        for place, resource in enumerate(KINDS)
        for turn, ahead in enumerate((-600.0, 600.0))
    ],
)
def test_a_clock_that_is_wrong_makes_no_claim_older_or_younger(
    machines: tuple[Machine, Machine], resource: Resource, ahead: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped just after its claim on a machine whose clock is wrong, and looked for on one whose clock is right."""
    here, there = (dataclasses.replace(machine, settle=3.0) for machine in machines)
    with monkeypatch.context() as patched:
        patched.setattr("integrations.core.http.pace.time", Wrong(ahead))
        stopped = Stopped(here, resource, 0)
        assert stopped.is_stopped.wait(LONG)
    begun = time.monotonic()
    assert isinstance(there.run(resource, patient=False).error, Uncertain), "as young as it is"
    while isinstance(there.run(resource, patient=False).error, Uncertain):
        assert time.monotonic() - begun < LONG, "it is abandoned by now"
        time.sleep(0.1)
    stopped.go_on()


class Wrong:
    """The module `time` on a machine whose clock is so many seconds ahead."""

    def __init__(self, ahead: float) -> None:
        self._ahead = ahead

    def time(self) -> float:
        return time.time() + self._ahead

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def second(site: Site, resource: Resource) -> str:
    """One more with the same mark, as a machine leaves it behind that is killed before it could know better."""
    if isinstance(resource, Organization):
        made = site.call("POST", f"{DESK}/organization", {"name": resource.name})
        site.call("PUT", f"{DESK}/organization/{made['id']}/property/closedwon", {"key": resource.key})
        site.call("POST", f"{DESK}/servicedesk/1/organization", {"organizationId": int(made["id"])})
        return str(made["id"])
    assert isinstance(resource, (Ticket, type(EXCEPTION)))
    fields = {
        "project": {"key": "OPS"},
        "issuetype": {"name": "Task"},
        "summary": resource.summary,
        "labels": [claim_name(resource.kind, resource.key)],
    }
    mark = {"key": resource.key, "state": "open"}
    body = {"fields": fields, "properties": [{"key": "closedwon", "value": mark}]}
    return str(site.call("POST", "/rest/api/3/issue", body)["key"])


def use(site: Site, resource: Resource, number: str) -> None:
    """A person works with it."""
    if isinstance(resource, Organization):
        account = site.call("GET", "/rest/api/3/user/search?query=finances@lacnoir.example")[0]["accountId"]
        site.call("POST", f"{DESK}/organization/{number}/user", {"accountIds": [account]}, person=PERSON)
    else:
        site.call("PUT", f"/rest/api/3/issue/{number}", {"fields": {"summary": "Mine"}}, person=PERSON)


@pytest.mark.parametrize(
    ("resource", "trap", "number"),
    [
        pytest.param(
            resource, trap, number, id=f"{resource.kind}-{trap}-{number}", marks=SLOW if (place + number) % 3 else ()
        )
        for place, (resource, trap) in enumerate([*((kind, "duplicate") for kind in KINDS), (ORGANIZATION, "existing")])
        for number in range(5)
    ],
)
def test_a_machine_that_is_stopped_for_long_leaves_one_of_everything(
    site: Site, machines: tuple[Machine, Machine], resource: Resource, trap: str, number: int
) -> None:
    """Stopped anywhere between claim and end for longer than `settle`, while another machine does the same."""
    site.traps(jira_organization_name=trap)
    here, there = machines
    stopped = Stopped(here, resource, number)
    assert stopped.is_stopped.wait(LONG)
    there.finish(resource)
    stopped.go_on()
    assert stopped.result is not None
    assert len(there_are(site, resource)) == 1, "by itself, before any later run"
    if number == 0:
        assert len(marked(site, resource)) == 1, "it read its claim again before it created anything"
    for machine in machines:
        machine.finish(resource)
    assert len(there_are(site, resource)) == 1
    assert {machine.changes(resource).action for machine in machines} == {"keep"}
    assert site.duplicates() == []


@pytest.mark.parametrize("resource", KINDS, ids=lambda resource: resource.kind)
def test_the_next_run_of_either_machine_closes_the_younger(
    site: Site, machines: tuple[Machine, Machine], resource: Resource
) -> None:
    """Although its ledger knows it as its own; the plan says so first, and nothing is left to do afterwards."""
    for number, machine in enumerate(machines):
        site.reset()
        site.traps(jira_index_lag=0)
        elder = machine.finish(resource).live
        assert elder is not None
        younger = second(site, resource)
        if number:  # as the machine remembers it that made the younger
            machine.ledger.note([(machine.changes(resource), dataclasses.replace(elder, id=younger))])
        change = machine.changes(resource)
        assert [(field.name, field.old, field.new) for field in change.fields] == [("duplicates", younger, "none")]
        result = machine.run(resource)
        assert (result.status, result.live and result.live.id) == ("done", elder.id), result.error
        assert there_are(site, resource) == [elder.id]
        assert machine.changes(resource).action == "keep"
        assert machine.ledger.recall("jira", resource.kind, {resource.key: [resource.key]})[resource.key].id == elder.id


@pytest.mark.parametrize("resource", [TICKET, EXCEPTION], ids=lambda resource: resource.kind)
def test_a_closed_twin_says_once_which_one_counts(
    site: Site, machines: tuple[Machine, Machine], resource: Resource
) -> None:
    """Also where closing it fails first."""
    site.traps(jira_index_lag=0)
    here, _ = machines
    elder = here.finish(resource).live
    assert elder is not None
    younger = second(site, resource)
    site.fault(operation="issue.transition", do="status", status=400)
    assert here.run(resource).status == "waiting"
    here.finish(resource)
    (stored,) = (found for found in site.objects("issue") if found["key"] == younger)
    (comment,) = stored["comments"]
    assert elder.id in comment["body"]["content"][0]["content"][0]["text"]


@pytest.mark.parametrize("resource", KINDS, ids=lambda resource: resource.kind)
def test_a_twin_that_people_work_with_is_reported_and_left(
    site: Site, machines: tuple[Machine, Machine], resource: Resource
) -> None:
    """Before the plan was made, and between plan and write."""
    site.traps(jira_index_lag=0)
    here, _ = machines
    elder = here.finish(resource).live
    assert elder is not None
    younger = second(site, resource)
    planner = here.planner()
    plan = planner.plan([Want(resource.key, "jira", resource)])
    use(site, resource, younger)
    (result,) = (
        Apply(planner.systems, here.ledger, planner, "run", approved_by_a_person(plan)).apply(plan).results.values()
    )
    assert (result.status, result.live and result.live.twins) == ("done", (younger,))
    assert there_are(site, resource) == [elder.id, younger]
    site.writes()
    plan = here.plan(resource)
    (change,) = plan.changes
    assert (change.action, change.found and change.found.twins) == ("keep", (younger,))
    assert any(younger in note for note in plan.notes)
    assert site.writes() == []


@pytest.mark.parametrize("done", ["comment", "assignee", "status", "summary"])
def test_whatever_a_person_does_to_a_twin_keeps_it(site: Site, machines: tuple[Machine, Machine], done: str) -> None:
    """What our own account did does not, nor what nobody did."""
    site.traps(jira_index_lag=0)
    here, _ = machines
    here.finish(TICKET)
    younger = second(site, TICKET)
    path = f"/rest/api/3/issue/{younger}"
    if done == "comment":
        text = {"type": "doc", "version": 1, "content": []}
        site.call("POST", f"{path}/comment", {"body": text}, person=PERSON)
    elif done == "status":
        site.call("POST", f"{path}/transitions", {"transition": {"id": "21"}}, person=PERSON)
    else:
        me = site.call("GET", "/rest/api/3/myself", person=PERSON)["accountId"]
        value = {"accountId": me} if done == "assignee" else "Set up everything"
        site.call("PUT", path, {"fields": {done: value}}, person=PERSON)
    site.call("PUT", path, {"fields": {"labels": [claim_name("ticket", TICKET.key), "ours"]}})
    found = here.changes(TICKET).found
    assert found is not None
    assert (found.twins, found.state.duplicates) == ((younger,), "none")


def test_where_people_closed_the_ticket_that_counts_its_twin_is_left(
    site: Site, machines: tuple[Machine, Machine]
) -> None:
    """They may go on with the younger one."""
    site.traps(jira_index_lag=0)
    here, _ = machines
    elder = here.finish(TICKET).live
    assert elder is not None
    younger = second(site, TICKET)
    site.call("POST", f"/rest/api/3/issue/{elder.id}/transitions", {"transition": {"id": "31"}}, person=PERSON)
    change = here.changes(TICKET)
    assert (change.action, change.found and change.found.twins) == ("keep", (younger,))


def test_two_namesakes_are_no_twins(machines: tuple[Machine, Machine]) -> None:
    here, _ = machines
    other = Organization(key="customer:102", name=ORGANIZATION.name)
    here.finish(ORGANIZATION)
    here.finish(other)
    assert [here.changes(resource).action for resource in (ORGANIZATION, other)] == ["keep", "keep"]


@pytest.mark.parametrize(
    ("entry", "is_ours"),
    [
        (Entry(8, "Müller AG", 1000.0), True),
        (Entry(8, "müller ag", None), True),
        (Entry(8, "Meier AG", 1000.0), False),
        (Entry(7, "Müller AG", 1000.0), False),
        (Entry(8, "Müller AG", 1000.0 + 10 * LATE), False),
    ],
)
def test_an_unmarked_organization_is_ours_only_if_it_is_what_the_claim_says(entry: Entry, is_ours: bool) -> None:
    """Made after the claim, soon, and named as it says: else somebody made it by hand."""
    claim = Claim("customer:101", 1000.0, {"name": "Müller AG", "highest": 7}, 0.0)
    assert _is_orphan(entry, claim) is is_ours
