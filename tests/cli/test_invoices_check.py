"""`closedwon invoices check` on the sandbox: found, told, brought to people as tickets, gone again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.invoices import digests
from integrations.flows.invoicing.decisions import Decisions
from integrations.flows.invoicing.rules.every import RULES
from integrations.odoo.billing.source import Billing
from tests.cli.place import Place
from tests.cli.terminal import Terminal

WRONG = {"101", "105"}
"""The seeded companies whose VAT number can't be right."""
TWICE = '[crm]\nadapter = "odoo"\nurl = "https://crm.acme.example"\naccount = "x"\nkey = { env = "KEY" }\n'
VALID = "CHE-116.281.710 MWST"
HEADINGS = {
    "findings", "stale", "broken", "failed", "counts", "at_risk", "tickets", "since", "not_looked_at", "error",
    "requests", "seconds", "format", "run", "trigger", "by", "outcome", "plan", "changes",
}  # fmt: skip
FINDING = {
    "rule", "severity", "customer", "payer", "subject", "amount", "currency", "who", "message", "action", "evidence",
    "fingerprint", "state", "first_seen", "url",
}  # fmt: skip


@pytest.fixture
def books(place: Place) -> Place:
    """A place where one rule alone is on, and finds the same on every day."""
    off = "".join(f"[invoices.rules.{rule.id}]\non = false\n" for rule in RULES if rule.id != "vat-number")
    place.edit("[erp]\n", f"{off}[invoices.rules.vat-number]\nrequired = false\n[erp]\n")
    return place


def fix(place: Place) -> None:
    """Enter a VAT number that can be right."""
    place.erp("res.partner", "write", ids=[101], vals={"vat": VALID})
    place.requests()


def test_a_first_look_shows_everything_and_how_to_set_it_aside_and_writes_nowhere(books: Place) -> None:
    ended = books.run("invoices", "check")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("INVOICES ")
    assert "the first look, 11 customers read, all there are" in ended.said
    assert "Invoices: 2 findings (2 medium), 2 new." in ended.out
    assert "closedwon invoices baseline 20" in ended.out
    assert "bring it to people as tickets: closedwon invoices check --flag --config " in ended.said
    assert ended.out.count(f" --config {books.settings}\n") == 3
    assert books.nothing_was_written()


def test_what_is_mended_is_gone_once_and_what_stays_is_not_new(books: Place) -> None:
    books.run("invoices", "check")
    fix(books)
    fixed = books.run("invoices", "check")
    assert "Gone since the last run\n  - Müller & Söhne AG (101): The VAT number can't be right" in fixed.out
    assert "Invoices: 1 finding (1 medium), 1 gone since the last run." in fixed.said
    assert "  new" not in fixed.out
    assert "Gone" not in books.run("invoices", "check").out


def test_the_document_has_the_keys_that_are_promised_and_only_the_customers_that_were_named(books: Place) -> None:
    ended = books.run("invoices", "check", "101", "customer:102", "101", "--json")
    assert ended.code == 0
    assert set(ended.document) == HEADINGS
    assert all(set(finding) == FINDING for finding in ended.document["findings"])
    assert [finding["customer"] for finding in ended.document["findings"]] == ["Müller & Söhne AG"]
    assert ended.document["counts"]["new"] == 1
    assert ended.document["requests"]["erp"] > 0
    assert "Invoices: 1 finding (" in ended.err


def test_the_table_for_spreadsheets_has_a_row_for_each_finding(books: Place) -> None:
    ended = books.run("invoices", "check", "--csv")
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert {row["url"].rpartition("/")[2] for row in rows} == WRONG
    assert {row["title"] for row in rows} == {"VAT number missing or wrong"}
    assert "Invoices: 2 findings" in ended.err


def test_a_customer_that_the_erp_does_not_have_is_refused_and_the_document_says_so(books: Place) -> None:
    ended = books.run("invoices", "check", "99999", "--json")
    assert ended.code == 4
    assert "99999" in ended.document["error"]["message"]
    assert "99999" in ended.err


