"""Nobody is let in, taken out or rewritten who was not shown so: by a contact sync, or with the set-up they follow."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cli.base import ledger_of, open_workspace
from cli.contacts.session import Options, contact_sync
from cli.display import follow, following, set_up
from integrations.core.plan import Approval, Approved, Plan
from integrations.flows.contacts.outcome import Outcome as People
from integrations.flows.contacts.outcome import Request
from integrations.flows.setup import Outcome as SetUp
from integrations.sandbox.thread import running
from tests.cli.place import Place

FEW, MANY = 4, 400
"""Examples: some seconds, and a quarter of an hour."""
ROW = re.compile(
    r"<tr><td><p(?:>(?P<name>[^<]*)</p| /)></td><td><p(?:>(?P<functions>[^<]*)</p| /)></td>"
    r'<td><p>.*?<a href="mailto:(?P<email>[^"]+)">.*?</td><td><p(?:>(?P<phone>[^<]*)</p| /)></td></tr>'
)
"""A row of the contacts on a page."""
CELLS = ("name", "functions", "phone")
Edit = tuple[str, dict[str, Any]]
"""Method and arguments on partners in the ERP."""
Rows = dict[tuple[str, str, str], dict[str, str]]
"""By system, place and address: what stands there of somebody."""

EMAIL = "ueli.neu@mueller-soehne.example"
NEW = {"name": "Ueli Neu", "email": EMAIL, "type": "contact", "category_id": [5]}
EDITS: Sequence[Edit] = (
    ("create", {"vals_list": [{**NEW, "parent_id": 101}]}),
    ("write", {"ids": [414], "vals": {"name": "Jonas Keller-Weber"}}),
    ("write", {"ids": [414], "vals": {"phone": "+41 44 555 99 99"}}),
    ("write", {"ids": [411], "vals": {"active": False}}),
    ("write", {"ids": [411], "vals": {"category_id": []}}),
    ("write", {"ids": [412], "vals": {"email": "p.graf@mueller-soehne.example"}}),
    ("write", {"ids": [201], "vals": {"parent_id": 104}}),
)
HIRED, RENAMED, CALLED, LEFT, *_ = EDITS


def rows(place: Place) -> Rows:
    """Everybody in the customers' places, with what stands there of them."""
    state = place.state()
    users = {user["accountId"]: user for user in state["jira"]["user"]}
    found: Rows = {}
    for organization in state["jira"]["organization"]:
        for user in organization["users"]:
            found["jira", organization["id"], users[user]["email"]] = {}
    for invitation in state["panel"]["invitation"]:
        found["panel", invitation["spec"]["targetRefs"][0]["namespace"], invitation["spec"]["email"]] = {}
    for page in state["wiki"]["page"]:
        for row in ROW.finditer(page["body"]):
            found["wiki", page["id"], row["email"]] = {name: row[name] or "" for name in CELLS}
    return found


def addresses(place: Place) -> dict[str, str]:
    """The text in which the addresses of a contact stand in the ERP, by its id."""
    return {
        str(partner["id"]): str(partner.get("email") or "").lower() for partner in place.state()["erp"]["res.partner"]
    }


class Judge:
    """Compares what became of people with the document that a person was shown; knows nothing of fingerprints."""

    def __init__(self, document: Mapping[str, Any], known: Mapping[str, str]) -> None:
        self._shown = [
            change
            for change in document["changes"]
            if change["kind"] in ("member", "contact") and change["result"] == "planned"
        ]
        self._known = known
        self.systems = {change["system"] for change in self._shown}

    def look(self, before: Rows, after: Rows) -> list[str]:
        """Everything that was done to somebody and not shown."""
        lines = [
            f"{person} was let in"
            for person in after.keys() - before.keys()
            if not self._lets_in(person, after[person])
        ]
        gone = [system for system, _, _ in before.keys() - after.keys()]
        for system in set(gone):
            shown = [change for change in self._shown if (change["system"], change["action"]) == (system, "archive")]
            lines += [f"{gone.count(system)} were taken out of {system}"] if gone.count(system) > len(shown) else []
        for person in before.keys() & after.keys():
            lines += [
                f"{person}: {name} {before[person][name]!r} -> {after[person][name]!r}"
                for name in after[person]
                if before[person][name] != after[person][name]
                and not self._rewrites(person, name, before[person], after[person])
            ]
        return lines

    def _of(self, system: str, email: str, *actions: str) -> list[Mapping[str, Any]]:
        return [
            change
            for change in self._shown
            if change["system"] == system and change["action"] in actions
            if any(not contact or email in self._known[contact] for contact in change["contacts"])
        ]

    def _lets_in(self, person: tuple[str, str, str], cells: Mapping[str, str]) -> bool:
        system, _, email = person
        return any(
            all(_text(new.get(name)) == text for name, text in cells.items())
            for new in map(_new, self._of(system, email, "create", "adopt"))
        )

    def _rewrites(
        self, person: tuple[str, str, str], name: str, before: Mapping[str, str], after: Mapping[str, str]
    ) -> bool:
        system, _, email = person
        fields = [field for line in self._of(system, email, "update", "adopt") for field in line["fields"]]
        return any(
            (field["name"], _text(field["old"]), _text(field["new"])) == (name, before[name], after[name])
            for field in fields
        )


