"""Tickets: one for each exception that is there, told of when something changes, closed when it is gone."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integrations.core.calendar import Calendar, used
from integrations.core.dates import dated
from integrations.core.errors import ConfigError, Unavailable
from integrations.flows.invoicing.answers import acknowledge
from integrations.flows.invoicing.check import Request
from tests.flows.invoicing.site import LENA, TODAY, Site, flagged, invoice, trouble
from tests.limits import lifted

EVE = date(2026, 12, 24)


def only(site: Site) -> str:
    """The key of the only ticket there ever was."""
    (key,) = site.tickets.there
    return key


def test_flagging_twice_makes_one_ticket_and_then_writes_nothing(site: Site) -> None:
    """The second run finds it as it is wanted."""
    site.have("101", invoice(1))
    first = site.flag()
    assert [(line.action, line.status) for line in flagged(first).lines] == [("create", "done")]
    site.wait(hours=1)
    site.tickets.puts.clear()
    second = site.flag()
    assert (flagged(second).lines, flagged(second).kept, second.exit_code) == ((), 1, 0)
    assert site.tickets.puts == []


def test_a_ticket_says_what_is_wrong_and_who_acts_by_when(site: Site) -> None:
    """Everything that somebody needs who has never seen the tool."""
    site.have("101", invoice(1))
    site.flag()
    ticket = site.tickets.there[only(site)]
    assert ticket.summary == "Not paid: Müller AG"
    assert ticket.assignee == LENA.email
    assert str(ticket.due_date) == "2026-11-25"
    text = ticket.description.plain()
    assert text.startswith("Severity: high. Invoice INV/1 was due")
    for part in ("Invoice INV/1 was due on 2026-10-31", "CHF 100.00", "Ask for it.", "closedwon invoices ack"):
        assert part in text


@pytest.mark.parametrize(
    ("seen", "due"),
    [
        ("2026-11-20T22:59", "2026-11-25"),  # Friday, a minute before midnight in Zürich: Monday, Tuesday, Wednesday
        ("2026-11-22T23:30", "2026-11-26"),  # Monday there
        ("2026-12-23T08:00", "2026-12-30"),  # the own day off, Christmas, Saint Stephen's Day and Sunday between
        ("2026-12-30T08:00", "2027-01-05"),
        ("2028-02-28T23:30", "2028-03-03"),  # the leap day there
    ],
)
def test_a_ticket_is_due_on_a_day_on_which_the_company_works(site: Site, seen: str, due: str) -> None:
    """Three working days are left, whatever lies between them; which day it was found on, the company's zone says."""
    site.clock = datetime.fromisoformat(seen).replace(tzinfo=UTC)
    swiss = Calendar(ZoneInfo("Europe/Zurich"), country="CH", part="ZH", off=((EVE, EVE),))
    site.have("101", invoice(1))
    with used(swiss):
        site.books.company = dataclasses.replace(site.books.company, bank=swiss.day(site.clock))
        site.flag()
    assert str(site.tickets.there[only(site)].due_date) == due


def test_what_comes_back_after_months_is_not_due_months_ago(site: Site) -> None:
    """Somebody who gets a ticket has time for it, however long the exception was known before."""
    site.have("101", invoice(1))
    acknowledge(site.check(), [site.run().findings[0].finding.fingerprint], "they pay by instalments", TODAY)
    site.wait(days=100)
    site.flag()
    assert site.tickets.there[only(site)].due_date == site.clock.date() + timedelta(days=3)
    site.tickets.puts.clear()
    site.wait(days=30)
    site.flag()
    assert site.tickets.puts == []


