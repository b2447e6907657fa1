"""All rules over one account: findings, what could not be judged, which rules broke, when to look again."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from integrations.core.billing import Account, Part
from integrations.core.model import Person
from integrations.core.rows import unforeseen
from integrations.flows.invoicing.rule import Again, Configured, Evidence, Hit, Role, Rule, RuleSettings, Severity


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """An invoicing exception.

    Attributes:
        fingerprint: Ten characters that stand for the rule and what it is about, never for the amount: the same
            on every machine, as long as it is the same exception.
        account: The customer's id: who is served.
        role: Who acts; `person`: by name, where the ERP or the settings tell.
        url: The first record that shows it, else the customer.
    """

    fingerprint: str
    rule: str
    account: str
    subject: str
    severity: Severity
    role: Role
    person: Person | None
    message: str
    action: str
    amount: Decimal | None
    currency: str
    evidence: tuple[Evidence, ...]
    since: date | None
    cause: str
    payer: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Stale:
    """A rule that can't judge an account: its findings are left as they are."""

    rule: str
    account: str
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """A rule that raised: a mistake of whoever wrote it."""

    rule: str
    account: str
    error: str
    """The exception's type: its text may hold anything."""


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """Verdict of the rules on one account.

    Attributes:
        again: The next day on which one of them may say something else by itself; None: never.
    """

    account: str
    findings: tuple[Finding, ...]
    stale: tuple[Stale, ...] = ()
    broken: tuple[Broken, ...] = ()
    again: date | None = None


def fingerprint(rule: str, account: str, subject: str) -> str:
    """Return what stands for an exception, in `ack`, tickets and the ledger."""
    return hashlib.sha256(f"{rule}\n{account}\n{subject}".encode()).hexdigest()[:10]


def judge(account: Account, rules: Sequence[Rule[RuleSettings]], configured: Configured, today: date) -> Judgement:
    """Apply the rules that are on. A rule that raises, or can't judge, takes nothing from the others."""
    findings: list[Finding] = []
    stale: list[Stale] = []
    broken: list[Broken] = []
    again: date | None = None
    unread = account.unread
    for rule in rules:
        settings = configured[rule.id]
        if not settings.on:
            continue
        found: dict[str, Finding] = {}
        try:
            if unread and (why := _lacking(rule.needs, account)):
                stale.append(Stale(rule.id, account.id, why))
                continue
            for verdict in rule.judge(account, settings, today):
                if isinstance(verdict, Again):
                    if verdict.day > today and (again is None or verdict.day < again):
                        again = verdict.day
                elif verdict.amount is None or abs(verdict.amount) >= settings.minimum:
                    found.setdefault(verdict.subject, _finding(rule, settings, account, verdict))
        except Exception as error:  # noqa: BLE001  (a rule may be a plug-in's: it is named, and the others go on)
            unforeseen(rule.id, error)
            broken.append(Broken(rule.id, account.id, type(error).__name__))
            continue
        findings.extend(found.values())
    return Judgement(account.id, tuple(findings), tuple(stale), tuple(broken), again)


def _lacking(needs: frozenset[Part], account: Account) -> str:
    """Return why a rule can't judge this account, in words; empty where it can."""
    return "; ".join(dict.fromkeys(account.unread[part] for part in sorted(needs) if part in account.unread))


def _finding(rule: Rule[RuleSettings], settings: RuleSettings, account: Account, hit: Hit) -> Finding:
    role = settings.who or rule.who
    person = hit.person if hit.person is not None and settings.who is None else None
    return Finding(
        fingerprint=fingerprint(rule.id, account.id, hit.subject),
        rule=rule.id,
        account=account.id,
        subject=hit.subject,
        severity=settings.severity or hit.severity or rule.severity,
        role=role,
        person=person or (account.account_manager if role == "account manager" else None),
        message=hit.message,
        action=hit.action or rule.action,
        amount=hit.amount,
        currency=hit.currency,
        evidence=hit.evidence,
        since=hit.since,
        cause=f"{rule.id}:{hit.cause}" if hit.cause else "",
        payer="" if hit.payer == account.id else hit.payer,
        url=next((evidence.url for evidence in hit.evidence if evidence.url), account.url),
    )
