"""One ticket for each customer: it tells of what is there, and of each change once."""

from __future__ import annotations

import pytest

from integrations.core.calendar import Calendar
from tests.flows.invoicing.site import Site, flagged, invoice


@pytest.fixture
def customers(site: Site) -> Site:
    """The company whose settings want such tickets."""
    site.tables["tickets"]["per"] = "customer"
    return site


def test_a_customer_s_ticket_tells_that_one_of_two_is_gone_once(customers: Site) -> None:
    """What was found to be gone is in one run only: the next does not tell it again, and a yes holds good."""
    customers.have("101", invoice(1), invoice(2))
    customers.flag()
    customers.have("101", invoice(1))
    assert customers.flag(ask=lambda _: True).exit_code == 0
    assert [len(comments) for comments in customers.tickets.comments.values()] == [1]
    customers.tickets.puts.clear()
    customers.flag()
    assert customers.tickets.puts == []


def test_a_yes_to_a_customer_s_first_ticket_holds_good_though_another_exception_has_just_gone(customers: Site) -> None:
    """The ticket is about what is there: its labels, its due date and what it says."""
    customers.have("101", invoice(1))
    customers.run()
    customers.wait(days=1)
    customers.have("101", name="")
    assert customers.flag(ask=lambda _: True).exit_code == 0
    (ticket,) = customers.tickets.there.values()
    assert ticket.labels == ("invoicing", "nameless")
    assert ticket.due_date == Calendar().working_days_after(customers.today(), 20)


def test_a_customer_s_ticket_tells_that_another_exception_took_the_place_of_the_one(customers: Site) -> None:
    """Both are open, and not the same."""
    customers.have("101", invoice(1))
    customers.flag()
    customers.have("101", invoice(2))
    customers.flag()
    assert [len(comments) for comments in customers.tickets.comments.values()] == [1]
    customers.have("101", invoice(3))
    customers.flag()
    assert [len(comments) for comments in customers.tickets.comments.values()] == [2]


def test_what_comes_up_after_people_closed_the_shared_ticket_has_one_of_its_own(customers: Site) -> None:
    """They said that what it told of is settled, nothing of what they could not know."""
    customers.have("101", invoice(1))
    customers.flag()
    (shared,) = customers.tickets.there
    closed = customers.tickets.there[shared].model_copy(update={"closed": True})
    customers.tickets.there[shared] = closed
    customers.flag()
    assert customers.tickets.open() == []
    customers.have("101", invoice(1), invoice(2))
    outcome = customers.flag()
    (own,) = customers.tickets.open()
    assert own.startswith("finding:")
    assert [line.key for line in flagged(outcome).closed_by_people] == [shared]
    customers.tickets.puts.clear()
    customers.flag()
    assert customers.tickets.puts == []
    customers.have("101", invoice(1))
    customers.flag()
    assert customers.tickets.open() == []
    assert customers.tickets.there[shared] == closed
