"""Survey of one Odoo's billing: asked once a run."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from integrations.core import calendar
from integrations.core.billing import OurCompany, Part, Rate, Survey
from integrations.core.errors import Rejected
from integrations.core.system import Finding
from integrations.odoo.billing.contracts import shapes
from integrations.odoo.billing.invoices.read import LINE, NOT_DUNNED, PERIODS
from integrations.odoo.billing.invoices.taxes import TAX
from integrations.odoo.billing.server import CONTRACT, MODELS, MOVE, ORDER, Server
from integrations.odoo.connection import ADMINISTRATOR, OPERATOR, Row
from integrations.odoo.leads import LEAD
from integrations.odoo.partners import PARTNER, reference
from integrations.odoo.settings import Fact

STATEMENT = "account.bank.statement.line"
ANALYTIC = "account.analytic.line"
RATE = "res.currency.rate"
PARTS: Mapping[Part, tuple[str, str, str]] = {
    "deals": (LEAD, "opportunities", "CRM"),
    "orders": (ORDER, "orders", "Sales"),
    "invoices": (MOVE, "invoices", "Invoicing"),
    "payments": (LINE, "payments", "Invoicing"),
    "bank": (STATEMENT, "bank statements", "Invoicing"),
    "work": (ANALYTIC, "time sheets", "Timesheets"),
    "usage": (ANALYTIC, "measured usage", "Invoicing"),
}
"""By part of billing its model, the words for its records, and the app that brings it."""
WORDS: Mapping[Fact, str] = {
    "order_number_required": "which customers need their order number on invoices",
    "delivery": "how invoices reach a customer",
    "held": "which drafts are kept back on purpose",
    "dispute": "which invoices are disputed, and by whom it is cleared up",
    "dunning_level": "how often a customer was reminded",
    "dunning_blocked": "which invoices are not dunned",
    "dunning_reason": "why an invoice is not dunned",
    "go_live": "when an order went live",
    "renews": "which order renews which",
    "notice": "until when notice can be given",
    "indexed": "when prices are adjusted",
    "discount_until": "when a contract's discounts end",
}
"""Words for facts that Odoo has no field for, or not in every version and app."""
DIGITS = Decimal(1).scaleb(-10)


def survey(server: Server) -> Survey:
    """Survey contracts' models, our companies with their newest bank statement lines, rates, and what is missing.

    Raises:
        Rejected: The settings name a field that Odoo does not show us.
        IntegrationError: Odoo can't be reached, or does not accept our key.
    """
    # One question first: where nobody answers, some forty at once would each be patient.
    _ = server.connection.version
    prepare(server)
    _check_settings(server)
    own = companies(server)
    banks, rates = server.connection.together(lambda: _banks(server, own), lambda: _rates(server, own))
    found = {
        str(row["id"]): OurCompany(
            str(row["id"]), str(row["name"]), server.currency(row["currency_id"]), banks.get(row["id"])
        )
        for row in own
    }
    kept, lacking = shapes(server), absent(server)
    return Survey(
        shapes=(
            *((ORDER,) if server.fields(ORDER) else ()),
            *(part for part in kept if part != ORDER),
            *_recurring(kept),
        ),
        companies=found,
        rates=rates,
        absent={part: lack.why for part, lack in lacking.items()},
        denied=frozenset(part for part, lack in lacking.items() if lack.right),
        unknown=tuple(_unknown(server, kept)),
    )


def _check_settings(server: Server) -> None:
    """Refuse settings that name a missing field: its fact would seem to be over, and findings to be settled."""
    for name, field in server.settings.fields.items():
        models = [model for model in MODELS[name] if server.fields(model)]
        if models and not any(field in server.fields(model) for model in models):
            raise Rejected(
                f"Odoo has no field {field} on {models[0]}, or {server.connection.settings.account} may not read it",
                system=server.connection.name,
                who="the person who wrote the settings",
                next=f"Fix fields.{name} in [{server.connection.name}.billing], or leave it out. Nothing was judged.",
            )


def companies(server: Server) -> list[Row]:
    """Our own companies that our account may see; first the one that it belongs to, for which Odoo answers."""
    account = server.connection.settings.account
    rows, users = server.connection.together(
        lambda: server.search("res.company", [], ("name", "currency_id"), what="read our companies", archived=False),
        lambda: server.search("res.users", [["login", "=", account]], ("company_id",), what="read our account"),
    )
    first = next((reference(user.get("company_id")) for user in users), None)
    return sorted(rows, key=lambda row: (row["id"] != first, row["id"]))


def _recurring(kept: Sequence[str]) -> tuple[str, ...]:
    return ("sale.subscription",) if ORDER in kept else ()


def _banks(server: Server, own: Sequence[Row]) -> dict[int, dt.date | None]:
    """The day of each company's newest bank statement line; nothing where we may not read them."""
    if not server.fields(STATEMENT):
        return {}
    reads = [lambda number=row["id"]: _newest(server, STATEMENT, [["company_id", "=", number]], "date") for row in own]
    rows = server.connection.together(*reads)
    return {company["id"]: server.day(row["date"]) if row else None for company, row in zip(own, rows, strict=True)}


def _newest(server: Server, model: str, domain: list[Any], day: str, *fields: str) -> Row | None:
    found: list[Row] = server.connection.call(
        model,
        "search_read",
        what=f"read the newest of {model}",
        domain=domain,
        fields=[day, *fields],
        order=f"{day} desc, id desc",
        limit=1,
    )
    return found[0] if found else None


