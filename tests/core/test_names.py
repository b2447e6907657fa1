"""Names in a plan: one addition for a customer in all systems, whoever has the plain name wherever."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest

from integrations.core import names as naming
from integrations.core.apply import Apply
from integrations.core.change import Change
from integrations.core.errors import Ambiguous, Conflict, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.ledger import Ledger
from integrations.core.model import Customer
from integrations.core.plan import Given, Plan, Planner
from integrations.core.resource import FieldInfo, Holder, Live, Lookup, Resource, Taken, Want
from integrations.core.system import NUMBER, Answer, IdForm, Report, System, SystemSettings
from tests.core.memory import approved_by_a_person

NAME = "Muster AG"


class House(Resource):
    """A resource with a name and a key."""

    kind: ClassVar[str] = "house"
    names: ClassVar[tuple[str, ...]] = ("name", "code")

    name: Annotated[str, FieldInfo(owner="people", looked_up=True)]
    code: Annotated[str, FieldInfo(output=True)] = ""

    def named(self, distinction: str) -> House:
        code = naming.project_key(self.name, distinction)
        return self.model_copy(update={"name": naming.title(self.name, distinction, 60), "code": code})

    def label(self) -> str:
        return self.name


@dataclasses.dataclass
class Street:
    """A store of houses, by name; a mark of None: made by hand."""

    resource: type[House] = House
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1
    id_form: IdForm = NUMBER
    houses: list[tuple[str | None, House]] = dataclasses.field(default_factory=list)
    finds: int = 0
    finds_by_name: bool = False
    first_puts: list[IntegrationError] = dataclasses.field(default_factory=list)
    commits: bool = False
    """What is answered with an error is done all the same."""

    def build(self, mark: str | None, name: str, code: str = "") -> None:
        self.houses.append((mark, House(key=mark or "nobody", name=name, code=code)))

    def find(self, lookups: Sequence[Lookup[House]]) -> Answer:
        self.finds += 1
        return {lookup.key: self._find(lookup) for lookup in lookups}

    def _find(self, lookup: Lookup[House]) -> Live[House] | Taken[House] | IntegrationError | None:
        for place, (mark, house) in enumerate(self.houses):
            is_seen = not self.finds_by_name or house.name == lookup.resource.name
            if mark in lookup.keys and is_seen:
                return Live(str(place), house, url=f"house:{place}", is_former=mark != lookup.key)
        wanted = lookup.resource
        there = {house.name: (str(number), mark) for number, (mark, house) in enumerate(self.houses)}
        if wanted.name in there:
            number, borne = there[wanted.name]
            if borne is None and not lookup.new:
                return Ambiguous("there is one", candidates=())
            return Taken((Holder("name", wanted.name, number, wanted.name, mark=borne or ""),))
        codes = {house.code for _, house in self.houses}
        if wanted.code not in codes:
            return None
        free = next(code for code in naming.further_keys(wanted.code) if code not in codes)
        return Taken((Holder("code", wanted.code, "0", "A stranger"),), wanted.model_copy(update={"code": free}))

    def put(self, changes: Sequence[Change[House]]) -> Answer:
        return {change.key: self._put(change) for change in changes}

    def _put(self, change: Change[House]) -> Live[House] | IntegrationError:
        if self.first_puts and not self.commits:
            return self.first_puts.pop(0)
        wanted = change.wanted()
        if any(house.name == wanted.name or house.code == wanted.code for _, house in self.houses):
            return Conflict("meanwhile another has it")
        self.houses.append((change.key, wanted))
        if self.first_puts:
            return self.first_puts.pop(0)
        return Live(str(len(self.houses) - 1), wanted)


@dataclasses.dataclass
class World:
    """Two streets, the customers' cities as the system of record has them, and what one command has planned."""

    folder: Path
    cities: dict[str, str] = dataclasses.field(default_factory=dict)
    down: bool = False

    def __post_init__(self) -> None:
        self.a, self.b = Street(), Street()
        self.systems = {name: self._system(name, store) for name, store in (("a", self.a), ("b", self.b))}
        self.systems["a"].customers = self._customer
        self.ledger = Ledger(self.folder / "ledger.sqlite")
        self.given = Given()

    @staticmethod
    def _system(name: str, store: Street) -> System:
        settings = SystemSettings(adapter="memory", mode="write", settle=0)
        return System(name, name, settings, {"house": store}, check=lambda _: Report(account="memory"))

    def _customer(self, number: str) -> Customer | IntegrationError | None:
        if self.down:
            return Unavailable("it is down")
        return Customer(id=number, name=NAME, city=self.cities.get(number))

    def planner(self) -> Planner:
        return Planner(self.systems, self.ledger, given=self.given)

    def plan(self, customer: str = "9", city: str = "Bern", name: str = NAME, systems: str = "ab") -> Plan:
        wants = [
            Want(system, system, House(key=f"customer:{customer}", name=name), per_customer=True, city=city)
            for system in systems
        ]
        return self.planner().plan(wants)

    def apply(self, plan: Plan) -> Mapping[str, Any]:
        return Apply(self.systems, self.ledger, self.planner(), "run", approved_by_a_person(plan)).apply(plan).results


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path)
    yield made
    made.ledger.close()


