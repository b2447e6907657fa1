"""Until when invoices are to be paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from integrations.core.billing import Account, Contract, Order
from integrations.flows.invoicing.facts import idle
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule


@rule(
    "no-payment-term",
    group="before the first invoice",
    title="No payment term",
    severity="low",
    who="account manager",
    action="Agree on a payment term and enter it in the ERP",
    needs={"account", "orders", "contracts"},
)
def no_payment_term(account: Account, settings: RuleSettings, today: date) -> Iterator[Verdict]:  # noqa: ARG001
    """Neither the customer nor each of its orders and contracts has a payment term: invoices are due at once.

    Who does not pay for itself needs none: the payer's is asked for at the payer.
    """
    if account.term.strip() or idle(account) or account.bill_to is not None:
        return
    mine: list[Order | Contract] = [order for order in account.orders if order.state == "confirmed"]
    mine += [contract for contract in account.contracts if contract.state == "running"]
    mine = [record for record in mine if record.payer == account.id]
    without = [record for record in mine if not record.term.strip()]
    if without or not mine:
        shown = [
            Evidence(f"Without a term of its own: {record.number or record.id}", record.url) for record in without[:3]
        ]
        yield Hit(
            "account",
            "No payment term is set: each invoice would be due on the day it is made",
            evidence=(Evidence("Customer", account.url), *shown),
        )
