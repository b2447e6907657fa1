"""The heirs of customers: proof, answers of people, and heirs that are gone themselves."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from integrations.core.errors import AuthError, IntegrationError, Rejected, Unavailable
from integrations.core.heirs import answer, command, gone_among, inherited, question
from integrations.core.ledger import Ledger
from integrations.core.ledger.heirs import Gone
from integrations.core.model import Customer
from integrations.core.succession import Hint, Succession, Traces
from integrations.core.system import Report, System, SystemSettings

HIDDEN = AuthError("erp: may not see it", system="erp")


@dataclasses.dataclass
class World:
    """An ERP that says of each customer what became of it; all others live."""

    ledger: Ledger
    fates: dict[str, Succession | IntegrationError] = dataclasses.field(default_factory=dict)
    asked: list[Mapping[str, Traces]] = dataclasses.field(default_factory=list)

    @property
    def systems(self) -> dict[str, System]:
        """The ERP alone."""
        system = System(
            "erp",
            "ERP",
            SystemSettings(adapter="erp"),
            {},
            lambda _: Report(""),
            customers=lambda key: None if key in self.fates else Customer(id=key, name=f"Company {key}"),
            successions=self._say,
        )
        return {"erp": system}

    def gone(self, *customers: str) -> dict[str, Gone | IntegrationError]:
        """Ask the core, which asks the ERP."""
        return gone_among(self.ledger, self.systems, customers)

    def heir(self, customer: str) -> str:
        """The heir of one that is gone; empty: nobody knows one."""
        found = self.gone(customer)[customer]
        assert isinstance(found, Gone)
        return found.heir

    def say(self, customer: str, heir: str) -> None:
        """A person says who took its place."""
        answer(self.ledger, self.systems, customer, heir, reason="as agreed")

    def _say(self, traces: Mapping[str, Traces]) -> dict[str, Succession | None | IntegrationError]:
        self.asked.append(traces)
        return {customer: self.fates.get(customer) for customer in traces}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        yield World(ledger)


def test_a_customer_who_lives_or_may_not_be_seen_is_not_gone(world: World) -> None:
    world.fates["102"] = HIDDEN
    assert world.gone("101", "102") == {"102": HIDDEN}
    assert inherited(world.ledger, world.systems, "105", ["101", "102"]) == ([], [])
    assert world.ledger.heirs.known() == {}


def test_that_it_can_not_be_told_just_now_makes_nobody_an_heir(world: World) -> None:
    world.fates["101"] = Unavailable("erp: is down")
    with pytest.raises(Unavailable):
        inherited(world.ledger, world.systems, "105", ["101"])


def test_the_systems_own_word_is_proof_and_all_else_is_a_question(world: World) -> None:
    world.fates["101"] = Succession("101", "105", "Heir", "merged into it")
    world.fates["102"] = Succession("102", hints=(Hint("105", "Heir", "the deal 44 is its now"),))
    found, asked = inherited(world.ledger, world.systems, "105", ["101", "102"])
    assert (found, [succession.customer for succession in asked]) == (["101"], ["102"])
    assert command(asked[0]) == "closedwon link 102 heir='105|none'"
    assert {succession.customer: succession.is_open for succession in world.ledger.heirs.known().values()} == {
        "101": False,
        "102": True,
    }


def test_an_answer_is_followed_to_who_lives(world: World) -> None:
    """Through merges and other answers, in as many questions to the ERP as there are steps at most."""
    world.fates["101"] = Succession("101")
    world.say("101", "103")
    assert world.heir("101") == "103"
    world.fates["103"] = Succession("103")
    world.say("103", "104")
    assert world.heir("101") == "104"
    world.fates["104"] = Succession("104", "105", "Heir", "merged into it")
    assert world.heir("101") == "105"
    assert inherited(world.ledger, world.systems, "105", []) == (["101"], [])
    world.asked.clear()
    world.heir("101")
    assert len(world.asked) <= 3


@pytest.mark.parametrize("fates", [{"103": Succession("103")}, {"103": Succession("103", "101", "It", "a loop")}])
def test_an_answer_whose_heir_is_gone_too_is_void_and_asked_again(world: World, fates: dict[str, Succession]) -> None:
    world.fates["101"] = Succession("101", hints=(Hint("104", "", "the deal 44 is its now"),))
    world.say("101", "103")
    world.fates |= fates
    (gone,) = world.gone("101").values()
    assert isinstance(gone, Gone)
    assert (gone.heir, gone.is_open, gone.hints[0].customer) == ("", True, "104")
    assert world.ledger.heirs.known()["101"].is_open
    world.say("101", "104")
    assert world.heir("101") == "104"


def test_answers_in_a_circle_name_nobody(world: World) -> None:
    world.fates["101"], world.fates["102"] = Succession("101"), Succession("102")
    world.ledger.heirs.answer("101", "102", "")
    world.ledger.heirs.answer("102", "101", "")
    assert (world.heir("101"), world.heir("102")) == ("", "")


def test_a_person_counts_for_more_than_proof_and_the_later_word_than_the_earlier(world: World) -> None:
    world.fates["101"] = Succession("101", "105", "Heir", "merged into it")
    for reply, heir in (("104", "104"), ("none", ""), ("103", "103")):
        world.say("101", reply)
        assert world.heir("101") == heir
    world.say("101", "none")
    assert inherited(world.ledger, world.systems, "105", ["101"]) == ([], [])


def test_a_customer_that_returns_is_nobodys_any_more(world: World) -> None:
    """Proof and answers about it hold no longer, whichever flow looks first."""
    for look in ("as itself", "as the heir"):
        world.fates["101"] = Succession("101", "105", "Heir", "merged into it")
        world.say("101", "105")
        del world.fates["101"]
        if look == "as itself":
            inherited(world.ledger, world.systems, "101", [])
        assert inherited(world.ledger, world.systems, "105", ["101"]) == ([], [])
        assert world.ledger.heirs.known() == {}


@pytest.mark.parametrize("heir", ["101", "102", "none such"])
def test_no_answer_is_kept_that_names_nobody(world: World, heir: str) -> None:
    world.fates |= {"101": Succession("101"), "102": Succession("102"), "none such": Succession("none such")}
    with pytest.raises(Rejected, match="is no customer of its own"):
        world.say("101", heir)
    with pytest.raises(Rejected, match="still has the customer 103"):
        world.say("103", "104")
    assert world.ledger.heirs.known()["101"].answer == ""


def test_where_nothing_is_in_doubt_nothing_is_asked(world: World) -> None:
    assert inherited(world.ledger, world.systems, "105", ["105"]) == ([], [])
    assert world.gone() == {}
    assert world.asked == []


def test_a_system_that_tells_nothing_of_the_kind_changes_nothing(world: World) -> None:
    erp = dataclasses.replace(world.systems["erp"], successions=None)
    assert gone_among(world.ledger, {"erp": erp}, ["101"]) == {}
    with pytest.raises(Rejected, match="no system that is set up tells"):
        answer(world.ledger, {"erp": erp}, "101", "none", reason="")


def test_what_is_known_already_is_not_written_again_and_names_nobody(world: World, tmp_path: Path) -> None:
    """Every sync looks at all that are open, and lets the heirs have what is left of the others."""
    hints = (Hint("1002", "Petra Privat", "the deal 42 is its now"),)
    world.fates |= {"101": Succession("101", hints=hints), "102": Succession("102", "105", "Heir AG", "merged into it")}
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as other:
        for written in (True, False, False):
            before = other.execute("pragma data_version").fetchone()
            found = world.gone("101", "102")["101"]
            assert isinstance(found, Gone)
            assert "1002 “Petra Privat” (the deal 42 is its now)" in question(found)
            world.ledger.object_index.inherit("a", "thing", "customer:102", "customer:105")
            assert (other.execute("pragma data_version").fetchone() != before) is written
        assert "Petra" not in str(other.execute("select * from heirs").fetchall())
    assert "1002 (the deal 42 is its now)" in question(world.ledger.heirs.known()["101"])


def test_what_was_proven_once_is_no_question_later(world: World) -> None:
    """The message was deleted, or our mark given to another deal; where the heir itself is gone, it is asked anew."""
    world.fates["101"] = Succession("101", heir="105", proof="merged into it in Odoo on 3 Nov 2026")
    assert world.heir("101") == "105"
    world.fates["101"] = Succession("101")
    kept = world.gone("101")["101"]
    assert isinstance(kept, Gone)
    assert (kept.heir, kept.proof) == ("105", "merged into it in Odoo on 3 Nov 2026")
    world.fates["105"] = Succession("105", heir="106", proof="merged into it in Odoo on 4 Nov 2026")
    assert world.heir("101") == "106"
    world.fates["105"] = Succession("105")
    world.fates["106"] = Succession("106")
    assert world.heir("101") == ""
