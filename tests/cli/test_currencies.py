"""Currencies with no or three digits after the point keep theirs wherever amounts are shown."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from html import unescape

import pytest

from cli.deals import _row
from cli.page.charts import briefly
from cli.page.report import digest_html
from cli.render.invoices.digest import digest_text
from cli.render.invoices.drafts import draft_lines
from cli.render.invoices.findings import View, check_lines
from cli.render.invoices.words import table
from cli.render.setup import sold
from cli.render.words import GLUE
from integrations.core.model import Money
from integrations.core.playbook.load import SAMPLE
from integrations.core.template import Template
from integrations.flows.invoicing.digest import Digest
from integrations.flows.invoicing.drafts import Draft, DraftsOutcome
from integrations.flows.invoicing.tickets import _at_risk
from tests.cli.exceptions import LENA, TODAY, known, outcome

CURRENCIES = pytest.mark.parametrize(
    ("amount", "currency", "shown", "held"),
    [
        ("2400.00", "JPY", "JPY 2'400", "2400"),
        ("2400.5", "KWD", "KWD 2'400.500", "2400.500"),
        ("2400", "CHF", "CHF 2'400.00", "2400.00"),
    ],
)


@CURRENCIES
def test_a_finding_has_its_currencys_digits_in_every_output(amount, currency, shown, held):
    found = outcome([known(amount=amount, currency=currency, evidence=())], rates={})
    digest = Digest(LENA, found.findings, (), (), {})
    page = unescape(digest_html(digest, found)).replace(GLUE, " ")
    texts = ("\n".join(check_lines(found, View())), digest_text(digest, found), page, briefly(found.total))
    for text in (*texts, _at_risk(found.findings[0].finding)):
        assert set(re.findall(rf"{currency} [0-9'.]*[0-9]", text.replace(GLUE, " "))) == {shown}
    (row,) = csv.DictReader(io.StringIO(table(found)))
    assert (row["amount"], row["currency"]) == (held, currency)
    document = json.loads(json.dumps(found.document()))
    assert document["findings"][0]["amount"] == held


@CURRENCIES
def test_a_draft_has_its_currencys_digits(amount, currency, shown, held):
    finding = known(amount=amount, currency=currency).finding
    draft = Draft("101", "D-1", "", Decimal(amount), currency, (finding,))
    found = DraftsOutcome(TODAY, TODAY, total=1, drafts=(draft,))
    figure = shown.partition(" ")[2]
    assert any(figure in line.split() for line in draft_lines(found, verbose=False))
    assert [amount["amount"] for amount in (*found.document()["held"], *found.document()["remarks"])] == [held]


@CURRENCIES
def test_a_deal_has_its_currencys_digits(amount, currency, shown, held):
    money = Money(amount=Decimal(amount), currency=currency)
    deal = SAMPLE.model_copy(update={"monthly": money, "one_time": money, "currency": currency})
    assert sold(deal) == f"{shown} a month, {shown} once"
    assert (_row(deal, {})["monthly"], _row(deal, {})["one_time"]) == (held, held)
    assert Template('{{ deal.one_time or "unknown" }}').render({"deal": deal}) == shown


@pytest.mark.parametrize(
    ("monthly", "one_time", "shown"),
    [
        ("0.00", "0.00", "-"),
        ("0.00", "6000", "PLN 6'000.00 once"),
        ("2400", "0.00", "PLN 2'400.00 a month"),
        ("2400", None, "PLN 2'400.00 a month, unknown once"),
        (None, "0.00", "unknown a month"),
        (None, None, "unknown a month, unknown once"),
    ],
)
def test_what_is_not_sold_is_no_amount(monthly, one_time, shown):
    """Nothing is something that is known; what may not be read is not."""
    amounts = {"monthly": monthly, "one_time": one_time}
    read = {name: text and Money(amount=Decimal(text), currency="PLN") for name, text in amounts.items()}
    deal = SAMPLE.model_copy(update=read)
    assert sold(deal) == shown
    once = {None: "unknown", "0.00": "-", "6000": "PLN 6'000.00"}[one_time]
    assert Template('{{ deal.one_time or "unknown" }}').render({"deal": deal}) == once
