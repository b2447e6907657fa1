"""`closedwon invoices ack`, `baseline` and `dispute`, and calls that make no sense."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.flows.invoicing.rules.every import RULES
from tests.cli.place import Ended, Place, run

NEVER = "2999-12-31"


@pytest.fixture
def checked(place: Place) -> Place:
    """A place where one rule is on, and two customers were found by it."""
    off = "".join(f"[invoices.rules.{rule.id}]\non = false\n" for rule in RULES if rule.id != "vat-number")
    place.edit("[erp]\n", f"{off}[invoices.rules.vat-number]\nrequired = false\n[erp]\n")
    place.run("invoices", "check")
    place.requests()
    return place


def fingerprints(place: Place) -> dict[str, str]:
    """Each finding's fingerprint and state, read without asking the ERP for what has not changed."""
    return {
        finding["fingerprint"]: finding["state"]
        for finding in place.run("invoices", "check", "--json").document["findings"]
    }


def test_what_is_acknowledged_is_only_counted_and_told_again_when_that_is_taken_back(checked: Place) -> None:
    first, other = fingerprints(checked)
    done = checked.run("invoices", "ack", first[:4].upper(), "--reason", "as agreed", "--until", NEVER)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Left alone until 31 Dec 2999: The VAT number can't be right")
    assert "It comes back after 31 Dec 2999." in done.said, "a VAT number has no amount that could grow"
    quiet = checked.run("invoices", "check")
    assert (first in quiet.out, other in quiet.out) == (False, True)
    assert "1 finding (1 medium), 1 acknowledged" in quiet.said
    assert checked.run("invoices", "ack", first, "--undo").out.startswith("Reported again: The VAT number")
    again = checked.run("invoices", "ack", first, "--undo")
    assert again.out.startswith("Was not acknowledged, nothing to undo: The VAT number")
    assert fingerprints(checked) == {first: "open", other: "open"}


def test_a_fingerprint_that_means_several_shows_them_and_one_that_means_none_says_where_to_look(checked: Place) -> None:
    checked.edit("required = false", "required = true")
    several = {fingerprint for fingerprint in fingerprints(checked) if fingerprint.startswith("9")}
    assert len(several) == 2, "fingerprints are the same in every world"
    ambiguous = checked.run("invoices", "ack", "9", "--reason", "x")
    assert ambiguous.code == 4
    assert all(f"  {fingerprint}: The company has no VAT number" in ambiguous.err for fingerprint in several)
    assert "9 could be 2 exceptions" in ambiguous.err
    unknown = checked.run("invoices", "ack", "zz", "--reason", "x")
    assert unknown.code == 2
    assert "there is no exception zz. To see what there is: closedwon invoices check" in unknown.said
    shortest = min(several)
    assert checked.run("invoices", "ack", shortest, "--reason", "x", "--until", "2020-01-01").code == 2
    assert checked.run("invoices", "ack", shortest, " ", "--reason", "x").code == 2
    assert set(fingerprints(checked).values()) <= {"new", "open"}, "all of them, or none"


def test_the_first_day_is_set_aside_in_one_go_and_nothing_that_comes_later(checked: Place) -> None:
    assert "Nothing that was found up to 1 Jan 2020 is open." in checked.run("invoices", "baseline", "2020-01-01").out
    assert checked.run("invoices", "baseline", NEVER).code == 2
    answer = checked.run("invoices", "baseline", _today())
    assert answer.out.startswith("2 findings up to ")
    assert checked.requests() == [], "our own memory knows them"
    assert "nothing is wrong" in checked.run("invoices", "check").said


def test_before_the_first_look_there_is_nothing_to_set_aside(place: Place) -> None:
    ended = place.run("invoices", "baseline", _today())
    assert ended.code == 4
    assert "First: closedwon invoices check" in ended.said


def test_a_dispute_has_an_owner_a_reason_news_and_an_end(place: Place) -> None:
    number = "INV/2026/00011"
    lacking = place.run("invoices", "dispute", number)
    assert (lacking.code, "--owner" in lacking.err) == (2, True)
    assert place.requests() == []
    begun = place.run("invoices", "dispute", number, "--owner", "Lena", "--reason", "too many")
    assert (begun.code, begun.err) == (0, "")
    assert f"Invoice {number} is disputed since " in begun.out
    assert "Lena clears it up: too many" in begun.said
    assert "Lena clears it up: too many" in place.run("invoices", "dispute", number).said
    assert f"The dispute about invoice {number} is over." in place.run("invoices", "dispute", number, "--settled").out
    assert place.run("invoices", "dispute", number, "--settled").code == 2
    assert place.run("invoices", "dispute", "INV/0", "--owner", "Lena", "--reason", "x").code == 4
    assert place.nothing_was_written()


SENSELESS = (
    ("check -n", "add --flag"),
    ("check --yes", "add --flag"),
    ("check --limit creates=3", "add --flag"),
    ("check --plan 12345678", "add --flag"),
    ("check --flag -n --yes", "leave out --yes"),
    ("check --flag --yes --plan 12345678", "leave out --yes"),
    ("check 101 --full", "leave out CUSTOMER"),
    ("check customer:", "by its id in the ERP"),
    ("check --month 2026-11", "add --drafts"),
    ("check --drafts --month 2026-13", "2026-13 is no month such as 2026-11"),
    ("check --drafts --month november", "is no month"),
    ("check --drafts --flag", "leave out --flag"),
    ("check --drafts --full", "leave out --full"),
    ("check --drafts --csv", "leave out --csv, --html, --digest"),
    ("check --drafts --digest d", "leave out --csv, --html, --digest"),
    ("check --drafts --by rule", "leave out --by"),
    ("check --json --csv", "choose --json or --csv"),
    ("check --json --by rule", "leave it out with --json and --csv"),
    ("check --by amount", "'amount' is not one of 'customer', 'rule'"),
    ("check 101 --digest d", "leave out CUSTOMER"),
    ("check --flag -n --digest d", "leave out one of them"),
    ("check --html /nowhere/at/all/page.html", "there is no folder /nowhere/at/all"),
    ("ack", "FINGERPRINT"),
    ("ack 4f2a", "say why with --reason"),
    ("ack 4f2a --undo --reason x", "leave out --reason and --until"),
    ("ack 4f2a --reason x --until tomorrow", "tomorrow is no day such as 2026-11-30"),
    ("ack 4f2a --reason x --until 2026-02-30", "is no day"),
    ("baseline", "DATE"),
    ("baseline yesterday", "is no day"),
    ("dispute", "NUMBER"),
    ("dispute INV/1 --settled --owner Lena", "leave out --owner and --reason"),
    ("chekc", "Did you mean check?"),
)


@pytest.mark.parametrize(("call", "words"), SENSELESS)
def test_a_call_that_makes_no_sense_is_refused_in_words_before_anything_is_read(call: str, words: str) -> None:
    ended = refused(call)
    assert words in ended.said
    assert "closedwon invoices" in ended.said


def refused(call: str) -> Ended:
    """A call that is wrong, whatever the settings: there are none."""
    ended = run("invoices", *call.split())
    assert (ended.code, ended.out) == (2, "")
    assert "no such file" not in ended.err
    return ended


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011  (the day on which the command is called)
