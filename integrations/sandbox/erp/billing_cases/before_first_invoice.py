"""Requirements before the first invoice goes out."""

from __future__ import annotations

from integrations.sandbox.erp.billing_cases.agreements import standing
from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.case import WITH_CONTRACTS, exception, trap
from integrations.sandbox.erp.billing_cases.contracts import contract
from integrations.sandbox.erp.billing_cases.orders import Sold, deal, order, order_billed
from integrations.sandbox.erp.billing_cases.reference import Position, Product


@exception("no-invoice-email", 5001)
def nobody_to_write_to(books: Books, number: int) -> None:
    """Neither the company nor a contact has an address."""
    books.expect("no-invoice-email", books.customer(number, email=None), "account")


@trap("no-invoice-email", "the parent company's is used", 5003)
def the_parents_is_used(books: Books, number: int) -> None:
    """A subsidiary without any address of its own."""
    parent = books.customer(number - 1)
    books.customer(number, email=None, parent_id=parent.id)


@trap("no-invoice-email", "e-bill", 5004)
def by_e_bill(books: Books, number: int) -> None:
    """Invoices go where no e-mail is needed."""
    books.customer(number, email=None, x_delivery="electronic", invoice_sending_method="peppol")


@exception("address-incomplete", 5005)
def no_postal_code(books: Books, number: int) -> None:
    """A Polish address without its postal code."""
    books.expect("address-incomplete", books.customer(number, "PL", zip=False), "account")


@trap("address-incomplete", "a country without postal codes", 5006)
def where_nobody_has_one(books: Books, number: int) -> None:
    """A branch in Dubai."""
    emirates = books.country("AE")
    books.customer(number, zip=False, city="Dubai", country_id=emirates, vat="100123456700003")


@exception("no-payment-term", 5007)
def no_term(books: Books, number: int) -> None:
    """A customer without an agreed payment term."""
    books.expect("no-payment-term", books.customer(number, "DE", property_payment_term_id=False), "account")


@trap("no-payment-term", "the order's own applies", 5008)
def the_orders_own(books: Books, number: int) -> None:
    """Its one order says when."""
    customer = books.customer(number, property_payment_term_id=False)
    sold = [Sold(Product.SETUP, 1500.0)]
    made = order(books, customer, sold, books.days.ago(80), x_go_live=str(books.days.ago(70)))
    order_billed(books, customer, made, sold, books.days.ago(60))


@exception("vat-number", 5009)
def a_wrong_digit(books: Books, number: int) -> None:
    """A number whose check digit is another."""
    books.expect("vat-number", books.customer(number, vat="CHE-123.456.789 MWST"), "account")


@trap("vat-number", "a private person", 5010)
def a_private_person(books: Books, number: int) -> None:
    """Somebody who buys for himself."""
    books.customer(number, name="Gian Caflisch", is_company=False, vat=False)


@trap("vat-number", "exempt", 5011)
def an_exempt_company(books: Books, number: int) -> None:
    """An association that owes none."""
    books.customer(number, vat=False, property_account_position_id=int(Position.EXEMPT))


@exception("order-number-missing", 5012, WITH_CONTRACTS)
def a_number_is_required(books: Books, number: int) -> None:
    """Its contract bears none."""
    customer = books.customer(number, "DE", x_order_number_required=True)
    made = standing(books, customer)
    books.expect("order-number-missing", customer, made.id)


@trap("order-number-missing", "a blanket order", 5013)
def one_number_for_all(books: Books, number: int) -> None:
    """A number that all invoices carry."""
    customer = books.customer(number, x_order_number_required=True)
    sold = [Sold(Product.SETUP, 1500.0)]
    day = books.days.ago(90)
    made = order(books, customer, sold, day, tags=["Blanket order"], client_order_ref="RB-4711", x_go_live=str(day))
    order_billed(books, customer, made, sold, books.days.ago(85))
    standing(books, customer)


@exception("won-not-ordered", 5014)
def won_and_forgotten(books: Books, number: int) -> None:
    """Won six weeks ago, and nobody entered an order."""
    customer = books.customer(number)
    won = deal(books, customer, books.days.ago(42), 4000.0, 450.0)
    books.expect("won-not-ordered", customer, f"deal:{won}")


@trap("won-not-ordered", "a framework agreement only", 5015)
def a_framework_only(books: Books, number: int) -> None:
    """A framework agreement, which brings no order by itself."""
    deal(books, books.customer(number), books.days.ago(43), 50_000.0, tags=["Framework"])


@trap("won-not-ordered", "a free pilot", 5016)
def a_free_pilot(books: Books, number: int) -> None:
    """A pilot that nobody pays for."""
    deal(books, books.customer(number, "PL"), books.days.ago(44), tags=["Pilot"])


@exception("contract-without-lines", 5017, WITH_CONTRACTS)
def nothing_to_bill(books: Books, number: int) -> None:
    """A contract somebody began and left."""
    customer = books.customer(number)
    made = contract(books, customer, [], date_start=str(books.days.month(-2)))
    books.expect("contract-without-lines", customer, made.id)


@trap("contract-without-lines", "it starts later", 5018, WITH_CONTRACTS)
def not_begun_yet(books: Books, number: int) -> None:
    """Lines may still be entered."""
    contract(books, books.customer(number), [], date_start=str(books.days.month(2)))