def test_what_is_mended_closes_its_ticket_and_what_returns_reopens_it(site: Site) -> None:
    """With one comment each time, and never a second ticket."""
    site.have("101", invoice(1))
    site.flag()
    site.wait(days=1)
    site.have("101")
    site.flag()
    assert site.tickets.open() == []
    assert len(site.tickets.comments[only(site)]) == 1
    site.wait(days=1)
    site.have("101", invoice(1))
    site.flag()
    assert site.tickets.open() == [only(site)]
    (_, returned) = site.tickets.comments[only(site)]
    assert returned.startswith(f"{dated(site.clock.date())}: open again.\n")
    site.tickets.puts.clear()
    site.flag()
    assert site.tickets.puts == []


def test_what_went_while_nobody_flagged_is_closed_by_the_next_who_does(site: Site) -> None:
    """A check without tickets forgets none."""
    site.have("101", invoice(1))
    site.flag()
    site.have("101")
    site.run()
    site.run()
    site.flag()
    assert site.tickets.open() == []


def test_what_is_acknowledged_gets_no_ticket_and_a_comment_where_it_has_one(site: Site) -> None:
    """Somebody knows: nobody else has to act."""
    site.have("101", invoice(1))
    outcome = site.run()
    acknowledge(site.check(), [outcome.findings[0].finding.fingerprint], "they pay on Friday", None)
    site.flag()
    assert site.tickets.there == {}
    site.have("102", invoice(2, "102"))
    known = next(finding for finding in site.flag().findings if finding.state == "new")
    acknowledge(site.check(), [known.finding.fingerprint], "agreed by phone", TODAY)
    site.flag()
    (comment,) = site.tickets.comments[only(site)]
    until = dated(TODAY)
    assert re.fullmatch(rf"{until}: acknowledged until {until}, by [^:]+: agreed by phone\s*", comment)
    site.wait(days=1)
    site.flag()
    assert len(site.tickets.comments[only(site)]) == 2


def test_more_new_tickets_than_allowed_need_a_number(site: Site) -> None:
    """Twenty by default; nothing is written before somebody says so."""
    for number in range(21):
        site.have(f"{200 + number}", invoice(number, f"{200 + number}"))
    outcome = site.flag()
    assert outcome.exit_code == 6
    assert trouble(flagged(outcome).error) == "over a safety limit: 21 new tickets in Jira, 20 allowed"
    assert site.tickets.there == {}
    over = flagged(outcome).error
    site.limits = lifted(over.next if over is not None else "")
    assert site.flag().exit_code == 0
    assert len(site.tickets.there) == 21


def test_one_cause_over_many_customers_is_one_ticket(site: Site) -> None:
    """Eleven customers whom nobody named are one thing to fix."""
    for number in range(11):
        site.have(f"{200 + number}", name="")
    site.flag()
    assert only(site).startswith("cause:")
    assert "11 customers" in site.tickets.there[only(site)].summary
    site.tickets.puts.clear()
    site.flag()
    assert site.tickets.puts == []
    for number in range(11):
        site.have(f"{200 + number}")
    site.flag()
    assert site.tickets.open() == []


def test_a_cause_keeps_its_ticket_while_customers_are_mended_one_after_the_other(site: Site) -> None:
    """Ten that are left are still the same cause: no ten new tickets, and no word that it is gone."""
    for number in range(11):
        site.have(f"{200 + number}", name="")
    site.flag()
    cause = only(site)
    for fixed in (range(1), range(1, 10)):
        for number in fixed:
            site.have(f"{200 + number}")
        site.flag()
        assert site.tickets.open() == [cause]
    assert not any("gone" in comment for comment in site.tickets.comments[cause])
    site.have("210")
    site.flag()
    assert site.tickets.open() == []
    assert "gone" in site.tickets.comments[cause][-1]


def test_a_ticket_whose_exception_another_one_tells_of_now_does_not_say_that_it_is_gone(site: Site) -> None:
    """The eleventh customer makes a cause of what was ten single tickets."""
    for number in range(10):
        site.have(f"{200 + number}", name="")
    site.flag()
    single = site.tickets.open()
    site.have("210", name="")
    site.flag()
    assert [key.partition(":")[0] for key in site.tickets.open()] == ["cause"]
    assert len(single) == 10
    assert all(
        "Another ticket" in comment and "gone" not in comment
        for key in single
        for comment in site.tickets.comments[key]
    )


