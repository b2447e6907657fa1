"""The page of invoicing exceptions, and the letter: what they hold, whatever is in it."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cli.page.report import digest_html, html
from cli.page.sections import SHOWN, link
from cli.render.invoices.digest import digest_text
from integrations.core.billing import Order, OurCompany, Won
from integrations.core.errors import Unavailable
from integrations.flows.invoicing.digest import Digest
from integrations.flows.invoicing.findings import Broken
from integrations.flows.invoicing.memory import State
from integrations.flows.invoicing.outcome import Outcome, StaleRule
from integrations.flows.invoicing.rule import Evidence
from tests.cli.exceptions import ERP, LENA, RATES, TODAY, known, ordinary, outcome
from tests.cli.page import Drawn, Page, bars, columns
from tests.flows.invoicing.site import Site, invoice

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202etxt.exe{{ 7 * 7 }}"
RULES = "At risk, by what is wrong"
AGES = "At risk, by how long it has been wrong"
OWED = "What customers owe"
CHAIN = "Won deals on their way to the money"
RUNS = ("Findings over time", "At risk over time")


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    """A check that ran three times: four customers owe something in two currencies, three deals are on their way."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.books.rates["EUR"] = RATES["EUR"]
    site.clock -= timedelta(days=3)
    won = {number: Won(number, "", TODAY - timedelta(days=30), "CHF", Decimal(6000), Decimal(2400)) for number in "123"}
    order = Order("9", day=TODAY, deal="3", served="106", payer="106", currency="EUR", untaxed=Decimal(500))
    site.have("105", deals=(won["1"], won["2"]))
    site.have("106", deals=(won["3"],), orders=(order,))
    for number, (days, amount, currency) in enumerate(
        [(-10, "12000.00", "CHF"), (5, "310.40", "CHF"), (45, "7800.15", "EUR"), (97, "12450.00", "CHF")]
    ):
        owed = invoice(number, str(101 + number), TODAY - timedelta(days=days), amount)
        site.have(str(101 + number), dataclasses.replace(owed, currency=currency))
        if number:
            site.run()
            site.wait(days=1)
    return site.check()


def harmful() -> Outcome:
    """Every text in it is made to break a page."""
    proof = (Evidence(EVIL, "javascript:alert(3)"), Evidence(EVIL, f'{ERP}/"><script>alert(4)</script>'))
    states: dict[str, State] = {"1": "new", "2": "acknowledged", "3": "resolved", EVIL: "open"}
    found = [
        known(EVIL, number, f"invoice:{number}", message=EVIL, action=EVIL, evidence=proof, state=state, payer="2")
        for number, state in states.items()
    ]
    result = outcome(found, stale=(StaleRule(EVIL, EVIL, 1),), broken=(Broken(EVIL, "1", EVIL),), notes=(EVIL,))
    companies = (OurCompany("1", EVIL, "CHF", None),)
    names = {"1": EVIL, "2": "Ünïcödé " * 25, "3": "شركة", EVIL: EVIL}
    error = Unavailable(EVIL, next=EVIL)
    people = {known.finding.fingerprint: EVIL for known in found}
    return dataclasses.replace(
        result, names=names, titles={EVIL: EVIL}, companies=companies, unknown=(EVIL,), error=error, people=people
    )


def huge() -> Outcome:
    """Five thousand findings: five hundred about one customer, the others about 300."""
    several = [known("unpaid", f"{1000 + number % 300}", f"invoice:{number}") for number in range(4500)]
    return outcome([*several, *(known("unpaid", "7", f"invoice:x{number}", severity="high") for number in range(500))])


def letter(result: Outcome) -> str:
    """A letter about all that an outcome has."""
    found = result.findings
    return digest_html(Digest(LENA, found[:2], found[2:3], found[3:], {}), result)


@pytest.mark.parametrize("made", [ordinary, harmful, lambda: outcome([])], ids=["ordinary", "harmful", "empty"])
def test_the_pages_are_whole_html_that_loads_nothing_and_runs_nothing(check, made) -> None:
    """Every element is closed, no id is there twice; no script, style, font or picture comes from anywhere."""
    for text in (html(made(), check), letter(made())):
        page = Page(text)
        assert text.startswith("<!doctype html>")
        everything = page.root.inside
        ids = [element.attributes["id"] for element in everything if "id" in element.attributes]
        assert len(ids) == len(set(ids))
        assert not {element.tag for element in everything} & {
            "script",
            "link",
            "img",
            "iframe",
            "object",
            "base",
            "form",
            "image",
        }
        for element in everything:
            assert not [
                name for name in element.attributes if name.startswith("on") or name in ("src", "style", "xlink:href")
            ]
            if "href" in element.attributes:
                assert element.tag == "a"
                assert element.attributes["href"].startswith("https://erp.acme.example/")
        styles = "".join(element.text for element in page.all("style"))
        assert "@import" not in styles
        assert "url(" not in styles


