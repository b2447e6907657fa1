"""A made-up deal with everything filled in: playbooks are tried on it before any system is contacted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from integrations.core.model import Customer, Deal, DealReference, Money, Party, Person

_MANAGER = Person(name="Lena Gerber", email="lena.gerber@acme.example")

SAMPLE = Deal(
    id="1",
    lead="1",
    title="Managed hosting",
    stage="won",
    won_on=date(2026, 1, 31),
    customer=Customer(
        id="1",
        name="Muster AG",
        street="Musterstrasse 1",
        zip="8000",
        city="Zürich",
        country="Switzerland",
        country_code="CH",
        language="de_CH",
        email="info@muster.example",
        phone="+41 44 555 01 01",
        vat="CHE-123.456.788 MWST",
        is_customer=True,
        account_manager=_MANAGER,
        contact=Person(name="Ada Muster", email="ada@muster.example"),
        invoice_contact="2",
        invoice_email="rechnung@muster.example",
        parent=Party(id="3", name="Muster Holding AG", invoice_contact="4", url="https://erp.example/3"),
        deals=(DealReference(id="1", title="Managed hosting", won_on=date(2026, 1, 31), url="https://erp.example/d1"),),
        url="https://erp.example/1",
    ),
    one_time=Money(amount=Decimal("6000.00"), currency="CHF"),
    monthly=Money(amount=Decimal("2400.00"), currency="CHF"),
    currency="CHF",
    engagements=("service",),
    salesperson=Person(name="Reto Frei", email="reto.frei@acme.example"),
    account_manager=_MANAGER,
    segment="Managed",
    bill_to=Party(id="3", name="Muster Holding AG", invoice_contact="4", invoice_email="ap@muster.example"),
    channel=Party(id="5", name="Wolke GmbH", invoice_contact="6"),
    payment_term="30 days",
    url="https://erp.example/d1",
)
