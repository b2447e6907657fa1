"""Cases of agreement in contracts and orders against the invoices."""

from __future__ import annotations

import datetime as dt

from integrations.sandbox.erp.billing_cases.agreements import billed, running, whole_month
from integrations.sandbox.erp.billing_cases.books import Books
from integrations.sandbox.erp.billing_cases.calendar import later
from integrations.sandbox.erp.billing_cases.case import WITH_CONTRACTS, WITH_LINES, exception, trap
from integrations.sandbox.erp.billing_cases.contracts import Term, contract
from integrations.sandbox.erp.billing_cases.invoices import Item, invoice
from integrations.sandbox.erp.billing_cases.orders import Sold, milestone, order
from integrations.sandbox.erp.billing_cases.reference import Product

DAY = dt.timedelta(days=1)


@exception("period-not-invoiced", 5020, WITH_CONTRACTS)
def a_month_left_out(books: Books, number: int) -> None:
    """Last month was never invoiced, this one was."""
    customer = books.customer(number)
    made = running(books, customer)
    for months in (-4, -3, -2, 0):
        billed(books, customer, made, months)
    books.expect("period-not-invoiced", customer, f"{made.subject()}/{books.days.month(-1)}")


@trap("period-not-invoiced", "billed at the end of a period", 5021, WITH_CONTRACTS)
def at_the_end(books: Books, number: int) -> None:
    """This month is invoiced when it is over."""
    customer = books.customer(number, "DE")
    made = running(books, customer, Product.STORAGE, 0.12, quantity=5000.0, ahead=False)
    for months in range(-4, 0):
        day = books.days.month(months + 1)
        billed(books, customer, made, months, 0.12, Product.STORAGE, quantity=5000.0, day=day)


@trap("period-not-invoiced", "a draft exists", 5022, WITH_CONTRACTS)
def a_draft_exists(books: Books, number: int) -> None:
    """Last month's invoice waits to be posted."""
    customer = books.customer(number)
    made = running(books, customer)
    for months in (-4, -3, -2, 0):
        billed(books, customer, made, months)
    billed(books, customer, made, -1, state="draft", day=books.days.ago(3))


@trap("period-not-invoiced", "within the days of grace", 5023, WITH_CONTRACTS)
def within_grace(books: Books, number: int) -> None:
    """A period that began three days ago."""
    customer = books.customer(number, "PL")
    start = later(books.days.ago(3), -4)
    made = running(books, customer, start=start, next=later(start, 4))
    for months in range(4):
        period = later(start, months), later(start, months + 1) - DAY
        billed(books, customer, made, 0, day=period[0], period=period)


@exception("price-differs", 5024, WITH_CONTRACTS)
def another_price(books: Books, number: int) -> None:
    """A month at a price that nobody agreed."""
    customer = books.customer(number)
    made = running(books, customer)
    for months in (-4, -3, -2, 0):
        billed(books, customer, made, months)
    wrong = billed(books, customer, made, -1, 480.0)
    books.expect("price-differs", customer, wrong.line_subject())


@trap("price-differs", "indexation", 5025, WITH_CONTRACTS)
def a_new_price(books: Books, number: int) -> None:
    """Since last month it costs three per cent more: a line follows the other, where lines have days."""
    customer = books.customer(number)
    before, since = 450.0, 463.5
    change = books.days.month(-1)
    if {books.contracts} == WITH_LINES:
        old = Term(Product.HOSTING, before, books.days.month(-4), end=change - DAY)
        made = contract(books, customer, [old, Term(Product.HOSTING, since, change, next=books.days.month(1))])
        books.change("contract.line", made.lines[0], successor_contract_line_id=made.lines[1])
    else:
        made = running(books, customer, price=since)
    for months in range(-4, 1):
        place = 1 if months >= -1 and len(made.lines) > 1 else 0
        price = before if months < -1 else since
        item = Item(Product.HOSTING, price, line=made.lines[place], agreement=made, period=whole_month(books, months))
        invoice(books, customer, [item], books.days.month(months))


@trap("price-differs", "rounding", 5026, WITH_CONTRACTS)
def a_rounded_price(books: Books, number: int) -> None:
    """A third of a thousand."""
    customer = books.customer(number, "DE")
    made = running(books, customer, Product.SUPPORT, 333.3333, quantity=3.0)
    for months in range(-4, 1):
        billed(books, customer, made, months, 333.33, Product.SUPPORT, quantity=3.0)