def test_an_erp_that_is_down_is_told_in_words_and_what_was_known_is_still_shown(books: Place) -> None:
    books.run("invoices", "check")
    books.system("erp", "patience = 0")
    books.fault(system="erp", do="status", status=503, times=1000)
    ended = books.run("invoices", "check", "--html", str(books.folder / "page.html"))
    books.fixed()
    assert ended.code == 1
    assert "not everything could be read; this is what is known" in ended.said
    assert "\ncustomer 101\n  medium  VAT number missing or wrong\n" in ended.out, "names are the ERP's alone"
    assert "No file was written" in ended.err
    assert not (books.folder / "page.html").exists()


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("[invoices.rules.overdue", "[invoices.rules.overdeu", "there is no such rule"),
        ('adapter = "odoo"', 'adapter = "none"', "no system here has invoices"),
        ("[jira]\n", TWICE + "[jira]\n", "several systems have invoices: erp, crm"),
        ('project = "HAND"', "", "invoices.tickets.project"),
    ],
)
def test_settings_that_make_no_sense_are_told_before_anything_is_contacted(
    books: Place, old: str, new: str, text: str
) -> None:
    if old.startswith("[invoices.rules"):
        new, old = f"{new}]\non = false\n[erp]\n", "[erp]\n"
    books.edit(old, new)
    ended = books.run("invoices", "check", "--flag", "-n")
    assert ended.code == 2
    assert text in ended.said
    assert not old.startswith("[erp]") or books.run("check").code == 2, "check tells of the rules' settings as well"
    assert books.requests() == []