def test_one_ticket_for_each_customer_tells_of_each_change_among_its_findings(site: Site) -> None:
    """By a setting; it closes when nothing is left."""
    site.tables["tickets"]["per"] = "customer"
    site.have("101", invoice(1), invoice(2))
    site.flag()
    assert only(site) == "customer:101/invoicing"
    site.have("101", invoice(2), invoice(3))
    site.flag()
    assert len(site.tickets.comments[only(site)]) == 1
    site.have("101")
    site.flag()
    assert site.tickets.open() == []


def test_a_ticket_that_people_closed_is_told_of_and_left_alone(site: Site) -> None:
    """They may know better; nobody is fought."""
    site.have("101", invoice(1))
    site.flag()
    ticket = site.tickets.there[only(site)]
    site.tickets.there[only(site)] = ticket.model_copy(update={"closed": True})
    site.tickets.puts.clear()
    outcome = site.flag()
    assert [line.key for line in flagged(outcome).closed_by_people] == [only(site)]
    assert site.tickets.puts == []


def test_a_read_that_failed_closes_no_ticket(site: Site) -> None:
    """What is not known is not gone."""
    site.have("101", invoice(1))
    site.flag()
    site.wait(hours=2)
    site.have("101")
    site.books.fails = Unavailable("the ERP is down", system="erp")
    outcome = site.flag()
    assert (outcome.exit_code, outcome.flagged) == (1, None)
    assert site.tickets.open() == [only(site)]


def test_nothing_is_written_without_a_yes(site: Site) -> None:
    """A dry run and a no show the plan: exit 3. A system in mode `ask` waits for a person: exit 4."""
    site.have("101", invoice(1))
    assert site.flag(dry=True).exit_code == 3
    assert site.flag(ask=lambda _: False).exit_code == 3
    site.mode = "ask"
    assert site.flag(yes=True).exit_code == 4
    assert site.tickets.there == {}
    plan = flagged(site.flag(dry=True)).plan
    assert site.flag(plan="00000000").exit_code == 5
    assert site.flag(plan=plan).exit_code == 0
    assert len(site.tickets.open()) == 1


def test_a_person_who_says_yes_gets_what_was_shown_and_nothing_else(site: Site) -> None:
    """What came up while they were thinking waits for the next time."""
    site.have("101", invoice(1))

    def thinking(shown) -> bool:
        assert len(flagged(shown).lines) == 1
        site.have("102", invoice(2, "102"))
        site.check().run(Request())
        return True

    outcome = site.flag(ask=thinking)
    assert len(site.tickets.open()) == 1
    assert outcome.exit_code == 5
    assert {line.status for line in flagged(outcome).lines} == {"done", "waiting"}


def test_a_system_in_mode_read_is_only_shown(site: Site) -> None:
    """No ticket; the plan has an id of its own, which approves nothing."""
    site.mode = "read"
    site.have("101", invoice(1))
    outcome = site.flag()
    assert site.tickets.there == {}
    (line,) = flagged(outcome).lines
    assert (line.action, line.status) == ("create", "planned")
    assert outcome.exit_code == 3
    first = flagged(outcome).plan
    site.have("102", invoice(2, "102"))
    assert flagged(site.flag(dry=True)).plan not in ("", first)
    site.have("102")
    assert flagged(site.flag(dry=True)).plan == first
    assert site.flag(plan=first).exit_code == 3
    site.mode = "ask"
    assert site.flag(plan=first).exit_code == 5
    assert site.tickets.there == {}


def test_flagging_without_a_project_is_a_fault_of_the_settings(site: Site) -> None:
    """Told before anything is read."""
    site.tables["tickets"] = {}
    with pytest.raises(ConfigError):
        site.flag()
    assert site.books.asked == []