def names(plan: Plan) -> dict[str, tuple[str, str]]:
    return {change.step: (change.want.resource.name, change.want.resource.code) for change in plan.changes}


def test_a_free_name_is_taken_as_it_is_and_looked_for_once(world: World) -> None:
    assert names(world.plan()) == {"a": (NAME, "MAG"), "b": (NAME, "MAG")}
    assert (world.a.finds, world.b.finds) == (1, 1)
    fields = {field.name: field.new for field in world.plan().changes[0].fields}
    assert fields == {"name": NAME, "code": "MAG"}


def test_what_is_added_in_one_system_is_added_in_all(world: World) -> None:
    world.b.build("customer:1", NAME)
    plan = world.plan()
    assert names(plan) == {"a": ("Muster AG (Bern)", "MAGBERN"), "b": ("Muster AG (Bern)", "MAGBERN")}
    assert {change.step: [holder.mark for holder in change.taken] for change in plan.changes} == {
        "a": [],
        "b": ["customer:1"],
    }
    world.apply(plan)
    assert world.plan().is_empty


@pytest.mark.parametrize(
    ("home", "down", "added"),
    [("Bern", False, "2"), (" BERN ", False, "2"), ("Chur", False, "Bern"), ("Bern", True, "Bern")],
)
def test_the_city_of_both_tells_nobody_apart(world: World, home: str, *, down: bool, added: str) -> None:
    """An unread city of the other counts as a different one: ours is added, as it is known."""
    world.cities["1"], world.down = home, down
    world.a.build("customer:1", NAME)
    assert names(world.plan())["a"][0] == f"Muster AG ({added})"


def test_several_of_one_city_are_numbered(world: World) -> None:
    for customer in ("1", "2", "3", "4"):
        world.cities[customer] = "Bern"
        world.apply(world.plan(customer))
    assert [house.name for _, house in world.a.houses] == [NAME, *(f"{NAME} ({number})" for number in (2, 3, 4))]
    assert [house.name for _, house in world.b.houses] == [house.name for _, house in world.a.houses]


@pytest.mark.parametrize(("added", "later"), [("2", "2"), ("Biel", "Biel"), ("53c6d1", "")])
def test_what_the_customer_has_already_is_added_to_what_comes_later(world: World, added: str, later: str) -> None:
    """The namesake has gone since, and the customer has moved; the hash of an earlier release tells people nothing."""
    world.a.build("customer:9", f"Muster AG ({added})", "MAG2")
    assert names(world.plan())["b"][0] == naming.title(NAME, later, 60)
    assert names(world.plan())["a"] == (NAME, ""), "what is there keeps its name"


def test_a_renamed_customer_is_looked_for_by_the_name_that_its_other_objects_have(world: World) -> None:
    """The ledger is lost, and one of the systems finds by names alone."""
    world.a.finds_by_name = True
    world.a.build("customer:9", "Alt AG", "ALTA")
    world.b.build("customer:9", "Alt AG (Chur)", "ALTACHUR")
    plan = world.plan()
    found = [(change.action, change.found and change.found.state.name) for change in plan.changes]
    assert found == [("keep", "Alt AG"), ("keep", "Alt AG (Chur)")]
    assert [change.is_found_as_other for change in plan.changes] == [True, True]


def test_a_renamed_heirs_own_counts_before_what_a_gone_customer_had(world: World) -> None:
    """One of the systems finds by names alone; what the gone one had is called as the heir is by now."""
    world.a.finds_by_name = True
    world.a.build("customer:7", NAME, "MAG")
    world.a.build("customer:9", "Alt AG", "ALTA")
    world.b.build("customer:9", "Alt AG", "ALTA")
    wants = [
        Want(system, system, House(key="customer:9", former=("customer:7",), name=NAME), per_customer=True)
        for system in "ab"
    ]
    plan = world.planner().plan(wants)
    assert [(change.action, change.found and change.found.id) for change in plan.changes] == [
        ("keep", "1"),
        ("keep", "0"),
    ]