def test_what_people_wrote_is_shown_as_they_wrote_it(check) -> None:
    """Names, messages, reasons and evidence are text, whatever they hold; signs that turn text round are left out."""
    for text in (html(harmful(), check), letter(harmful())):
        words = Page(text).words
        assert "<script>alert(1)</script>" in words
        assert "{{ 7 * 7 }}" in words
        assert "شركة" in words
        assert "Ünïcödé Ünïcödé" in words
        assert "\u202e" not in text


def test_each_finding_is_there_once(check) -> None:
    """By its fingerprint, whatever its state."""
    result = ordinary()
    text = html(result, check)
    assert [text.count(f">{finding.finding.fingerprint}<") for finding in result.findings] == [1] * len(result.findings)
    assert len(Page(text).all("tr", "finding")) == 7
    assert len(Page(text).all("li", "finding")) == 1


def test_each_finding_says_what_is_to_be_known_of_it(check) -> None:
    """Severity in words and by a shape, rule, message, amount, who acts, what to do, evidence with its link."""
    (finding,) = outcome([known(severity="high", state="new", payer="105")]).findings
    (row,) = Page(html(outcome([finding]), check)).all("tr", "finding")
    words = " ".join(row.text.split())
    for expected in (
        "▲ high new", "Invoice not paid", "CHF 100.00",
        "Invoice INV/2026/00012 was due on 31 Oct 2026; Bergbahn Alpblick AG (105) pays",
        "Lena Gerber", "Call the customer.", "first seen 7 Nov 2026", finding.finding.fingerprint,
    ):  # fmt: skip
        assert expected in words
    assert [element.attributes["href"] for element in row.all("a")] == [f"{ERP}/1"]


def test_what_is_acknowledged_says_by_whom_why_and_until_when(check) -> None:
    """Apart from the others, and not at risk."""
    text = html(outcome([known(state="acknowledged")]), check)
    assert "acknowledged by lena until 31 Dec 2026: pays in parts" in Page(text).words
    assert "Today nothing is wrong." in Page(text).words
    assert RULES not in text


def test_a_page_of_thousands_of_findings_stays_usable_and_leaves_none_unsaid(check) -> None:
    """No more than a browser can show; what is shown and what is said to be left off are all."""
    text = html(huge(), check)
    page = Page(text)
    shown = len(page.all("tr", "finding"))
    assert shown == SHOWN
    assert len(text) < 1_500_000
    in_groups = [int(text.replace("'", "")) for text in re.findall(r"and ([\d']+) more of this customer", page.words)]
    besides = [int(text.replace("'", "")) for text in re.findall(r"And ([\d']+) more findings about", page.words)]
    assert shown + sum(in_groups) + sum(besides) == 5000


def test_the_parts_of_what_is_at_risk_add_up_to_the_total(check) -> None:
    """To the cent, also over rates; an invoice that two rules find is in one part only."""
    odd = [
        known(f"rule-{number}", "101", f"contract:{number}", amount=f"{number}.37", currency="EUR", days=number * 30)
        for number in range(20)
    ]
    twice = [known("unpaid", amount="500.00"), known("price-differs", subject="invoice:1/line:2", amount="80.00")]
    result = outcome([*odd, *twice])
    assert result.total.converted is not None
    page = Page(html(result, check))
    for heading in (RULES, AGES):
        (chart,) = bars(page, heading)
        assert {bar.currency for bar in chart} == {"CHF"}
        assert sum(bar.amount for bar in chart) == result.total.converted.amount
    (chart,) = bars(page, RULES)
    assert chart[-1].label == "10 other kinds of exception"
    assert not [bar for bar in chart if bar.label == "Price differs from the contract"]
    assert f"CHF {result.total.converted.amount}" in page.all("dd", "number")[0].text.replace("\u00a0", " ")
    assert "1 EUR = 0.9437 CHF of 20 Nov 2026" in page.words


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-3, 0), (0, 0), (7, 0), (8, 1), (30, 1), (31, 2), (90, 2), (91, 3), (365, 3), (366, 4), (3000, 4)],
)
def test_an_amount_stands_where_its_days_say(check, days, bucket) -> None:
    """By how long it has been wrong, up to and with the bucket's last day; the other buckets are empty."""
    (chart,) = bars(Page(html(outcome([known(days=days)]), check)), AGES)
    assert [number for number, bar in enumerate(chart) if bar.amount] == [bucket]


def test_what_has_no_day_of_its_own_is_as_old_as_our_first_look(check) -> None:
    """First seen 15 days ago."""
    (chart,) = bars(Page(html(outcome([known(days=15, since=None)]), check)), AGES)
    assert [bar.label for bar in chart if bar.amount] == ["8 to 30 days"]


