"""Check of one Odoo, by reading only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from integrations.core.dates import dated
from integrations.core.errors import AuthError, IntegrationError, Rejected
from integrations.core.http import ForeignAnswer
from integrations.core.system import Finding, Report
from integrations.odoo.connection import ADMINISTRATOR, OPERATOR, Connection, Row
from integrations.odoo.deals.deal import ORDERS
from integrations.odoo.facts import Facts
from integrations.odoo.leads import LEAD
from integrations.odoo.managers import emails_of, fields_of_deals
from integrations.odoo.moment import day
from integrations.odoo.partners import PARTNER
from integrations.odoo.segments import CATEGORY

Right = tuple[str, str]
"""A model's technical name and an operation, as `check_access_rights` calls it: create, read, write or unlink."""

READ = ((PARTNER, "read"), ("res.users", "read"), ("res.country", "read"))
READ_DEALS = ((LEAD, "read"), ("crm.stage", "read"), ("res.currency", "read"))
WRITE_CUSTOMERS = (
    (PARTNER, "create"),
    (PARTNER, "write"),
    (LEAD, "write"),
    (CATEGORY, "read"),
    (CATEGORY, "create"),
)
NEEDLESS = {
    (PARTNER, "unlink"): "can delete contacts",
    (LEAD, "unlink"): "can delete opportunities",
    ("account.move", "write"): "can post invoices",
    ("res.users", "write"): "can change users",
}
"""Rights that the account does not need, with their words for the report: too much is reported, but is no fault."""
ALL_DEALS = "sales_team.group_sale_salesman_all_leads"


def check(connection: Connection, facts: Facts, kinds: frozenset[str]) -> Report:
    """Check that Odoo can be reached, accepts our key and grants the rights that these kinds need.

    Raises:
        IntegrationError: It can't be reached, or does not accept the key.
    """
    uid = int(connection.call("res.users", "context_get", what="log in")["uid"])
    needed = [*READ, *(READ_DEALS if "deals" in kinds or not kinds else ())]
    needed += WRITE_CUSTOMERS if "customer" in kinds else ()
    rights = dict.fromkeys((*needed, *NEEDLESS))
    answers = connection.together(*(lambda right=right: _allowed(connection, right) for right in rights))
    allowed = dict(zip(rights, answers, strict=True))
    findings = [Finding(True, f"Odoo {connection.version}")]
    findings += [_finding(connection, right, allowed[right]) for right in needed]
    if "deals" in kinds or not kinds:
        findings += _about_deals(connection, facts, uid)
    if "customer" in kinds:
        findings += _about_customers(connection, facts)
    if "billing" in kinds:
        from integrations.odoo.billing.server import Server  # noqa: PLC0415  (as above)
        from integrations.odoo.billing.survey import findings as billing  # noqa: PLC0415  (only where it is asked)

        findings += billing(Server(connection, facts))
    findings += [Finding(True, f"{text}, needn't") for right, text in NEEDLESS.items() if allowed[right]]
    until, about_key = _key(connection, uid)
    return Report(connection.settings.account, until, (*findings, about_key))


def _allowed(connection: Connection, right: Right) -> bool:
    """Ask whether the account has this right on the model; on a model that is not installed nobody has any."""
    model, operation = right
    try:
        return bool(
            connection.call(
                model,
                "check_access_rights",
                what=f"ask for our rights on {model}",
                operation=operation,
                raise_exception=False,
            )
        )
    except ForeignAnswer:
        raise
    except (AuthError, Rejected):
        return False


def _finding(connection: Connection, right: Right, allowed: bool) -> Finding:
    model, operation = right
    if allowed:
        return Finding(True, f"{operation} {model}", minor=True)
    return Finding(
        False,
        f"{operation} {model}",
        ADMINISTRATOR,
        f"Grant it, then: closedwon check {connection.name}",
    )