def test_a_key_that_meets_a_strangers_changes_no_name(world: World) -> None:
    world.a.build("customer:1", "Meier AG", "MAG")
    plan = world.plan()
    assert names(plan) == {"a": (NAME, "MAG2"), "b": (NAME, "MAG")}
    assert [holder.title for holder in plan.changes[0].taken] == ["A stranger"]


def test_plans_of_one_command_promise_no_name_twice(world: World) -> None:
    """Two namesakes, and a stranger of the same initials, are shown before any of them is written."""
    plans = [world.plan("1", "Chur"), world.plan("2", "Bern"), world.plan("3", "Bern", "Meier AG")]
    assert [names(plan)["a"] for plan in plans] == [
        (NAME, "MAG"),
        ("Muster AG (Bern)", "MAGBERN"),
        ("Meier AG", "MAG2"),
    ]
    again = [world.plan("3", "Bern", "Meier AG"), world.plan("2", "Bern"), world.plan("1", "Chur")]
    assert [plan.id for plan in reversed(again)] == [plan.id for plan in plans]
    for plan in plans:
        assert {result.status for result in world.apply(plan).values()} == {"done"}


def test_the_name_is_part_of_what_is_approved(world: World) -> None:
    plain = world.plan()
    world.b.build("customer:1", NAME)
    assert not world.plan().keys <= plain.keys


def test_a_name_that_is_taken_when_it_is_written_is_no_longer_what_was_approved(world: World) -> None:
    plan = world.plan()
    world.a.build("customer:1", NAME)
    results = world.apply(plan)
    assert isinstance(results["a"].error, Conflict)
    assert (results["a"].error.exit_code, results["b"].status) == (5, "done")
    assert [mark for mark, _ in world.a.houses] == ["customer:1"]
    assert names(world.plan())["a"][0] == "Muster AG (Bern)"


def test_a_passing_refusal_gives_no_other_name(world: World) -> None:
    world.a.first_puts = [Conflict("taken, and nobody has it")]
    assert world.apply(world.plan())["a"].status == "done"
    assert world.a.houses[0][1].name == NAME


def test_after_a_lost_answer_nothing_is_made_by_a_name_that_nobody_saw(world: World) -> None:
    world.a.first_puts = [Uncertain("lost", retry_after=0)]
    plan = world.plan()
    world.a.build("customer:1", NAME)
    result = world.apply(plan)["a"]
    assert isinstance(result.error, Conflict)
    assert "Muster AG (Bern)" in result.error.message
    assert len(world.a.houses) == 1


def test_what_a_lost_answer_made_is_looked_for_by_the_name_that_it_was_given(world: World) -> None:
    """Only the other system knows why something was added."""
    world.a.finds_by_name = world.a.commits = True
    world.a.first_puts = [Uncertain("lost", retry_after=0)]
    world.b.build("customer:1", NAME)
    assert world.apply(world.plan())["a"].status == "done"
    assert [house.name for _, house in world.a.houses] == ["Muster AG (Bern)"]


def test_what_is_called_as_we_would_be_and_bears_no_mark_is_a_choice(world: World) -> None:
    world.a.build("customer:1", NAME)
    world.a.build(None, "Muster AG (Bern)")
    plan = world.plan()
    assert [change.action for change in plan.changes] == ["choose", "create"]
    assert names(plan)["b"][0] == "Muster AG (Bern)"
    world.ledger.choose("a", "house", "customer:9", "new", "")
    assert names(world.plan())["a"][0] == "Muster AG (2)"


def test_where_every_name_is_taken_a_person_makes_it(world: World) -> None:
    for added in ("", "Bern", *map(str, naming.NUMBERS)):
        world.a.build("customer:1", naming.title(NAME, added, 60), added)
    (change, _) = world.plan().changes
    assert (change.action, type(change.error).__name__) == ("blocked", "Rejected")


def test_where_every_key_has_been_given_that_step_alone_is_left_to_a_person(world: World) -> None:
    for number, code in enumerate(["MAG", *naming.further_keys("MAG")], 100):
        world.given.give(Want("a", "a", House(key=f"customer:{number}", name=f"Other {number}", code=code)))
    plan = world.plan()
    assert [change.action for change in plan.changes] == ["blocked", "create"]
    assert isinstance(plan.changes[0].error, Rejected)
    assert names(plan)["b"] == (NAME, "MAG")
