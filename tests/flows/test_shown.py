"""Nothing is written that was not shown, whatever goes wrong and whatever colleagues do after a plan was shown."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cli.base import ledger_of, open_workspace
from cli.display import set_up
from integrations.core.plan import Approval, Approved
from integrations.core.resource import PLACEHOLDER
from integrations.flows.setup import Outcome
from integrations.sandbox.thread import running
from tests.cli.place import Place

FEW, MANY = 4, 400
"""Examples: some seconds, and a quarter of an hour."""
COLUMNS: Mapping[tuple[str, str], tuple[str, Mapping[str, str]]] = {
    ("erp", "res.partner"): ("customer", {"name": "name", "city": "city", "vat": "vat", "customer_rank": "is_customer",
                                          "user_id": "account_manager", "category_id": "segment"}),
    ("jira", "organization"): ("organization", {"name": "name"}),
    ("jira", "issue"): ("ticket", {"project": "project", "summary": "summary"}),
    ("panel", "organization"): ("organization", {"id": "name", "displayName": "display_name"}),
    ("wiki", "page"): ("section", {"title": "page_title"}),
}  # fmt: skip
"""By system and table: the kind of the objects, and their fields by column."""
COUNTED = frozenset({"customer_rank", "user_id", "category_id"})
"""Columns that hold a number where people are shown words: that they are written is judged, not the value."""
PARTNERS = {"42": 101, "44": 102, "46": 104}
DEALS = (*PARTNERS, "43")
"""Deals of customers that the ERP has, and of one that it has not."""
Table = dict[str, dict[str, Any]]
Edit = tuple[str, str, dict[str, Any]]
"""Model, method and arguments in the ERP."""

PARTNER_EDITS = ({"name": "Umbenannt AG"}, {"city": "Chur"}, {"vat": "CHE-107.787.577 MWST"}, {"user_id": 7})
DEAL_EDITS = ({"name": "Something else"}, {"partner_id": 104}, {"partner_id": 107})


def edits_of(deal: str) -> Sequence[Edit]:
    """What colleagues may do about a deal."""
    partner = PARTNERS.get(deal)
    found: list[Edit] = [("crm.lead", "write", {"ids": [int(deal)], "vals": vals}) for vals in DEAL_EDITS]
    found += [("res.partner", "write", {"ids": [partner], "vals": vals}) for vals in PARTNER_EDITS if partner]
    twin = {"name": "Käserei Emmental AG", "is_company": True, "city": "Langnau i. E."}
    return [*found, ("res.partner", "create", {"vals_list": [twin]})]


def tables(place: Place) -> dict[tuple[str, str], Table]:
    """The objects that are judged."""
    state = place.state()
    found = {(system, table): {str(row["id"]): dict(row) for row in state[system][table]} for system, table in COLUMNS}
    for row in found["panel", "organization"].values():
        row["displayName"] = row["spec"].get("displayName")
    return found


class Judge:
    """Compares what came to be with the document that a person was shown; knows nothing of fingerprints."""

    def __init__(self, document: Mapping[str, Any], theirs: Sequence[Edit]) -> None:
        self._shown = [change for change in document["changes"] if change["result"] == "planned"]
        self._unused = [change for change in self._shown if change["action"] in ("create", "send")]
        writes = [arguments for model, method, arguments in theirs if (model, method) == ("res.partner", "write")]
        self._theirs = {(str(write["ids"][0]), name): new for write in writes for name, new in write["vals"].items()}

    def look(self, before: dict[tuple[str, str], Table], after: dict[tuple[str, str], Table]) -> list[str]:
        """Everything that was written and not shown."""
        lines = []
        for (system, table), rows in after.items():
            kind, columns = COLUMNS[system, table]
            for number, row in rows.items():
                old = before[system, table].get(number)
                if old is None and not self._is_shown_new(system, kind, row, columns):
                    lines.append(f"{system} {table} {number} was made: {row.get('name') or row.get('title')}")
                lines += [] if old is None else self._changed(system, kind, old, row, columns)
        return lines

    def systems(self) -> set[str]:
        """Where anything may be written."""
        return {change["system"] for change in self._shown}

    def _is_shown_new(self, system: str, kind: str, row: dict[str, Any], columns: Mapping[str, str]) -> bool:
        if system == "erp" and row.get("parent_id"):
            return any({"has_contact", "has_invoice_contact"} & self._fields(change).keys() for change in self._shown)
        for change in self._unused:
            fields = self._fields(change)
            known = [(row.get(column), fields[name][1]) for column, name in columns.items()
                     if name in fields and column not in COUNTED]  # fmt: skip
            if (change["system"], change["kind"]) == (system, kind) and known and all(map(_is_same, known)):
                self._unused.remove(change)
                return True
        return False

    def _changed(
        self, system: str, kind: str, old: dict[str, Any], row: dict[str, Any], columns: Mapping[str, str]
    ) -> Iterator[str]:
        number = str(row["id"])
        for column, name in columns.items():
            before, now = old.get(column), row.get(column)
            # The ERP gives contacts the address of their company.
            theirs = [self._theirs.get((partner, column)) for partner in (number, str(row.get("parent_id")))]
            if before == now or now in theirs:
                continue
            here = [
                change
                for change in self._shown
                if (change["system"], change["kind"], change["id"]) == (system, kind, number)
            ]
            shown = [self._fields(change)[name] for change in here if name in self._fields(change)]
            if not any(
                column in COUNTED or (_is_same((before, pair[0])) and _is_same((now, pair[1]))) for pair in shown
            ):
                yield f"{system} {kind} {number}: {column} {before!r} -> {now!r}"

    @staticmethod
    def _fields(change: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        return {field["name"]: (field["old"], field["new"]) for field in change["fields"]}


def _is_same(pair: tuple[Any, Any]) -> bool:
    there, shown = pair
    return shown == PLACEHOLDER or (there or None) == (shown or None)


Try = Callable[..., list[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Try]:
    """Set a deal up in a world of its own; gives what was written and not shown."""
    numbers = itertools.count()
    with running() as box:

        def one(
            deal: str, then: Sequence[Edit], meanwhile: tuple[int, Edit] | None, fault: Any, mode: str
        ) -> list[str]:
            place = Place(tmp_path_factory.mktemp(f"place{next(numbers)}"), box)
            place.fixed()
            for system in ("jira", "wiki"):
                place.system(system, f'mode = "{mode}"\npatience = 0.1')
            return _judged(place, deal, then, meanwhile, fault)

        yield one


def _judged(
    place: Place, deal: str, then: Sequence[Edit], meanwhile: tuple[int, Edit] | None, fault: Mapping[str, Any] | None
) -> list[str]:
    judges: list[tuple[Judge, dict[tuple[str, str], Table]]] = []

    def ask(outcome: Outcome) -> bool:
        for model, method, arguments in then:
            place.erp(model, method, **arguments)
        theirs = [*then, *([meanwhile[1]] if meanwhile is not None else [])]
        judges.append((Judge(outcome.document(), theirs), tables(place)))
        if meanwhile is not None:
            skip, (model, method, arguments) = meanwhile
            request = {"method": "POST", "path": f"/json/2/{model}/{method}", "body": arguments}
            place.fault(do="meanwhile", system="erp", skip=skip, request=request)
        if fault is not None:
            place.fault(**fault)
        place.requests()
        return True

    with open_workspace(place.settings, verbose=False) as where, contextlib.closing(ledger_of(where)) as ledger:
        set_up(where, ledger).run(deal, Approval(ask=ask))
    if not judges:
        return []
    judge, before = judges[0]
    sent = {
        request["system"] for request in place.requests(writing=True) if not request["operation"].startswith("crm.lead")
    }
    theirs = {"erp"} if meanwhile is not None else set()
    strange = [f"{system} was written to" for system in sorted(sent - judge.systems() - theirs)]
    return [*strange, *judge.look(before, tables(place))]


@st.composite
def stories(draw: st.DrawFn) -> tuple[str, list[Edit], tuple[int, Edit] | None, dict[str, Any] | None, str]:
    """Return a deal, what colleagues do before the yes and in mid-run, what goes wrong, and a mode."""
    deal = draw(st.sampled_from(DEALS))
    edit = st.sampled_from(edits_of(deal))
    writes = st.sampled_from([edit for edit in edits_of(deal) if edit[1] == "write"])
    system = st.sampled_from(["erp", "jira", "panel", "wiki"])
    do = st.sampled_from(["drop_before", "drop_after", "status", "cut"])
    fault = st.fixed_dictionaries(
        {"do": do, "system": system, "skip": st.integers(0, 4), "writes": st.just(value=True)}
    )
    return (
        deal,
        draw(st.lists(edit, max_size=2)),
        draw(st.none() | st.tuples(st.integers(0, 6), writes)),
        draw(st.none() | fault),
        draw(st.sampled_from(["write", "ask"])),
    )


RENAMED: Edit = ("res.partner", "write", {"ids": [101], "vals": {"name": "Umbenannt AG"}})


def test_nothing_is_written_that_was_not_shown(run: Try, request: pytest.FixtureRequest) -> None:
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
    @example(("42", [RENAMED], None, None, "write"))
    @example(("43", [], None, {"do": "drop_after", "system": "erp", "writes": True}, "ask"))
    @given(stories())
    def holds(story: Any) -> None:
        assert run(*story) == []

    holds()


def test_the_judge_sees_a_run_that_takes_every_change_for_approved(run: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Approved, "allows", lambda *_: True)
    lines = run("42", [RENAMED], None, None, "write")
    assert [line for line in lines if line.startswith("jira organization") and "Umbenannt AG" in line]


def test_the_judge_accepts_a_set_up_in_which_nothing_happens(run: Try) -> None:
    for deal in DEALS:
        assert run(deal, [], None, None, "ask") == []
