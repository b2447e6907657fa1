"""An adapter of somebody else's, in a package of its own, found by its entry point."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.place import Place
from tests.plugin.conftest import PLAYBOOK


def notes(company: Place) -> list[Any]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in (company.folder / "notes").glob("*.json")]


def test_its_resource_is_set_up_by_a_playbook_and_other_steps_refer_to_it(company: Place) -> None:
    document = company.set_up("42", "--yes")
    assert document["outcome"] == "done"
    note, ticket, _ = document["steps"]
    assert (note["system"], note["kind"], note["result"]) == ("notes", "note", "done")
    assert notes(company) == [{"mark": "deal:42", "subject": "Müller & Söhne AG", "text": "Sold: Managed hosting"}]
    (issue,) = [
        issue
        for issue in company.state()["jira"]["issue"]
        if issue["id"] == ticket["id"] or issue.get("key") == ticket["id"]
    ]
    assert f"See {note['id']}.json" in str(issue)
    assert company.set_up("42", "--yes")["steps"][0]["result"] == "kept"


def test_what_people_wrote_in_it_is_left_alone_and_what_is_ours_restored(company: Place) -> None:
    company.setup("42", "--yes")
    (path,) = (company.folder / "notes").glob("*.json")
    path.write_text(json.dumps({"mark": "deal:42", "subject": "VIP", "text": "changed"}), encoding="utf-8")
    note = company.set_up("42", "--yes", "--playbook", "service")["steps"][0]
    assert [field["name"] for field in note["theirs"]] == ["subject"]
    assert notes(company)[0] == {"mark": "deal:42", "subject": "VIP", "text": "Sold: Managed hosting"}


def test_its_choices_are_settled_like_any_others(company: Place) -> None:
    company.write("notes/7.json", json.dumps({"mark": "", "subject": "Müller & Söhne AG", "text": ""}))
    ended = company.setup("42", "--yes")
    assert ended.code == 4
    assert "closedwon link 42 note=7\n" in ended.out
    assert company.run("link", "42", "note=7").code == 0
    assert company.set_up("42", "--yes")["steps"][0]["action"] == "adopt"
    assert len(notes(company)) == 1


def test_it_is_checked_with_the_others(company: Place) -> None:
    ended = company.run("check", "notes")
    assert ended.code == 4
    assert "MISSING use the folder notes" in ended.out
    (company.folder / "notes").mkdir()
    assert company.run("check", "notes").code == 0


def test_a_mistake_in_it_hides_nothing_of_the_other_systems(company: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("hunter2")

    store = importlib.import_module("closedwon_notes.store")
    monkeypatch.setattr(store.Notes, "find", broken)
    monkeypatch.setattr("closedwon_notes.Finding", broken)
    ended = company.run("check")
    assert ended.code == 1
    assert "4 of 5 systems reached" in ended.out
    assert "something unforeseen happened (ZeroDivisionError)" in ended.said
    document = company.set_up("42", "--yes", "--playbook", "consulting")
    assert document["outcome"] == "done"
    note = company.set_up("42", "--yes", "--playbook", "service")["steps"][0]
    assert (note["result"], note["error"]["type"]) == ("failed", "Unforeseen")
    assert "hunter2" not in company.setup("42", "--yes").said


def test_its_settings_and_fields_are_checked_as_ours_are(company: Place) -> None:
    company.edit('folder = "notes"', 'foldr = "notes"')
    text = company.setup("42", "--yes").said
    assert "[notes] foldr there is no such key; did you mean folder?" in text
    company.edit('foldr = "notes"', 'folder = "notes"')
    company.write("playbooks/service.toml", PLAYBOOK.replace("text =", "txt ="))
    assert "[note] txt there is no such field; there are: subject, text" in company.setup("42", "--yes").said


def test_without_the_package_its_name_is_unknown_and_those_that_are_known_are_told(place: Place) -> None:
    text = place.settings.read_text(encoding="utf-8")
    place.settings.write_text(f'{text}\n[notes]\nadapter = "notes"\n', encoding="utf-8")
    ended = place.run("check")
    assert ended.code == 2
    assert "[notes] adapter no adapter of this name; there are: appuio, confluence, jira" in ended.said


def test_a_package_that_can_not_be_loaded_is_named_and_the_others_are_checked(place: Place, installed: Path) -> None:
    points = installed / "closedwon_notes-1.0.dist-info" / "entry_points.txt"
    points.write_text("[closedwon.adapters]\nnotes = closedwon_nothing\n", encoding="utf-8")
    text = place.settings.read_text(encoding="utf-8")
    place.settings.write_text(f'{text}\n[notes]\nadapter = "notes"\n', encoding="utf-8")
    ended = place.run("check")
    assert ended.code == 4
    assert "[notes]: the adapter notes (package closedwon-notes 1.0) can't be used: its package" in ended.said
    assert "ModuleNotFoundError" in ended.said
    assert "4 of 5 systems reached" in ended.said


def test_the_real_command_finds_it_in_a_process_of_its_own(company: Place, installed: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import cli.main; cli.main.main()", "setup", "42", "--yes", "--json"],
        cwd=company.folder,
        env={"PYTHONPATH": f"{installed}:{Path(__file__).parents[2]}", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["outcome"] == "done"
    assert len(notes(company)) == 1


def invoicing(company: Place, rules: str) -> dict[str, Any]:
    """A check of two customers under these settings of rules."""
    with company.settings.open("a", encoding="utf-8") as settings:
        settings.write(rules)
    found: dict[str, Any] = company.run("invoices", "check", "101", "102", "--json").document
    return found


def test_its_rules_are_applied_with_ours_by_the_settings_of_the_company(company: Place) -> None:
    document = invoicing(company, '[invoices.rules.notes-letter]\nletter = "R"\nwho = "account manager"\n')
    (finding,) = [finding for finding in document["findings"] if finding["rule"] == "notes-letter"]
    assert (finding["customer"], finding["message"]) == ("Rhône Logistique SA", "It begins with R")
    assert {finding["rule"] for finding in document["findings"]} > {"notes-letter"}


def test_a_rule_of_its_that_raises_is_named_and_the_others_go_on(company: Place) -> None:
    with company.settings.open("a", encoding="utf-8") as settings:
        settings.write("[invoices.rules.notes-mistaken]\nminimum = 102\n")
    ended = company.run("invoices", "check", "101", "102", "--json")
    assert ended.code == 1
    document = ended.document
    (broken,) = document["broken"]
    assert broken == {"rule": "notes-mistaken", "account": "102", "error": "ZeroDivisionError"}
    assert "secret" not in ended.out + ended.err
    assert [finding["customer"] for finding in document["findings"] if finding["rule"] == "notes-letter"] == [
        "Müller & Söhne AG"
    ]


def test_what_its_rules_do_not_know_is_a_fault_of_the_settings(company: Place) -> None:
    with company.settings.open("a", encoding="utf-8") as settings:
        settings.write('[invoices.rules.notes-letter]\nlettre = "R"\n')
    ended = company.run("invoices", "check")
    assert ended.code == 2
    assert "did you mean letter?" in ended.said
