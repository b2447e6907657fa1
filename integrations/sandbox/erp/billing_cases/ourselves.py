"""We ourselves, and who is about us without being a customer: partners as every real Odoo has dozens of them.

Each lacks what a customer must have, and some of us even owe something: whoever takes one for a customer finds it.
"""

from __future__ import annotations

from typing import Any

from integrations.sandbox.erp.billing_cases.books import Books, Customer
from integrations.sandbox.erp.billing_cases.invoices import Item, invoice
from integrations.sandbox.erp.billing_cases.names import LANDS
from integrations.sandbox.erp.billing_cases.reference import Product

OUR_COMPANIES = (1, 2)
"""One bills the other; both have a customer's rank."""
COLLEAGUE, EMPLOYEE, TICKED = 4901, 4902, 4903
"""An internal user whom no company stands above, an employee without a user, and one who is merely ticked as one."""
FORMER = 4904
"""An internal user who left."""
PORTAL, SUPPLIER, NEWSLETTER = 4905, 4906, 4907
"""A person with access to the portal, a company that only supplies us, and one of which nothing is known but a name."""
NO_CUSTOMERS = (*OUR_COMPANIES, COLLEAGUE, EMPLOYEE, TICKED, FORMER, PORTAL, SUPPLIER, NEWSLETTER)


def seed_ourselves(books: Books) -> None:
    """Add our own partners and others who are no customers; no rule finds anything at any of them."""
    for number in OUR_COMPANIES:
        books.change("res.partner", number, customer_rank=1, supplier_rank=1)
        _owes(books, number)
    _person(books, COLLEAGUE, "Nora Keel", customer_rank=1)
    _user(books, COLLEAGUE, "nora.keel@acme.example")
    _owes(books, COLLEAGUE)
    _person(books, EMPLOYEE, "Urs Hofer", customer_rank=1)
    books.keep(
        "hr.employee.public", 1, name="Urs Hofer", company_id=1, work_email="urs.hofer@acme.example",
        work_contact_id=EMPLOYEE,
    )  # fmt: skip
    _owes(books, EMPLOYEE)
    _person(books, TICKED, "Mia Sutter", employee=True, customer_rank=1)
    _owes(books, TICKED)
    _person(books, FORMER, "Jan Wolf", customer_rank=1)
    _user(books, FORMER, "jan.wolf@acme.example", active=False)
    _owes(books, FORMER)
    _person(books, PORTAL, "Lea Portmann")
    _user(books, PORTAL, "lea.portmann@mailweg.example", share=True)
    books.keep("res.partner", SUPPLIER, name="Kabelbinder GmbH", is_company=True, supplier_rank=3)
    books.keep("res.partner", NEWSLETTER, name="Interessent AG", is_company=True)


def _person(books: Books, number: int, name: str, **more: Any) -> None:
    books.keep("res.partner", number, name=name, **more)


def _user(books: Books, partner: int, login: str, **more: Any) -> None:
    books.keep("res.users", partner, name=login, login=login, email=login, partner_id=partner, company_id=1, **more)


def _owes(books: Books, number: int) -> None:
    """An invoice that nobody paid, from the one of our companies that bills its country."""
    bill = [Item(Product.SETUP, 800.0, tax=0)]
    invoice(books, Customer(number, LANDS["CH"], number), bill, books.days.ago(75), payment="not_paid")
