"""What people are shown of a contact sync, on made-up outcomes."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from cli.render.contacts import LONGEST, PEOPLE, REASONS, closing, ended_lines, plan_lines, planned
from cli.render.words import cells
from integrations.core.change import FieldChange
from integrations.core.errors import Ambiguous, AuthError, Candidate, Rejected, Unavailable
from integrations.core.member import Present
from integrations.core.model import Reference
from integrations.flows.contacts.memory import Problem
from integrations.flows.contacts.outcome import COUNTS, Line, Outcome, Stranger

NOW = datetime(2026, 11, 22, 8, 5, tzinfo=UTC)


def line(person: str = "Anna Meier", system: str = "jira", **given: Any) -> Line:
    """A line of a plan; `status` and all else as given."""
    values: dict[str, Any] = {
        "title": system.title(),
        "customer": "101",
        "company": "Müller & Söhne AG",
        "manager": "Lena Gerber",
        "contacts": ("201",),
        "key": f"customer:101/contact/{person}",
        "action": "create",
        "status": "done",
        "functions": ("technical",),
    }
    return Line(system=system, person=person, **{**values, **given})


def outcome(*lines: Line, keep: int = 0, **given: Any) -> Outcome:
    """A run that ended with these lines."""
    counts = {**dict.fromkeys(COUNTS, 0), "keep": keep, "conflict": sum(bool(line.theirs) for line in lines)}
    return Outcome(**{"counts": counts, "lines": lines, "customers": 4, "seconds": 6.1, **given})


def shown(found: Outcome) -> list[str]:
    """The plan without colours; every line fits."""
    lines = [click.unstyle(text) for text in plan_lines(found)]
    assert [text for text in lines if cells(text) > 80 and "://" not in text] == []
    return lines


def problem(system: str = "", key: str = "customer:101/row/417") -> Problem:
    return Problem(system, key, "101", "417", "lena@acme.example", "bad address", "no address", "", NOW)


def test_the_closing_line_can_be_read_out_in_a_meeting() -> None:
    lines = [line(f"New {number}", system) for number in range(12) for system in ("jira", "panel", "wiki")]
    lines += [line("Changed", "wiki", action="update", fields=(FieldChange("phone", "1", "2"),))]
    lines += [line(f"Gone {number}", action="archive", reason="archived") for number in range(2)]
    assert closing(outcome(*lines, keep=1204, problems=(problem(),))) == (
        "Contacts: 12 people new in 3 systems, 1 changed, 2 taken out (archived in the ERP), 1'204 in step, 1 to fix; "
        "4 customers, 6 s."
    )


@pytest.mark.parametrize("contacts", [("203", "201"), ("201", "201")])
@pytest.mark.parametrize("hashes", [("1f", "2e"), ("2e", "1f")])
def test_two_of_one_name_stand_in_the_order_of_their_contacts(
    hashes: tuple[str, str], contacts: tuple[str, str]
) -> None:
    """A person's key has another hash with each ledger: the same people are shown the same everywhere.

    Two addresses of one contact stand in the order of what they are to us.
    """
    lines = [
        line("Peter Graf", key=f"customer:101/contact/{hashed}", contacts=(contact,), functions=(function,))
        for hashed, contact, function in zip(hashes, contacts, ("billing", "technical"), strict=True)
    ]
    text = "\n".join(shown(outcome(*lines)))
    assert (text.index("technical") < text.index("billing")) is (contacts == ("203", "201"))


def test_with_nothing_to_do_it_is_one_line() -> None:
    assert ended_lines(outcome(keep=1204), shown_before=False, command="x") == [
        "Contacts: nothing to do; 1'204 in step."
    ]
    since = datetime.now().astimezone().replace(hour=8, minute=5)
    quiet = outcome(since=since, customers=0)
    assert ended_lines(quiet, shown_before=False, command="x") == ["Contacts: nothing has changed since 08:05."]
    assert " 08:05." in closing(outcome(since=since - timedelta(days=400), customers=0))
    assert str(since.year - 1) in closing(outcome(since=since - timedelta(days=365), customers=0))


def test_a_plan_says_what_will_be_and_never_that_it_was() -> None:
    plan = outcome(line(status="planned"), line("B", action="archive", reason="moved", status="planned"))
    plan = dataclasses.replace(plan, plan="abc", not_applied=True)
    assert planned(plan) == "1 person new in Jira, 1 to be taken out (now belongs to another company)"


def test_what_no_run_may_write_is_not_said_to_be_done_nor_in_step() -> None:
    found = outcome(line(status="planned"))
    assert "1 shown only (the system is not written here)" in closing(found)
    assert "1 shown only" in closing(dataclasses.replace(found, not_applied=True))


def test_a_person_is_counted_and_shown_once_whatever_the_number_of_systems() -> None:
    found = outcome(*(line(system=system) for system in ("jira", "panel", "wiki")))
    assert shown(found) == [
        "Lena Gerber",
        "  Müller & Söhne AG (101)",
        "    + Anna Meier  Jira, Panel, Wiki: technical",
    ]
    assert "1 person new in 3 systems" in closing(found)


@pytest.mark.parametrize("name", ["W" * 300, "Zoë " + "Very-Long-Name " * 6, "株式会社" * 20, "A"])
def test_what_a_name_is_for_stands_apart_from_it_however_long_it_is(name: str) -> None:
    assert "  Jira: technical" in shown(outcome(line(name), line("Anna")))[-1 if name > "Anna" else 2]


def test_a_name_comes_before_an_address_whichever_system_tells_it() -> None:
    first, other = line("eva@x.example", "panel", key="k"), line("Eva Roth", "jira", key="k")
    for lines in ((first, other), (other, first)):
        assert shown(outcome(*lines))[-1] == "    + Eva Roth  Jira, Panel: technical"


def test_customers_stand_below_their_account_managers_and_those_without_one_at_the_end() -> None:
    lines = [
        line(manager="", customer="1", company="Alone AG"),
        line(manager="Zofia Nowak", customer="2", company="Łódź"),
        line(manager="Lena Gerber", customer="4", company="Beta"),
        line(manager="Lena Gerber", customer="3", company="Alpha"),
    ]
    heads = [text for text in shown(outcome(*lines)) if "    " not in text]
    assert heads == [
        "Lena Gerber",
        "  Alpha (3)",
        "  Beta (4)",
        "Zofia Nowak",
        "  Łódź (2)",
        "No account manager",
        "  Alone AG (1)",
    ]


@pytest.mark.parametrize(("code", "words"), REASONS.items())
def test_a_leaver_is_shown_with_the_reason_in_words(code: str, words: str) -> None:
    assert shown(outcome(line(action="archive", reason=code)))[-1] == f"    - Anna Meier  Jira: {words}"


def test_a_conflict_shows_both_values_and_who_corrects_which_where() -> None:
    theirs = (FieldChange("phone", "+41 1", "+41 2"),)
    text = " ".join(" ".join(shown(outcome(line(system="wiki", action="keep", status="kept", theirs=theirs)))).split())
    assert "= Anna Meier Wiki: left alone, phone: +41 1 there, +41 2 in the ERP" in text
    assert "Lena Gerber corrects the wrong one, in the ERP (contact 201) or in Wiki" in text


def test_a_change_that_leaves_a_field_alone_says_both() -> None:
    fields, theirs = (FieldChange("phone", "1", "2"),), (FieldChange("name", "A", "B"),)
    signs = [text.split()[0] for text in shown(outcome(line(action="update", fields=fields, theirs=theirs)))[2:]]
    assert signs[:2] == ["~", "="]


def test_a_choice_names_what_it_could_be_and_the_command_that_settles_it() -> None:
    error = Ambiguous("two could be it", candidates=(Candidate("qm:1", "Anna"), Candidate("qm:2", "A. Meier")))
    lines = shown(outcome(line(action="choose", status="waiting", error=error)))
    assert lines[2] == "    ? Anna Meier  Jira: two could be it"
    assert "qm:1: Anna" in lines[3]
    assert [line.split()[-1] for line in lines[-3:]] == ["jira=qm:1", "jira=qm:2", "jira=never"]


def test_what_is_refused_is_held_up_with_who_mends_it() -> None:
    error = AuthError("may not invite", who="a Jira administrator", next="Ask for the right.")
    refused = outcome(line(status="waiting", error=error))
    text = " ".join(" ".join(shown(refused)).split())
    assert "x Anna Meier Jira: may not invite Who: a Jira administrator. Ask for the right." in text
    assert "1 to fix" in closing(refused)


def test_what_only_has_to_be_tried_again_is_not_for_a_person_to_mend() -> None:
    found = outcome(line(status="waiting", error=Unavailable("Jira is down")))
    assert "1 to be tried again" in closing(found)
    assert "to fix" not in closing(found)
    assert not [text for text in ended_lines(found, shown_before=False, command="x") if "problems" in text]


def test_a_refused_row_that_is_remembered_already_is_counted_once() -> None:
    waiting = line(status="waiting", error=Rejected("no"))
    assert "1 to fix" in closing(outcome(waiting, problems=(problem(waiting.system, waiting.key),)))


def test_a_stranger_is_named_with_whom_it_could_be_and_the_command_that_says_so() -> None:
    known = Stranger("jira", "101", Present("qm:9", "eva@x.example", "Eva"), known=False, contacts=("201",))
    nobody = Stranger("wiki", "101", Present("row:3", "", ""), known=False)
    given = Stranger("panel", "102", Present("u1", "", "Beat"), known=True)
    found = outcome(strangers=(known, nobody, given), names={"101": "Müller & Söhne AG"})
    text = " ".join(" ".join(shown(found)).split())
    assert "In a system, without a reason in the ERP; nobody touches them: Müller & Söhne AG (101)" in text
    assert "? Eva <eva@x.example>, in Jira: could be contact 201: closedwon contacts link 201 jira=qm:9" in text
    assert "? row:3, in Wiki: nobody like that is in the ERP" in text
    assert "customer 102 ? Beat, in Panel: the ERP knows the address, but no function gives it a place here" in text
    assert "3 there without a reason in the ERP" in closing(found)


def test_of_a_long_customer_only_some_are_shown_and_the_rest_is_counted() -> None:
    lines = shown(outcome(*(line(f"Person {number:03}") for number in range(PEOPLE + 15))))
    assert len(lines) == 2 + PEOPLE + 1
    assert lines[-1] == "    and 15 more of this customer (--json shows all)"


def test_of_a_long_run_only_so_many_lines_are_shown_and_nobody_is_lost_from_the_count() -> None:
    people = [line("P", customer=str(number), company=f"C{number:04}") for number in range(500)]
    lines = shown(outcome(*people))
    assert len(lines) <= LONGEST + 1
    rows = sum(text.startswith("    +") for text in lines)
    assert lines[-1] == f"and {500 - rows} more (--json shows all)"


def test_after_a_plan_that_was_approved_only_what_went_otherwise_is_told_again() -> None:
    held = line("Late", status="waiting", error=Unavailable("Jira is down"))
    text = "\n".join(ended_lines(outcome(line(), held), shown_before=True, command="x"))
    assert "Late" in text
    assert "Anna" not in text


def test_what_a_person_has_to_approve_is_told_with_the_command() -> None:
    found = outcome(line(status="waiting", unapproved=True), plan="f6db3c76")
    text = " ".join(" ".join(ended_lines(found, shown_before=False, command="closedwon contacts sync 101")).split())
    assert "1 waiting for a yes" in text
    assert "approve this plan: closedwon contacts sync 101 --plan f6db3c76" in text


def test_where_somebody_still_appears_is_told_with_the_reason() -> None:
    mention = Reference(where="3 posted invoices", why="kept by law for ten years", url="https://erp.example/1")
    text = shown(outcome(mentions=(mention,)))
    assert "  3 posted invoices: kept by law for ten years https://erp.example/1" in text


def test_what_somebody_calls_themselves_can_not_steer_a_terminal() -> None:
    text = "".join(plan_lines(outcome(line("A\x1b[2J\x1b]0;x\x07B\u202eC", company="\x1b[31mX"))))
    assert "\x1b[2J" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "\x1b[31mX" not in text
