"""What people are shown of invoicing exceptions, on made-up outcomes."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

from cli.contacts.session import Options
from cli.invoices.digests import write
from cli.invoices.session import Asked
from cli.render.invoices.drafts import draft_lines
from cli.render.invoices.findings import GROUPS, IN_GROUP, View, check_lines, closing_lines
from cli.render.invoices.tickets import ended_lines, plan_lines, planned
from cli.render.invoices.words import FORMULA, comes_back, table
from cli.render.words import cells, wrapped
from integrations.core.errors import Rejected, Unavailable
from integrations.flows.invoicing.drafts import Draft, DraftsOutcome
from integrations.flows.invoicing.outcome import Flagged, Outcome, StaleRule, TicketLine, Total
from tests.cli.exceptions import LENA, NAMES, TODAY, known, ordinary, outcome

SINCE = datetime(2026, 11, 22, 7, tzinfo=UTC)


def lines(found: Outcome, **view: Any) -> list[str]:
    """All that is shown, without colours; every line fits."""
    return fitting(check_lines(found, View(**view)))


def fitting(shown: Sequence[str]) -> list[str]:
    """Lines without colours; none is wider than a terminal."""
    plain = [click.unstyle(line) for line in shown]
    assert [line for line in plain if cells(line) > 80 and "://" not in line] == []
    return plain


def text(shown: Sequence[str]) -> str:
    """Lines as one, whatever was wrapped."""
    return " ".join(" ".join(shown).split())


def test_a_finding_says_how_bad_what_how_much_who_acts_and_how_it_is_called() -> None:
    finding = known(severity="high", amount="12450.00", state="new")
    assert lines(outcome([finding]))[1:5] == [
        "Müller & Söhne AG (101)",
        "  high    Invoice not paid                                    new  CHF 12'450.00",
        "          Invoice INV/2026/00012 was due on 31 Oct 2026",
        f"          Lena Gerber: Call the customer.  {finding.finding.fingerprint}",
    ]


def test_the_worst_customer_comes_first_and_each_customer_once() -> None:
    heads = [line for line in lines(ordinary()) if re.fullmatch(r"\S.* \(10\d\)", line)]
    assert heads == [f"{NAMES[number]} ({number})" for number in ("101", "103", "102", "104")]


def test_by_rule_each_rule_has_its_findings_below_it_and_the_customers_are_named() -> None:
    shown = lines(ordinary(), by="rule")
    assert "Invoice not paid: 3 findings" in shown
    below = shown[shown.index("Invoice not paid: 3 findings") + 1]
    assert below.startswith("  high    Müller & Söhne AG (101)  ")


def test_who_pays_for_a_customer_is_named_as_well() -> None:
    assert "; Bergbahn Alpblick AG (105) pays" in text(lines(ordinary()))


def test_what_is_acknowledged_is_only_counted_and_with_v_shown_with_who_and_why() -> None:
    quiet, verbose = lines(ordinary()), lines(ordinary(), verbose=True)
    assert "Notice date is near" not in text(quiet)
    assert "1 acknowledged" in text(quiet)
    assert "acknowledged by lena until 31 Dec 2026: pays in parts" in text(verbose)
    assert "- INV/2026/00012: CHF 100.00 open https://erp.acme.example/odoo/accounting/1" in text(verbose)


def test_what_could_not_be_judged_is_said_once_for_each_reason() -> None:
    why = "the newest bank statement of Acme AG is of 2 Nov 2026"
    stale = (StaleRule("unpaid", why, 14), StaleRule("notice-date", why, 1))
    shown = text(lines(outcome([], stale=stale, notes=(f"{why}: nobody is said not to have paid",))))
    assert f"data stale: {why}. Left as it was: Invoice not paid (14 customers), Notice date is near (1 cust" in shown
    assert shown.count(why) == 1
    assert "nothing found by the rules that could judge" in shown


def test_very_many_rules_that_lack_a_right_are_counted_and_who_grants_it_is_asked_for() -> None:
    """By their titles they would fill the screen; with -v they do."""
    stale = tuple(StaleRule(f"rule-{number}", "we may not read invoices", number) for number in range(1, 25))
    lacking = outcome([], stale=stale, denied=frozenset({"invoices"}))
    shown = text(lines(lacking))
    assert "Left as it was: 24 rules, at up to 24 customers (-v names them)." in shown
    assert "closedwon check" in shown
    assert "rule-7 (7 customers)" in text(lines(lacking, verbose=True))


def test_what_is_gone_is_told_in_whole_words_without_its_title() -> None:
    long = known(state="resolved", message="The agreed price of a unit was billed " + "again and " * 9 + "again")
    below = text(lines(outcome([long]))).partition("Gone since the last run ")[2]
    assert below.startswith(f"- Müller & Söhne AG (101): {long.finding.message} ")
    assert "…" not in below


def test_a_rule_that_broke_is_named_with_the_customer_and_that_the_others_went_on() -> None:
    shown = text(lines(ordinary()))
    assert "the rule our-own-rule (our-own-rule) failed with ZeroDivisionError, first at Müller & Söhne AG" in shown
    assert "the others went on" in shown


def test_what_was_not_looked_at_is_named_and_with_v_why() -> None:
    shown = lines(ordinary())
    assert "not looked at: usage (-v says why)" in shown
    assert "The ERP does not tell 1 thing that some rules would look at (-v says what)" in text(shown)
    assert "  - usage: this ERP measures no usage" in lines(ordinary(), verbose=True)


def test_the_total_is_in_one_currency_only_with_the_dated_rates() -> None:
    shown = text(lines(ordinary()))
    assert re.search(r"At risk: CHF [\d'.]+ \(CHF [\d'.]+, EUR [\d'.]+; 1 EUR = 0.9437 CHF of 20 Nov 2026\)", shown)
    without = outcome([known(), known(subject="invoice:2", currency="EUR")], rates={})
    assert "At risk: CHF 100.00 and EUR 100.00" in lines(without)


def test_of_a_big_installation_only_so_much_is_shown_and_the_rest_is_counted() -> None:
    many = [known(account=str(number), subject=f"invoice:{number}") for number in range(1000, 1000 + GROUPS + 7)]
    many += [known(account="1000", subject=f"invoice:x{number}") for number in range(IN_GROUP)]
    shown = lines(outcome(many, rates={}))
    assert "and 7 customers more with 7 findings: --csv, --html" in shown
    assert "  and 1 more here: --csv, --html" in shown
    assert len(shown) < 300


def test_only_the_named_customers_are_shown_and_only_what_is_at_risk_with_them() -> None:
    shown = lines(ordinary(), customers=("102",))
    assert [line for line in shown if re.fullmatch(r"\S.* \(10\d\)", line)] == ["Käserei Emmental AG (102)"]
    assert "At risk: CHF 79.74 (EUR 84.50; 1 EUR = 0.9437 CHF of 20 Nov 2026)" in shown


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"full": True, "read": 0}, "Invoices: the ERP has no customer with anything to bill."),
        ({"full": True, "read": 12}, "Invoices: nothing is wrong; 12 customers read. (0.0 s)"),
        ({"full": False, "since": SINCE, "read": 0}, "and nothing is wrong."),
        ({"error": Unavailable("the ERP is down")}, "nothing can be said: not everything could be read"),
    ],
)
def test_where_nothing_is_wrong_a_sentence_says_so_and_why_it_can_be_said(
    changed: dict[str, Any], sentence: str
) -> None:
    shown = lines(dataclasses.replace(outcome([]), **changed))
    assert sentence in text(shown)
    assert not [line for line in shown if "next" in line or "At risk" in line]


def test_the_first_look_names_how_to_set_aside_what_was_there_and_later_ones_do_not() -> None:
    assert "closedwon invoices baseline 2026-11-22" in text(lines(ordinary(), is_first=True))
    later = text(closing_lines(ordinary(), View()))
    assert "baseline" not in later
    assert "--flag" not in later, "nobody said where tickets go"


HARM = "<script>\x1b[31m=cmd|' /C calc'!A0\x07\u202e\n株式会社" + "W" * 200


def test_what_somebody_typed_neither_steers_the_terminal_nor_breaks_the_lines() -> None:
    bad = known(account="9", message=HARM, severity="high", action=HARM, person=None, state="resolved")
    worse = dataclasses.replace(bad, state="new")
    found = dataclasses.replace(outcome([bad, worse]), names={"9": HARM}, people={worse.finding.fingerprint: HARM})
    for by in ("customer", "rule"):
        shown = "".join(lines(found, by=by, verbose=True))
        assert not [character for character in shown if character < " " or character == "\u202e"]


@pytest.mark.parametrize("start", FORMULA)
def test_no_cell_of_a_spreadsheet_is_a_formula_and_every_row_stays_one(start: str) -> None:
    bad = known(message=f"{start}HYPERLINK(1)", action='a\nb,"c"', amount="-5.00")
    found = dataclasses.replace(outcome([bad]), names={"101": f"{start}x"})
    (row,) = csv.DictReader(io.StringIO(table(found)))
    assert not [cell for name, cell in row.items() if cell.startswith(FORMULA) and name != "amount"]
    assert (row["amount"], row["action"]) == ("-5.00", 'a b,"c"')


def ticket(action: Any = "create", status: Any = "planned", **given: Any) -> TicketLine:
    """A ticket of Müller & Söhne."""
    return TicketLine(
        "finding:1", "Invoice not paid: Müller & Söhne AG", "lena.gerber@acme.example", "open", action, status, **given
    )


def test_tickets_are_shown_by_what_happens_to_each_and_for_whom() -> None:
    there = ticket("update", id="FIN-2", url="https://jira.example/FIN-2")
    gone = ticket("archive", id="FIN-3")
    refused = ticket(error=Rejected("no such person", who="a Jira administrator", next="Invite them."))
    flagged = Flagged("jira", "Jira", (ticket(), there, gone, refused), plan="f6db3c76", not_applied=True)
    assert fitting(plan_lines(flagged, {LENA.email or "": LENA.name})) == [
        "Tickets in Jira",
        "  + Invoice not paid: Müller & Söhne AG, for Lena Gerber",
        "  ~ FIN-2 Invoice not paid: Müller & Söhne AG, open",
        "  - FIN-3 Invoice not paid: Müller & Söhne AG, the exception is gone",
        "  x Invoice not paid: Müller & Söhne AG, no such person",
        "    Who: a Jira administrator. Invite them.",
    ]
    assert planned(flagged) == "Tickets: 1 new, 1 changed, 1 to be closed, 1 held up"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("open again 2026-11-22", "open again"),
        ("acknowledged until 2026-12-31", "acknowledged until 31 Dec 2026"),
        ("2 open of 3 (0c4f2a)", "2 open of 3"),
    ],
)
def test_how_an_exception_stands_is_told_in_words(state: str, text: str) -> None:
    line = dataclasses.replace(ticket("update", id="FIN-2"), state=state)
    (_, shown) = fitting(plan_lines(Flagged("jira", "Jira", (line,)), {}))
    assert shown.endswith(f"AG, {text}")


def test_where_some_customers_were_named_the_tickets_are_said_to_be_of_all() -> None:
    shown = fitting(plan_lines(Flagged("jira", "Jira", (ticket(),)), {}, ("103", "104")))
    assert shown[0] == "Tickets in Jira, of all customers, not only of 103, 104"


def test_a_trouble_of_the_whole_system_is_told_once_with_how_many_tickets_wait_for_it() -> None:
    down = [ticket(error=Unavailable("Jira is down", next="It is tried again.")) for _ in range(37)]
    other = ticket(error=Rejected("no such person"))
    flagged = Flagged("jira", "Jira", (*down, other), plan="f6db3c76")
    lines = ["  x Invoice not paid: Müller & Söhne AG, no such person",
            "  x 37 tickets wait: Jira is down", "    It is tried again."]  # fmt: skip
    assert fitting(plan_lines(flagged, {}))[1:] == lines
    assert fitting(ended_lines(flagged, {}, shown_before=False))[:3] == lines


def test_a_ticket_that_somebody_closed_too_early_is_told_and_left_alone() -> None:
    flagged = Flagged("jira", "Jira", kept=1, closed_by_people=(ticket("keep", "kept", id="FIN-9"),))
    shown = fitting(ended_lines(flagged, {}, shown_before=False))
    assert shown == [
        "Closed by somebody although the exception is still there; left alone:",
        "  = FIN-9 Invoice not paid: Müller & Söhne AG",
        "Tickets: 1 as it was.",
    ]


def test_what_was_approved_and_done_is_told_by_its_key_and_link() -> None:
    done = ticket(status="done", id="FIN-1", url="https://jira.example/browse/FIN-1")
    held = ticket(status="waiting", error=Unavailable("Jira is down"))
    shown = fitting(ended_lines(Flagged("jira", "Jira", (done, held), interrupted=True), {}, shown_before=True))
    assert "+ FIN-1 Invoice not paid: Müller & Söhne AG" in text(shown)
    assert "https://jira.example/browse/FIN-1" in text(shown)
    assert "Jira is down" in text(shown)
    assert shown[-1] == "Tickets: 1 made, 1 not written. Stopped before the end."


def test_a_command_that_is_named_again_has_every_option_that_it_needs() -> None:
    asked = Asked(
        ("101",),
        Options("", False, False, None, {"creates": 50}, False, Path("our settings.toml"), False),
        full=False, flag=True, drafts=False, month=None, by=None, as_csv=False, html=None, digest=None,
    )  # fmt: skip
    assert asked.command == "closedwon invoices check 101 --flag --limit creates=50 --config 'our settings.toml'"
    flagged = Flagged("jira", "Jira", (ticket(status="waiting", unapproved=True),), plan="f6db3c76")
    assert f"{asked.command} --plan f6db3c76" in ended_lines(flagged, {}, asked.command, shown_before=True)[-1]


def test_a_file_that_cannot_be_written_is_named_as_it_was_asked_for(tmp_path: Path) -> None:
    asked = tmp_path / "nowhere" / "page.html"
    with pytest.raises(FileNotFoundError) as raised:
        write(asked, "")
    assert raised.value.filename == str(asked)


@pytest.mark.parametrize(
    ("amount", "until", "text"),
    [
        ("5.00", TODAY, "after 22 Nov 2026, or when its amount has grown by more than 20%."),
        ("5.00", None, "when its amount has grown by more than 20%."),
        (None, TODAY, "after 22 Nov 2026."),
        (None, None, "only when you say so: closedwon invoices ack FINGERPRINT --undo"),
    ],
)
def test_what_has_no_amount_is_not_said_to_come_back_when_it_grows(
    amount: str | None, until: date | None, text: str
) -> None:
    sentence = comes_back([known(amount=amount)], until, 0.2)
    assert fitting(wrapped("", sentence, 0)) == [f"It comes back {text}"]


def drafts(*found: Draft, total: int = 412) -> DraftsOutcome:
    """A check of the drafts of December."""
    return DraftsOutcome(
        TODAY, date(2026, 12, 1), total, found, {}, {"101": "Alpina Treuhand AG mit langem Namen"}, date(2026, 11, 20)
    )


def test_drafts_that_may_not_go_out_say_why_and_who_acts_and_what_is_missing_is_told() -> None:
    why = known(message="The order number is missing, and this customer requires one").finding
    fee = known(amount=None, severity="high", message="The set-up fee of deal 31 is not billed", person=None).finding
    held = Draft("101", "2291", "", Decimal("1850.00"), "CHF", (why,))
    missing = Draft("101", "", "", Decimal("3600.00"), "CHF", (fee,))
    shown = fitting(draft_lines(drafts(held, missing), verbose=False))
    assert "bank data of 20 Nov 2026: 411 of 412 may go out; 1 invoice missing altogether" in text(shown)
    rows = shown[2:]
    assert rows[0] == " customer               draft       CHF  why not                 who"
    assert rows[1] == " Alpina Treuhand AG m…  2291   1'850.00  The order number is     Lena"
    assert any(row.startswith(" Alpina Treuhand AG m…  none   3'600.00  The set-up fee") for row in rows)
    assert "Account manager" in text(rows)


def test_a_month_without_drafts_is_told_in_words() -> None:
    shown = fitting(draft_lines(drafts(total=0), verbose=False))
    assert text(shown).startswith("DRAFTS December 2026, ")
    assert text(shown).endswith("bank data of 20 Nov 2026: there are no drafts")


def test_a_mere_remark_holds_no_draft_and_is_shown_with_v_alone() -> None:
    low = known(severity="low", message="No payment term is set").finding
    found = drafts(Draft("101", "7", "https://erp.example/7", Decimal(1), "CHF", (low,)))
    quiet, verbose = fitting(draft_lines(found, verbose=False)), fitting(draft_lines(found, verbose=True))
    assert "412 of 412 may go out" in text(quiet)
    assert "1 draft may go out with a remark: -v shows them." in quiet
    assert "No payment term is set" not in text(quiet)
    assert "No payment term is set" in text(verbose)


def test_of_amounts_in_several_currencies_each_says_its_own() -> None:
    low = known(severity="medium").finding
    both = [
        Draft("101", str(number), "", Decimal(5), currency, (low,)) for number, currency in enumerate(("CHF", "EUR"))
    ]
    shown = text(draft_lines(drafts(*both), verbose=False))
    assert all(word in shown for word in ("amount", "CHF 5", "EUR 5"))


def test_without_any_amount_no_total_is_told() -> None:
    assert not [line for line in lines(dataclasses.replace(ordinary(), total=Total({}))) if "At risk" in line]
