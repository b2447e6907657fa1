"""`invoices check --drafts`: the rules on invoices that are not posted yet, as if they were."""

from __future__ import annotations

import calendar
import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from integrations.core.billing import Account, Invoice
from integrations.core.calendar import later
from integrations.core.errors import IntegrationError
from integrations.core.money import decimal_string
from integrations.core.outcome import Ending, Stamp, ending_of, envelope, exit_code
from integrations.core.pool import ahead
from integrations.core.rows import Failed, attempt
from integrations.flows.invoicing.catalogue import Catalogue
from integrations.flows.invoicing.check import NEEDED, refuse_unknown
from integrations.flows.invoicing.facts import Completing
from integrations.flows.invoicing.findings import Broken, Finding, judge
from integrations.flows.invoicing.outcome import failed_document

if TYPE_CHECKING:
    from integrations.flows.invoicing.overview import Books

GROUPS = frozenset(
    {"before the first invoice", "contract against invoice", "duplicates", "tax and currency"}
)  # fmt: skip
"""What can be wrong before an invoice goes out; a company's own rules are asked by the same groups."""
AFTERWARDS = frozenset({"draft-too-old", "never-sent", "customer-twice", "won-not-ordered"})
"""Rules of these groups that say nothing of a draft."""
MISSING = frozenset({"period-not-invoiced", "one-time-fee-unbilled"})
"""Rules that tell of an invoice for which there is not even a draft."""
SOME = 200
"""Accounts that are asked for at once."""


@dataclasses.dataclass(frozen=True)
class Draft:
    """A draft with what speaks against sending it; without a number where there is none although there should be."""

    account: str
    id: str
    url: str
    amount: Decimal | None
    currency: str
    findings: tuple[Finding, ...]

    @property
    def is_held(self) -> bool:
        """Return whether it should not go out as it is: a low finding does not hold it."""
        return any(finding.severity != "low" for finding in self.findings)


@dataclasses.dataclass(frozen=True)
class DraftsOutcome:
    """Outcome of a check of drafts.

    Attributes:
        month: The month that was asked for, by its first day.
        total: How many drafts there are.
        drafts: Those about which there is something to say, and what is missing altogether.
        people: Who acts on each finding, by its fingerprint.
        bank: The day of the oldest newest bank statement of our companies; None: none was imported.
        unjudged: How many of those that nothing holds some rule could not judge, by why.
        unread: At how many customers some rule could not judge, by why: drafts may be missing there unseen.
        denied: Somebody has to let us read what a check can't do without.
        failed: Customers that could not be read or judged: nothing is said of their drafts.
    """

    today: date
    month: date
    total: int = 0
    drafts: tuple[Draft, ...] = ()
    people: dict[str, str] = dataclasses.field(default_factory=dict)
    names: dict[str, str] = dataclasses.field(default_factory=dict)
    bank: date | None = None
    broken: tuple[Broken, ...] = ()
    failed: tuple[Failed, ...] = ()
    unjudged: dict[str, int] = dataclasses.field(default_factory=dict)
    unread: dict[str, int] = dataclasses.field(default_factory=dict)
    denied: bool = False
    error: IntegrationError | None = None
    requests: dict[str, int] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    stamp: Stamp = dataclasses.field(default_factory=Stamp)

    @property
    def held(self) -> int:
        """Return how many drafts should not go out as they are."""
        return sum(draft.is_held for draft in self.drafts if draft.id)

    @property
    def may_go_out(self) -> int:
        """Return how many of them nothing holds."""
        return self.total - self.held - sum(self.unjudged.values())

    @property
    def ending(self) -> Ending:
        """The run's end in one word."""
        return ending_of((), self.error, is_failed=bool(self.broken or self.failed), is_waiting=self.exit_code != 0)

    @property
    def exit_code(self) -> int:
        """4 where a high finding waits for a person."""
        is_waiting = self.denied or any(
            finding.severity == "high" for draft in self.drafts for finding in draft.findings
        )
        others = {1} if self.broken or self.failed else set[int]()
        return exit_code((), self.error, others=others | {4} if is_waiting else others)

    def document(self) -> dict[str, Any]:
        """The JSON document; amounts are decimal strings."""
        return {
            **envelope(
                self.stamp,
                outcome=self.ending,
                plan="",
                changes=[],
                counts={"drafts": self.total, "may_go_out": self.may_go_out, "held": self.held},
                requests=self.requests,
                seconds=self.seconds,
                error=self.error,
            ),
            "month": f"{self.month:%Y-%m}",
            "drafts": self.total,
            "may_go_out": self.may_go_out,
            "held": [self._row(draft) for draft in self.drafts if draft.id and draft.is_held],
            "remarks": [self._row(draft) for draft in self.drafts if draft.id and not draft.is_held],
            "missing": [self._row(draft) for draft in self.drafts if not draft.id],
            "stale": [
                {"why": why, "customers": number, "drafts": self.unjudged.get(why, 0)}
                for why, number in self.unread.items()
            ],
            "broken": [dataclasses.asdict(broken) for broken in self.broken],
            "failed": [failed_document(failure) for failure in self.failed],
        }

    def _row(self, draft: Draft) -> dict[str, Any]:
        return {
            "customer": self.names.get(draft.account, draft.account),
            "draft": draft.id or None,
            "amount": None if draft.amount is None else decimal_string(draft.amount, draft.currency),
            "currency": draft.currency or None,
            "url": draft.url or None,
            "why_not": [
                {
                    "rule": finding.rule,
                    "severity": finding.severity,
                    "message": finding.message,
                    "action": finding.action,
                    "who": self.people.get(finding.fingerprint, finding.role),
                    "fingerprint": finding.fingerprint,
                }
                for finding in draft.findings
            ],
        }