def _about_deals(connection: Connection, facts: Facts, uid: int) -> list[Finding]:
    try:
        known = facts.fields(LEAD)
    except ForeignAnswer:
        raise
    except IntegrationError:
        return []
    field = connection.settings.engagement.field
    findings = [_engagement(connection, field, field in known)] if connection.settings.engagement.map else []
    if ORDERS not in known:
        findings.append(Finding(True, "no Sales app: a customer always pays itself"))
    else:
        findings.append(_finding(connection, ("sale.order", "read"), _allowed(connection, ("sale.order", "read"))))
    if "recurring_revenue_monthly" not in known:
        findings.append(Finding(True, "recurring revenue can't be read: amounts a month are unknown"))
    return [*findings, _sees_all(connection, uid)]


def _sees_all(connection: Connection, uid: int) -> Finding:
    """Check that the account sees the deals of all salespeople.

    Rights on a model do not show this: a record rule hides other people's deals. Membership in the group does.
    """
    # From 18 on a method of the user's record, before of the model.
    ids = [uid] if connection.version >= 18 else None
    try:
        member = connection.call(
            "res.users", "has_group", ids, what="ask whether all deals are shown", group_ext_id=ALL_DEALS
        )
    except ForeignAnswer:
        raise
    except IntegrationError:
        return Finding(True, "whether all deals are shown is not known")
    if member:
        return Finding(True, "sees all deals", minor=True)
    return Finding(
        False,
        f"{connection.settings.account} sees its own deals only",
        ADMINISTRATOR,
        "Give it the Sales right All Documents.",
    )


def _engagement(connection: Connection, field: str, exists: bool) -> Finding:
    if exists:
        return Finding(True, f"engagement by {field}", minor=True)
    return Finding(
        False,
        f"an opportunity has no field {field}",
        OPERATOR,
        f"Fix [{connection.name}.engagement] in the settings.",
    )


def _about_customers(connection: Connection, facts: Facts) -> list[Finding]:
    findings = _about_managers(connection, facts)
    if "customer_rank" not in facts.fields(PARTNER):
        findings.append(Finding(True, "no Invoicing app: prospects and customers are not told apart"))
    return findings


def _about_managers(connection: Connection, facts: Facts) -> list[Finding]:
    """Find faults in the settings' `account_manager`: fields that do not exist, e-mail addresses of no user."""
    settings = connection.settings
    faults = []
    try:
        _ = facts.manager_field
    except Rejected as error:
        faults.append(error.message.removeprefix("Odoo: "))
    if fields := fields_of_deals(settings):
        known = facts.fields(LEAD)
        faults += [f"an opportunity has no field {field}" for field in fields if field not in known]
    faults += [f"Odoo has no user {email}" for email in emails_of(settings) if facts.user(email) is None]
    return [Finding(False, fault, OPERATOR, "Fix `account_manager` in the settings.") for fault in faults]


def _key(connection: Connection, uid: int) -> tuple[date | None, Finding]:
    """Read when our key ends. Odoo does not tell which of an account's keys is in use, so the first end counts."""
    # Keys have had an end since 18 only.
    if connection.version < 18:
        return None, Finding(True, "the key does not end", minor=True)
    try:
        rows = connection.search(
            "res.users.apikeys",
            [["user_id", "=", uid]],
            ["expiration_date"],
            what="read when the key ends",
            archived=False,
        )
    except ForeignAnswer:
        raise
    except IntegrationError:
        return None, Finding(True, "when the key ends is not known", minor=True)
    return _first_end(rows)


def _first_end(rows: Sequence[Row]) -> tuple[date | None, Finding]:
    ends = sorted(end for row in rows if (end := day(row["expiration_date"])) is not None)
    if not rows:
        return None, Finding(True, "when the key ends is not known", minor=True)
    if not ends:
        return None, Finding(True, "the key does not end", minor=True)
    if len(rows) > 1:
        return ends[0], Finding(True, f"{len(rows)} keys, the first ends {ends[0]}; which is ours is not known")
    return ends[0], Finding(True, f"the key ends {dated(ends[0])}", minor=True)
