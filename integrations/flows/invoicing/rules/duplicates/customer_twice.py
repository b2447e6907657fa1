"""Whether one customer is in the ERP twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from integrations.core.billing import Account, Twin
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule

SUFFIXES = ("MWST", "TVA", "IVA", "VAT")
"""What follows a Swiss VAT number in the country's languages; the number is the same without."""


class CustomerTwice(RuleSettings):
    """What makes two customers one."""

    names: bool = True
    """Whether an equal name makes companies look like one, where their VAT numbers do not tell."""


@rule(
    "customer-twice",
    group="duplicates",
    title="Customer twice in the ERP",
    severity="medium",
    who="account manager",
    action="Merge the two customers, or put both under one parent company",
    needs={"account", "twins"},
    settings=CustomerTwice,
)
def customer_twice(account: Account, settings: CustomerTwice, today: date) -> Iterator[Verdict]:
    """Two customers with one VAT number (medium) or, where one has none, with one name (low).

    Companies of one group are not meant, nor private persons who share a name, nor companies with one name and
    different VAT numbers. Told once for both: at the one that was entered later.
    """
    del today
    if not account.active:
        return
    mine = _number(account.vat)
    for twin in account.twins:
        if _age(twin.id) >= _age(account.id) or _one_group(account, twin):
            continue
        theirs = _number(twin.vat)
        if mine and mine == theirs:
            yield _hit(account, twin, f"have the VAT number {account.vat.strip()}")
        elif settings.names and account.is_company and not (mine and theirs) and _same(account.name, twin.name):
            yield _hit(account, twin, "have the same name", low=True)


def _age(id: str) -> tuple[int, str]:  # noqa: A002  (the field's name)
    """Orders ids by when they were given: the ERP counts them up."""
    return len(id), id


def _number(vat: str) -> str:
    """A VAT number without signs and suffix; empty also for `/`, by which Odoo says that there is none."""
    plain = "".join(sign for sign in vat.upper() if sign.isalnum())
    if plain.startswith("CHE"):
        for suffix in SUFFIXES:
            plain = plain.removesuffix(suffix)
    return plain


def _same(name: str, other: str) -> bool:
    return bool(name.strip()) and " ".join(name.split()).casefold() == " ".join(other.split()).casefold()


def _one_group(account: Account, twin: Twin) -> bool:
    return (account.group or account.id) == (twin.group or twin.id)


def _hit(account: Account, twin: Twin, why: str, *, low: bool = False) -> Hit:
    return Hit(
        f"customer:{twin.id}",
        f"Customers {twin.id} and {account.id} {why}, and have no common parent company",
        evidence=(Evidence(f"Customer {account.id}", account.url), Evidence(f"Customer {twin.id}", twin.url)),
        severity="low" if low else None,
    )
