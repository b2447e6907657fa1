"""`--quiet`: what changed, and what newly waits; not a word about what was reported before."""

from __future__ import annotations

from tests.cli.place import Place


def test_an_undecided_deal_is_reported_once(place: Place) -> None:
    first = place.setup("52", "--yes", "--quiet")
    assert first.code == 4
    assert "closedwon link 52" in first.said
    for _ in range(2):
        again = place.setup("52", "--yes", "--quiet")
        assert (again.code, again.out, again.err) == (4, "", "")
    assert "closedwon link 52" in place.setup("52", "--yes").said


def test_of_several_deals_only_those_with_news_are_reported(place: Place) -> None:
    place.setup("--won", "--yes", "--quiet")
    silent = place.setup("--won", "--yes", "--quiet")
    assert (silent.out, silent.err) == ("", "")
    steps = place.set_up("52", "-n")["steps"]
    place.run("link", "52", *(f"{step['step']}=new" for step in steps if step["action"] == "choose"))
    ended = place.setup("--won", "--yes", "--quiet")
    assert "Deal 52" in ended.said
    assert "Deal 51" not in ended.said


def test_a_system_that_fails_is_reported_once_and_again_after_it_had_worked(place: Place) -> None:
    place.setup("42", "--yes", "--quiet")
    place.system("wiki", "patience = 0.1")
    for _ in range(2):
        place.fault(system="wiki", do="status", status=503, times=1000)
        assert "Confluence" in place.setup("42", "--yes", "--quiet").said
        assert place.setup("42", "--yes", "--quiet").said == ""
        place.fixed()
        assert place.setup("42", "--yes", "--quiet").said == ""


def test_what_stopped_a_whole_run_is_reported_again_after_a_run_with_other_news(place: Place) -> None:
    place.setup("42", "--yes", "--quiet")
    for name in ("Müller und Söhne AG", "Müller AG"):
        place.erp("crm.lead", "write", ids=[42], vals={"tag_ids": [[6, 0, []]]})
        assert "does not tell the playbook" in place.setup("42", "--yes", "--quiet").said
        place.erp("crm.lead", "write", ids=[42], vals={"tag_ids": [[6, 0, [1]]]})
        place.erp("res.partner", "write", ids=[101], vals={"name": name})
        assert name in place.setup("42", "--yes", "--quiet").said


def test_people_who_are_let_in_are_reported_and_those_in_step_are_not(place: Place) -> None:
    place.setup("42", "--yes", "--quiet")
    assert place.run("contacts", "sync", "--yes", "--quiet").said == ""
    person = {"name": "Ursina Neu", "email": "ursina@mueller-soehne.example", "function": "CTO"}
    place.erp("res.partner", "create", vals_list=[{**person, "parent_id": 101, "type": "contact"}])
    text = place.run("contacts", "sync", "--yes", "--quiet").said
    assert "Ursina Neu" in text
    assert place.run("contacts", "sync", "--yes", "--quiet").said == ""


def test_findings_are_reported_when_they_are_new(place: Place) -> None:
    first = place.run("invoices", "check", "--quiet").said
    assert first
    assert place.run("invoices", "check", "--full", "--quiet").said == ""


def test_a_wrong_row_that_comes_back_is_reported_again(place: Place) -> None:
    place.setup("42", "--yes")
    place.run("contacts", "sync", "--yes", "--quiet")
    email = "nadja.brunner@mueller-soehne.example"
    person = place.erp("res.partner", "search", domain=[["email", "=", email]])
    for _ in range(2):
        place.erp("res.partner", "write", ids=person, vals={"email": "no address"})
        assert "1 to fix" in place.run("contacts", "sync", "--yes", "--quiet").said
        assert place.run("contacts", "sync", "--yes", "--full", "--quiet").said == ""
        place.erp("res.partner", "write", ids=person, vals={"email": email})
        place.run("contacts", "sync", "--yes", "--quiet")


def test_a_finding_that_comes_back_is_reported_again(place: Place) -> None:
    place.run("invoices", "check", "--quiet")
    for vat in ("CHE-107.787.577 MWST", False) * 2:
        place.erp("res.partner", "write", ids=[101], vals={"vat": vat})
        text = place.run("invoices", "check", "--full", "--quiet").said
        assert ("Müller & Söhne AG" in text, "Gone since" in text) == (True, bool(vat))
        assert place.run("invoices", "check", "--full", "--quiet").said == ""


def test_it_prints_no_document_and_no_plan(place: Place) -> None:
    for how in ("--json", "-n", "-v"):
        assert place.setup("42", "--quiet", how).code == 2


def test_a_limit_that_stops_everything_is_reported_once_until_something_changes(place: Place) -> None:
    place.without_people()
    for limit in ("1", "2", "1"):
        ended = place.setup("--won", "--yes", "--quiet", "--limit", f"creates={limit}")
        assert (ended.code, "over a safety limit" in ended.said) == (6, True)
        for _ in range(2):
            silent = place.setup("--won", "--yes", "--quiet", "--limit", f"creates={limit}")
            assert (silent.code, silent.said) == (6, "")
    place.setup("--won", "--yes", "--quiet")
    assert "over" not in place.setup("--won", "--yes", "--quiet", "--limit", "creates=1").said
