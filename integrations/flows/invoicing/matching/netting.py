"""Netting: invoices less the credit notes that take them back, wholly or in part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from integrations.core.billing import Account, Invoice, Line

ROUNDING = Decimal("0.05")
"""What is left of an amount by rounding alone, in its currency."""
Net = tuple[Line, Decimal, Decimal]
"""A line, with the quantity and the amount that are left of it."""


_latest: list[tuple[Account, Sequence[tuple[Invoice, Sequence[Net]]]]] = []


def served_invoices(account: Account) -> Sequence[tuple[Invoice, Sequence[Net]]]:
    """The invoices and drafts for what this customer is served, each with its lines as they are after credit notes.

    Left out are credit notes, what was cancelled, and what was taken back as a whole: the ERP says so, or the posted
    credit notes that reverse it come to as much. The last customer's are kept: several rules ask for them.
    """
    for known, invoices in _latest:
        if known is account:
            return invoices
    found = list(_served(account))
    _latest[:] = [(account, found)]
    return found


def _served(account: Account) -> Iterator[tuple[Invoice, Sequence[Net]]]:
    credit_notes = _credit_notes(account)
    for invoice in account.invoices:
        if invoice.kind == "credit" or invoice.state == "cancelled" or invoice.served != account.id:
            continue
        if invoice.payment == "reversed":
            continue
        notes = credit_notes.get(invoice.id)
        if notes and sum(note.untaxed for note in notes) >= invoice.untaxed - ROUNDING:
            continue
        yield invoice, _net(invoice, notes or ())


def _credit_notes(account: Account) -> Mapping[str, list[Invoice]]:
    """Posted credit notes by the invoice that they take back."""
    found: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in account.invoices:
        if invoice.kind == "credit" and invoice.reverses and invoice.state == "posted":
            found[invoice.reverses].append(invoice)
    return found


def _net(invoice: Invoice, notes: Sequence[Invoice]) -> Sequence[Net]:
    lines = invoice.lines
    if not notes:
        plain = [(line, line.quantity, line.amount) for line in lines if line.amount >= 0]
        if len(plain) == len(lines):
            return plain
    left = _Left(lines)
    deducted = {number for number, line in enumerate(lines) if line.amount < 0 and left.deduct(line)}
    for note in notes:
        for line in note.lines:
            left.deduct(line)
    return [
        (line, left.quantity[number], left.amount[number])
        for number, line in enumerate(lines)
        if number not in deducted and (left.amount[number] > ROUNDING or line.amount <= ROUNDING)
    ]


class _Left:
    """Rest of an invoice's lines, while deductions are taken off."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.quantity = [line.quantity for line in lines]
        self.amount = [line.amount for line in lines]
        self._of_contract_line: dict[str, list[int]] = defaultdict(list)
        self._of_product: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(lines):
            if line.amount > 0:
                self._of_contract_line[line.contract_line].append(number)
                self._of_product[line.product].append(number)

    def deduct(self, line: Line) -> bool:
        """Take a deduction off the line that it is about: of the same contract line, or product; whether there is one.

        Pieces are given back at the price that they were billed at; another price takes something off that price.
        """
        if line.contract_line:
            same = self._of_contract_line.get(line.contract_line, ())
        else:
            same = self._of_product.get(line.product, ()) if line.product else ()
        amount = abs(line.amount)
        target = next((number for number in same if self.amount[number] >= amount), same[0] if same else None)
        if target is None:
            return False
        self.amount[target] -= amount
        if abs(line.price) == abs(self.lines[target].price):
            self.quantity[target] -= abs(line.quantity)
        return True
