"""Customers that are in the ERP twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from integrations.core.billing import Account, Twin
from integrations.core.likeness import Features, likeness, resemble
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule


class CustomerTwice(RuleSettings):
    """Likeness that makes two customers one."""

    names: bool = True
    """Whether an equal name, or a like one with an address or a telephone number in common, makes companies look like
    one, where their VAT numbers do not tell."""


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
    """Two customers that are alike: with one VAT number (medium) or, where one has none, by name (low).

    Companies of one group are not meant, nor private persons who share a name, nor companies with one name and
    different VAT numbers. Told once for both: at the one that was entered later.
    """
    del today
    if not account.active:
        return
    mine = _features(account)
    for twin in account.twins:
        if _age(twin.id) >= _age(account.id) or _one_group(account, twin):
            continue
        theirs = _features(twin)
        found = likeness(mine, theirs)
        if found is None:
            continue
        if found.same_vat:
            yield _hit(account, twin, f"have the VAT number {account.vat.strip()}")
        elif settings.names and account.is_company and _can_be_by_name(mine, theirs):
            yield _hit(account, twin, f"have {' and '.join(map(_shared, found.reasons))}", low=True)


def _features(party: Account | Twin) -> Features:
    return Features.of(party.name, vat=party.vat, email=party.email, phone=party.phone, country=party.country)


def _can_be_by_name(mine: Features, theirs: Features) -> bool:
    """Tell whether VAT numbers leave it open and names speak for it: an address alone may be that of both's trustee."""
    has_two = mine.has_vat and theirs.has_vat
    return not has_two and (mine.company.reads_as(theirs.company) or resemble(mine.company, theirs.company))


def _shared(reason: str) -> str:
    return reason.removeprefix("has ")


def _age(id: str) -> tuple[int, str]:  # noqa: A002  (the field's name)
    """Orders ids by when they were given: the ERP counts them up."""
    return len(id), id


def _one_group(account: Account, twin: Twin) -> bool:
    return (account.group or account.id) == (twin.group or twin.id)


def _hit(account: Account, twin: Twin, why: str, *, low: bool = False) -> Hit:
    return Hit(
        f"customer:{twin.id}",
        f"Customers {twin.id} and {account.id} {why}, and have no common parent company",
        evidence=(Evidence(f"Customer {account.id}", account.url), Evidence(f"Customer {twin.id}", twin.url)),
        severity="low" if low else None,
    )
