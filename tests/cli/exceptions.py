"""Outcomes of invoice checks as a page has to show them: an ordinary one, one that means harm, one that is huge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from integrations.core.billing import OurCompany, Rate
from integrations.core.model import Person
from integrations.flows.invoicing.findings import Broken, Finding, fingerprint
from integrations.flows.invoicing.memory import Acknowledgement, State, TrackedFinding
from integrations.flows.invoicing.outcome import Exchange, Outcome, StaleRule, at_risk, rank
from integrations.flows.invoicing.rule import Evidence, Severity

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
LENA = Person(name="Lena Gerber", email="lena.gerber@acme.example")
RATES = {"EUR": Rate("EUR", "CHF", Decimal("0.9437"), date(2026, 11, 20))}
ERP = "https://erp.acme.example/odoo/accounting"
TITLES = {
    "unpaid": "Invoice not paid",
    "period-not-invoiced": "Period not invoiced",
    "no-vat-number": "VAT number missing or invalid",
    "price-differs": "Price differs from the contract",
    "notice-date": "Notice date is near",
}
NAMES = {
    "101": "Müller & Söhne AG",
    "102": "Käserei Emmental AG",
    "103": "Rhône Logistique SA",
    "104": "شركة الاختبار للتجارة",
    "105": "Bergbahn Alpblick AG",
}


def known(
    rule: str = "unpaid",
    account: str = "101",
    subject: str = "invoice:1",
    *,
    severity: Severity = "medium",
    amount: str | None = "100.00",
    currency: str = "CHF",
    state: State = "open",
    days: int = 20,
    message: str = "Invoice INV/2026/00012 was due on 31 Oct 2026",
    evidence: Sequence[Evidence] = (Evidence("INV/2026/00012: CHF 100.00 open", f"{ERP}/1"),),
    **changed: Any,
) -> TrackedFinding:
    """A finding in some state; `days`: how long it has been wrong."""
    values: dict[str, Any] = {
        "role": "account manager", "person": LENA, "action": "Call the customer.", "cause": "", "payer": "",
        "url": evidence[0].url if evidence else "", "since": TODAY - timedelta(days=days), **changed,
    }  # fmt: skip
    finding = Finding(
        fingerprint=fingerprint(rule, account, subject), rule=rule, account=account, subject=subject, severity=severity,
        message=message, amount=Decimal(amount) if amount is not None else None, currency=currency,
        evidence=tuple(evidence), **values,
    )  # fmt: skip
    seen = NOW - timedelta(days=min(days, 15))
    answer = Acknowledgement(finding.fingerprint, "pays in parts", "lena", NOW, date(2026, 12, 31))
    return TrackedFinding(
        finding,
        state,
        seen,
        NOW,
        NOW if state == "resolved" else None,
        None,
        answer if state == "acknowledged" else None,
    )


def outcome(found: Sequence[TrackedFinding], rates: dict[str, Rate] | None = None, **changed: Any) -> Outcome:
    """A full pass that found this."""
    findings = tuple(sorted(found, key=rank))
    there = [finding.finding for finding in findings if finding.state in ("new", "open")]
    exchange = Exchange("CHF", RATES if rates is None else rates)
    return Outcome(
        TODAY,
        full=True,
        read=1204,
        findings=findings,
        people={finding.finding.fingerprint: "lena.gerber@acme.example" for finding in findings},
        names=NAMES,
        titles=TITLES,
        companies=(OurCompany("1", "Acme AG", "CHF", date(2026, 11, 20)),),
        total=exchange.total(at_risk(there)),
        exchange=exchange,
        **changed,
    )


def ordinary() -> Outcome:
    """Everything that an ordinary day has."""
    found = [
        known(severity="high", amount="12450.00", days=97, state="new"),
        known(subject="invoice:2", amount="310.40", days=12),
        known("period-not-invoiced", subject="contract:7/line:3/2026-10-01", severity="high", amount="2400.00", days=52,
              message="October 2026 of the contract SUB012 was not invoiced"),
        known("price-differs", "102", "invoice:9/line:1", amount="84.50", currency="EUR", days=3, state="new",
              message="A unit was billed at EUR 42.25; the contract says EUR 50.70"),
        known("unpaid", "103", "invoice:31", amount="7800.15", currency="EUR", days=41, severity="high", payer="105"),
        known("no-vat-number", "104", "account", amount=None, severity="low", days=400, message="It is not known"),
        known("notice-date", "105", "contract:12", amount=None, severity="low", state="acknowledged", days=5,
              message="Notice can be given until 31 Dec 2026"),
        known("unpaid", "105", "invoice:40", state="resolved", message="Invoice INV/2026/00040 was due on 30 Sep 2026"),
    ]  # fmt: skip
    return outcome(
        found,
        stale=(StaleRule("credit-limit", "the newest bank statement of Acme GmbH is of 2 Nov 2026", 14),),
        broken=(Broken("our-own-rule", "101", "ZeroDivisionError"),),
        absent={"usage": "this ERP measures no usage"},
        unknown=("no field tells whether an invoice was sent",),
        notes=("the newest bank statement of Acme GmbH is of 2 Nov 2026: nobody is said not to have paid",),
    )