def test_without_a_dated_rate_each_currency_stands_by_itself(check) -> None:
    """Nothing is added up that can't be."""
    result = outcome([known(), known("unpaid", "102", "invoice:2", amount="70.00", currency="EUR")], rates={})
    page = Page(html(result, check))
    for heading in (RULES, AGES):
        sums = {chart[0].currency: sum(bar.amount for bar in chart) for chart in bars(page, heading)}
        assert sums == result.total.amounts
    assert page.all("dd", "number")[0].text == "CHF\u00a0100.00 + EUR\u00a070.00"
    assert len(bars(page, OWED)) == 2


def test_what_customers_owe_is_told_by_age_at_the_same_rates(check) -> None:
    """The buckets of the receivables, each with what is in it."""
    (chart,) = bars(Page(html(ordinary(), check)), OWED)
    assert [(bar.label, str(bar.amount)) for bar in chart] == [
        ("not due yet", "12000.00"), ("1 to 30 days", "310.40"), ("31 to 60 days", "7361.00"),
        ("61 to 90 days", "0.00"), ("more than 90 days", "12450.00"),
    ]  # fmt: skip


def test_deals_stand_where_they_stopped_with_what_stopped_there(check) -> None:
    """From the win to the money, at today's rates; how many there are is said with each stage."""
    page = Page(html(ordinary(), check))
    (chart,) = bars(page, CHAIN)
    assert [(bar.label, str(bar.amount)) for bar in chart] == [
        ("won, not ordered: 2 deals", "16800.00"), ("ordered, not delivered: 1 deal", "471.85"),
        ("delivered, not invoiced: 0 deals", "0.00"), ("invoiced, not paid: 0 deals", "0.00"),
    ]  # fmt: skip
    assert "All customers: 3 deals won in the last 24 months, 0 of them paid." in page.words


def test_deals_that_are_all_paid_are_told_too(check) -> None:
    """Nothing stopped: no amount anywhere, and how many were paid."""
    paid: dict[str, Any] = {"deal": "1", "stage": "paid", "since": None, "amounts": [], "url": ""}
    other = dataclasses.replace(check)
    other.memory.overview = lambda: iter([("101", None, [], [paid])])
    page = Page(html(outcome([]), other))
    assert [bar.amount for chart in bars(page, CHAIN) for bar in chart] == [0, 0, 0, 0]
    assert "1 deal won in the last 24 months, 1 of them paid." in page.words


def test_a_rate_that_today_needs_nowhere_else_serves_what_is_owed_too(check) -> None:
    """Only francs are at risk, and euros are owed: one chart; and so for one customer's page."""
    for result in (outcome([known()]), ordinary().only(["101"])):
        (chart,) = bars(Page(html(result, check)), OWED)
        assert sum(bar.amount for bar in chart) == Decimal("32121.40")


def test_one_customers_page_adds_up_what_the_whole_can_not() -> None:
    """A currency without a rate hinders only those who have it."""
    result = outcome([known(), known("unpaid", "102", "invoice:2", amount="70.00", currency="SEK")])
    assert result.total.converted is None
    assert str(result.only(["101"]).total.converted) == "CHF 100.00"


def test_lengths_are_in_proportion_to_amounts(check) -> None:
    """In every chart the same length for the same amount."""
    page = Page(html(ordinary(), check))
    charts = [chart for heading in (RULES, AGES, OWED, CHAIN) for chart in bars(page, heading)]
    charts += [chart for heading in RUNS for chart in columns(page, heading)]
    assert [len(chart) for chart in charts] == [3, 5, 5, 4, 3, 3]
    for chart in charts:
        longest = max(chart, key=lambda bar: bar.amount)
        assert longest.length > 50
        for bar in chart:
            assert abs(bar.length - longest.length * bar.amount / longest.amount) < Decimal("0.001")


def test_what_is_owed_back_is_drawn_unlike_what_is_owed(check) -> None:
    """A bucket of credit notes has a bar of its own kind, and its sign."""
    memory = dataclasses.replace(check)
    memory.memory.overview = lambda: iter([("101", None, [["2026-01-01", "CHF", "-50.00"]], [])])
    page = Page(html(outcome([known()]), memory))
    (chart,) = bars(page, OWED)
    assert chart[-1] == Drawn("more than 90 days", Decimal("52.0000"), Decimal("-50.00"), "CHF")
    assert len(page.all("rect", "negative")) == 1


def test_each_chart_tells_its_amounts_in_words(check) -> None:
    """For those who hear the page: a picture with a name that holds every label and amount."""
    page = Page(html(ordinary(), check))
    drawings = page.all("svg")
    assert len(drawings) == 6
    for drawing in drawings:
        assert drawing.attributes["role"] == "img"
        assert drawing.all("title")
        assert all(row.all("title") for row in drawing.all("g"))
        texts = [text.text for text in drawing.all("text") if text.attributes.get("x") != "0"]
        assert all(text in drawing.attributes["aria-label"] for text in texts)


