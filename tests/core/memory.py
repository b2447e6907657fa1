"""A system in memory that behaves as the contract says, with faults to be injected."""

from __future__ import annotations

import dataclasses
import itertools
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from integrations.core.apply import Applied, Apply
from integrations.core.change import Change
from integrations.core.errors import Conflict, IntegrationError, Unsafe
from integrations.core.ledger import Ledger
from integrations.core.plan import Approved, ChangeCounter, Limits, Plan, Planner
from integrations.core.resource import FieldInfo, Later, Live, Lookup, Resource, Want
from integrations.core.system import Answer, IdForm, Report, System, SystemSettings


class Thing(Resource):
    """A resource with a field of each sort."""

    kind: ClassVar[str] = "thing"
    title: ClassVar[str] = "thing"

    name: str | None = None
    flag: bool | None = None
    note: Annotated[str | None, FieldInfo(owner="people")] = None
    made_with: Annotated[str | None, FieldInfo(once=True)] = None
    owned: Annotated[str | None, FieldInfo(owner="source")] = None
    parent: str | None = None
    number: Annotated[str | None, FieldInfo(output=True)] = None


WORD = IdForm(re.compile(r"[a-z0-9-]+"), "a word, such as thing-1")


@dataclasses.dataclass
class MemoryStore:
    """Objects by id, each with its mark (None: made by hand)."""

    batch: int = 1
    writes: Literal["create", "send", "manual"] = "create"
    resource: type[Thing] = Thing
    id_form: IdForm = WORD
    objects: dict[str, tuple[str | None, Thing]] = dataclasses.field(default_factory=dict)
    put_errors: list[tuple[IntegrationError, bool]] = dataclasses.field(default_factory=list)
    """Errors of the next puts, and whether each is committed first."""
    find_errors: dict[str, IntegrationError] = dataclasses.field(default_factory=dict)
    normalise: bool = False
    finds: int = 0
    puts: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    ids: Any = dataclasses.field(default_factory=lambda: itertools.count(1))
    guard: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def find(self, lookups: Sequence[Lookup[Thing]]) -> Answer:
        self.finds += 1
        marks = {mark: key for key, (mark, _) in self.objects.items() if mark is not None}
        answers: dict[str, Live[Any] | None | IntegrationError] = {}
        for lookup in lookups:
            if lookup.key in self.find_errors:
                answers[lookup.key] = self.find_errors[lookup.key]
                continue
            found = next((marks[key] for key in lookup.keys if key in marks), None)
            if found is None and lookup.chosen and lookup.id in self.objects:
                found = lookup.id
            answers[lookup.key] = self.live(found) if found is not None else None
        return answers

    def live(self, number: str) -> Live[Thing]:
        mark, thing = self.objects[number]
        return Live(
            number, thing.model_copy(update={"number": f"N{number}"}), url=f"memory:{number}", ours=mark is not None
        )

    def put(self, changes: Sequence[Change[Thing]]) -> Answer:
        answers: dict[str, Live[Any] | None | IntegrationError] = {}
        with self.guard:
            for change in changes:
                answers[change.key] = self._put(change)
        return answers

    def _put(self, change: Change[Thing]) -> Live[Thing] | IntegrationError:
        self.puts.append((change.action, change.key))
        error, committed = self.put_errors.pop(0) if self.put_errors else (None, True)
        if error is not None and not committed:
            return error
        number = change.found.id if change.found is not None else str(next(self.ids))
        if change.action == "update" and number not in self.objects:
            return Conflict("gone")
        old = self.objects[number][1] if number in self.objects else Thing(key=change.key)
        if change.action == "archive":
            thing = old.model_copy(update={"active": False})
        else:
            names = change.want.fields() if change.found is None else change.names
            values = {name: getattr(change.want.resource, name) for name in names}
            if self.normalise and values.get("name"):
                values["name"] = values["name"].strip().title()
            thing = old.model_copy(update=values)
        self.objects[number] = (change.key, thing)
        return error if error is not None else self.live(number)


def system(name: str, store: MemoryStore, **settings: Any) -> System:
    """A system with one store of things."""
    return System(
        name=name,
        title=name.title(),
        settings=SystemSettings(adapter="memory", **{"mode": "write", "settle": 0.3, **settings}),
        stores={"thing": store},
        check=lambda _: Report(account="memory"),
    )


def approved_by_a_person(plan: Plan) -> Approved:
    """That somebody saw and approved exactly this plan."""
    return Approved(plan.keys, by_person=True)


def over_limit(plan: Plan, limits: Limits) -> Unsafe | None:
    """What of one plan is over a safety limit."""
    counter = ChangeCounter()
    counter.add(plan)
    return counter.over_limit(limits)


@dataclasses.dataclass
class Bench:
    """Systems `a` and `b` in memory, a ledger, and plan and apply over them."""

    folder: Path
    a: MemoryStore = dataclasses.field(default_factory=MemoryStore)
    b: MemoryStore = dataclasses.field(default_factory=MemoryStore)
    patient: bool = True

    def __post_init__(self) -> None:
        self.systems = {"a": system("a", self.a), "b": system("b", self.b)}
        self.ledger = Ledger(self.folder / "ledger.sqlite")

    def planner(self) -> Planner:
        return Planner(self.systems, self.ledger, patient=self.patient)

    def plan(self, *wants: Want[Any]) -> Plan:
        return self.planner().plan(wants)

    def apply(self, plan: Plan) -> Applied:
        return Apply(self.systems, self.ledger, self.planner(), "run", approved_by_a_person(plan)).apply(plan)

    def run(self, *wants: Want[Any]) -> Applied:
        return self.apply(self.plan(*wants))


def want(step: str, system: str = "a", *, key: str | None = None, later: Any = None, **fields: Any) -> Want[Thing]:
    """A want of a thing; its key is the step's name unless owned."""
    return Want(step, system, Thing(key=key or f"deal:1/{step}", **fields), later=later or {})


def later(step: str, attribute: str, *, runs_after: bool = False) -> Later:
    """A field that is another step's attribute."""
    steps = frozenset({step})
    return Later(
        depends_on=frozenset() if runs_after else steps,
        runs_after=steps if runs_after else frozenset(),
        text=f"{{{{ steps.{step}.{attribute} }}}}",
        value=lambda outcomes: outcomes[step][attribute],
    )
