"""Facts that a won deal lacks before its first invoice, by what the deal itself says: nothing is asked for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from integrations.core.billing import Account, Address, Part, Payer
from integrations.core.errors import ConfigError
from integrations.core.model import Customer, Deal, Party
from integrations.flows.invoicing.findings import Finding, judge
from integrations.flows.invoicing.rule import NEXT, Rule, RuleSettings, configured
from integrations.flows.invoicing.rules.before_first_invoice import RULES

KNOWN: frozenset[Part] = frozenset({"account"})
"""What a deal tells of an account: rules that need more are asked when invoices are checked."""
PAYERS_ADDRESS = frozenset({"address-incomplete"})
"""Of another payer a deal tells the name and where invoices are sent, no street."""
PAYERS_EMAIL = frozenset({"no-invoice-email"})
"""Where another payer has no contact for invoices, a deal does not tell the company's own address either."""


@dataclasses.dataclass(frozen=True)
class Lack:
    """A thing that a rule says of a deal; it holds nothing.

    Attributes:
        title: The rule's, in plain words.
        who: Who acts, by name where the deal tells, else the role.
    """

    rule: str
    severity: str
    title: str
    message: str
    action: str
    who: str

    def document(self) -> dict[str, str]:
        """Return what it says, as JSON."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Prospects:
    """Judges deals before their first invoice, by the rules that are on."""

    rules: tuple[Rule[Any], ...]
    settings: Mapping[str, RuleSettings]

    def lacks(self, deal: Deal, today: date) -> list[Lack]:
        """Return what is lacking: each rule once. A rule that breaks says nothing here: a check names it."""
        account = account_of(deal)
        judgement = judge(account, [rule for rule in self.rules if _can_judge(rule, deal)], self.settings, today)
        titles = {rule.id: rule.title for rule in self.rules}
        lacks: dict[str, Lack] = {}
        for finding in judgement.findings:
            made = Lack(
                finding.rule, finding.severity, titles[finding.rule], finding.message, finding.action, _who(finding)
            )
            lacks.setdefault(finding.rule, made)
        return list(lacks.values())


def prospects(tables: Mapping[str, Mapping[str, Any]], *, where: str = "") -> Prospects:
    """The rules of the group “before the first invoice” that need nothing but what a deal tells.

    Raises:
        ConfigError: Their settings make no sense.
    """
    rules = tuple(rule for rule in RULES if rule.needs <= KNOWN)
    settings, faults = configured(rules, tables, where)
    if faults:
        raise ConfigError(*faults, next=NEXT)
    return Prospects(rules, settings)


def account_of(deal: Deal) -> Account:
    """A deal's customer as far as the deal knows it, as rules are given it."""
    customer, payer = deal.customer, deal.bill_to or deal.channel
    return Account(
        customer.id or "",
        customer.name,
        customer.url or "",
        is_company=customer.is_company is not False,
        vat=customer.vat or "",
        account_manager=deal.account_manager,
        bill_to=Payer(payer.id or "", payer.name, payer.url or "") if payer is not None else None,
        invoice_address=_payers(payer) if payer is not None else _own(customer),
        term=deal.payment_term or "",
    )


def _own(customer: Customer) -> Address:
    """The contact for invoices bears the company's address; one without an e-mail address has none, in the ERP too."""
    has_contact = customer.invoice_contact is not None
    email = customer.invoice_email if has_contact else customer.invoice_email or customer.email
    return Address(
        customer.name,
        email or customer.unread_email or "",
        customer.street or "",
        customer.zip or "",
        customer.city or "",
        customer.country_code or "",
        own=has_contact,
        url=customer.url or "",
    )


def _payers(payer: Party) -> Address:
    return Address(payer.name, payer.invoice_email or "", own=payer.invoice_contact is not None, url=payer.url or "")


def _can_judge(rule: Rule[Any], deal: Deal) -> bool:
    payer = deal.bill_to or deal.channel
    if payer is None:
        return True
    unknown = PAYERS_ADDRESS | (PAYERS_EMAIL if payer.invoice_contact is None else frozenset())
    return rule.id not in unknown


def _who(finding: Finding) -> str:
    return finding.person.name if finding.person is not None else finding.role