@exception("quantity-differs", 5027, WITH_CONTRACTS)
def another_quantity(books: Books, number: int) -> None:
    """Eight seats instead of ten."""
    customer = books.customer(number)
    made = running(books, customer, Product.SEATS, 18.0, quantity=10.0)
    for months in range(-4, 1):
        quantity = 8.0 if months == -1 else 10.0
        billed(books, customer, made, months, 18.0, Product.SEATS, quantity=quantity)
    books.expect("quantity-differs", customer, f"{made.subject()}/{books.days.month(-1)}")


@trap("quantity-differs", "a change is billed by the day", 5028, WITH_CONTRACTS)
def changed_within_a_month(books: Books, number: int) -> None:
    """Five more seats since the middle of last month."""
    customer = books.customer(number, "DE")
    made = running(books, customer, Product.SEATS, 18.0, quantity=15.0, variable=True)
    for months in range(-4, 1):
        quantity = {-1: 12.5, 0: 15.0}.get(months, 10.0)
        billed(books, customer, made, months, 18.0, Product.SEATS, quantity=quantity)


@exception("not-in-contract", 5029, WITH_CONTRACTS)
def beside_the_contract(books: Books, number: int) -> None:
    """A line that nobody agreed on the contract's invoice."""
    customer = books.customer(number)
    made = running(books, customer)
    for months in range(-4, 0):
        billed(books, customer, made, months)
    agreed = Item(Product.HOSTING, 450.0, line=made.lines[0], agreement=made, period=whole_month(books, 0))
    invoice(books, customer, [agreed, Item(Product.SUPPORT, 300.0)], books.days.month(0))
    books.expect("not-in-contract", customer, f"product:{int(Product.SUPPORT)}/CHF")


@trap("not-in-contract", "a one-off", 5030, WITH_CONTRACTS)
def a_one_off(books: Books, number: int) -> None:
    """A training, once."""
    customer = books.customer(number)
    made = running(books, customer)
    for months in range(-4, 0):
        billed(books, customer, made, months)
    agreed = Item(Product.HOSTING, 450.0, line=made.lines[0], agreement=made, period=whole_month(books, 0))
    training = Item(Product.CONSULTING, 180.0, 4.0, name="Training on site")
    invoice(books, customer, [agreed, training], books.days.month(0))


@exception("billed-after-end", 5031, WITH_CONTRACTS)
def after_the_end(books: Books, number: int) -> None:
    """A contract that ended two months ago and was billed once more."""
    customer = books.customer(number)
    made = running(books, customer, end=books.days.month(-1) - DAY, next=None)
    for months in range(-4, -1):
        billed(books, customer, made, months)
    books.expect("billed-after-end", customer, billed(books, customer, made, -1).line_subject())


@trap("billed-after-end", "the last period, billed at its end", 5032, WITH_CONTRACTS)
def the_last_period(books: Books, number: int) -> None:
    """A contract that ended with last month, which was invoiced on the first of this one."""
    customer = books.customer(number, "PL")
    term = {"quantity": 5000.0, "ahead": False, "end": books.days.month(0) - DAY, "next": None}
    made = running(books, customer, Product.STORAGE, 0.12, **term)
    for months in range(-4, 0):
        day = books.days.month(months + 1)
        billed(books, customer, made, months, 0.12, Product.STORAGE, quantity=5000.0, day=day)


@exception("one-time-fee-unbilled", 5033)
def a_fee_nobody_billed(books: Books, number: int) -> None:
    """Live for a month."""
    customer = books.customer(number)
    sold = [Sold(Product.SETUP, 1500.0, invoiced=0.0)]
    live = str(books.days.ago(30))
    made = order(books, customer, sold, books.days.ago(60), x_go_live=live, invoice_status="to invoice")
    books.expect("one-time-fee-unbilled", customer, f"order:{made.id}/order-line:{made.lines[0]}")


@trap("one-time-fee-unbilled", "its milestone is not reached", 5034)
def a_milestone_to_come(books: Books, number: int) -> None:
    """The rest is due when the last system has moved."""
    customer = books.customer(number, "DE")
    sold = [Sold(Product.MIGRATION, 9600.0, delivered=0.0, invoiced=0.0)]
    made = order(books, customer, sold, books.days.ago(60), x_go_live=str(books.days.ago(30)))
    milestone(books, customer, made.lines[0], reached=False)


@exception("draft-too-old", 5035)
def an_old_draft(books: Books, number: int) -> None:
    """A draft that nobody posts."""
    customer = books.customer(number)
    draft = invoice(books, customer, [Item(Product.SETUP, 1500.0)], books.days.ago(20), state="draft")
    books.expect("draft-too-old", customer, draft.subject)