def test_ctrl_c_while_reading_ends_it_with_a_word(books: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> Iterator[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Billing, "accounts", interrupted)
    stopped = books.run("invoices", "check")
    assert (stopped.code, stopped.out) == (130, "")
    assert "Stopped. Run the same command again to go on." in stopped.err


def test_flagging_shows_then_writes_then_has_nothing_to_write_and_closes_what_is_mended(books: Place) -> None:
    shown = books.run("invoices", "check", "--flag", "-n")
    assert shown.code == 3
    assert "  + VAT number missing or wrong: Nordlicht Holding SE, for Sandro Bianchi\n" in shown.out
    assert "Tickets: 2 new.  Plan " in shown.out
    assert f"  closedwon invoices check --flag --config {books.folder}/closedwon.toml --yes" in shown.err
    assert books.nothing_was_written()
    assert "Tickets: 2 made." in books.run("invoices", "check", "--flag", "--yes").out
    assert "bring it to people" not in books.run("invoices", "check").said, "all of it has been"
    books.requests()
    again = books.run("invoices", "check", "--flag", "--yes")
    assert (again.code, "Tickets: 2 as they were." in again.out) == (0, True)
    assert books.nothing_was_written()
    fix(books)
    closed = books.run("invoices", "check", "--flag", "--yes")
    assert "VAT number missing or wrong: Müller & Söhne AG, the exception is gone" in closed.said
    assert "Tickets: 1 closed, 1 as it was." in closed.out


def test_only_the_plan_that_was_shown_is_carried_out_and_a_limit_wants_a_number(books: Place) -> None:
    books.edit('project = "HAND"', 'project = "HAND"\nnew = 1')
    over = books.run("invoices", "check", "--flag", "--yes")
    assert over.code == 6
    assert "If it is to be so, run the command again with --limit creates=2." in over.err
    assert "with -n" not in over.said, "the plan is shown above"
    other = books.run("invoices", "check", "--flag", "--plan", "00000000", "--limit", "creates=2")
    assert other.code == 5
    plan = other.err.rpartition("--plan ")[2].split()[0]
    done = books.run("invoices", "check", "--flag", "--plan", plan, "--limit", "creates=2", "--json")
    assert done.code == 0
    assert {change["result"] for change in done.document["tickets"]["changes"]} == {"done"}


def test_a_system_that_asks_waits_for_a_person_and_is_told_how(books: Place) -> None:
    books.system("jira", 'mode = "ask"')
    ended = books.run("invoices", "check", "--flag", "--yes")
    assert ended.code == 4
    assert f"approve this plan: closedwon invoices check --flag --config {books.folder}/closedwon.toml" in ended.said
    assert "Tickets: 2 not written." in ended.out
    assert books.nothing_was_written()


@pytest.fixture
def person(books: Place) -> Iterator[Terminal]:
    """Somebody at a terminal who wants tickets."""
    terminal = Terminal(["invoices", "check", "--flag"], books.folder)
    yield terminal
    terminal.kill()


def test_on_a_terminal_findings_are_shown_once_and_a_yes_makes_tickets_that_are_told_by_key_and_link(
    person: Terminal,
) -> None:
    person.answer("Do it? [y/N]", "y")
    assert person.end() == 0
    before, _, after = person.text.partition("Do it?")
    assert before.count("Müller & Söhne AG (101)") == 1
    assert "+ VAT number missing or wrong: Nordlicht Holding SE, for Sandro Bianchi" in before
    assert "Müller & Söhne AG (101)" not in after
    assert len(re.findall(r"\+ HAND-\d+ VAT number", after)) == 2
    assert len(re.findall(r"https?://\S+/browse/HAND-\d+", after)) == 2
    assert "Tickets: 2 made." in after


def test_each_account_manager_gets_a_letter_of_what_is_new_and_is_told_it_once(books: Place) -> None:
    folder = books.folder / "letters"
    ended = books.run("invoices", "check", "--digest", str(folder), "--html", str(books.folder / "page.html"))
    assert ended.code == 0
    assert (books.folder / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    names = sorted(path.name[11:] for path in folder.iterdir())
    people = ("lena.gerber@acme.example", "sandro.bianchi@acme.example")
    assert names == [f"{person}.{kind}" for person in people for kind in ("html", "txt")]
    (letter,) = folder.glob("*lena*.txt")
    assert "Müller & Söhne AG (101): VAT number missing or wrong (medium)" in letter.read_text(encoding="utf-8")
    assert (
        "No digest: nothing is new since the last one." in books.run("invoices", "check", "--digest", str(folder)).out
    )
    assert sorted(path.name[11:] for path in folder.iterdir()) == names


def test_a_crash_before_it_is_remembered_repeats_a_letter_and_loses_none(
    books: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = books.folder / "letters"

    def crash(*_: object) -> None:
        raise OSError(28, "No space left on device", "ledger")

    with monkeypatch.context() as patch:
        patch.setattr(Decisions, "tell", crash)
        assert books.run("invoices", "check", "--digest", str(folder)).code == 1
    before = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    books.run("invoices", "check", "--digest", str(folder))
    after = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert before.items() <= after.items()
    (first,) = [name for name in before if name.endswith(".txt")]
    assert after[first.replace(".txt", "-2.txt")] == before[first]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".hidden", "", "Zoë", "nul\0", "x" * 300])
def test_a_name_in_a_files_name_leads_nowhere_else(name: str) -> None:
    made = digests.file_name(name)
    assert made == Path(made).name
    assert not made.startswith(".")
    assert made.isascii()
    assert 0 < len(made) < 100
    assert made != digests.file_name(f"{name}?"), "two that would be alike stay two"


def test_drafts_say_what_may_go_out_and_what_not_and_why(books: Place) -> None:
    books.edit("required = false", "required = true")
    ended = books.run("invoices", "check", "--drafts", "--month", "2026-11")
    assert ended.code == 0, "nothing of high severity"
    assert "DRAFTS November" in ended.out
    assert "0 of 1 may go out" in ended.said
    (row,) = [line for line in ended.out.splitlines() if line.startswith(" Fondation Lac Noir")]
    assert " ".join(row.split()) == "Fondation Lac Noir 603 450.00 The company has no VAT number Lena"
    books.edit("required = true", 'required = true\nseverity = "high"')
    high = books.run("invoices", "check", "--drafts", "--month", "2026-11", "--json")
    assert high.code == 4
    assert (high.document["drafts"], high.document["may_go_out"]) == (1, 0)
    assert high.document["held"][0]["why_not"][0]["rule"] == "vat-number"
    assert books.nothing_was_written()


def test_an_erp_that_is_down_is_told_in_words_of_drafts_too(books: Place) -> None:
    books.system("erp", "patience = 0")
    books.fault(system="erp", do="status", status=503, times=1000)
    ended = books.run("invoices", "check", "--drafts", "--json")
    books.fixed()
    assert ended.code == 1
    assert ended.document["error"]["type"] == "Unavailable"


def test_check_asks_for_the_rights_that_tickets_need_where_a_project_is_named_for_them(books: Place) -> None:
    books.rights("jira", "Add Comments")
    ended = books.run("check", "jira")
    books.edit('project = "HAND"', "")
    without = books.run("check", "jira")
    books.fixed()
    assert (ended.code, without.code) == (4, 0)
    assert "add comments" in ended.said.replace("_", " ").lower()
