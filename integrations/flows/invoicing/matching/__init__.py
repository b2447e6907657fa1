"""Matching of invoice lines with contract lines, once for all rules about both."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from integrations.core.billing import Account, Contract, ContractLine, Invoice, Line
from integrations.flows.invoicing.matching.assign import Entry, assigned, over
from integrations.flows.invoicing.matching.model import Billed, Loose, Matched, Terms, spans
from integrations.flows.invoicing.matching.netting import served_invoices
from integrations.flows.invoicing.periods import Period

__all__ = ["Billed", "Loose", "Matched", "Terms", "matched", "over"]

Group = tuple[str, str] | str
"""Contract lines of one product and currency; one without a product is alone."""

_latest: list[tuple[Account, Matched]] = []


def matched(account: Account) -> Matched:
    """Return what was invoiced for what this customer is served, beside its contracts; the last one is kept.

    An invoice line bills the contract line that it names; else one of its product, in the invoice's currency, unless
    it bills an order. Contracts that are still drafts bill nothing.
    """
    for known, kept in _latest:
        if known is account:
            return kept
    found = _matched(account)
    _latest[:] = [(account, found)]
    return found


def _matched(account: Account) -> Matched:
    terms = [
        Terms(contract, _in_force(contract, line))
        for contract in account.contracts
        if contract.served == account.id and contract.state != "draft"
        for line in contract.lines
    ]
    groups: dict[Group, list[Terms]] = defaultdict(list)
    for member in terms:
        groups[_group(member)].append(member)
    entries: dict[Group, list[Entry]] = defaultdict(list)
    loose: list[Loose] = []
    undated: set[str] = set()
    contractual: set[str] = set()
    for group, entry in _entries(account, {term.line.id: term for term in terms}, groups):
        if group is None:
            loose.append(Loose(entry.invoice, entry.line, entry.net[2]))
            continue
        contractual.add(entry.invoice.id)
        if entry.day == date.min:
            undated.update(billing.line.id for billing in ([entry.terms] if entry.terms else groups[group]))
        else:
            entries[group].append(entry)
    billed: dict[str, list[Billed]] = defaultdict(list)
    for group, several in entries.items():
        for found in assigned(groups[group], several, account.since):
            billed[found.terms.line.id].append(found)
    for ordered in billed.values():
        ordered.sort(key=lambda entry: entry.day)
    return Matched(terms, billed, loose, frozenset(undated), frozenset(contractual), _covered(billed))


def _covered(billed: Mapping[str, list[Billed]]) -> Mapping[str, list[Period]]:
    return {
        line: list(spans(billing.service for billing in found if billing.service)) for line, found in billed.items()
    }


def _in_force(contract: Contract, line: ContractLine) -> ContractLine:
    """A line with its first and last day: its own, within its contract's; one that renews by itself has no end."""
    start = line.start or contract.start
    end = line.end
    ends = contract.end if contract.state == "ended" or not contract.renews else None
    if ends is not None and (end is None or ends < end):
        end = ends
    if start == line.start and end == line.end:
        return line
    return dataclasses.replace(line, start=start, end=end)


def _group(terms: Terms) -> Group:
    return (terms.line.product, terms.contract.currency) if terms.line.product else terms.line.id


def _entries(
    account: Account, terms: Mapping[str, Terms], groups: Mapping[Group, list[Terms]]
) -> Iterator[tuple[Group | None, Entry]]:
    """Every line of what was invoiced: of which contract lines it may be, or that it is of none."""
    replaced = {invoice.replaces for invoice in account.invoices if invoice.replaces}
    before = (
        {invoice.number: invoice.day for invoice in account.invoices if invoice.number in replaced} if replaced else {}
    )
    for invoice, lines in served_invoices(account):
        day = (before.get(invoice.replaces) if replaced else None) or invoice.day or invoice.made or date.min
        for net in lines:
            line = net[0]
            if line.contract_line:
                named = terms.get(line.contract_line)
                if named is not None:
                    yield _group(named), Entry(invoice, net, line.start or day, named)
                continue
            group = _by_product(invoice, line)
            yield group if group in groups else None, Entry(invoice, net, line.start or day, None)


def _by_product(invoice: Invoice, line: Line) -> Group | None:
    return (line.product, invoice.currency) if line.product and not line.order_line else None