def check_drafts(check: Books, month: date, customers: Sequence[str] = ()) -> DraftsOutcome:
    """Judge the drafts of a month as if they were posted; writes nothing, and remembers nothing.

    A draft counts to the month of its date, one without a date to every month; one that is held on purpose is none.
    They are judged as of the month's last day, or today where that is later. What somebody acknowledged holds nothing.
    What could not be read is the outcome's error: nothing is said of any draft then.
    """
    return check.session.run(
        lambda: _checked(check, month, customers), lambda error: DraftsOutcome(check.today(), month, error=error)
    )


def _checked(check: Books, month: date, customers: Sequence[str]) -> DraftsOutcome:
    survey = check.source.survey()
    check.trust_clock()
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    day = max(check.today(), last)
    since = later(check.today().replace(day=1), -check.settings.history_months)
    judging = Drafts(check.catalogue, month, day, _acknowledged(check))
    completing = Completing({invoice: record.dispute() for invoice, record in check.decisions.disputes().items()}, {})
    failed: list[Failed] = []

    def accounts() -> Iterator[Account | Failed]:
        for page in check.source.customers(customers or None):
            failed.extend(failure for failure in page if isinstance(failure, Failed))
            asked = [account for account in page if isinstance(account, str)]
            for start in range(0, len(asked), SOME):
                yield from check.source.accounts(asked[start : start + SOME], since)

    seen: set[str] = set()
    for number, account in enumerate(ahead(accounts())):
        seen.add(account.id)
        if isinstance(account, Failed):
            failed.append(account)
            continue
        added = attempt("", judging.add, account, completing)
        if isinstance(added, IntegrationError):
            failed.append(Failed(account.id, added))
        check.progress(number + 1, None)
    refuse_unknown(set(customers) - seen)
    banks = [company.bank for company in survey.companies.values() if company.bank is not None]
    outcome = judging.outcome(check.today(), min(banks, default=None))
    standing = check.standing()
    people = {finding.fingerprint: standing.who(finding) for draft in outcome.drafts for finding in draft.findings}
    return dataclasses.replace(outcome, people=people, denied=bool(survey.denied & NEEDED), failed=tuple(failed))


def _acknowledged(check: Books) -> Callable[[Finding], bool]:
    """Return whether somebody knows of a finding, and that still holds."""
    known, today, growth = check.decisions.acknowledgements(), check.today(), check.settings.comes_back_at

    def is_known(finding: Finding) -> bool:
        acknowledgement = known.get(finding.fingerprint)
        return acknowledgement is not None and acknowledgement.covers(finding, today, growth)

    return is_known