def _rates(server: Server, own: Sequence[Row]) -> dict[str, Rate]:
    """The values of the active currencies in our first company's currency, by the newest rate up to today.

    Odoo's `rate` is the amount of a currency that one unit of a common measure is worth, so the quotient of two rates
    counts. Our company's own currency has no rate of its own.
    """
    if not own or not server.fields(RATE):
        return {}
    into = own[0]["currency_id"]
    what = "read the active currencies"
    active = server.connection.search("res.currency", [["active", "=", True]], ["name"], what=what, archived=False)
    wanted = list(dict.fromkeys([into[0], *(row["id"] for row in active)]))
    rows = server.connection.together(
        *(lambda currency=currency: _rate(server, currency, own[0]["id"]) for currency in wanted)
    )
    found = {number: row for number, row in zip(wanted, rows, strict=True) if row and row["rate"]}
    base = server.number(found[into[0]]["rate"]) if into[0] in found else Decimal(1)
    rates = {}
    for number, row in found.items():
        code, day = server.currency([number, ""]), server.day(row["name"])
        if number != into[0] and day is not None:
            value = (base / server.number(row["rate"])).quantize(DIGITS).normalize()
            rates[code] = Rate(code, server.currency(into), value, day)
    return rates


def _rate(server: Server, currency: int, company: int) -> Row | None:
    today = calendar.today().isoformat()
    domain: list[Any] = [["currency_id", "=", currency], ["name", "<=", today], ["company_id", "in", [company, False]]]
    return _newest(server, RATE, domain, "name", "rate")


@dataclasses.dataclass(frozen=True)
class Lacking:
    """A part of billing that can't be read: with `right` we may not, else this Odoo does not have it."""

    why: str
    right: bool


def prepare(server: Server) -> None:
    """Ask in one round for the fields and rights of all models that billing reads."""
    models = (PARTNER, CONTRACT, "contract.line", "sale.order.line", TAX, RATE, *(part[0] for part in PARTS.values()))
    server.connection.together(*(lambda model=model: server.fields(model) for model in dict.fromkeys(models)))


def absent(server: Server) -> dict[Part, Lacking]:
    """The parts that can't be read of any customer, with the reasons in words."""
    found = {part: lack for part, place in PARTS.items() if (lack := _lacking(server, *place))}
    kept = shapes(server)
    if not kept:
        words = "this Odoo keeps no recurring contracts: neither the app Contracts nor Subscriptions is installed"
        found["contracts"] = Lacking(words, right=False)
    elif any(server.lacks(model) for model in kept):
        found["contracts"] = _no_right(server, "contracts")
    if "payments" not in found and not server.sees_payments():
        found["payments"] = _no_right(server, "payments")
    if "work" not in found and not server.has(ANALYTIC, "project_id", "timesheet_invoice_type"):
        found["work"] = Lacking("this Odoo has no time sheets: the app Timesheets is not installed", right=False)
    return found


def _lacking(server: Server, model: str, words: str, app: str) -> Lacking | None:
    lack = server.lacks(model)
    if lack == "right":
        return _no_right(server, words)
    return Lacking(f"this Odoo has no {words}: the app {app} is not installed", right=False) if lack else None


def _no_right(server: Server, words: str) -> Lacking:
    return Lacking(f"{server.connection.settings.account} may not read all {words} in Odoo", right=True)


def _unknown(server: Server, kept: Sequence[str]) -> list[str]:
    """Words for each fact that is in no field, neither of Odoo's own nor of the settings'."""
    there = {
        "delivery": server.has(PARTNER, "invoice_sending_method"),
        "dispute": server.connection.version >= 18 or bool(server.settings.dispute_tags),
        "dunning_blocked": any(server.has(LINE, field) for field in NOT_DUNNED),
        "go_live": server.has(ORDER, "effective_date"),
        "renews": server.has(ORDER, "subscription_id"),
        "notice": server.has(CONTRACT, "termination_notice_date"),
    }
    recurring = tuple(kept) or (None,)
    unknown = [
        words
        for name, words in WORDS.items()
        if not there.get(name) and not any(server.configured(name, model) for model in _models(name, recurring))
    ]
    if not server.has(PARTNER, "use_partner_credit_limit"):
        unknown.append("credit limits")
    if not any(server.has(LINE, *fields) for fields in PERIODS):
        unknown.append("the service period of an invoice's line")
    return unknown


def _models(name: Fact, kept: Sequence[str | None]) -> Sequence[str | None]:
    return kept if len(MODELS[name]) > 1 else (None,)


NEEDED: tuple[Part, ...] = ("invoices", "orders", "contracts")
"""Parts that most rules need: a missing right to these is a fault, to other parts it is only reported."""


def findings(server: Server) -> Iterator[Finding]:
    """Missing rights, and fields that the settings name and Odoo does not have. An app that is not there is no fault.

    Raises:
        IntegrationError: Odoo can't be reached, or does not accept our key.
    """
    prepare(server)
    lacking = absent(server)
    for part, lack in lacking.items():
        needed = part in NEEDED and lack.right
        yield Finding(
            not needed,
            lack.why,
            ADMINISTRATOR if needed else "",
            f"Grant it, then: closedwon check {server.connection.name}" if needed else "",
            minor=not lack.right,
        )
    if not any(part in lacking for part in NEEDED):
        yield Finding(True, "reads invoices, orders and contracts", minor=True)
    for name, field in server.settings.fields.items():
        models = [model for model in MODELS[name] if server.fields(model)]
        if models and not any(server.configured(name, model) for model in models):
            yield Finding(
                False,
                f"{' and '.join(models)} has no field {field}",
                OPERATOR,
                f"Fix `{name}` in [{server.connection.name}.billing] in the settings.",
            )
