"""`closedwon setup deal.toml`: for those who sell without a CRM."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from tests.cli.place import Place

EXAMPLE = resources.files("config").joinpath("deal.example.toml").read_text(encoding="utf-8")


@pytest.fixture
def deal(place: Place) -> Path:
    """The file that comes with closedwon, as it is."""
    return place.write("deal.toml", EXAMPLE)


def test_the_example_is_set_up_as_it_stands_and_only_once(place: Place, deal: Path) -> None:
    first = place.set_up(str(deal), "--yes")
    assert (first["outcome"], first["deal"], first["playbook"]) == ("done", "2026-kaeserei", "service")
    second = place.set_up(str(deal), "--yes")
    assert {step["result"] for step in second["steps"]} == {"kept"}
    assert second["plan"] == place.set_up(str(deal), "-n")["plan"]
    assert place.state()["duplicates"] == []


def test_the_file_may_move_for_the_deal_is_known_by_its_id(place: Place, deal: Path) -> None:
    place.setup(str(deal), "--yes")
    moved = deal.rename(place.folder / "elsewhere.toml")
    assert {step["result"] for step in place.set_up(str(moved), "--yes")["steps"]} == {"kept"}


def test_the_commands_that_are_named_next_take_the_file_again(place: Place, deal: Path) -> None:
    shown = place.setup(str(deal))
    assert shown.code == 3
    assert f"closedwon setup {deal} --yes" in shown.said
    assert place.nothing_was_written()


def test_it_is_one_of_several(place: Place, deal: Path) -> None:
    ended = place.setup(str(deal), "42", "--yes", "--json")
    documents = [document for document in map(json.loads, ended.out.splitlines()) if document["deal"] is not None]
    done = {document["deal"]: document["outcome"] for document in documents}
    assert (ended.code, done) == (0, {"2026-kaeserei": "done", "42": "done"})


def test_its_state_is_found_by_its_id(place: Place, deal: Path) -> None:
    place.setup(str(deal), "--yes")
    assert "Deal 2026-kaeserei  Käserei Emmental AG: done" in place.run("status", "2026-kaeserei").out


def test_without_an_engagement_the_playbook_has_to_be_named(place: Place, deal: Path) -> None:
    deal.write_text(EXAMPLE.replace("engagement =", "# engagement ="), encoding="utf-8")
    ended = place.setup(str(deal), "--yes")
    assert ended.code == 4
    assert "--playbook consulting|project|service" in ended.err
    assert place.nothing_was_written()
    assert place.setup(str(deal), "--yes", "--playbook", "consulting").code == 0


@pytest.mark.parametrize("stage", ["open", "lost"])
def test_a_deal_that_is_not_won_is_not_set_up(place: Place, deal: Path, stage: str) -> None:
    deal.write_text(EXAMPLE.replace('# stage = "won"', f'stage = "{stage}"'), encoding="utf-8")
    ended = place.setup(str(deal), "--yes")
    assert ended.code == 4
    assert f"is {stage}, not won" in ended.said
    assert place.nothing_was_written()


def test_every_fault_of_the_file_is_told_with_its_line_and_nothing_is_contacted(place: Place, deal: Path) -> None:
    text = EXAMPLE.replace('currency = "CHF"', 'currency = "hunter2"').replace("title =", "titel =")
    deal.write_text(text, encoding="utf-8")
    ended = place.setup(str(deal), "--yes")
    assert (ended.code, ended.out) == (2, "")
    for fault in ("title", "titel", "currency"):
        assert f"{deal}: {fault}\n" in ended.err
    assert "hunter2" not in ended.err
    assert place.requests() == []


def test_a_file_that_is_not_there_is_said_to_be_so(place: Place) -> None:
    ended = place.setup("none.toml", "--yes")
    assert ended.code == 2
    assert "none.toml" in ended.err


def test_a_customer_by_its_id_is_the_one_in_the_erp_and_keeps_what_people_entered(place: Place, deal: Path) -> None:
    text = EXAMPLE.replace('# id = "101" ', 'id = "101" ', 1)
    deal.write_text(text, encoding="utf-8")
    document = place.set_up(str(deal), "--yes")
    customer = next(step for step in document["steps"] if step["step"] == "customer")
    assert (document["outcome"], customer["id"]) == ("done", "101")
    partner = next(partner for partner in place.state()["erp"]["res.partner"] if str(partner["id"]) == "101")
    assert partner["name"] == "Müller & Söhne AG"
    assert partner["zip"] == "8400"


def test_a_choice_can_be_settled_for_it(place: Place, deal: Path) -> None:
    deal.write_text(EXAMPLE.replace("Käserei Emmental AG", "Gasthof Sonne"), encoding="utf-8")
    ended = place.setup(str(deal), "--yes")
    assert ended.code == 4
    assert f"closedwon link {deal} organization=" in ended.said
    assert place.run("link", str(deal), "organization=new").code == 0
    assert place.setup(str(deal), "--yes").code == 0


def test_its_state_now_is_compared_by_the_file_it_came_from(place: Place, deal: Path) -> None:
    place.setup(str(deal), "--yes")
    place.requests()
    live = place.run("status", "2026-kaeserei", "--live")
    assert (live.code, place.nothing_was_written()) == (0, True)
    deal.unlink()
    gone = place.run("status", "--live")
    assert gone.code == 2
    assert "can't be read" in gone.said