def _new(line: Mapping[str, Any]) -> dict[str, Any]:
    return {field["name"]: field["new"] for field in line["fields"]}


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "")


Try = Callable[..., list[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Try]:
    """Bring people in step in a world of its own; gives what was done and not shown."""
    numbers = itertools.count()
    with running() as box:

        def run_once(
            flow: str, first: Sequence[Edit], then: Sequence[Edit], fault: Mapping[str, Any] | None, mode: str
        ) -> list[str]:
            place = Place(tmp_path_factory.mktemp(f"place{next(numbers)}"), box)
            place.fixed()
            place.edit("[erp]", "[contacts]\ngrace_days = 0\n\n[erp]")
            if flow == "sync":
                assert place.setup("42", "--yes").code == 0
            patience = 0.1 if fault is not None else 30  # a busy machine answers late, and that is no fault
            for system in ("jira", "panel", "wiki"):
                place.system(system, f'mode = "{mode}"\npatience = {patience}')
            for method, arguments in first:
                place.erp("res.partner", method, **arguments)
            return _judged(place, flow, then, fault)

        yield run_once


def _judged(place: Place, flow: str, then: Sequence[Edit], fault: Mapping[str, Any] | None) -> list[str]:
    judges: list[tuple[Judge, Rows]] = []

    def ask(outcome: People | SetUp) -> bool:
        judges.append((Judge(outcome.document(), addresses(place)), rows(place)))
        for method, arguments in then:
            place.erp("res.partner", method, **arguments)
        if fault is not None:
            place.fault(**fault)
        place.requests()
        return True

    with open_workspace(place.settings, verbose=False) as where, contextlib.closing(ledger_of(where)) as ledger:
        if flow == "sync":
            planned: str | Plan | None = contact_sync(where, ledger).run(Request(("101",)), Approval(ask=ask)).plan
        else:
            setup = set_up(where, ledger)
            setup.follow = following(where, ledger)
            outcome = setup.run("42", Approval(ask=ask))
            planned = outcome.plan
            follow(where, ledger, _options(place.settings), [outcome], has_seen=True)
    assert judges or not planned, "it was never asked about"
    if not judges:
        return []
    judge, before = judges[0]
    sent = {request["system"] for request in place.requests(writing=True)}
    strange = sent - judge.systems if flow == "sync" else set()
    return [*(f"{system} was written to" for system in sorted(strange)), *judge.look(before, rows(place))]


def _options(settings: Path) -> Options:
    return Options("closedwon setup 42", False, False, None, {}, False, settings, False)


@st.composite
def stories(draw: st.DrawFn) -> tuple[str, list[Edit], list[Edit], dict[str, Any] | None, str]:
    """Return a flow, what changed before, what colleagues do before the yes, what goes wrong, and a mode."""
    edits = st.lists(st.sampled_from(EDITS), max_size=3, unique_by=str)
    do = st.sampled_from(["drop_before", "drop_after", "status", "cut"])
    system = st.sampled_from(["jira", "panel", "wiki"])
    fault = st.fixed_dictionaries(
        {"do": do, "system": system, "skip": st.integers(0, 4), "writes": st.just(value=True)}
    )
    flow = draw(st.sampled_from(["sync", "setup"]))
    return flow, draw(edits), draw(edits), draw(st.none() | fault), draw(st.sampled_from(["write", "ask"]))


def test_nobody_is_touched_who_was_not_shown(run: Try, request: pytest.FixtureRequest) -> None:
    """The same examples each time; with `--every-boundary` many more, others each time."""
    is_long = bool(request.config.getoption("--every-boundary"))

    @settings(
        max_examples=MANY if is_long else FEW,
        deadline=None,
        derandomize=not is_long,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @example(("sync", [HIRED, CALLED], [RENAMED, LEFT], None, "write"))
    @example(("setup", [], [HIRED, RENAMED], {"do": "drop_after", "system": "wiki", "writes": True}, "ask"))
    @given(stories())
    def holds(story: Any) -> None:
        assert run(*story) == []

    holds()


@pytest.mark.parametrize("flow", ["sync", "setup"])
def test_the_judge_sees_a_run_that_takes_every_change_for_approved(
    run: Try, monkeypatch: pytest.MonkeyPatch, flow: str
) -> None:
    monkeypatch.setattr(Approved, "allows", lambda *_: True)
    lines = run(flow, [CALLED], [HIRED, RENAMED], None, "write")
    assert [line for line in lines if EMAIL in line and "let in" in line], lines
    assert [line for line in lines if "jonas.keller" in line]


@pytest.mark.parametrize("flow", ["sync", "setup"])
def test_the_judge_accepts_a_run_in_which_nothing_happens(run: Try, flow: str) -> None:
    assert run(flow, [HIRED, RENAMED, CALLED, LEFT], [], None, "ask") == []