@trap("draft-too-old", "held on purpose", 5036)
def a_draft_on_hold(books: Books, number: int) -> None:
    """The customer asked for it."""
    customer = books.customer(number)
    held = "Customer wants it with the final report"
    invoice(books, customer, [Item(Product.SETUP, 1500.0)], books.days.ago(20), state="draft", x_held=held)


@exception("never-sent", 5037)
def nobody_sent_it(books: Books, number: int) -> None:
    """Posted, and still with us."""
    customer = books.customer(number)
    bill = invoice(
        books, customer, [Item(Product.SETUP, 1500.0)], books.days.ago(10), payment="not_paid", is_move_sent=False
    )
    books.expect("never-sent", customer, bill.subject)


@trap("never-sent", "e-bill", 5038)
def sent_as_e_bill(books: Books, number: int) -> None:
    """An invoice sent by e-bill, which leaves no trace of it."""
    customer = books.customer(number, x_delivery="electronic", invoice_sending_method="peppol")
    items = [Item(Product.SETUP, 1500.0)]
    invoice(books, customer, items, books.days.ago(10), payment="not_paid", is_move_sent=False)


@trap("never-sent", "by post", 5039)
def sent_by_post(books: Books, number: int) -> None:
    """Neither does paper."""
    customer = books.customer(number, "DE", x_delivery="post", invoice_sending_method="snailmail")
    items = [Item(Product.SETUP, 1500.0)]
    invoice(books, customer, items, books.days.ago(10), payment="not_paid", is_move_sent=False)


@exception("discount-past-end", 5040, WITH_CONTRACTS)
def a_discount_that_is_past(books: Books, number: int) -> None:
    """For the first months only, and given once more."""
    customer = books.customer(number)
    until = str(books.days.month(-1) - DAY)
    made = running(books, customer, discount=20.0, x_discount_until=until)
    for months in range(-4, -1):
        billed(books, customer, made, months, discount=20.0)
    wrong = billed(books, customer, made, -1, discount=20.0)
    billed(books, customer, made, 0)
    books.expect("discount-past-end", customer, wrong.line_subject())


@trap("discount-past-end", "extended", 5041, WITH_CONTRACTS)
def an_extended_discount(books: Books, number: int) -> None:
    """The contract says so by now."""
    customer = books.customer(number, "DE")
    made = running(books, customer, discount=20.0, x_discount_until=str(books.days.month(2) - DAY))
    for months in range(-4, 1):
        billed(books, customer, made, months, discount=20.0)


@exception("amount-deviates", 5042)
def far_from_usual(books: Books, number: int) -> None:
    """Four times as much traffic as in any month of the year."""
    customer = books.customer(number)
    for months in range(-12, 0):
        invoice(books, customer, [Item(Product.TRAFFIC, 0.05, 4000.0 + months % 5 * 20)], books.days.month(months))
    far = invoice(books, customer, [Item(Product.TRAFFIC, 0.05, 18_000.0)], books.days.month(0))
    books.expect("amount-deviates", customer, f"{far.subject}/product:{int(Product.TRAFFIC)}")


@trap("amount-deviates", "a line that is billed once a year", 5043, WITH_LINES)
def once_a_year(books: Books, number: int) -> None:
    """Support is on each twelfth invoice."""
    customer = books.customer(number)
    start = books.days.month(-12)
    monthly = Term(Product.HOSTING, 450.0, start, next=books.days.month(1))
    yearly = Term(Product.SUPPORT, 3000.0, start, unit="year", next=later(start, 24))
    made = contract(books, customer, [monthly, yearly])
    for months in range(-12, 1):
        items = [Item(Product.HOSTING, 450.0, line=made.lines[0], agreement=made, period=whole_month(books, months))]
        if months in (-12, 0):
            year = books.days.month(months), books.days.month(months + 12) - DAY
            items.append(Item(Product.SUPPORT, 3000.0, line=made.lines[1], agreement=made, period=year))
        invoice(books, customer, items, books.days.month(months))


@trap("amount-deviates", "fewer than ten invoices", 5044)
def too_few_to_tell(books: Books, number: int) -> None:
    """A customer with too few invoices to tell what is usual."""
    customer = books.customer(number, "PL")
    for months in range(-6, 0):
        invoice(books, customer, [Item(Product.TRAFFIC, 0.05, 4000.0)], books.days.month(months))
    invoice(books, customer, [Item(Product.TRAFFIC, 0.05, 18_000.0)], books.days.month(0))