def test_how_fresh_it_is_and_what_could_not_be_told_is_said(check) -> None:
    """Bank statements, stale rules, rules that broke, and what nobody looked at."""
    old = OurCompany("2", "Acme GmbH", "EUR", TODAY - timedelta(days=20))
    result = dataclasses.replace(ordinary(), companies=(*ordinary().companies, old, OurCompany("3", "Acme Inc", "USD")))
    words = Page(html(result, check)).words
    for expected in (
        "ERP read: all 1'204 customers", "Newest bank statement of Acme AG: 20 Nov 2026",
        "Newest bank statement of Acme GmbH: 2 Nov 2026, too old",
        "Bank statements of Acme Inc: none was ever imported",
        "the newest bank statement of Acme GmbH is of 2 Nov 2026: credit-limit (14 customers)",
        "ZeroDivisionError, first at Müller & Söhne AG",
        "usage: this ERP measures no usage", "no field tells whether an invoice was sent",
    ):  # fmt: skip
        assert expected in words


def test_a_first_check_has_no_trend_and_an_empty_one_no_charts(tmp_path) -> None:
    """Nothing is drawn of nothing."""
    page = Page(html(outcome([]), Site(tmp_path).check()))
    assert page.all("svg") == []
    assert "Today nothing is wrong." in page.words


def test_a_letter_tells_what_is_new_changed_and_gone_and_nothing_else() -> None:
    """With what to do next; a customer whom nobody names is a number."""
    result = dataclasses.replace(ordinary(), names={})
    new, changed, gone = result.findings[:2], result.findings[2:3], result.findings[7:]
    text = digest_html(Digest(LENA, new, changed, gone, {}), result)
    page = Page(text)
    assert "Invoicing exceptions for Lena Gerber" in page.all("title")[0].text
    fingerprints = {entry.finding.fingerprint for entry in (*new, *changed, *gone)}
    assert {
        finding.finding.fingerprint for finding in result.findings if finding.finding.fingerprint in text
    } == fingerprints
    assert len(page.all("section", "finding")) == 3
    assert "customer 101" in page.words
    assert "Next, Lena Gerber: Call the customer." in page.words
    assert f"closedwon invoices ack {new[0].finding.fingerprint}" in page.words
    amounts = re.findall(r"What is new puts CHF.([\d'.]+) at risk", page.words)
    assert [Decimal(amount.replace("'", "")) for amount in amounts] == [Decimal("12450.00") + Decimal("7361.00")]


def test_a_long_letter_shows_the_worst_and_says_that_its_text_has_all() -> None:
    """What is left off is counted."""
    found = [known(subject=f"invoice:{number}", severity="low") for number in range(300)]
    worst = known(subject="invoice:worst", severity="high")
    page = Page(digest_html(Digest(LENA, (*found, worst), (), (), {}), outcome([*found, worst])))
    rows = page.all("section", "finding")
    assert rows[0].attributes["id"] == f"finding-{worst.finding.fingerprint}"
    assert "New (301)" in page.words
    assert f"And {301 - len(rows)} more: this letter as plain text has all of them." in page.words


def test_a_letter_as_text_fits_a_mail_and_tells_the_same() -> None:
    """72 columns but for links; no sign of it does a mail reader harm."""
    for result in (ordinary(), harmful()):
        found = result.findings
        text = digest_text(Digest(LENA, found[:2], found[2:3], found[3:], {}), result)
        lines = text.splitlines()
        assert [line for line in lines if len(line) > 72 and "://" not in line] == []
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
        page = Page(digest_html(Digest(LENA, found[:2], found[2:3], found[3:], {}), result)).words
        for entry in found[:3]:
            assert entry.finding.fingerprint in text
            assert entry.finding.fingerprint in page


def test_a_letter_of_only_what_is_gone_asks_for_nothing() -> None:
    """No sum, no command."""
    result = ordinary()
    words = Page(digest_html(Digest(LENA, (), (), result.findings[7:], {}), result)).words
    assert "Gone (1)" in words
    assert "at risk" not in words
    assert "closedwon" not in words


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        (f"{ERP}/1?a=b#c", True), ("http://erp.example", True),
        ("javascript:alert(1)", False), ("JAVASCRIPT:alert(1)", False),
        ("java\nscript:alert(1)", False), ("data:text/html,x", False), ("erp:1", False), ("//erp.example", False),
        ("/odoo/1", False), ("https:///x", False), ("http://[", False), ("", False), ("https://a b", False),
    ],
)  # fmt: skip
def test_only_pages_of_the_web_are_linked(url, is_kept) -> None:
    """Whatever else is in the ERP's data is text."""
    assert link(url) == (url if is_kept else "")
