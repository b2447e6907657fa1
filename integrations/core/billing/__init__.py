"""What the ERP knows of one customer's contracts, orders, invoices and payments: what invoicing rules look at.

Plain frozen dataclasses: a run makes millions of them. Every amount is a `Decimal` in the currency that stands beside
it (ISO 4217), without tax unless it says so, and never negative for being a credit: `kind` tells that. `""` and None
mean that the ERP says nothing; a part that could not be read is in `Account.unread`, and is then empty here.
"""

from integrations.core.billing.account import Account, Part
from integrations.core.billing.contract import Contract, ContractLine, Price, Unit
from integrations.core.billing.invoice import Dispute, Invoice, Line, Payment, Tax
from integrations.core.billing.order import Order, OrderLine, Usage, Won, Work
from integrations.core.billing.party import Address, Delivery, Payer, Twin
from integrations.core.billing.survey import OurCompany, Rate, Survey

__all__ = [
    "Account",
    "Address",
    "Contract",
    "ContractLine",
    "Delivery",
    "Dispute",
    "Invoice",
    "Line",
    "Order",
    "OrderLine",
    "OurCompany",
    "Part",
    "Payer",
    "Payment",
    "Price",
    "Rate",
    "Survey",
    "Tax",
    "Twin",
    "Unit",
    "Usage",
    "Won",
    "Work",
]