class Drafts:
    """Judges drafts, account after account."""

    def __init__(self, catalogue: Catalogue, month: date, day: date, is_known: Callable[[Finding], bool]) -> None:
        self._catalogue, self._month, self._day, self._is_known = catalogue, month, day, is_known
        self._rules = [rule for rule in catalogue.rules if rule.group in GROUPS and rule.id not in AFTERWARDS]
        # A period of this month that nobody has begun to bill has no time left.
        self._settings = {
            name: defaults.model_copy(update={"grace_days": 0}) if name in MISSING else defaults
            for name, defaults in catalogue.settings.items()
        }
        self._asked: set[str] = set()
        self._unjudged: dict[str, str] = {}
        self._unread: Counter[str] = Counter()
        self._drafts: dict[str, Draft] = {}
        self._missing: list[Draft] = []
        self._names: dict[str, str] = {}
        self._broken: dict[tuple[str, str], Broken] = {}

    def add(self, account: Account, completing: Completing | None = None) -> None:
        """Judge an account's drafts: those that it pays, and those for what it is served: rules look at them there.

        `completing`: adds what the ERP does not know of it, if that was not done yet.
        """
        account = completing.complete(account) if completing is not None else account
        drafts = {invoice.id: invoice for invoice in account.invoices if self._is_asked(invoice)}
        invoices = tuple(self._posted(invoice) if invoice.id in drafts else invoice for invoice in account.invoices)
        judged = dataclasses.replace(account, invoices=invoices)
        judgement = judge(judged, self._rules, self._settings, self._day)
        for broken in judgement.broken:
            self._broken.setdefault((broken.rule, broken.error), broken)
        self._asked.update(drafts)
        whys = list(dict.fromkeys(stale.why for stale in judgement.stale))
        self._unread.update(whys)
        self._unjudged.update(dict.fromkeys(drafts, "; ".join(whys)) if whys else {})
        findings = [finding for finding in judgement.findings if not self._is_known(finding)]
        for draft in self._told(account, drafts, findings):
            self._add(draft)
        if findings:
            self._names[account.id] = account.name

    def _add(self, draft: Draft) -> None:
        """Keep what is said of a draft, beside what was said of it at another account."""
        known = self._drafts.get(draft.id)
        if not draft.id:
            self._missing.append(draft)
        elif known is None:
            self._drafts[draft.id] = draft
        else:
            self._drafts[draft.id] = dataclasses.replace(known, findings=(*known.findings, *draft.findings))

    def outcome(self, today: date, bank: date | None) -> DraftsOutcome:
        """Return what was found of all of them, the largest amounts first."""
        order = sorted(
            [*self._drafts.values(), *self._missing],
            key=lambda draft: (not draft.id, -(draft.amount or Decimal(0)), draft.id),
        )
        held = {draft.id for draft in order if draft.is_held}
        return DraftsOutcome(
            today,
            self._month,
            total=len(self._asked),
            drafts=tuple(order),
            names=self._names,
            unread=dict(self._unread),
            unjudged=dict(Counter(why for draft, why in self._unjudged.items() if draft not in held)),
            bank=bank,
            broken=tuple(self._broken.values()),
        )

    def _is_asked(self, invoice: Invoice) -> bool:
        if invoice.state != "draft" or invoice.held:
            return False
        return invoice.day is None or (invoice.day.year, invoice.day.month) == (self._month.year, self._month.month)

    def _posted(self, draft: Invoice) -> Invoice:
        """The draft as it would be once it is posted."""
        return dataclasses.replace(draft, state="posted", day=draft.day or self._day, open=draft.total)

    def _told(self, account: Account, drafts: dict[str, Invoice], findings: Sequence[Finding]) -> Iterator[Draft]:
        by_draft: dict[str, list[Finding]] = {}
        everywhere = [finding for finding in findings if finding.subject == "account"]
        for finding in findings:
            invoice = finding.subject.partition("/")[0].removeprefix("invoice:")
            if invoice in drafts and finding.subject.startswith("invoice:"):
                by_draft.setdefault(invoice, []).append(finding)
            elif finding.rule in MISSING:
                yield Draft(account.id, "", finding.url, finding.amount, finding.currency, (finding,))
        for number, draft in drafts.items():
            own = everywhere if draft.payer == account.id else ()
            against = (*own, *by_draft.get(number, ()))
            if against:
                yield Draft(account.id, number, draft.url, draft.untaxed, draft.currency, against)
